//! The name of an enum's variant on the wire.

use serde::Serialize;

/// The name of `value` on the wire, as serde's derive writes it: `timed_out`. Empty where `value` is no variant
/// without fields, for such a value has no name.
pub fn wire_name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
