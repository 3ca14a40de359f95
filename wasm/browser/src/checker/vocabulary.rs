//! The names in JSON and the words for them, from the core. The page words outcomes, stages and sights itself: `web/app/words.js`.

use noanswer_core::verdict::{Fault, Party};
use serde::Serialize;
use std::collections::BTreeMap;

/// `{faults: {name: {title, party}}}`.
#[derive(Serialize)]
pub struct Vocabulary {
    faults: BTreeMap<String, FaultWords>,
}

#[derive(Serialize)]
struct FaultWords {
    title: &'static str,
    party: Party,
}

/// The words of every fault.
pub fn vocabulary() -> Vocabulary {
    let words = |fault: &Fault| FaultWords { title: fault.title(), party: fault.party() };
    Vocabulary { faults: Fault::ALL.iter().map(|fault| (fault.name(), words(fault))).collect() }
}
