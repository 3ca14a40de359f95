//! What RIPE Atlas answers, as far as it is read.

use serde::Deserialize;
use serde_json::Value;

/// The answer to measurements that were asked for: their ids, in the order of their definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Created {
    /// The ids.
    #[serde(default)]
    pub measurements: Vec<u64>,
}

/// What one probe saw in one measurement.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct MeasurementResult {
    /// The probe.
    #[serde(default)]
    pub prb_id: u64,
    /// The address that the Internet sees the probe at.
    #[serde(default)]
    pub from: Option<String>,
    /// The address that it sent to.
    #[serde(default)]
    pub dst_addr: Option<String>,
    /// What came, hop by hop.
    #[serde(default)]
    pub result: Vec<Hop>,
}

/// What came at one hop limit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Hop {
    /// One a packet.
    #[serde(default)]
    pub result: Vec<Reply>,
    /// Why nothing could be sent.
    #[serde(default)]
    pub error: Option<String>,
}

/// What came in answer to one packet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Reply {
    /// Who sent it.
    #[serde(default)]
    pub from: Option<String>,
    /// The flags of a TCP answer: `SA` SYN-ACK, `RA` reset.
    #[serde(default)]
    pub flags: Option<String>,
    /// The code of an ICMP error: a letter for the common ones, else a number.
    #[serde(default)]
    pub err: Option<Value>,
    /// The round trip, in milliseconds.
    #[serde(default)]
    pub rtt: Option<f64>,
    /// `*` where nothing came.
    #[serde(default)]
    pub x: Option<String>,
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
    /// For people.
    #[serde(default)]
    pub detail: String,
    /// In short.
    #[serde(default)]
    pub title: String,
}
