//! The symptom reader against real texts with their truth.

use noanswer_core::symptom::{self, Cause, Symptom, SymptomFamily};
use noanswer_tests::fields::{Fields, Found};
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
    reason: String,
    action: String,
    agent: String,
    replycode: String,
    deliverystatus: String,
    destination: String,
    lhost: String,
    rhost: String,
    diagnosticcode: String,
}

impl Bounce {
    /// Whether it reports a delivery that failed: not a complaint, an auto-reply or a success.
    fn is_failure(&self) -> bool {
        !matches!(self.reason.as_str(), "feedback" | "vacation" | "delivered") && self.action != "delivered"
    }

    /// What the given data states of the bounce and its text holds, word for word: some of the data is derived.
    fn has(&self, text: &str) -> Fields {
        let lower = text.to_ascii_lowercase();
        let stands = |value: &str| {
            let whole = |at: usize| {
                let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
                let before = lower[..at].bytes().next_back().is_none_or(|byte| !part(byte));
                let mut after = lower[at + value.len()..].bytes();
                let (next, second) = (after.next(), after.next());
                let dot = next == Some(b'.') && !second.is_some_and(|byte| byte.is_ascii_alphanumeric());
                before && (dot || next.is_none_or(|byte| !part(byte)))
            };
            !value.is_empty() && lower.match_indices(value).any(|(at, _)| whole(at))
        };
        let there = |value: &str| Some(value.to_owned()).filter(|value| stands(value));
        // Where the data knows no remote host it repeats another: it counts where the status or the words name it.
        let field = lower.lines().any(|line| line.starts_with("remote-mta:") && line.contains(&self.rhost));
        let told = field
            || self.diagnosticcode.to_ascii_lowercase().contains(&format!("{} [", self.rhost))
            || self.diagnosticcode.to_ascii_lowercase().contains(&format!("{}[", self.rhost));
        let remote = there(&self.rhost).filter(|rhost| told && *rhost != self.lhost && rhost.contains('.'));
        let address = remote.as_deref().and_then(|remote| remote.parse().ok());
        Fields {
            host: remote.filter(|_| address.is_none()),
            address,
            code: there(&self.replycode).and_then(|code| code.parse().ok()),
            status: there(&self.deliverystatus),
            mta: writer(&self.agent).map(str::to_owned),
            domain: there(&self.destination),
            ..Fields::default()
        }
    }
}

/// The software that the collectors recognised, by our name for it.
fn writer(agent: &str) -> Option<&'static str> {
    Some(match agent {
        "Postfix" => "postfix",
        "Sendmail" => "sendmail",
        "Exim" => "exim",
        "qmail" => "qmail",
        "DragonFly" => "dma",
        "Gmail" => "gmail",
        "OpenSMTPD" => "opensmtpd",
        "Domino" => "domino",
        "Zoho" => "zoho",
        "Courier" => "courier",
        "AmazonSES" => "amazon_ses",
        "MessagingServer" => "oracle_messaging",
        _ => return None,
    })
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

/// The symptom that is about this destination: the one at the row's place where it names it or names none, or another
/// that names it.
fn about<'a>(symptoms: &'a [Symptom], destination: &str, index: usize) -> Option<&'a Symptom> {
    let is_own = |symptom: &&Symptom| symptom.recipient_domain.as_deref() == Some(destination);
    let names_none = |symptom: &&Symptom| symptom.recipient_domain.is_none();
    let here = || symptoms.get(index);
    here().filter(is_own).or_else(|| symptoms.iter().find(is_own)).or_else(|| here().filter(names_none))
}

#[test]
fn bounces() {
    let (mut score, mut found) = (Score::default(), Found::default());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut expired = (0, 0);
    for row in rows::<Bounce>("bounces.jsonl") {
        let index = seen.entry(row.file.clone()).or_default();
        let bytes = fs::read(corpus("bounces").join(&row.file)).expect(&row.file);
        let symptoms = symptom::read_bytes(&bytes);
        let symptom = about(&symptoms, &row.destination, *index);
        *index += 1;
        score.take(&row.file, &row.cause, symptom.map(|symptom| symptom.cause), &row.diagnosticcode);
        if row.is_failure() {
            found.take(&row.file, &row.has(&symptom::decode(&bytes)), symptom);
        }
        // Whether a rejection came late is nobody's question.
        if !matches!(row.cause.as_str(), "not_connectivity" | "ambiguous") {
            let read = symptom.is_some_and(|symptom| symptom.expired);
            expired.0 += usize::from(read == row.expired);
            expired.1 += 1;
            if read != row.expired {
                let _ = writeln!(score.log, "{}: expired {} read as {read}", row.file, row.expired);
            }
        }
    }
    println!("{}{}", found.misses, score.log);
    println!(
        "bounces: cause {}/{} family {}/{} expired {}/{} false alarms {}/{}; {}",
        score.right,
        score.of,
        score.family,
        score.of,
        expired.0,
        expired.1,
        score.false_alarms,
        score.rejections,
        found.figures()
    );
    assert_eq!(score.false_alarms, 0, "no rejection is ever called a connectivity problem");
    assert!(score.right * 100 >= score.of * 95 && score.family * 100 >= score.of * 98);
    assert!(expired.0 * 100 >= expired.1 * 95);
    // What is missed stands in bounces that tell of several recipients in running words, or quote one reply in another.
    for (field, percent) in
        [("address", 100), ("host", 96), ("code", 94), ("status", 94), ("domain", 92), ("mta", 96)]
    {
        assert!(found.percent(field) >= percent, "{field}: {}", found.figures());
    }
}

#[test]
fn log_lines() {
    let mut score = Score::default();
    for row in rows::<Line>("loglines.jsonl") {
        let symptoms = symptom::read(&row.text);
        score.take(&row.mta, &row.cause, symptoms.first().map(|symptom| symptom.cause), &row.text);
    }
    println!(
        "{}lines: cause {}/{} family {}/{} false alarms {}/{}",
        score.log, score.right, score.of, score.family, score.of, score.false_alarms, score.rejections
    );
    assert_eq!(score.false_alarms, 0);
    assert!(score.right * 100 >= score.of * 95 && score.family * 100 >= score.of * 98);
}

/// A message that was given up gets no deadline, whatever its code's class; a delay notice is no end.
#[test]
fn a_final_bounce_is_never_told_that_it_is_tried_again() {
    let mut given_up = 0;
    for bounce in rows::<Bounce>("bounces.jsonl").iter().filter(|bounce| bounce.is_failure()) {
        let text = fs::read(corpus("bounces").join(&bounce.file)).expect(&bounce.file);
        let lower = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let states = |action: &str| lower.lines().any(|line| line.trim_end() == format!("action: {action}"));
        if !states("failed") || states("delayed") {
            continue;
        }
        for symptom in symptom::read_bytes(&text) {
            let explanation = symptom::explain(&symptom);
            assert!(!explanation.temporary, "{}: {symptom:?}", bounce.file);
            assert_eq!((explanation.deadline, explanation.deadline_words), (None, None), "{}", bounce.file);
            assert!(explanation.again.starts_with("No: "), "{}: {}", bounce.file, explanation.again);
            given_up += 1;
        }
    }
    assert!(given_up > 100, "{given_up} recipients of final bounces alone");
}
