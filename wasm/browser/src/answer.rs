//! JSON in and out, and one kind of refusal.

use serde::Serialize;
#[cfg(any(feature = "checker", feature = "judge"))]
use serde::de::DeserializeOwned;
use std::fmt::Display;
use wasm_bindgen::JsValue;

/// Why a call was refused, in words for people: a JavaScript `Error`.
#[derive(Debug)]
pub struct Refusal(String);

impl Refusal {
    /// A refusal in the words of `error`.
    pub fn new(error: impl Display) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for JsValue {
    fn from(refusal: Refusal) -> Self {
        js_sys::Error::new(&refusal.0).into()
    }
}

/// `value` as JSON. What may fail in writing JSON, a stream or a key that is no text, is in none of our values: serde's words
/// for it are not linked.
pub fn json(value: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|_| Refusal::new("this cannot be written as JSON"))
}

/// A value of JSON. Not for the reader: reading JSON costs the reader more than it needs.
#[cfg(any(feature = "checker", feature = "judge"))]
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|error| Refusal::new(format!("this cannot be read: {error}")))
}
