//! What the vantage's own system says of one address, before any packet is sent.

use serde::{Deserialize, Serialize};

/// What the vantage's own system says of one address. Taken where a connection to it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnHost {
    /// The route that the system's table has for it.
    pub route: RouteKind,
    /// Whether it is an address of the vantage itself.
    #[serde(default)]
    pub own_address: bool,
    /// Whether the vantage's own gateway answers for it: something answered at the first hop, where the route leads
    /// through that gateway. A public address of the gateway does so (NAT without hairpinning, RFC 4787 s6).
    #[serde(default)]
    pub gateway_address: bool,
}

/// The kind of route that a system has for an address (ip-route(8), rtnetlink(7) `rtm_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RouteKind {
    /// Through a gateway.
    Unicast,
    /// The address is on a network that the system is attached to: no gateway is asked.
    OnLink,
    /// The address is one of the system's own.
    Local,
    /// Packets are dropped without a word: connecting fails with `EINVAL`.
    Blackhole,
    /// Packets are refused, "administratively prohibited": connecting fails with `EACCES`.
    Prohibit,
    /// Packets are refused, "host unreachable": connecting fails with `EHOSTUNREACH`.
    Unreachable,
    /// There is no route: connecting fails with `ENETUNREACH`.
    None,
    /// The system gives no means to tell.
    NotAvailable,
}

impl RouteKind {
    /// Whether the system's own table stops packets to the address.
    pub const fn stops(self) -> bool {
        matches!(self, Self::Blackhole | Self::Prohibit | Self::Unreachable)
    }
}
