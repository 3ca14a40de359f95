//! What a log tells of other destinations: controls that the user brings along. Facts; the judge concludes.

use crate::address::Family;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// What a log tells of the destinations in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LogControls {
    /// One entry a destination operator and family, most failures first; at most [`LogControls::LIMIT`].
    pub destinations: Vec<LogDestination>,
    /// The first time read in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The last time read in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

impl LogControls {
    /// How many destinations are kept.
    pub const LIMIT: usize = 200;
}

/// How one operator's hosts fared in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LogDestination {
    /// Who runs the hosts (`operator_of` of their names).
    pub operator: String,
    /// The family, where the log states an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    /// Attempts in which no connection came about.
    pub unreached: u64,
    /// Attempts in which a server spoke: mail was taken, deferred or rejected by it.
    pub spoke: u64,
}
