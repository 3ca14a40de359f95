//! What the checks say of the rows, and of the queue as a whole.

use super::check::Checked;
use noanswer_core::evidence::{Role, Sight};
use noanswer_core::queue::{Listing, Row, Waits};
use noanswer_core::report::Report;
use noanswer_core::symptom::SymptomFamily;
use noanswer_core::verdict::{Party, Status};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Because of whom a row waits, as far as the evidence carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// The sender's side.
    You,
    /// The recipient's side.
    Them,
    /// The path between, or a filter on it.
    Between,
    /// What failed before works now.
    Passed,
    /// Their server was reached and has spoken: its words say why, not the path.
    Answered,
    /// The evidence does not tell.
    NotTold,
    /// It was not looked at.
    NotChecked,
}

/// The queue as a whole.
#[derive(Debug)]
pub(super) struct Verdict {
    /// What is to be said of it, a sentence each.
    pub(super) sentences: Vec<String>,
    /// Messages by reason. One that waits for two destinations counts at both.
    pub(super) messages: BTreeMap<Why, u64>,
    exit_code: u8,
}

/// Because of whom `row` waits.
pub(super) fn why(row: &Row, checked: &Checked) -> Why {
    if row.cause.is_some_and(|cause| cause.family() == SymptomFamily::Sender) {
        return Why::You;
    }
    let Some(report) = checked.reports.get(&row.destination).filter(|_| row.waits == Waits::Domain) else {
        return Why::NotChecked;
    };
    match report.verdict.status {
        Status::Healthy => reached(row),
        Status::Named if report.exit_code() < 2 => reached(row),
        _ => match &parties(report)[..] {
            [Party::You] => Why::You,
            [Party::Them] => Why::Them,
            [Party::Between] => Why::Between,
            [Party::Nobody] => reached(row),
            _ => Why::NotTold,
        },
    }
}

/// Why a row waits whose destination is reached now.
fn reached(row: &Row) -> Why {
    match row.cause.map(noanswer_core::symptom::Cause::family) {
        // A connection cures none of these.
        Some(SymptomFamily::Rejected | SymptomFamily::Busy) => Why::Answered,
        _ => Why::Passed,
    }
}

/// The parties of all that stands, each once.
pub(super) fn parties(report: &Report) -> Vec<Party> {
    let parties: BTreeSet<Party> = report.verdict.faults.iter().map(|named| named.party).collect();
    parties.into_iter().collect()
}

impl Verdict {
    pub(super) fn of(listing: &Listing, checked: &Checked) -> Self {
        let mut messages: BTreeMap<Why, u64> = BTreeMap::new();
        let mut destinations: BTreeMap<Why, BTreeSet<&str>> = BTreeMap::new();
        for row in &listing.rows {
            let why = why(row, checked);
            *messages.entry(why).or_default() += row.messages;
            destinations.entry(why).or_default().insert(&row.destination);
        }
        let has = |why| messages.contains_key(&why);
        let exit_code = if has(Why::You) || has(Why::Them) || has(Why::Between) {
            2
        } else if has(Why::NotTold) || has(Why::NotChecked) {
            3
        } else {
            u8::from(listing.messages > 0)
        };
        let mut sentences = Vec::new();
        if listing.messages == 0 {
            sentences.push("Nothing waits.".to_owned());
        }
        sentences.extend(sight(checked));
        for (why, count) in &messages {
            sentences.push(sentence(*why, *count, destinations.get(why).map_or(0, BTreeSet::len)));
        }
        Self { sentences, messages, exit_code }
    }

    /// 0 nothing waits, 1 what waits can go, 2 a fault holds some of it, 3 the evidence does not tell.
    pub(super) fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

/// What this server's own port 25 is like, by its controls.
fn sight(checked: &Checked) -> Option<String> {
    let own = checked
        .reports
        .values()
        .flat_map(|report| &report.evidence)
        .filter(|one| one.role == Role::Sender && one.failure.is_none());
    let sights: BTreeSet<u8> = own.map(|one| one.sight as u8).collect();
    let is = |sight: Sight| sights.contains(&(sight as u8));
    if checked.reports.is_empty() {
        None
    } else if sights.is_empty() {
        Some("Your own port 25 was not looked at.".to_owned())
    } else if is(Sight::Deceived) {
        Some("Something answers your port 25 in the place of others.".to_owned())
    } else if is(Sight::Blind) {
        Some("This server reaches nobody on port 25.".to_owned())
    } else if is(Sight::Partial) {
        Some("Too few known-good hosts answered to tell whether your port 25 works.".to_owned())
    } else {
        Some("Your port 25 is fine.".to_owned())
    }
}

fn sentence(why: Why, messages: u64, destinations: usize) -> String {
    let wait = if messages == 1 { "1 message waits".to_owned() } else { format!("{messages} messages wait") };
    let hosts =
        if destinations == 1 { "1 destination".to_owned() } else { format!("{destinations} destinations") };
    let is = if destinations == 1 { "is" } else { "are" };
    match why {
        Why::You => format!("{wait} for {hosts} because of your side."),
        Why::Them => format!("{wait} for {hosts} that {is} at fault."),
        Why::Between => format!("{wait} for {hosts}; the fault is between you."),
        Why::Passed => format!("{wait} for {hosts} that can be reached now: flush."),
        Why::Answered => format!("{wait} for {hosts} whose servers have said why."),
        Why::NotTold => format!("{wait} for {hosts}; the evidence does not tell because of whom."),
        Why::NotChecked => format!("{wait} for {hosts} not checked."),
    }
}

/// The whole, for programs.
pub(super) fn json(listing: &Listing, checked: &Checked, verdict: &Verdict) -> Value {
    let rows: Vec<Value> = listing
        .rows
        .iter()
        .map(|row| {
            let why = why(row, checked);
            let mut value = json!(row);
            value["why"] = json!(why);
            if let Some(report) = checked.reports.get(&row.destination) {
                value["status"] = json!(report.verdict.status);
                value["headline"] = json!(report.verdict.headline);
                value["faults"] = json!(report.verdict.faults);
            }
            if let Some(words) = checked.failed.get(&row.destination) {
                value["not_checked_because"] = json!(words);
            }
            if why == Why::Passed {
                value["flush"] = json!(listing.software.flush(&row.destination));
            }
            value
        })
        .collect();
    json!({
        "schema": 1,
        "software": listing.software,
        "as_of": listing.as_of,
        "messages": listing.messages,
        "headline": verdict.sentences.join(" "),
        "messages_by_why": verdict.messages,
        "rows": rows,
    })
}
