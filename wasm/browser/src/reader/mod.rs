//! What every visit needs: reading a text or a log, and explaining it.

mod explained;
mod units;

use crate::answer::{Refusal, json};
use noanswer_core::symptom;
use wasm_bindgen::prelude::wasm_bindgen;

/// As many groups of a log go to the page, and from there with a check.
const GROUPS: usize = 100;

/// What `text` says: `{symptoms, explanations}`, spans in code units of UTF-16.
#[wasm_bindgen]
pub fn read(text: &str) -> Result<String, Refusal> {
    let mut symptoms = symptom::read(text);
    units::in_utf16(&mut symptoms, text);
    let explanations = explained::explained(&symptoms);
    json(&serde_json::json!({ "symptoms": symptoms, "explanations": explanations }))
}

/// A log of any size, in pieces.
#[wasm_bindgen]
#[derive(Default)]
pub struct Log(symptom::Log);

#[wasm_bindgen]
impl Log {
    /// An empty log.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next piece, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    /// What the log says: `{symptoms, explanations, log, lines, failures}`, and an empty log again.
    pub fn finish(&mut self) -> Result<String, Refusal> {
        let summary = std::mem::take(&mut self.0).finish();
        let mut symptoms = summary.symptoms;
        symptoms.truncate(GROUPS);
        for symptom in &mut symptoms {
            // There is no text on the page that they could mark.
            symptom.spans.clear();
        }
        let explanations = explained::explained(&symptoms);
        json(&serde_json::json!({
            "symptoms": symptoms,
            "explanations": explanations,
            "log": summary.controls,
            "lines": summary.lines,
            "failures": summary.failures,
        }))
    }
}
