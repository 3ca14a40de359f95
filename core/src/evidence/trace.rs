//! How far the SYN came: routers on the path, by hop-limited connects (the method of traceroute over TCP).

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A router that a SYN came to: it said that the packet's hop limit was used up (ICMP "time exceeded", RFC 792;
/// ICMPv6 type 3, RFC 4443 s3.3). A filter of that router sees the packet only after the hop limit is counted down, so
/// what is dropped there shows the router itself as passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassedHop {
    /// The hop limit (TTL) that was used up there: 1 is the first router.
    pub hop: u8,
    /// The router, by its own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The network that the router is in, where that is known: `AS64500`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// How far a SYN to another port of the same address came, in the same seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sibling {
    /// The port: 443.
    pub port: u16,
    /// The routers that it came to, the nearest first; those that keep silent are missing.
    #[serde(default)]
    pub passed: Vec<PassedHop>,
    /// Whether it was answered as a host answers: by a connection or a reset.
    pub answered: bool,
    /// The smallest hop limit at which it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_hop: Option<u8>,
}

/// How far ICMP echo requests to the address came ("ping": RFC 792, RFC 4443 s4), where the system tells nothing of how far
/// SYNs do: Windows shows programs without privileges the ICMP messages behind echo requests alone. They are no SYNs: what
/// filters port 25 lets them pass, and routers and hosts that answer none are no fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EchoPath {
    /// How many hops were tried.
    pub limit: u8,
    /// The routers that they came to, the nearest first; those that keep silent are missing.
    #[serde(default)]
    pub passed: Vec<PassedHop>,
    /// The smallest hop limit at which the address itself answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_hop: Option<u8>,
}

impl EchoPath {
    /// Whether anything answered at all: where nothing does, the own network may let no echo request out.
    pub fn shows(&self) -> bool {
        self.answered_hop.is_some() || !self.passed.is_empty()
    }
}
