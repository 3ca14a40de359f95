//! Texts in the formats of the software, with their truth: `corpus/texts.toml`.

use noanswer_core::symptom::{self, Cause, Symptom, SymptomFamily};
use noanswer_tests::fields::{Fields, Found};
use serde::Deserialize;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Text>,
}

/// A text and its truth.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: String,
    text: String,
    /// The cause that it states, or `none`.
    cause: String,
    /// Other causes that a careful reader may see in it.
    #[serde(default)]
    maybe: Vec<String>,
    #[serde(default)]
    expired: bool,
    /// How many symptoms, where that matters.
    symptoms: Option<usize>,
    /// Read as UTF-16 with a byte order mark.
    #[serde(default)]
    utf16: bool,
    #[serde(default)]
    has: Fields,
}

impl Text {
    fn read(&self) -> Vec<Symptom> {
        if !self.utf16 {
            return symptom::read(&self.text);
        }
        let units = self.text.encode_utf16().flat_map(u16::to_le_bytes);
        symptom::read_bytes(&[0xff, 0xfe].into_iter().chain(units).collect::<Vec<_>>())
    }

    fn is_silence(&self) -> bool {
        std::iter::once(&self.cause)
            .chain(&self.maybe)
            .any(|cause| cause != "none" && is_connectivity(cause_named(cause)))
    }
}

fn cause_named(name: &str) -> Cause {
    serde_json::from_value(name.into()).expect(name)
}

fn name_of(cause: Option<Cause>) -> String {
    let name = cause.map(|cause| serde_json::to_value(cause).expect("a name"));
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_else(|| "none".to_owned())
}

/// The families that tell people that the other host could not be reached.
fn is_connectivity(cause: Cause) -> bool {
    matches!(cause.family(), SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
}

fn texts() -> Vec<Text> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus/texts.toml");
    let text = fs::read_to_string(path).expect("texts.toml");
    toml::from_str::<File>(&text).expect("texts.toml").text
}

#[test]
fn what_software_says_is_read() {
    let (mut wrong, mut alarms, mut found, mut right, mut of) = (String::new(), 0, Found::default(), 0, 0);
    for text in texts() {
        let symptoms = text.read();
        let first = symptoms.first();
        let cause = name_of(first.map(|symptom| symptom.cause));
        let expired = first.is_some_and(|symptom| symptom.expired);
        let fits = (cause == text.cause || text.maybe.contains(&cause)) && expired == text.expired;
        let many = text.symptoms.is_some_and(|count| count != symptoms.len());
        of += 1;
        right += usize::from(fits && !many);
        if !fits || many {
            let _ = writeln!(
                wrong,
                "{}: {}{} read as {cause}{} ({} symptoms)",
                text.name,
                text.cause,
                if text.expired { ", expired" } else { "" },
                if expired { ", expired" } else { "" },
                symptoms.len()
            );
        }
        alarms += usize::from(!text.is_silence() && first.is_some_and(|one| is_connectivity(one.cause)));
        found.take(&text.name, &text.has, first);
    }
    println!("{wrong}{}texts: {right}/{of}, false alarms {alarms}; {}", found.misses, found.figures());
    assert_eq!(alarms, 0, "no rejection is ever called a connectivity problem");
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(found.misses.is_empty(), "\n{}", found.misses);
}
