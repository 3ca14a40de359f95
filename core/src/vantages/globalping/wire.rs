//! What Globalping answers, as far as it is read: `rawOutput` "is not meant to be parsed", and is so only where something
//! else must agree with it.

use crate::evidence::NetworkKind;
use serde::Deserialize;

/// The answer to a measurement's creation (202).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Created {
    /// The measurement's id.
    pub id: String,
    /// How many probes take part.
    #[serde(rename = "probesCount")]
    pub probes: u16,
}

/// A measurement, as far as it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Measurement {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub status: Status,
    /// One for each probe, always in the same order: a probe has no other name than its index.
    #[serde(default)]
    pub results: Vec<ProbeResult>,
}

/// How far a measurement, or one probe's test in it, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Under way.
    InProgress,
    /// Done, whatever was seen.
    Finished,
    /// It could not be done.
    Failed,
    /// The probe is not there any more.
    Offline,
    /// A word that was not known when this was written.
    #[serde(other)]
    Unknown,
}

/// One probe, and its test.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProbeResult {
    /// The probe.
    pub probe: Probe,
    /// Its test.
    pub result: Test,
}

/// Where a probe stands. It has no id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Probe {
    /// The country (ISO 3166-1 alpha-2).
    #[serde(default)]
    pub country: String,
    /// The city.
    #[serde(default)]
    pub city: String,
    /// The number of its autonomous system.
    #[serde(default)]
    pub asn: u32,
    /// The name of its network.
    #[serde(default)]
    pub network: String,
    /// The API's and the host's words for it, `eyeball-network` and `datacenter-network` among them.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Probe {
    /// Whether it may be `other`, as far as the API describes probes: they have no id.
    pub fn may_be(&self, other: &Self) -> bool {
        let of = |one: &Self| (one.country.clone(), one.city.clone(), one.asn, one.network.clone());
        of(self) == of(other)
    }

    /// What kind of network it stands in, by the API's tags.
    pub fn network_kind(&self) -> NetworkKind {
        let tagged = |tag: &str| self.tags.iter().any(|one| one == tag);
        if tagged("datacenter-network") {
            NetworkKind::Hosting
        } else if tagged("eyeball-network") {
            NetworkKind::Access
        } else {
            NetworkKind::Unknown
        }
    }
}

/// One probe's test: of a ping, or of a traceroute.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// How far it is.
    pub status: Status,
    /// What its program printed.
    #[serde(default)]
    pub raw_output: Option<String>,
    /// The address that was tried.
    #[serde(default)]
    pub resolved_address: Option<String>,
    /// A ping's round trips.
    #[serde(default)]
    pub timings: Option<Vec<Timing>>,
    /// A ping's count.
    #[serde(default)]
    pub stats: Option<Stats>,
    /// A traceroute's hops.
    #[serde(default)]
    pub hops: Option<Vec<Hop>>,
}

/// One round trip.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Timing {
    /// In milliseconds.
    #[serde(default)]
    pub rtt: Option<f64>,
}

/// A ping's count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Stats {
    /// How many handshakes were tried.
    pub total: u32,
    /// How many were done.
    pub rcv: u32,
}

/// One hop of a traceroute. Its number is not reliable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// Who answered, where anybody did.
    #[serde(default)]
    pub resolved_address: Option<String>,
}

/// An answer that is none of success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// What is said.
    #[serde(default)]
    pub error: Said,
}

/// What is said with an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// For programs: `validation_error`, `no_probes_found`, ...
    #[serde(default, rename = "type")]
    pub kind: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// What is wrong with each parameter: without it, "Parameter validation failed" says nothing.
    #[serde(default)]
    pub params: std::collections::BTreeMap<String, String>,
}

/// How much may still be asked (`/v1/limits`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// By kind of thing.
    pub rate_limit: RateLimit,
    /// What credits buy, with a token.
    #[serde(default)]
    pub credits: Credits,
}

/// The limits of the hour.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RateLimit {
    /// Of measurements.
    pub measurements: MeasurementLimits,
}

/// The limits of measurements.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MeasurementLimits {
    /// Of making them.
    pub create: CreateLimit,
}

/// How many tests may still be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CreateLimit {
    /// So many.
    pub remaining: u64,
    /// Until the count begins anew, in seconds from now.
    #[serde(default)]
    pub reset: u64,
}

/// What credits buy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Credits {
    /// So many tests.
    #[serde(default)]
    pub remaining: u64,
}
