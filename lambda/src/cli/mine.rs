//! `noanswer check DOMAIN --mine`: whether one's own mail server can be reached from outside. This machine is never asked:
//! what it sees of itself says nothing of the outside.

use super::args::{Check, Output};
use super::matrix;
use super::nagios;
use super::paint::{self, Out, Tone};
use super::question::Question;
use super::setup::Usage;
use super::words;
use noanswer_core::address::Family;
use noanswer_core::evidence::{Attempt, Evidence, Outcome};
use noanswer_core::report::Report;
use noanswer_core::smtp::Stage;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What the outside sees of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Inbound {
    /// Every place that could tell was greeted.
    Reachable,
    /// Every place was refused: nothing listens, or a firewall rejects.
    Closed,
    /// Every place met silence: a firewall drops, or the address leads nowhere.
    Filtered,
    /// Every place connected, and no session came about.
    NoSession,
    /// Some were greeted and some were not.
    Differs,
    /// Nobody who was asked sees port 25 anywhere.
    NobodyCouldTell,
}

impl Inbound {
    const fn words(self) -> &'static str {
        match self {
            Self::Reachable => "reachable from outside",
            Self::Closed => "closed: connections are refused",
            Self::Filtered => "filtered: no answer from outside",
            Self::NoSession => "connects, but no SMTP session comes about",
            Self::Differs => "reachable from some places only",
            Self::NobodyCouldTell => "nobody could tell",
        }
    }

    const fn exit_code(self) -> u8 {
        match self {
            Self::Reachable => 0,
            Self::Differs => 1,
            Self::Closed | Self::Filtered | Self::NoSession => 2,
            Self::NobodyCouldTell => 3,
        }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    exchange: String,
    address: IpAddr,
    inbound: Inbound,
    /// How many places could tell.
    places: usize,
    /// What this machine itself sees of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_here: Option<String>,
    /// Whether this machine's own view differs from the outside's.
    differs_here: bool,
}

pub(super) async fn run(args: &Check, question: &Question) -> Result<u8, Usage> {
    let (asked, own) = tokio::join!(question.ask(), question.own_view());
    let (report, took) = asked?;
    let rows = rows(&report, own?.as_ref());
    let exit_code = rows.iter().map(|row| row.inbound.exit_code()).max().unwrap_or(3);
    match args.output() {
        Output::Json => paint::json(&json!({ "schema": 1, "mine": rows, "report": report })),
        Output::Nagios => Out::new().line(&nagios::line(&report)),
        Output::Text => {
            let out = Out::new();
            for row in &rows {
                print(&out, row);
            }
            if rows.is_empty() {
                for line in words::wrapped(&report.verdict.headline, 78) {
                    out.line(&line);
                }
            }
            out.line(
                &out.tone(
                    Tone::Quiet,
                    &format!("  {} · {}", words::moment(report.asked.at), words::span(took)),
                ),
            );
            for (tone, line) in matrix::lines(&report, 78, 12) {
                out.line(&format!("  {}", tone.map_or(line.clone(), |tone| out.tone(tone, &line))));
            }
        }
    }
    Ok(exit_code)
}

fn print(out: &Out, row: &Row) {
    let (tone, mark) = match row.inbound.exit_code() {
        0 => (Tone::Good, "✓"),
        2 => (Tone::Bad, "✗"),
        _ => (Tone::Doubtful, "?"),
    };
    out.line(&format!(
        "{} {} {}  {} {}",
        out.tone(tone, mark),
        out.tone(Tone::Bold, &row.exchange),
        row.address,
        out.tone(tone, row.inbound.words()),
        out.tone(Tone::Quiet, &format!("({})", words::count(row.places as u64, "place")))
    ));
    if let (Some(here), true) = (&row.from_here, row.differs_here) {
        let meaning = if row.inbound == Inbound::Reachable {
            "a router that does not lead back what was sent to itself (hairpin) looks like that, and says nothing of the outside"
        } else {
            "what answers here is not what the outside meets: look at the firewall and the port forwarding between"
        };
        for line in words::wrapped(&format!("this machine itself: {here}; {meaning}"), 76) {
            out.line(&out.tone(Tone::Quiet, &format!("    {line}")));
        }
    }
}

fn rows(report: &Report, own: Option<&Evidence>) -> Vec<Row> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for target in report.plan.targets() {
        if !seen.insert(target.address) {
            continue;
        }
        let of = |evidence: &Evidence| {
            let tries = evidence.attempts.iter().filter(|one| one.address == target.address);
            tries.max_by_key(|one| one.round).cloned()
        };
        let outside: Vec<Attempt> = report
            .evidence
            .iter()
            .filter(|one| matrix::counts_in(one, Family::of(target.address)))
            .filter_map(of)
            .filter(|attempt| attempt.outcome != Outcome::NotTried)
            .collect();
        let inbound = inbound(&outside);
        let here = own.and_then(of).filter(|attempt| attempt.outcome != Outcome::NotTried);
        let differs_here =
            here.as_ref().is_some_and(|here| here.server_spoke() != (inbound == Inbound::Reachable));
        rows.push(Row {
            exchange: target.exchange.clone(),
            address: target.address,
            inbound,
            places: outside.len(),
            from_here: here.map(|here| matrix::word(&here).1),
            differs_here: differs_here && !outside.is_empty(),
        });
    }
    rows
}

fn inbound(outside: &[Attempt]) -> Inbound {
    let all = |is: &dyn Fn(&Attempt) -> bool| outside.iter().all(is);
    if outside.is_empty() {
        Inbound::NobodyCouldTell
    } else if all(&Attempt::server_spoke) {
        Inbound::Reachable
    } else if outside.iter().any(Attempt::server_spoke) {
        Inbound::Differs
    } else if all(&|one| one.outcome == Outcome::Refused) {
        Inbound::Closed
    } else if all(&|one| one.outcome == Outcome::TimedOut && one.stage == Stage::Connect) {
        Inbound::Filtered
    } else if all(&Attempt::connected) {
        Inbound::NoSession
    } else {
        Inbound::Differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{ControlResult, Expectation, Grade, NetworkKind, Patience, Role, Vantage};
    use noanswer_core::report::{Asked, Basis};
    use noanswer_core::timestamp::Timestamp;

    const MINE: &str = "192.0.2.10";

    fn attempt(outcome: Outcome) -> Attempt {
        let untried = Attempt::untried("mx.mine.test", MINE.parse().unwrap(), 25, 1);
        let greeting = (outcome == Outcome::Completed).then(|| "220 mx.mine.test ESMTP".to_owned());
        Attempt { outcome, connect_ms: greeting.as_ref().map(|_| 1.0), greeting, ..untried }
    }

    /// What a place saw of my server; one that is blind reaches no control.
    fn place(id: &str, role: Role, outcome: Outcome, is_blind: bool) -> Evidence {
        let vantage = Vantage {
            id: id.to_owned(),
            place: String::new(),
            role,
            network: id.to_owned(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        };
        let control = |(operator, last): (&str, u8)| {
            let outcome = if is_blind { Outcome::TimedOut } else { Outcome::Completed };
            let host = format!("mx.{operator}.test");
            let greeting = (!is_blind).then(|| format!("220 {host} ESMTP"));
            let address = [198, 51, 100, last].into();
            let attempt = Attempt { exchange: host, address, greeting, ..attempt(outcome) };
            ControlResult { operator: operator.to_owned(), expected: Expectation::Open, attempt }
        };
        let controls = [("alpha", 1), ("beta", 2)].map(control).to_vec();
        Evidence::new(&vantage, controls, vec![attempt(outcome)])
    }

    fn row(outside: &[(Outcome, bool)], here: Option<Outcome>) -> Row {
        let evidence = outside.iter().enumerate().map(|(at, (outcome, is_blind))| {
            place(&format!("place-{at}"), Role::Region, *outcome, *is_blind)
        });
        let address = json!({ "address": MINE, "family": "ipv4", "ttl_s": 300, "reachability": "allowed" });
        let plan = json!({
            "domain": "mine.test", "source": "mx", "status": "ok", "authentic_data": false, "findings": [],
            "exchanges": [{ "preference": 10, "exchange": "mx.mine.test", "ttl_s": 300, "is_literal": false,
                "addresses": [address] }],
        });
        let plan = serde_json::from_value(plan).unwrap();
        let at = Timestamp::from_unix(1_795_510_862);
        let asked = Asked { domain: "mine.test".to_owned(), at };
        let basis = Basis { patience: Patience::Quick, log: None, as_of: at };
        let report = Report::of(asked, Vec::new(), plan, evidence.collect(), basis);
        let own = here.map(|outcome| place("local", Role::Sender, outcome, false));
        let mut rows = rows(&report, own.as_ref());
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    #[test]
    fn what_the_outside_sees_is_one_word_and_the_blind_have_no_say() {
        use Outcome::{Completed, Refused, TimedOut};
        for (outside, inbound, places) in [
            (vec![(Completed, false), (Completed, false)], Inbound::Reachable, 2),
            (vec![(Refused, false), (Refused, false)], Inbound::Closed, 2),
            (vec![(TimedOut, false), (TimedOut, false)], Inbound::Filtered, 2),
            (vec![(Completed, false), (TimedOut, false)], Inbound::Differs, 2),
            (vec![(Completed, false), (TimedOut, true)], Inbound::Reachable, 1),
            (vec![(TimedOut, true), (TimedOut, true)], Inbound::NobodyCouldTell, 0),
        ] {
            let row = row(&outside, None);
            assert_eq!((row.inbound, row.places), (inbound, places), "{outside:?}");
        }
    }

    #[test]
    fn a_router_that_does_not_lead_back_is_told_from_a_closed_port() {
        use Outcome::{Completed, Refused, TimedOut};
        let open = [(Completed, false), (Completed, false)];
        // The classic hairpin: reachable from outside, silent from within.
        let hairpin = row(&open, Some(TimedOut));
        assert_eq!((hairpin.inbound, hairpin.differs_here), (Inbound::Reachable, true));
        assert_eq!(
            hairpin.inbound.exit_code(),
            0,
            "what this machine sees of itself says nothing of the outside"
        );
        assert!(!row(&open, Some(Completed)).differs_here);
        // It works within, and nothing is let in.
        let closed = row(&[(Refused, false), (Refused, false)], Some(Completed));
        assert_eq!((closed.inbound, closed.differs_here), (Inbound::Closed, true));
        assert!(!row(&[(Refused, false)], Some(Refused)).differs_here);
        assert!(!row(&[(TimedOut, true)], Some(Completed)).differs_here, "nobody could tell");
    }
}
