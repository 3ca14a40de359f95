//! The hosts of a lab by name, as scenarios name them.

use serde::Deserialize;

/// A host of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// The sending server.
    Sender,
    /// Its gateway.
    Gateway,
    /// The router in the middle.
    Inet,
    /// A region.
    #[serde(rename = "region-1")]
    Region1,
    /// A region.
    #[serde(rename = "region-2")]
    Region2,
    /// A region.
    #[serde(rename = "region-3")]
    Region3,
    /// All control hosts.
    Controls,
    /// The resolvers.
    Dns,
    /// The recipient's exchanges.
    Target,
}
