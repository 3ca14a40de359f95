//! A question, and the answer that keeps apart what must not be mixed: no data, no such name, no server.

use super::{DomainName, HostName};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How many CNAMEs are followed in a row before the chain is called endless.
pub const CNAME_HOPS: usize = 10;

/// The kinds of records that are asked for: those of a mail plan, and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Mail exchanges (RFC 1035 s3.3.9).
    Mx,
    /// IPv4 addresses (RFC 1035 s3.4.1).
    A,
    /// IPv6 addresses (RFC 3596).
    Aaaa,
    /// Text (RFC 1035 s3.3.14): which network announces an address.
    Txt,
}

/// One question to a resolver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name that is asked for.
    pub name: DomainName,
    /// The kind of record that is asked for.
    pub kind: RecordKind,
    /// CD: the resolver shall answer although DNSSEC does not hold (RFC 4035 s3.2.2).
    pub checking_disabled: bool,
}

impl Question {
    /// An ordinary question, DNSSEC checked by the resolver.
    pub fn new(name: DomainName, kind: RecordKind) -> Self {
        Self { name, kind, checking_disabled: false }
    }

    /// The same question with CD set.
    pub fn with_checking_disabled(self) -> Self {
        Self { checking_disabled: true, ..self }
    }
}

/// What a resolver said, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Records of the kind asked for, at the end of the CNAMEs.
    Records,
    /// The name exists, but has no record of this kind (RFC 2308 s2.2).
    NoData,
    /// The name does not exist (RFC 2308 s2.1).
    NxDomain,
    /// The resolver failed (RFC 1035 s4.1.1).
    ServFail,
    /// The resolver will not answer this (RFC 1035 s4.1.1).
    Refused,
    /// Any other response code.
    Other(u16),
}

/// One record of the answer section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The owner.
    pub name: DomainName,
    /// Time to live, in seconds.
    pub ttl_s: u32,
    /// What it says.
    pub data: RecordData,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// A mail exchange.
    Mx {
        /// Lower is tried first (RFC 5321 s5.1).
        preference: u16,
        /// The host, as it stands there.
        exchange: HostName,
    },
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// A text, its strings put together.
    Txt(String),
    /// The owner is an alias of this (RFC 1035 s3.3.1).
    Cname(HostName),
}

impl RecordData {
    fn is(&self, kind: RecordKind) -> bool {
        matches!(
            (self, kind),
            (Self::Mx { .. }, RecordKind::Mx)
                | (Self::A(_), RecordKind::A)
                | (Self::Aaaa(_), RecordKind::Aaaa)
                | (Self::Txt(_), RecordKind::Txt)
        )
    }
}

/// An extended error (RFC 8914): why the resolver answered as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtendedError {
    /// The INFO-CODE, as in the registry.
    pub code: u16,
    /// The resolver's own words. Hostile wherever they are shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl ExtendedError {
    /// Whether it says that DNSSEC did not hold (RFC 8914 s4: 1, 2, 5 to 12; 25 and 27 by IANA's registry).
    pub fn is_dnssec(&self) -> bool {
        matches!(self.code, 1 | 2 | 5..=12 | 25 | 27)
    }

    /// Whether it says that no authority could be reached or made sense of (RFC 8914 s4.23 and s4.24: 22, 23).
    pub fn is_authority_failure(&self) -> bool {
        matches!(self.code, 22 | 23)
    }
}

/// A resolver's answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was said.
    pub outcome: Outcome,
    /// The answer section in the order given; records of other kinds than [`RecordData`] are left out.
    pub records: Vec<Record>,
    /// AD: the resolver vouches for it by DNSSEC (RFC 4035 s3.2.3).
    pub authentic_data: bool,
    /// Extended errors, in the order given.
    pub extended_errors: Vec<ExtendedError>,
    /// For how many seconds a "no" holds, from the SOA that came along (RFC 2308 s5).
    pub negative_ttl_s: Option<u32>,
}

/// Where a name leads within one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// The records asked for, after these aliases.
    Found {
        /// The names that the asked name is an alias of, in order; the last one owns the records.
        aliases: Vec<DomainName>,
        /// The records at the end.
        records: Vec<&'a Record>,
    },
    /// The answer ends at `aliases.last()`, or at the asked name, without such a record.
    Ends {
        /// The names on the way.
        aliases: Vec<DomainName>,
    },
    /// The aliases lead in a circle, or go on for more than [`CNAME_HOPS`].
    Endless {
        /// The names on the way.
        aliases: Vec<DomainName>,
    },
    /// An alias leads to what no host can be named.
    Unusable {
        /// The target, as it stands there.
        target: HostName,
    },
}

impl Answer {
    /// An answer without records.
    pub fn empty(outcome: Outcome) -> Self {
        Self {
            outcome,
            records: Vec::new(),
            authentic_data: false,
            extended_errors: Vec::new(),
            negative_ttl_s: None,
        }
    }

    /// For how many seconds the answer may be kept: the shortest life among its records, or that of its "no"
    /// (RFC 2308 s5). A failure is not kept.
    pub fn lifetime_s(&self) -> u32 {
        match self.outcome {
            Outcome::Records => self.records.iter().map(|record| record.ttl_s).min().unwrap_or(0),
            Outcome::NoData | Outcome::NxDomain => self.negative_ttl_s.unwrap_or(0),
            Outcome::ServFail | Outcome::Refused | Outcome::Other(_) => 0,
        }
    }

    /// Follows the aliases from `name` to the records of `kind`, within this answer.
    pub fn resolve(&self, name: &DomainName, kind: RecordKind) -> Resolution<'_> {
        let mut aliases: Vec<DomainName> = Vec::new();
        loop {
            let owner = aliases.last().unwrap_or(name);
            let owned = || self.records.iter().filter(move |record| record.name == *owner);
            let records: Vec<&Record> = owned().filter(|record| record.data.is(kind)).collect();
            if !records.is_empty() {
                return Resolution::Found { aliases, records };
            }
            let alias = owned().find_map(|record| match &record.data {
                RecordData::Cname(target) => Some(target),
                _ => None,
            });
            match alias {
                None => return Resolution::Ends { aliases },
                Some(HostName::Name(target)) => {
                    if target == name || aliases.contains(target) || aliases.len() == CNAME_HOPS {
                        return Resolution::Endless { aliases };
                    }
                    aliases.push(target.clone());
                }
                Some(target) => return Resolution::Unusable { target: target.clone() },
            }
        }
    }
}
