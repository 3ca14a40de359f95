//! What every visit needs: reading a text or a log, and explaining it.

mod explained;
mod units;

use crate::answer::{Refusal, json};
use explained::{Explained, ExplainedRow};
use noanswer_core::scrub::mail_addresses;
use noanswer_core::symptom::{self, LogControls, Symptom, Whole};
use noanswer_core::timestamp::Timestamp;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// As many groups of a log go to the page, and from there with a check.
const GROUPS: usize = 100;

/// What a text says.
#[derive(Serialize)]
struct Reading<'a> {
    symptoms: &'a [Symptom],
    explanations: Vec<Explained>,
    table: Vec<ExplainedRow<'a>>,
    whole: Option<Whole>,
}

/// What a log says.
#[derive(Serialize)]
struct LogReading<'a> {
    symptoms: &'a [Symptom],
    explanations: Vec<Explained>,
    table: Vec<ExplainedRow<'a>>,
    log: LogControls,
    lines: u64,
    too_long: u64,
    failures: u64,
}

/// What `text` says, read at `now` (seconds since the Unix epoch): `{symptoms, explanations, table, whole}`, spans in code
/// units of UTF-16; `whole` is what a text is that only names a code, a domain or an address.
#[wasm_bindgen]
pub fn read(text: &str, now: f64) -> Result<String, Refusal> {
    let now = moment(now);
    let mut symptoms = symptom::read_as_of(text, now);
    let rows = symptom::table(text, &symptoms, now);
    units::in_utf16(&mut symptoms, text);
    let explanations = explained::explained(&symptoms, now);
    let table = explained::table(&rows, now);
    json(&Reading { symptoms: &symptoms, explanations, table, whole: symptom::whole(text) })
}

/// `text` without the local parts of its mail addresses: what a link to be passed on may hold.
#[wasm_bindgen]
pub fn scrub(text: &str) -> String {
    mail_addresses(text)
}

/// A moment as JavaScript counts it, but in seconds: its fraction is left out.
fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_unix(seconds as i64)
}

/// A log of any size, in pieces.
#[wasm_bindgen]
pub struct Log {
    log: symptom::Log,
    now: Timestamp,
}

#[wasm_bindgen]
impl Log {
    /// An empty log, read at `now` (seconds since the Unix epoch).
    #[wasm_bindgen(constructor)]
    pub fn new(now: f64) -> Self {
        let now = moment(now);
        Self { log: symptom::Log::as_of(now), now }
    }

    /// Reads the next piece, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.log.push(bytes);
    }

    /// What the log says: `{symptoms, explanations, table, log, lines, too_long, failures}`, and an empty log again.
    pub fn finish(&mut self) -> Result<String, Refusal> {
        let summary = std::mem::replace(&mut self.log, symptom::Log::as_of(self.now)).finish();
        let mut symptoms = summary.symptoms;
        symptoms.truncate(GROUPS);
        for symptom in &mut symptoms {
            // There is no text on the page that they could mark.
            symptom.spans.clear();
        }
        let explanations = explained::explained(&symptoms, self.now);
        json(&LogReading {
            symptoms: &symptoms,
            explanations,
            table: explained::table(&summary.table, self.now),
            log: summary.controls,
            lines: summary.lines,
            too_long: summary.too_long,
            failures: summary.failures,
        })
    }
}
