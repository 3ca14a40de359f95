//! The plan: which hosts take a domain's mail, in which order, at which addresses; or why there are none.

use super::{DnsFault, DnsView, Finding, FindingCode};
use crate::address::{Family, Reachability};
use crate::dns::{DomainName, HostName};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a plan takes at most. Protects those who are probed, and us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Exchanges, the most preferred ones first.
    pub exchanges: usize,
    /// Addresses of all exchanges together.
    pub addresses: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { exchanges: 10, addresses: 20 }
    }
}

/// Where a domain's mail goes (RFC 5321 s5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MxPlan {
    /// The domain that was asked for, in A-labels.
    pub domain: DomainName,
    /// The same in U-labels, where it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_unicode: Option<String>,
    /// What the exchanges were read from.
    pub source: PlanSource,
    /// Whether mail can be tried at all, and if not, why.
    pub status: PlanStatus,
    /// The DNS failure, with `status: dns_failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_failure: Option<DnsFault>,
    /// Whether the resolver vouches by DNSSEC for every answer that the plan stands on.
    pub authentic_data: bool,
    /// By preference, then by name: equal preferences are one set, tried in any order.
    pub exchanges: Vec<PlannedExchange>,
    /// What is odd in the zone, and what was left out.
    pub findings: Vec<Finding>,
    /// The DoH server that answered. Set by the flow: the planner does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<String>,
    /// What a resolver of another operator says. Set by the flow, like `resolver`.
    #[serde(default)]
    pub second_opinion: SecondOpinion,
    /// What each DoH server says, whole, in the order of the list. The plan is the union of what they name. What the
    /// sender's own resolver says stands in its evidence (`resolver.view`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<DnsView>,
}

/// What a second resolver, of another operator, says of the same domain's mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecondOpinion {
    /// There was nobody to ask.
    #[default]
    NotAsked,
    /// The same.
    Agrees,
    /// Something else: neither is taken for the truth.
    Differs,
    /// Nothing: it could not be asked.
    Failed,
}

/// What the exchanges were read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanSource {
    /// MX records.
    Mx,
    /// No MX: the domain's own addresses (RFC 5321 s5.1).
    ImplicitMx,
    /// The record that says "no mail here" (RFC 7505).
    NullMx,
    /// Nothing.
    None,
}

/// Whether mail can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// At least one address may be connected to.
    Ok,
    /// The domain says that it takes no mail (RFC 7505).
    NullMx,
    /// The domain does not exist.
    NoSuchDomain,
    /// The domain exists, but has neither an MX nor an address.
    NoData,
    /// There are exchanges, but none has an address.
    NoAddress,
    /// There are addresses, but none may be connected to.
    NotPublic,
    /// DNS did not say.
    DnsFailed,
}

/// An exchange of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedExchange {
    /// Lower is tried first; 0 for an implicit MX.
    pub preference: u16,
    /// The host, as it stands in the zone.
    pub exchange: HostName,
    /// The MX record's time to live, in seconds; that of the addresses for an implicit MX.
    pub ttl_s: u32,
    /// The name that the exchange is an alias of, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cname: Option<HostName>,
    /// Whether an IP address stands where a name should.
    pub is_literal: bool,
    /// Its addresses, IPv4 first.
    pub addresses: Vec<PlannedAddress>,
    /// The address lookups that failed: absent is not the same as failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookup_failures: Vec<LookupFailure>,
}

/// An address of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedAddress {
    /// The address.
    pub address: IpAddr,
    /// Its family.
    pub family: Family,
    /// The record's time to live, in seconds.
    pub ttl_s: u32,
    /// Whether a probe may connect.
    pub reachability: Reachability,
}

/// An address lookup that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LookupFailure {
    /// The family that was asked for.
    pub family: Family,
    /// How it failed.
    #[serde(flatten)]
    pub failure: DnsFault,
}

/// One address of one exchange, to be probed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The exchange.
    pub exchange: String,
    /// Its address, as it was checked: nothing is looked up again.
    pub address: IpAddr,
    /// The preference: lower is tried first.
    pub preference: u16,
}

impl MxPlan {
    /// Every address that may be connected to, in the order of the plan. An address that serves two exchanges comes twice.
    pub fn targets(&self) -> Vec<Target> {
        self.open_addresses()
            .map(|(planned, address)| Target {
                preference: planned.preference,
                exchange: planned.exchange.as_str().to_owned(),
                address,
            })
            .collect()
    }

    /// The same, each with its exchange.
    pub(crate) fn open_addresses(&self) -> impl Iterator<Item = (&PlannedExchange, IpAddr)> {
        self.exchanges.iter().filter(|planned| planned.exchange.name().is_some()).flat_map(|planned| {
            let open = planned.addresses.iter().filter(|address| address.reachability.may_connect());
            open.map(move |address| (planned, address.address))
        })
    }

    /// The exchanges as sets of equal preference, the most preferred first (RFC 5321 s5.1).
    pub fn by_preference(&self) -> impl Iterator<Item = &[PlannedExchange]> {
        self.exchanges.chunk_by(|one, other| one.preference == other.preference)
    }

    /// Whether there is a finding of this kind.
    pub fn has(&self, code: FindingCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}
