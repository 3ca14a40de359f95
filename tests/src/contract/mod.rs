//! Contracts as data, `tests/contract/*.toml`, and what holds whatever serves them to it.

pub mod api;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Values that must stand at JSON pointers (RFC 6901).
pub type Has = BTreeMap<String, Value>;

/// A table of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table<Case> {
    case: Vec<Case>,
}

/// The cases of the table `name` of `tests/contract/`.
///
/// # Panics
/// As [`read`] does.
pub fn cases<Case: DeserializeOwned>(name: &str) -> Vec<Case> {
    read::<Table<Case>>(name).case
}

/// The table `name` of `tests/contract/`.
///
/// # Panics
/// When the table is not there or not one.
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contract").join(name);
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

/// An HTTP client for servers on loopback: no proxy, no redirects, no roots that it would trust.
///
/// # Panics
/// Where there is no randomness for it.
pub fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let versions = builder.with_safe_default_protocol_versions().expect("ring supports the default versions");
    let tls = versions.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    let client = client.no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().expect("a client")
}
