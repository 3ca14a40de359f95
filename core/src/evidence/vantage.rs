//! A place from which the path to a host is looked at.

use serde::{Deserialize, Serialize};

/// What a vantage is to the question asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The sending server itself, whose mail met silence.
    Sender,
    /// Any other place.
    Region,
}

/// How much an attempt of a vantage can say, by the means that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The whole session: noanswer's own prober.
    #[default]
    Smtp,
    /// The system's error, and the greeting as it was said; no `EHLO`, no TLS.
    Greeting,
    /// The packet that answered: SYN-ACK, reset, or ICMP and its sender; never what speaks.
    Packet,
    /// Connected, refused, timed out, or another error; never what speaks.
    Errno,
    /// Connected, ended at once without a connection, or silent; never what speaks.
    Connect,
}

impl Grade {
    /// Whether it is the grade of noanswer's own prober.
    pub const fn is_smtp(&self) -> bool {
        matches!(self, Self::Smtp)
    }

    /// Whether an attempt of this grade reads what a server says.
    pub const fn reads_greetings(self) -> bool {
        matches!(self, Self::Smtp | Self::Greeting)
    }
}

/// A place from which the path to a host is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Vantage {
    /// A short name, unique in a check: `us-east-1`, `local`.
    pub id: String,
    /// Where it stands, for people: `N. Virginia`.
    #[serde(default)]
    pub place: String,
    /// What it is to the question asked.
    pub role: Role,
    /// The network it stands in (an operator or cloud). Vantages of one network share filters and reputation.
    #[serde(default)]
    pub network: String,
    /// How much it can say, by its kind.
    #[serde(default, skip_serializing_if = "Grade::is_smtp")]
    pub grade: Grade,
    /// What kind of network it stands in.
    #[serde(default, skip_serializing_if = "NetworkKind::is_unknown")]
    pub network_kind: NetworkKind,
}

/// What kind of network a vantage stands in, as its operator or its measurement network says. Mail servers keep whole
/// lists of clouds and hosters out; several of them that fail alike may share that one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NetworkKind {
    /// Not said: it may be a cloud.
    #[default]
    Unknown,
    /// A cloud or hoster.
    Hosting,
    /// No cloud: an access provider, a company, a university.
    Access,
}

impl NetworkKind {
    /// Whether nothing is said of it.
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// The kinds of vantages: how one is asked, and so what its evidence can say. It follows from the vantages file and is
/// never claimed by the vantage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VantageKind {
    /// noanswer's own prober: on this host, or behind `POST /v1/probe` of another.
    #[default]
    Noanswer,
    /// blackbox_exporter of Prometheus, on a host of the operator's.
    Blackbox,
    /// A panel of Globalping's probes.
    Globalping,
    /// A panel of check-host.net's nodes.
    CheckHost,
    /// Probes of RIPE Atlas.
    Atlas,
}

impl VantageKind {
    /// How much an attempt of a vantage of this kind can say.
    pub const fn grade(self) -> Grade {
        match self {
            Self::Noanswer => Grade::Smtp,
            Self::Blackbox => Grade::Greeting,
            Self::Globalping => Grade::Connect,
            Self::CheckHost => Grade::Errno,
            Self::Atlas => Grade::Packet,
        }
    }
}

/// Why a vantage could not be asked, in its own words: not the target's doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VantageFailure {
    /// What kind of failure.
    pub kind: VantageFailureKind,
    /// The words, made visible.
    pub words: String,
}

/// The ways in which asking a vantage can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VantageFailureKind {
    /// No connection to the vantage.
    Unreachable,
    /// It did not answer within the deadline.
    TimedOut,
    /// It asked to slow down (429, throttled).
    Throttled,
    /// It did not take our credentials (401, 403).
    Unauthorized,
    /// It answered something that is not evidence.
    Nonsense,
    /// It refused the request (other 4xx, 5xx).
    Refused,
}

/// How long a probe waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Patience {
    /// Connect 10 s, greeting 15 s, all within the first verdict's 12 s.
    Quick,
    /// Waits out slow greetings, up to 60 s.
    Patient,
}
