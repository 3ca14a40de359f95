//! What the page shows of a text: each symptom, its explanation, and what each marked part means.

use noanswer_core::smtp::registry;
use noanswer_core::symptom::{Explanation, LogControls, Symptom, explain_beside};
use serde::Serialize;
use std::collections::BTreeMap;

/// A symptom explained, with the meaning of its parts.
#[derive(Serialize)]
pub struct Explained {
    /// The core's explanation.
    #[serde(flatten)]
    explanation: Explanation,
    /// By the name of the field: what the marked part means.
    fields: BTreeMap<&'static str, String>,
}

/// Explains `symptoms`, in their order; `log` tells of the other destinations of the same log.
pub fn explained(symptoms: &[Symptom], log: Option<&LogControls>) -> Vec<Explained> {
    symptoms.iter().map(|symptom| one(symptom, log)).collect()
}

fn one(symptom: &Symptom, log: Option<&LogControls>) -> Explained {
    let explanation = explain_beside(symptom, log);
    let mut fields = BTreeMap::new();
    fields.insert("cause", explanation.meaning.to_owned());
    let codes = [
        ("reply_code", symptom.reply_code.map(|code| code.to_string())),
        ("enhanced_status", symptom.enhanced_status.map(|status| status.to_string())),
        ("system_error", symptom.system_error.clone()),
    ];
    for (field, code) in codes {
        if let Some(entry) = code.as_deref().and_then(registry::lookup) {
            fields.insert(field, format!("{}. {} ({})", entry.title, entry.meaning, entry.source));
        }
    }
    if let Some(retry) = explanation.retry {
        fields.insert("mta", format!("{} wrote this. It tries again {}.", retry.name, retry.interval));
    }
    Explained { explanation, fields }
}
