//! A queue in words, for a terminal: three lines a row.

use super::check::Checked;
use super::verdict::{Verdict, Why, parties, why};
use crate::cli::paint::{Out, Tone};
use crate::cli::words;
use noanswer_core::queue::{Listing, Row, Waits};
use noanswer_core::verdict::Party;

/// How many rows are shown; `--json` has all.
const SHOWN: usize = 20;

/// How wide the queue's own words may be.
const WIDE: usize = 68;

pub(super) fn queue(out: &Out, listing: &Listing, checked: &Checked, verdict: &Verdict) {
    let tone = match verdict.exit_code() {
        0 | 1 => Tone::Good,
        2 => Tone::Bad,
        _ => Tone::Doubtful,
    };
    for line in verdict.sentences.iter().flat_map(|sentence| words::wrapped(sentence, 78)) {
        out.line(&out.tone(tone, &line));
    }
    out.line(&out.tone(
        Tone::Quiet,
        &format!(
            "{}: {} · {}",
            listing.software.name(),
            words::count(listing.messages, "message"),
            words::moment(listing.as_of)
        ),
    ));
    for row in listing.rows.iter().take(SHOWN) {
        one(out, listing, row, checked);
    }
    if listing.rows.len() > SHOWN {
        out.line("");
        out.line(&format!(
            "… and {} (--json has all)",
            words::count((listing.rows.len() - SHOWN) as u64, "row")
        ));
    }
}

fn one(out: &Out, listing: &Listing, row: &Row, checked: &Checked) {
    let mut facts = Vec::new();
    if let Some(oldest) = row.oldest {
        facts.push(format!("oldest {}", words::ago(listing.as_of.since(oldest))));
    }
    if let Some(end) = row.first_to_expire {
        facts.push(if end > listing.as_of {
            format!("first given up in {}", words::span(end.since(listing.as_of)))
        } else {
            "some past their time".to_owned()
        });
    }
    if row.held > 0 {
        facts.push(format!("{} on hold", row.held));
    }
    out.line("");
    out.line(&format!(
        "{:>7}  {}  {}",
        row.messages,
        out.tone(Tone::Bold, &row.destination),
        out.tone(Tone::Quiet, &facts.join(", "))
    ));
    let says =
        row.says.as_deref().unwrap_or("nothing: no delivery was tried yet, or the reason is in the log");
    out.line(&format!("         says  {}", out.tone(Tone::Quiet, &words::cut(says, WIDE - 6))));
    out.line(&format!("         now   {}", now(out, listing, row, checked)));
}

fn now(out: &Out, listing: &Listing, row: &Row, checked: &Checked) -> String {
    let report = checked.reports.get(&row.destination);
    let title = report
        .and_then(|report| report.verdict.faults.first())
        .map_or(String::new(), |one| one.title().into());
    let (tone, word, rest) = match why(row, checked) {
        Why::You if report.is_none() => {
            (Tone::Bad, "YOU", "the queue names trouble on this server".to_owned())
        }
        Why::You => (Tone::Bad, "YOU", title),
        Why::Them => (Tone::Bad, "THEM", title),
        Why::Between => (Tone::Bad, "BETWEEN", title),
        Why::Passed => {
            // A command that is cut cannot be typed: it stands whole, however long.
            let flush = listing.software.flush(&row.destination);
            let rest = flush.map_or("flush".to_owned(), |command| format!("flush: {command}"));
            return format!("{}  {rest}", out.tone(Tone::Good, "PASSED"));
        }
        Why::Answered => (Tone::Doubtful, "REACHED", "their server answers; its words say why".to_owned()),
        Why::NotTold => {
            let parties = report.map(parties).unwrap_or_default();
            let not_them = !parties.is_empty() && !parties.contains(&Party::Them);
            let word = if not_them { "NOT THEM" } else { "NOT TOLD" };
            (Tone::Doubtful, word, format!("{}: noanswer check {}", still(&parties), row.destination))
        }
        Why::NotChecked => {
            let why = match (row.waits, checked.failed.get(&row.destination)) {
                (_, Some(words)) => words.clone(),
                (Waits::Relay, _) => format!("a relay: noanswer check --relay {}:25", row.destination),
                (Waits::Local, _) => "waits on this server itself".to_owned(),
                (Waits::Domain, _) => format!("noanswer check {}", row.destination),
            };
            (Tone::Quiet, "not checked", why)
        }
    };
    format!("{}  {}", out.tone(tone, word), words::cut(&rest, WIDE - word.len() - 2))
}

/// Who may still be at fault.
fn still(parties: &[Party]) -> String {
    let word = |party: &Party| match party {
        Party::You => "your side",
        Party::Them => "their side",
        Party::Between => "between you",
        Party::Nobody => "it has passed",
    };
    let words: Vec<&str> = parties.iter().map(word).collect();
    if words.is_empty() { "the evidence carries no answer".to_owned() } else { words.join(", or ") }
}
