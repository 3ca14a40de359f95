//! What one resolver says of a domain's mail, whole: resolvers differ, and an MTA uses its own.

use crate::dns::DomainName;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What one resolver says of a domain's mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DnsView {
    /// The DoH server's URL, or `own` for the vantage's own resolver.
    pub resolver: String,
    /// What it says of the domain's MX.
    pub mx: ViewAnswer,
    /// The time to live of the MX records, in seconds: the smallest. A cached answer shows what is left of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
    /// The exchanges that it names; for an implicit MX the domain itself (RFC 5321 s5.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<ExchangeView>,
}

/// What one resolver says of one exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeView {
    /// The exchange, lower case.
    pub exchange: String,
    /// Lower is tried first; 0 for an implicit MX.
    #[serde(default)]
    pub preference: u16,
    /// What it says of A records.
    pub ipv4: ViewAnswer,
    /// What it says of AAAA records.
    pub ipv6: ViewAnswer,
    /// The addresses, IPv4 first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// The time to live of the addresses, in seconds: the smallest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
}

/// What a resolver said to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewAnswer {
    /// Records of the kind asked for.
    Records,
    /// The name exists, without such a record (RFC 2308 s2.2).
    NoData,
    /// The name does not exist (RFC 2308 s2.1).
    NxDomain,
    /// SERVFAIL, with DNSSEC checks and without.
    ServFail,
    /// SERVFAIL; with DNSSEC checks disabled it answers (RFC 4035 s3.2.2).
    DnssecBogus,
    /// REFUSED.
    Refused,
    /// Aliases lead in a circle or never end.
    CnameEndless,
    /// No answer in time.
    TimedOut,
    /// The resolver could not be reached.
    Unreachable,
    /// An answer that could not be read.
    BadAnswer,
    /// Not asked: no time was left, or there was no name to ask for.
    NotAsked,
}

impl ViewAnswer {
    /// Whether the resolver answered of the name: yes, or an authoritative no.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Records | Self::NoData | Self::NxDomain)
    }
}

impl DnsView {
    /// What it says of `exchange`.
    pub fn exchange(&self, exchange: &str) -> Option<&ExchangeView> {
        self.exchanges.iter().find(|one| one.exchange.eq_ignore_ascii_case(exchange))
    }

    /// A view of which nothing is known.
    pub fn not_asked(resolver: &str) -> Self {
        Self { resolver: resolver.to_owned(), mx: ViewAnswer::NotAsked, ttl_s: None, exchanges: Vec::new() }
    }

    /// Whether it names `exchange` among the domain's exchanges.
    pub fn names(&self, exchange: &DomainName) -> bool {
        self.exchange(exchange.as_str()).is_some()
    }
}
