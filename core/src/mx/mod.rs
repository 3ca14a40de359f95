//! Where a domain's mail goes (RFC 5321 s5.1).

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One address of one exchange, to be probed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The exchange.
    pub exchange: String,
    /// Its address.
    pub address: IpAddr,
    /// The preference: lower is tried first.
    pub preference: u16,
}
