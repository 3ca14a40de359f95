//! What the sending host says of itself, and what its own resolver says of the domain.

use super::firewall::Firewall;
use crate::mx::DnsView;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What the sending host says of itself. Only the command line has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostFacts {
    /// Whether the host has an IPv6 default route.
    pub ipv6_route: Ipv6Route,
    /// Whether it is a container.
    pub container: Container,
    /// The cloud it runs in, by its firmware's words (DMI): a key of the list of clouds that block port 25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// The hypervisor that it is a guest of, by its firmware's words; of a cloud, the one that the cloud runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<Hypervisor>,
    /// What its own firewall is set to do with connections to port 25; absent where the system gives no means to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<Firewall>,
    /// Security software that is installed and known to take over mail on port 25, or to stop it where it is told to: the
    /// products' names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<String>,
    /// The source addresses that the system would use, one a family.
    #[serde(default)]
    pub source_addresses: Vec<IpAddr>,
    /// The prefix by which a host without IPv4 reaches it, as its resolver makes use of it (`Pref64::/n`, RFC 7050 s2.1):
    /// attempts on IPv4 addresses went by translation (NAT64).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat64_prefix: Option<String>,
}

/// A hypervisor: its switch may filter what its guests send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hypervisor {
    /// Microsoft's.
    HyperV,
}

impl Hypervisor {
    /// The hypervisor whose firmware says `words` (vendor and product, SMBIOS type 1).
    pub fn of_dmi(words: &str) -> Option<Self> {
        let hyper_v = words.contains("Microsoft Corporation") && words.contains("Virtual Machine");
        hyper_v.then_some(Self::HyperV)
    }
}

/// Whether a host has a default route for IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ipv6Route {
    /// There is one.
    Present,
    /// There is none.
    Absent,
    /// The system gives no means to tell.
    NotAvailable,
}

/// Whether the process runs in a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// It does.
    Inside,
    /// No sign of one.
    None,
    /// The system gives no means to tell.
    NotAvailable,
}

/// What the vantage's own resolver said when it was asked for the domain's MX, and for the addresses of the exchanges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResolverView {
    /// The servers of the system's configuration.
    pub servers: Vec<IpAddr>,
    /// What it said.
    pub answer: ResolverAnswer,
    /// The exchanges it named, lower case, sorted.
    #[serde(default)]
    pub exchanges: Vec<String>,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// The whole view, as for the DoH servers in the plan: what the mail server uses. Its `resolver` is `own`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<DnsView>,
    /// What it said meanwhile of a name that has nothing to do with the domain: whether it works at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ResolverControl>,
}

/// What a vantage's own resolver said of a name that has nothing to do with the domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResolverControl {
    /// The name: a control host's.
    pub name: String,
    /// What it said.
    pub answer: ResolverAnswer,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
}

/// The kinds of answer of a vantage's own resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResolverAnswer {
    /// MX records.
    Exchanges,
    /// The name exists, without MX.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The resolver failed.
    ServFail,
    /// The resolver refused to answer.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The resolver could not be reached, or none is configured.
    Unreachable,
    /// An answer that could not be read.
    Nonsense,
}

impl ResolverAnswer {
    /// Whether the resolver works, whatever is true of the name.
    pub const fn works(self) -> bool {
        matches!(self, Self::Exchanges | Self::NoData | Self::NxDomain)
    }
}
