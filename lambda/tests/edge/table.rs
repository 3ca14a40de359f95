//! Contracts as data: `tests/contract/*.toml`.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Values that must stand at JSON pointers (RFC 6901).
pub type Has = BTreeMap<String, Value>;

/// The table `name` of `tests/contract/`.
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contract").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `body` lacks of `has`, in words.
pub fn lacks(body: &[u8], has: &Has) -> Vec<String> {
    if has.is_empty() {
        return Vec::new();
    }
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return vec![format!("no JSON: {}", shown(body))];
    };
    has.iter()
        .filter(|(pointer, value)| json.pointer(pointer) != Some(value))
        .map(|(pointer, value)| format!("{pointer} is {:?}, not {value}", json.pointer(pointer)))
        .collect()
}

/// The beginning of `bytes`, for messages.
pub fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(400).collect()
}
