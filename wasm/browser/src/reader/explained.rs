//! What the page shows of a text: each symptom, its explanation, and what each marked part means.

use noanswer_core::smtp::registry;
use noanswer_core::symptom::{Explanation, Row, Symptom, explain_at, explain_row};
use noanswer_core::timestamp::Timestamp;
use serde::Serialize;

/// A symptom explained, with the meaning of its parts.
#[derive(Serialize)]
pub struct Explained {
    /// The core's explanation.
    #[serde(flatten)]
    explanation: Explanation,
    fields: Fields,
}

/// By the name of the field: what the marked part means.
#[derive(Serialize)]
struct Fields {
    cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enhanced_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mta: Option<String>,
}

/// A row of a log's table, explained.
#[derive(Serialize)]
pub struct ExplainedRow<'a> {
    /// The core's row.
    #[serde(flatten)]
    row: &'a Row,
    /// Whether every message of it was delivered later.
    is_settled: bool,
    /// What it says, with what the log says beside it.
    explanation: Explanation,
}

/// As many rows of a table go to the page.
const ROWS: usize = 100;

/// Explains the worst rows of a table at `now`.
pub fn table(rows: &[Row], now: Timestamp) -> Vec<ExplainedRow<'_>> {
    let rows = rows.iter().take(ROWS);
    rows.map(|row| ExplainedRow { row, is_settled: row.is_settled(), explanation: explain_row(row, now) })
        .collect()
}

/// Explains `symptoms` at `now`, in their order.
pub fn explained(symptoms: &[Symptom], now: Timestamp) -> Vec<Explained> {
    symptoms.iter().map(|symptom| one(symptom, now)).collect()
}

fn one(symptom: &Symptom, now: Timestamp) -> Explained {
    let explanation = explain_at(symptom, now);
    let mta = explanation
        .retry
        .map(|retry| format!("{} wrote this. {}", retry.name, retry.tries("It tries again")));
    let fields = Fields {
        cause: explanation.meaning,
        reply_code: symptom.reply_code.and_then(|code| registered(&code.to_string())),
        enhanced_status: symptom.enhanced_status.and_then(|status| registered(&status.to_string())),
        system_error: symptom.system_error.as_deref().and_then(registered),
        mta,
    };
    Explained { explanation, fields }
}

/// What the registry says of `code`.
fn registered(code: &str) -> Option<String> {
    let entry = registry::lookup(code)?;
    Some(format!("{}. {} ({})", entry.title, entry.meaning, entry.source))
}
