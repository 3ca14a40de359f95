//! What a report needs: its picture, its Markdown, its letters and its commands.

use crate::answer::{self, Refusal, json};
use noanswer_core::letters::{self as core_letters, Language};
use noanswer_core::mx::MxPlan;
use noanswer_core::path::Stretch;
use noanswer_core::report::Report;
use noanswer_core::wire_name::wire_name;
use noanswer_core::{manual_evidence as core_manual_evidence, markdown as core_markdown, path as core_path};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a report knows of the path.
#[derive(Serialize)]
struct Path {
    places: [Stretch; 5],
}

/// What a report knows of each place on the path: `{places: […]}`.
///
/// # Errors
/// When `report` is not one.
#[wasm_bindgen]
pub fn path(report: &str) -> Result<String, Refusal> {
    json(&Path { places: core_path::stretches(&answer::read(report)?) })
}

/// A report as Markdown.
///
/// # Errors
/// When `report` is not one.
#[wasm_bindgen]
pub fn markdown(report: &str) -> Result<String, Refusal> {
    Ok(core_markdown::markdown(&answer::read(report)?))
}

/// Every letter that the report carries, in each language: `{en: [{to, subject, body}], …}`.
///
/// # Errors
/// When `report` is not one.
#[wasm_bindgen]
pub fn letters(report: &str) -> Result<String, Refusal> {
    let report: Report = answer::read(report)?;
    let all = Language::ALL.map(|language| (wire_name(&language), core_letters::letters(&report, language)));
    json(&all.into_iter().collect::<std::collections::BTreeMap<_, _>>())
}

/// The commands that look from the sending server, one for each system.
///
/// # Errors
/// When `plan` is not one.
#[wasm_bindgen]
pub fn commands(plan: &str) -> Result<String, Refusal> {
    json(&core_manual_evidence::commands(&answer::read::<MxPlan>(plan)?))
}
