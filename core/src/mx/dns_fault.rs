//! What DNS did not say, and in which way it failed.

use crate::dns::{DomainName, ExtendedError};
use serde::{Deserialize, Serialize};

/// A DNS failure: what DNS did not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DnsFault {
    /// In which way it failed.
    pub kind: DnsFaultKind,
    /// The name that was asked for.
    pub name: DomainName,
    /// The resolver's extended errors (RFC 8914).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended_errors: Vec<ExtendedError>,
    /// One sentence that says what happened.
    pub words: String,
}

/// The ways in which DNS fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DnsFaultKind {
    /// The resolver failed with and without DNSSEC checks, and did not say why.
    Servfail,
    /// The records are there, but DNSSEC does not hold.
    DnssecBogus,
    /// The zone's servers do not answer, or do not serve the zone.
    Lame,
    /// The resolver refused the question.
    Refused,
    /// The resolver did not answer in time: says nothing of the domain.
    TimedOut,
    /// The resolver could not be reached: says nothing of the domain.
    Unreachable,
    /// The resolver answered with something else than an answer: says nothing of the domain.
    BadAnswer,
    /// Aliases lead in a circle, never end, or lead to what cannot be asked for.
    CnameEndless,
}

impl DnsFaultKind {
    /// Whether the trouble lies between us and the resolver, so that nothing is known of the domain.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Refused | Self::TimedOut | Self::Unreachable | Self::BadAnswer)
    }
}
