//! The lines that mail software prints, one a format (`corpus/formats.jsonl`), and what people pasted
//! (`corpus/threads.toml`).

use noanswer_core::symptom::{self, Cause, Symptom, SymptomFamily, WrittenBy};
use noanswer_tests::fields::{Fields, Found};
use serde::Deserialize;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn corpus(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    fs::read_to_string(path).expect(name)
}

/// One format.
#[derive(Deserialize)]
struct Format {
    mta: String,
    sample: String,
    error: String,
    written_by: String,
}

/// Whether a format's `error` allows what was read; `expired` is a flag beside an inner cause.
fn allows(error: &str, symptom: Option<&Symptom>) -> bool {
    use Cause::*;
    let Some(symptom) = symptom else { return false };
    let cause = symptom.cause;
    match error {
        "timeout" => matches!(cause, ConnectTimedOut | GreetingTimedOut | SessionTimedOut),
        "refused" => cause == ConnectRefused,
        "net_unreach" | "net_unreach_v6" | "net_unreach_last_only" => cause == NetworkUnreachable,
        "host_unreach" => cause == HostUnreachable,
        "addr_not_avail" => cause == SenderLocal,
        "unspecified_connect_failure" | "all_failed" => cause == ConnectFailed,
        "ambiguous_no_answer" => matches!(cause, ConnectFailed | ConnectTimedOut),
        "ambiguous_route_text" => cause.family() == SymptomFamily::NoAnswer,
        "dropped" | "reset" => matches!(cause, SessionDropped | DroppedAtGreeting),
        "spoken_5xx" => cause == RefusedAtGreeting && symptom.written_by == WrittenBy::Remote,
        "spoken_4xx" => {
            matches!(cause.family(), SymptomFamily::Busy | SymptomFamily::Rejected)
                && symptom.written_by == WrittenBy::Remote
        }
        "servfail" | "dns_bad_reply" => cause == DnsFailed,
        "nxdomain" => cause == NoSuchDomain,
        "no_mx" | "mx_points_nowhere" => cause == NoMailHost,
        "null_mx" => cause == NullMx,
        "deferred" => matches!(cause, DeferredByQueue | Expired),
        "cached_failure" => matches!(cause, DeferredByQueue | ConnectFailed | ConnectTimedOut),
        "expired" => symptom.expired,
        other => panic!("unknown error {other}"),
    }
}

#[test]
fn every_format_is_read() {
    let (mut wrong, mut of) = (String::new(), 0);
    for line in corpus("formats.jsonl").lines() {
        let format: Format = serde_json::from_str(line).expect(line);
        let symptoms = symptom::read(&format.sample);
        let first = symptoms.first();
        let spoke = first.is_some_and(|symptom| symptom.written_by == WrittenBy::Remote);
        of += 1;
        if !allows(&format.error, first) || spoke != (format.written_by == "remote") {
            let read = first.map(|symptom| (symptom.cause, symptom.expired, symptom.written_by));
            let _ = writeln!(wrong, "{}: {} read as {read:?}: {}", format.mta, format.error, format.sample);
        }
    }
    println!("{wrong}formats: {}/{of}", of - wrong.lines().count());
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[derive(Deserialize)]
struct Threads {
    text: Vec<Thread>,
}

/// What somebody pasted, and what it states.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thread {
    thread: String,
    text: String,
    cause: String,
    #[serde(default)]
    maybe: Vec<String>,
    #[serde(default)]
    expired: bool,
    #[serde(default)]
    has: Fields,
}

#[test]
fn what_people_pasted_is_read() {
    let (mut wrong, mut found, mut of) = (String::new(), Found::default(), 0);
    for thread in toml::from_str::<Threads>(&corpus("threads.toml")).expect("threads.toml").text {
        let symptoms = symptom::read(&thread.text);
        let first = symptoms.first();
        let name = first.map(|symptom| serde_json::to_value(symptom.cause).expect("a name"));
        let cause = name.as_ref().and_then(|name| name.as_str()).unwrap_or("none").to_owned();
        let expired = first.is_some_and(|symptom| symptom.expired);
        of += 1;
        if !(cause == thread.cause || thread.maybe.contains(&cause)) || expired != thread.expired {
            let _ = writeln!(wrong, "{}: {} read as {cause}, expired {expired}", thread.thread, thread.cause);
        }
        found.take(&thread.thread, &thread.has, first);
    }
    println!("{wrong}{}threads: {}/{of}; {}", found.misses, of - wrong.lines().count(), found.figures());
    assert!(wrong.is_empty() && found.misses.is_empty(), "\n{wrong}{}", found.misses);
}
