//! The symptom reader against real texts with their truth.

use noanswer_core::symptom::{self, Cause, Symptom, SymptomFamily};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
}

fn rows<T: for<'de> Deserialize<'de>>(name: &str) -> Vec<T> {
    let text = fs::read_to_string(corpus(name)).expect(name);
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[derive(Debug, Deserialize)]
struct Bounce {
    file: String,
    cause: String,
    expired: bool,
    destination: String,
    diagnosticcode: String,
}

#[derive(Debug, Deserialize)]
struct Line {
    mta: String,
    cause: String,
    text: String,
}

/// What a corpus label allows.
fn allows(label: &str, cause: Option<Cause>) -> bool {
    use Cause::*;
    let Some(cause) = cause else { return label == "not_connectivity" || label == "ambiguous" };
    match label {
        "timeout" => matches!(cause, ConnectTimedOut | GreetingTimedOut | SessionTimedOut),
        "refused" => cause == ConnectRefused,
        "unreachable" => matches!(cause, HostUnreachable | NetworkUnreachable),
        "connect_failed" => cause == ConnectFailed,
        "lost_conn" => matches!(cause, DroppedAtGreeting | SessionDropped),
        "busy_421" => cause.family() == SymptomFamily::Busy,
        "tls" => cause == TlsFailed,
        "dns_nxdomain" => cause == NoSuchDomain,
        "dns_fail" => cause == DnsFailed,
        "dns_no_mail" => matches!(cause, NoMailHost | NullMx),
        "expired" => cause == Expired,
        "greeting_5xx" => cause == RefusedAtGreeting,
        "routing_loop" => cause == MailLoop,
        "ambiguous" => true,
        "not_connectivity" => !is_connectivity(Some(cause)),
        other => panic!("unknown label {other}"),
    }
}

fn is_connectivity(cause: Option<Cause>) -> bool {
    cause.is_some_and(|cause| {
        matches!(cause.family(), SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
    })
}

#[derive(Default)]
struct Score {
    right: usize,
    family: usize,
    of: usize,
    false_alarms: usize,
    rejections: usize,
    log: String,
}

impl Score {
    fn take(&mut self, name: &str, label: &str, cause: Option<Cause>, text: &str) {
        let right = allows(label, cause);
        if label == "not_connectivity" {
            self.rejections += 1;
            if !right {
                self.false_alarms += 1;
            }
        } else if label != "ambiguous" {
            self.of += 1;
            self.right += usize::from(right);
            let same_family = is_connectivity(cause) == !matches!(label, "busy_421" | "greeting_5xx");
            self.family += usize::from(same_family);
        }
        if !right {
            let _ = writeln!(
                self.log,
                "{name}: {label} read as {cause:?}: {}",
                text.chars().take(400).collect::<String>()
            );
        }
    }
}

/// The symptom that is about this destination, or the only one there is.
fn about<'a>(symptoms: &'a [Symptom], destination: &str, index: usize) -> Option<&'a Symptom> {
    let is_own = |symptom: &&Symptom| symptom.recipient_domain.as_deref() == Some(destination);
    let own = symptoms.get(index).filter(is_own).or_else(|| symptoms.iter().find(is_own));
    own.or_else(|| symptoms.get(index)).or_else(|| symptoms.first())
}

#[test]
fn bounces() {
    let mut score = Score::default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows::<Bounce>("bounces.jsonl") {
        let index = seen.entry(row.file.clone()).or_default();
        let bytes = fs::read(corpus("bounces").join(&row.file)).expect(&row.file);
        let symptoms = symptom::read_bytes(&bytes);
        let symptom = about(&symptoms, &row.destination, *index);
        *index += 1;
        score.take(&row.file, &row.cause, symptom.map(|symptom| symptom.cause), &row.diagnosticcode);
        if row.expired && symptom.is_none_or(|symptom| !symptom.expired) {
            let _ = writeln!(
                score.log,
                "{}: not seen as expired: {:?}",
                row.file,
                symptom.map(|symptom| symptom.cause)
            );
        }
    }
    println!(
        "{}\nbounces: cause {}/{} family {}/{} false alarms {}/{}",
        score.log, score.right, score.of, score.family, score.of, score.false_alarms, score.rejections
    );
    assert_eq!(score.false_alarms, 0, "no rejection is ever called a connectivity problem");
    assert!(score.right * 100 >= score.of * 95 && score.family * 100 >= score.of * 98);
}

#[test]
fn log_lines() {
    let mut score = Score::default();
    for row in rows::<Line>("loglines.jsonl") {
        let symptoms = symptom::read(&row.text);
        score.take(&row.mta, &row.cause, symptoms.first().map(|symptom| symptom.cause), &row.text);
    }
    println!(
        "{}\nlines: cause {}/{} family {}/{} false alarms {}/{}",
        score.log, score.right, score.of, score.family, score.of, score.false_alarms, score.rejections
    );
    assert_eq!(score.false_alarms, 0);
    assert!(score.right * 100 >= score.of * 95 && score.family * 100 >= score.of * 98);
}
