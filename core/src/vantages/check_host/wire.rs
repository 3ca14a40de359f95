//! What check-host.net answers, as far as it is read.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The answer to a check that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Accepted {
    /// 1 where it was accepted.
    #[serde(default)]
    pub ok: u8,
    /// Its id.
    #[serde(default)]
    pub request_id: String,
    /// Where people read it. Whoever has the link can.
    #[serde(default)]
    pub permanent_link: String,
    /// The nodes that do it: country code, country, city, address and AS of each, by its name.
    #[serde(default)]
    pub nodes: BTreeMap<String, Vec<Value>>,
    /// Why it was not accepted, where that is said.
    #[serde(default)]
    pub error: Option<String>,
}

/// What one node met.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct NodeResult {
    /// The address that it connected to.
    #[serde(default)]
    pub address: Option<String>,
    /// How long that took, in seconds.
    #[serde(default)]
    pub time: Option<f64>,
    /// Why it did not connect, in the system's words.
    #[serde(default)]
    pub error: Option<String>,
}

/// The results of a check by node, of those that have ended. A node that is at work has `null`, and one that could not work
/// has an entry that says nothing.
pub fn results(body: &[u8]) -> Option<BTreeMap<String, NodeResult>> {
    let all: BTreeMap<String, Option<Vec<Value>>> = serde_json::from_slice(body).ok()?;
    let ended = |(name, results): (String, Option<Vec<Value>>)| {
        let first = results?.into_iter().next().unwrap_or_default();
        Some((name, serde_json::from_value(first).unwrap_or_default()))
    };
    Some(all.into_iter().filter_map(ended).collect())
}
