//! What the page judges itself: a report that came with a link, one with evidence that was pasted, and a check without any
//! server of ours.

mod globalping;

use crate::answer::{self, Refusal, json};
use noanswer_core::evidence::Evidence;
use noanswer_core::manual_evidence as core_manual_evidence;
use noanswer_core::report::Report;
use wasm_bindgen::prelude::wasm_bindgen;

/// The report judged again with what the user pasted from the sending server.
///
/// # Errors
/// When `report` is not one, or `text` holds no evidence.
#[wasm_bindgen]
pub fn manual_evidence(report: &str, text: &str) -> Result<String, Refusal> {
    let report: Report = answer::read(report)?;
    let sender =
        core_manual_evidence::read(text, |text| serde_json::from_str(text).ok()).map_err(Refusal::new)?;
    json(&core_manual_evidence::judged_with(report, sender))
}

/// The report with a verdict of its evidence, judged here and now: what a report that came with a link says of itself is
/// not believed.
///
/// # Errors
/// When `report` is not one.
#[wasm_bindgen]
pub fn judged(report: &str) -> Result<String, Refusal> {
    let mut report: Report = answer::read(report)?;
    report.evidence.iter_mut().for_each(Evidence::derive_sight);
    report.judge_again();
    json(&report)
}
