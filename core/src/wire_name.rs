//! The name of an enum's variant on the wire.

use serde::Serialize;

/// The name of `value` on the wire, as serde's derive writes it: `timed_out`. Empty where `value` is no variant
/// without fields, for such a value has no name.
pub fn wire_name(value: &impl Serialize) -> String {
    // As text, which the edges write of every value anyway: `to_value` would be a second serializer for each type.
    let json = serde_json::to_string(value).unwrap_or_default();
    let name = json.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    name.unwrap_or_default().to_owned()
}
