//! The network that a vantage is in, as the Internet's routing knows it.

use serde::{Deserialize, Serialize};

/// The autonomous system (AS, RFC 1930) that announces a vantage's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NetworkSeen {
    /// The AS number: 64500 for `AS64500`.
    pub asn: u32,
    /// The prefix that it announces: `192.0.2.0/24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Its name, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How that is known.
    pub source: NetworkSource,
}

impl NetworkSeen {
    /// The AS as people write it, `AS64500` (RFC 5396).
    pub fn label(&self) -> String {
        format!("AS{}", self.asn)
    }
}

/// How a vantage's network is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NetworkSource {
    /// The user named it.
    Given,
    /// By a DNS zone that maps addresses to origin AS numbers.
    Dns,
    /// The measurement network says so of its probe.
    Panel,
}
