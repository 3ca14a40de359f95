//! A report held against what a scenario demands.

use super::scenario::{Expect, ExpectedFault};
use noanswer_core::evidence::Role;
use noanswer_core::report::Report;
use serde_json::Value;

/// What is not as it must be, one sentence each.
pub fn compare(expect: &Expect, report: &Report, code: Option<i32>) -> Vec<String> {
    let mut wrong = Vec::new();
    let verdict = serde_json::to_value(&report.verdict).unwrap_or_default();
    let status = text(&verdict, "status");
    if !expect.status.all().iter().any(|wanted| wanted == status) {
        wrong.push(format!("the status is {status}, expected {}", expect.status.all().join(" or ")));
    }
    let named = list(&verdict, "faults");
    for fault in named {
        let is = |one: &String| text(fault, "fault") == one;
        let may_be = expect.any_of.iter().any(is)
            || (text(fault, "standing") == "possible" && expect.at_most_possible.iter().any(is));
        if !may_be && !expect.faults.iter().any(|expected| fits(expected, fault)) {
            wrong.push(format!("named and not expected: {}", show(fault)));
        }
        if expect.never.iter().any(|never| text(fault, "fault") == never) {
            wrong.push(format!("may never be named here: {}", show(fault)));
        }
    }
    for expected in &expect.faults {
        if !named.iter().any(|fault| fits(expected, fault)) {
            wrong.push(format!("expected and not named: {expected:?}"));
        }
    }
    let found = |one: &String| named.iter().any(|fault| text(fault, "fault") == one);
    let silent = named.is_empty() && status == "undetermined";
    if !silent && !expect.any_of.is_empty() && !expect.any_of.iter().any(found) {
        wrong.push(format!("none was named of {}", expect.any_of.join(", ")));
    }
    for fault in &expect.ruled_out {
        if !list(&verdict, "ruled_out").iter().any(|ruled_out| text(ruled_out, "fault") == fault) {
            wrong.push(format!("not ruled out: {fault}"));
        }
    }
    for fault in &expect.not_ruled_out {
        if list(&verdict, "ruled_out").iter().any(|ruled_out| text(ruled_out, "fault") == fault) {
            wrong.push(format!("ruled out, and it is true: {fault}"));
        }
    }
    if let Some(who) = &expect.answered_by {
        wrong.extend(answered(report, who));
    }
    if let Some(words) = &expect.note
        && !report.verdict.notes.iter().any(|note| note.contains(words.as_str()))
    {
        wrong.push(format!("no note says {words:?}: {:?}", report.verdict.notes));
    }
    wrong.extend(said(expect, report, &verdict));
    if let Some(words) = &expect.greeting {
        let mut heard =
            report.evidence.iter().flat_map(|one| &one.attempts).filter_map(|one| one.greeting.as_deref());
        if !heard.any(|greeting| greeting.contains(words.as_str())) {
            wrong.push(format!("nobody was greeted with {words:?}"));
        }
    }
    if let Some(wanted) = expect.exit_code.filter(|wanted| *wanted != report.exit_code()) {
        wrong.push(format!("the exit code is {}, expected {wanted}", report.exit_code()));
    }
    if code != Some(i32::from(report.exit_code())) {
        wrong.push(format!("the exit code is {code:?}, the report says {}", report.exit_code()));
    }
    wrong
}

/// Where a report is not only less sharp than `expect` demands but wrong: the truth is ruled out, or something else is
/// established.
pub fn unsound(expect: &Expect, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    let verdict = serde_json::to_value(&report.verdict).unwrap_or_default();
    let is_true = |fault: &Value| {
        let is = |one: &String| text(fault, "fault") == one;
        let expected = expect.faults.iter().any(|expected| expected.fault == text(fault, "fault"));
        expected || expect.any_of.iter().any(is)
    };
    for fault in list(&verdict, "faults") {
        if text(fault, "standing") == "established" && !is_true(fault) {
            wrong.push(format!("established and not true: {}", show(fault)));
        }
        let never = expect.never.iter().any(|never| text(fault, "fault") == never);
        if never && text(fault, "standing") == "established" {
            wrong.push(format!("may never be named here: {}", show(fault)));
        }
    }
    // A fault of a part (a family, an exchange) may be ruled out of the others.
    let whole = |expected: &&ExpectedFault| expected.family.is_none() && expected.exchange.is_none();
    for expected in expect.faults.iter().filter(whole) {
        let named = list(&verdict, "faults").iter().any(|fault| fits(expected, fault));
        let excluded = list(&verdict, "ruled_out").iter().any(|fault| text(fault, "fault") == expected.fault);
        if excluded && !named {
            wrong.push(format!("true, and ruled out: {}", expected.fault));
        }
    }
    wrong
}

/// What the report says, beside the faults, otherwise than `expect` demands.
fn said(expect: &Expect, report: &Report, verdict: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let sender = serde_json::to_value(&report.sender).unwrap_or_default();
    let served = text(&sender, "served");
    if let Some(wanted) = expect.served.as_deref().filter(|wanted| *wanted != served) {
        wrong.push(format!("served is {served}, expected {wanted}"));
    }
    let headline = text(verdict, "headline");
    if let Some(words) = expect.headline.as_deref().filter(|words| !headline.contains(words)) {
        wrong.push(format!("the headline does not say {words:?}: {headline}"));
    }
    if let Some(words) = &expect.advice
        && !report.verdict.advice.iter().any(|advice| advice.action.contains(words.as_str()))
    {
        wrong.push(format!("nobody is advised: {words:?}"));
    }
    for party in expect.not_cleared.iter().filter(|_| text(verdict, "status") != "healthy") {
        let cleared = |known: &Value| text(known, "party") == party && text(known, "standing") == "cleared";
        if list(verdict, "known").iter().any(cleared) {
            wrong.push(format!("may not be called cleared here: {party}"));
        }
    }
    wrong
}

/// The sender's attempts that were ended by another than `who`.
fn answered(report: &Report, who: &str) -> Vec<String> {
    let senders = report.evidence.iter().filter(|one| one.role == Role::Sender);
    let attempts = senders.flat_map(|one| &one.attempts).filter(|one| one.round == 1);
    let seen = attempts.map(|one| {
        let value = serde_json::to_value(one).unwrap_or_default();
        (
            one.address,
            value.pointer("/answered_by/who").and_then(Value::as_str).unwrap_or("nobody").to_owned(),
        )
    });
    seen.filter(|(_, seen)| seen != who)
        .map(|(address, seen)| format!("{address} was answered by {seen}, expected {who}"))
        .collect()
}

fn fits(expected: &ExpectedFault, fault: &Value) -> bool {
    let as_said = |field: &str, wanted: &Option<String>| {
        wanted.as_deref().is_none_or(|wanted| text(fault, field) == wanted)
    };
    text(fault, "fault") == expected.fault
        && as_said("family", &expected.family)
        && as_said("exchange", &expected.exchange)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A named fault in one word: `host_down/ipv4/mx1.recipient.test`.
pub fn show(fault: &Value) -> String {
    let parts = ["fault", "family", "exchange", "vantage"].map(|field| text(fault, field));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// The verdict in one line: `named: host_down/ipv4`.
pub fn in_one_line(report: &Report) -> String {
    let verdict = serde_json::to_value(&report.verdict).unwrap_or_default();
    let faults: Vec<String> = list(&verdict, "faults").iter().map(show).collect();
    format!("{}: {}", text(&verdict, "status"), faults.join(", "))
}
