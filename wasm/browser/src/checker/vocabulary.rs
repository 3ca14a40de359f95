//! The names in JSON and the words for them, from the core. The page words outcomes, stages and sights itself: `web/app/words.js`.

use noanswer_core::verdict::Fault;
use serde_json::{Map, Value, json};

/// `{faults: {name: {title, party}}}`.
pub fn vocabulary() -> Value {
    let faults: Map<String, Value> = Fault::ALL
        .iter()
        .map(|fault| (fault.name(), json!({ "title": fault.title(), "party": fault.party() })))
        .collect();
    json!({ "faults": faults })
}
