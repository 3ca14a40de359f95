//! What is needed where a text or a file is a log: reading it in pieces, and its table.

use crate::answer::{Refusal, json};
use crate::reader::explained::{self, Explained, ExplainedRow};
use crate::reader::moment;
use noanswer_core::symptom::{self, LogControls, Symptom};
use noanswer_core::timestamp::Timestamp;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// As many groups of a log go to the page, and from there with a check.
const GROUPS: usize = 100;

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
