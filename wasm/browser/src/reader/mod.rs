//! What every visit needs: reading a text, and explaining it.

pub(crate) mod explained;
mod units;

use crate::answer::{Refusal, json};
use explained::{Explained, ExplainedRow};
use noanswer_core::scrub::mail_addresses;
use noanswer_core::symptom::{self, Symptom, Whole};
use noanswer_core::timestamp::Timestamp;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a text says.
#[derive(Serialize)]
struct Reading<'a> {
    symptoms: &'a [Symptom],
    explanations: Vec<Explained>,
    table: Vec<ExplainedRow<'a>>,
    is_log: bool,
    whole: Option<Whole>,
}

/// What `text` says, read at `now` (seconds since the Unix epoch): `{symptoms, explanations, table, is_log, whole}`, spans in
/// code units of UTF-16; `whole` is what a text is that only names a code, a domain or an address. A log's table counts its
/// deliveries too: where `is_log`, only the module `log` makes it.
#[wasm_bindgen]
pub fn read(text: &str, now: f64) -> Result<String, Refusal> {
    let now = moment(now);
    let mut symptoms = symptom::read_as_of(text, now);
    let is_log = symptom::is_log(text, now);
    let rows = match is_log {
        #[cfg(feature = "log")]
        true => symptom::table(text, &symptoms, now),
        #[cfg(not(feature = "log"))]
        true => Vec::new(),
        false => symptom::table_of(&symptoms, now),
    };
    units::in_utf16(&mut symptoms, text);
    let explanations = explained::explained(&symptoms, now);
    let table = explained::table(&rows, now);
    json(&Reading { symptoms: &symptoms, explanations, table, is_log, whole: symptom::whole(text) })
}

/// Gives the reader the table of codes, `codes.txt` beside its wasm: what each says. Until then codes are read, not explained.
#[wasm_bindgen]
pub fn codes(table: String) {
    noanswer_core::facts::give_codes(table);
}

/// `text` without the local parts of its mail addresses: what a link to be passed on may hold.
#[wasm_bindgen]
pub fn scrub(text: &str) -> String {
    mail_addresses(text)
}

/// A moment as JavaScript counts it, but in seconds: its fraction is left out.
pub(crate) fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_unix(seconds as i64)
}
