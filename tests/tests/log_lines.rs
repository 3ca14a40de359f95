//! A whole log against the text of one line: what `read` finds in a line, `Log` counts.

use noanswer_core::symptom::{self, Cause, Log, Symptom, SymptomFamily};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// What the corpus holds at least: fewer lines mean that it was not read.
const AT_LEAST: usize = 350;

fn corpus(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    fs::read_to_string(path).expect(name)
}

/// Every line of the texts that say what software says.
fn lines() -> Vec<String> {
    let by_cause: BTreeMap<String, Vec<String>> =
        toml::from_str(&corpus("must_fire.toml")).expect("must_fire.toml");
    let mut texts: Vec<String> = by_cause.into_values().flatten().collect();
    for (name, field) in [("loglines.jsonl", "text"), ("formats.jsonl", "sample")] {
        for row in corpus(name).lines() {
            let row: serde_json::Value = serde_json::from_str(row).expect(row);
            texts.push(row[field].as_str().expect(field).to_owned());
        }
    }
    texts.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
}

fn logged(line: &str) -> Vec<Cause> {
    let mut log = Log::new();
    log.push(line.as_bytes());
    log.finish().symptoms.iter().map(|symptom| symptom.cause).collect()
}

#[test]
fn every_failure_that_is_read_in_a_line_is_counted_in_a_log() {
    let (mut failures, mut lost) = (0, Vec::new());
    for line in lines() {
        let wanted = |symptom: &Symptom| symptom.family != SymptomFamily::Rejected;
        let read: Vec<Cause> = symptom::read(&line)
            .iter()
            .filter(|symptom| wanted(symptom))
            .map(|symptom| symptom.cause)
            .collect();
        failures += read.len();
        if !read.is_empty() && logged(&line) != read {
            lost.push((read, line));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(failures >= AT_LEAST, "only {failures} failures were read");
}

#[test]
fn what_a_server_says_to_its_clients_is_no_delivery() {
    for line in [
        "Nov 24 09:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.7]: 450 4.2.0 <b@example.com>: Recipient address rejected: Greylisted; from=<a@example.net> to=<b@example.com>",
        "Nov 24 09:00:00 mx postfix/submission/smtpd[1]: lost connection after AUTH from unknown[203.0.113.7]",
        "Nov 24 09:00:00 mx postfix/postscreen[1]: HANGUP after 0 from [203.0.113.7]:4000 in tests after SMTP handshake",
        "Nov 24 09:00:00 mx sendmail[1]: ruleset=check_rcpt, arg1=<b@example.com>, relay=a.example.net [203.0.113.7], reject=450 4.7.1 <b@example.com>... Greylisted",
    ] {
        assert_eq!(logged(line), [], "{line}");
    }
}
