//! What one resolver says of a domain's mail, whole: resolvers differ, and an MTA uses its own.

use super::DnsFaultKind;
use super::lookup::{Lookup, LookupEnd};
use crate::address::Family;
use crate::dns::{DomainName, HostName, RecordData};
use crate::order;
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

/// The view of a resolver whose lookups are these: the MX, and of each exchange one a family.
pub(super) fn of<'a>(
    resolver: &str,
    mx: &Lookup,
    exchanges: impl Iterator<Item = (&'a HostName, u16, &'a [(Family, Lookup)])>,
) -> DnsView {
    let exchange = |(host, preference, lookups): (&HostName, u16, &[(Family, Lookup)])| {
        let in_family = |family| lookups.iter().find(|(one, _)| *one == family).map(|(_, lookup)| lookup);
        let said = |family| in_family(family).map_or(ViewAnswer::NotAsked, answer);
        ExchangeView {
            exchange: host.as_str().to_ascii_lowercase(),
            preference,
            ipv4: said(Family::Ipv4),
            ipv6: said(Family::Ipv6),
            addresses: Family::ALL.into_iter().filter_map(in_family).flat_map(addresses).collect(),
            ttl_s: lookups.iter().filter_map(|(_, lookup)| ttl_s(lookup)).min(),
        }
    };
    DnsView {
        resolver: resolver.to_owned(),
        mx: answer(mx),
        ttl_s: ttl_s(mx),
        exchanges: exchanges.map(exchange).collect(),
    }
}

fn answer(lookup: &Lookup) -> ViewAnswer {
    match lookup.end() {
        None => ViewAnswer::NotAsked,
        Some(LookupEnd::Records(_)) => ViewAnswer::Records,
        Some(LookupEnd::NoData) => ViewAnswer::NoData,
        Some(LookupEnd::NxDomain) => ViewAnswer::NxDomain,
        Some(LookupEnd::Failed(fault)) => match fault.kind {
            DnsFaultKind::Servfail | DnsFaultKind::Lame => ViewAnswer::ServFail,
            DnsFaultKind::DnssecBogus => ViewAnswer::DnssecBogus,
            DnsFaultKind::Refused => ViewAnswer::Refused,
            DnsFaultKind::TimedOut => ViewAnswer::TimedOut,
            DnsFaultKind::Unreachable => ViewAnswer::Unreachable,
            DnsFaultKind::BadAnswer => ViewAnswer::BadAnswer,
            DnsFaultKind::CnameEndless => ViewAnswer::CnameEndless,
        },
    }
}

fn ttl_s(lookup: &Lookup) -> Option<u32> {
    match lookup.end() {
        Some(LookupEnd::Records(records)) => records.iter().map(|record| record.ttl_s).min(),
        _ => None,
    }
}

/// The addresses, sorted: resolvers turn the order round, and views must be comparable.
fn addresses(lookup: &Lookup) -> Vec<IpAddr> {
    let Some(LookupEnd::Records(records)) = lookup.end() else { return Vec::new() };
    let mut found: Vec<IpAddr> = records
        .iter()
        .filter_map(|record| match record.data {
            RecordData::A(address) => Some(address.into()),
            RecordData::Aaaa(address) => Some(address.into()),
            RecordData::Mx { .. } | RecordData::Cname(_) | RecordData::Txt(_) => None,
        })
        .collect();
    order::sort_by_key(&mut found, |address| *address);
    found.dedup();
    found
}
