//! What software says, as must-fire and must-not-fire: `corpus/must_fire.toml`, `corpus/must_not_fire.toml`.

use noanswer_core::symptom::{self, Cause, SymptomFamily};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn texts(name: &str) -> BTreeMap<String, Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let text = fs::read_to_string(path).expect(name);
    toml::from_str(&text).expect(name)
}

fn cause_named(name: &str) -> Cause {
    serde_json::from_value(name.into()).expect(name)
}

fn read(text: &str) -> Option<Cause> {
    symptom::read(text).first().map(|symptom| symptom.cause)
}

/// The families that tell people that the other host could not be reached.
fn is_connectivity(cause: Cause) -> bool {
    matches!(cause.family(), SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
}

#[test]
fn every_cause_is_read_from_its_words() {
    let mut wrong = String::new();
    for (name, texts) in texts("must_fire.toml") {
        let cause = cause_named(&name);
        for text in texts {
            let got = read(&text);
            if got != Some(cause) {
                let _ = writeln!(wrong, "{name} read as {got:?}: {text}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_is_no_silence_is_never_called_one() {
    let mut wrong = String::new();
    for (name, texts) in texts("must_not_fire.toml") {
        for text in texts {
            let got = read(&text);
            let right = match name.as_str() {
                "none" => got.is_none(),
                "any" => got.is_some_and(|cause| !is_connectivity(cause)),
                name => got == Some(cause_named(name)),
            };
            if !right {
                let _ = writeln!(wrong, "{name} read as {got:?}: {text}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
