//! Who saw what: a table of vantages and addresses, a mark and a word a cell.

use super::paint::Tone;
use super::words;
use noanswer_core::address::Family;
use noanswer_core::evidence::{Attempt, Evidence, Outcome, Role, Sight};
use noanswer_core::report::Report;
use noanswer_core::smtp::Stage;
use std::net::IpAddr;

/// How wide a cell is: a mark, a word, and what parts it from the next.
const CELL: usize = 12;

/// Whether what a vantage says of a target counts: in one family at least.
pub(crate) fn counts(evidence: &Evidence) -> bool {
    counts_in(evidence, Family::Ipv4) || counts_in(evidence, Family::Ipv6)
}

/// Whether what a vantage says of an address of `family` counts.
pub(crate) fn counts_in(evidence: &Evidence, family: Family) -> bool {
    evidence.failure.is_none() && evidence.sight_in(family) == Sight::Clear
}

/// Whether a vantage has a row: what counts, and this server's own view, whatever it is worth.
pub(crate) fn has_row(evidence: &Evidence) -> bool {
    let own = evidence.role == Role::Sender && evidence.failure.is_none() && !evidence.attempts.is_empty();
    own || counts(evidence)
}

/// Whether an attempt of this server itself failed where its failures do not count.
pub(crate) fn in_doubt(evidence: &Evidence, attempt: &Attempt) -> bool {
    let tells = attempt.went_well() || attempt.outcome == Outcome::NotTried;
    evidence.role == Role::Sender && !tells && !counts_in(evidence, attempt.family())
}

/// A vantage's name for people.
pub(crate) fn name(evidence: &Evidence) -> &str {
    if evidence.role == Role::Sender { "this server" } else { &evidence.vantage }
}

/// The table of `report`, at most `most` lines of `width` columns. Other vantages that do not count are left out.
pub(crate) fn lines(report: &Report, width: usize, most: usize) -> Vec<(Option<Tone>, String)> {
    let vantages: Vec<&Evidence> = report.evidence.iter().filter(|one| has_row(one)).collect();
    let addresses = addresses(report);
    if vantages.is_empty() || addresses.is_empty() {
        return Vec::new();
    }
    let fits = |columns: usize, label: usize| label + columns * CELL <= width;
    let label = addresses.iter().map(|(host, ip)| host.len() + 1 + ip.to_string().len()).max().unwrap_or(0);
    let label = (label + 2).min(width - CELL);
    if fits(vantages.len(), label) {
        let head = vantages.iter().map(|one| name(one).to_owned()).collect();
        let rows = addresses
            .iter()
            .map(|(host, ip)| {
                let cells = vantages.iter().map(|one| cell(one, host, *ip)).collect();
                (format!("{host} {ip}"), cells)
            })
            .collect();
        return table(head, rows, label, most, "address", "addresses");
    }
    // Many vantages: one a line, with what it saw of each exchange in few words.
    let label = vantages.iter().map(|one| name(one).chars().count()).max().unwrap_or(0) + 2;
    let label = label.min(24);
    let columns = ((width - label) / CELL).min(addresses.len());
    let head: Vec<String> =
        addresses[..columns].iter().map(|(_, ip)| words::cut(&ip.to_string(), CELL - 2)).collect();
    let rows = vantages
        .iter()
        .map(|one| {
            let cells = addresses[..columns].iter().map(|(host, ip)| cell(one, host, *ip)).collect();
            (name(one).to_owned(), cells)
        })
        .collect();
    table(head, rows, label, most, "place", "places")
}

/// A row: its label, and a mark and a word a cell.
type Row = (String, Vec<String>);

fn table(
    head: Vec<String>,
    mut rows: Vec<Row>,
    label: usize,
    most: usize,
    one: &str,
    several: &str,
) -> Vec<(Option<Tone>, String)> {
    let pad = |text: &str, width: usize| {
        let text = words::cut(text, width - 1);
        format!("{text}{}", " ".repeat(width - text.chars().count()))
    };
    let line = |label_text: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| pad(cell, CELL)).collect();
        format!("{}{cells}", pad(label_text, label)).trim_end().to_owned()
    };
    let mut lines = vec![(Some(Tone::Quiet), line("", &head))];
    let room = most.saturating_sub(2).max(1);
    let left_out = rows.len().saturating_sub(room + 1);
    if left_out > 0 {
        rows.truncate(room);
    }
    lines.extend(rows.iter().map(|(name, cells)| (None, line(name, cells))));
    if left_out > 0 {
        let left_out = left_out + 1;
        let of = if left_out == 1 { one } else { several };
        lines.push((Some(Tone::Quiet), format!("… and {left_out} more {of} (-v)")));
    }
    lines
}

/// The exchanges and addresses that were tried, in the order of the plan.
fn addresses(report: &Report) -> Vec<(String, IpAddr)> {
    let mut all: Vec<(String, IpAddr)> = Vec::new();
    let targets = report.plan.targets();
    for target in targets {
        let tried = report
            .evidence
            .iter()
            .flat_map(|one| &one.attempts)
            .any(|attempt| attempt.address == target.address && attempt.exchange == target.exchange);
        let one = (target.exchange, target.address);
        if tried && !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// What a vantage saw of an address last.
fn cell(vantage: &Evidence, host: &str, address: IpAddr) -> String {
    let attempts = vantage.attempts.iter().filter(|one| one.address == address && one.exchange == host);
    match attempts.max_by_key(|attempt| attempt.round) {
        Some(attempt) if in_doubt(vantage, attempt) => {
            let (mark, word) = word(attempt);
            format!("{mark} {}*", words::cut(&word, CELL - 4))
        }
        // A failure of a vantage that reaches nobody in this family says nothing of the host.
        Some(attempt) if !counts_in(vantage, attempt.family()) && !attempt.went_well() => {
            "– blind".to_owned()
        }
        Some(attempt) => {
            let (mark, word) = word(attempt);
            format!("{mark} {word}")
        }
        None => "–".to_owned(),
    }
}

/// How an attempt ended, as a mark and a word.
pub(crate) fn word(attempt: &Attempt) -> (&'static str, String) {
    if let Some(reply) = attempt.reply.as_ref().filter(|_| attempt.outcome == Outcome::Replied) {
        return ("✗", reply.code.to_string());
    }
    if attempt.is_intercepted() {
        return ("✗", "intercepted".to_owned());
    }
    let word = match (attempt.outcome, attempt.stage) {
        (Outcome::Completed, _) => return ("✓", "ok".to_owned()),
        // All that a vantage sees which hears no greeting.
        (Outcome::Connected, _) => return ("✓", "connects".to_owned()),
        (Outcome::NotTried, _) => return ("–", "not tried".to_owned()),
        (Outcome::TimedOut, Stage::Connect) => "silent",
        (Outcome::TimedOut, Stage::Greeting) => "mute",
        (Outcome::TimedOut, _) => "stalls",
        (Outcome::Refused, _) => "refused",
        (Outcome::Reset, _) => "reset",
        (Outcome::Closed, _) => "closed",
        (Outcome::HostUnreachable | Outcome::NetworkUnreachable, _) => "no route",
        (Outcome::Prohibited, _) => "prohibited",
        (Outcome::PermissionDenied, _) => "own rule",
        (Outcome::AddressNotAvailable, _) => "no address",
        (Outcome::Garbage, _) => "not SMTP",
        (Outcome::TlsFailed, _) => "TLS fails",
        (outcome, _) => return ("✗", format!("{outcome:?}").to_lowercase()),
    };
    ("✗", word.to_owned())
}
