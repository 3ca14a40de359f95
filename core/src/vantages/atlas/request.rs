//! What is asked of RIPE Atlas: a SYN to port 25 of addresses, by a traceroute of one hop. Nothing else can be said.

use super::reading::WAITS_MS;
use super::wire::Problem;
use crate::address::Family;
use crate::evidence::{VantageFailure, VantageFailureKind};
use crate::ports::{HttpAnswer, HttpCall, HttpMethod};
use crate::smtp;
use crate::vantages::failure::failure;
use serde_json::{Value, json};
use std::net::IpAddr;

/// The API.
pub const API: &str = "https://atlas.ripe.net";

/// How long one call may take, in milliseconds.
const CALL_MS: u64 = 10_000;

/// The longest body that is taken, in bytes.
const LIMIT: usize = 1 << 20;

/// A hop limit that reaches every host: the traceroute is a single SYN.
const HOPS: u8 = 64;

/// Which probes are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Countries (ISO 3166-1 alpha-2); none: anywhere.
    pub countries: Vec<String>,
    /// How many in each country, or in all where none is named.
    pub each: u16,
}

impl Wanted {
    /// How many in all.
    pub(super) fn count(&self) -> usize {
        usize::from(self.each) * self.countries.len().max(1)
    }
}

/// The API, and how it is called.
#[derive(Clone)]
pub(super) struct Api {
    /// Its origin.
    pub(super) origin: String,
    /// The key.
    pub(super) key: String,
    /// The `User-Agent`.
    pub(super) user_agent: String,
}

/// A key is never printed.
impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Api {
    /// The call that makes a measurement of each of `addresses`, all by the same probes.
    pub(super) fn create(&self, family: Family, addresses: &[IpAddr], wanted: &Wanted) -> HttpCall {
        let (af, tag) = match family {
            Family::Ipv4 => (4, "system-ipv4-works"),
            Family::Ipv6 => (6, "system-ipv6-works"),
        };
        let definition = |address: &IpAddr| {
            json!({ "type": "traceroute", "af": af, "target": address, "description": "noanswer",
                "protocol": "TCP", "port": smtp::PORT, "packets": 1, "size": 0, "first_hop": HOPS, "max_hops": HOPS,
                "response_timeout": WAITS_MS, "is_oneoff": true, "is_public": false })
        };
        let probes = |kind: &str, value: &str| {
            json!({ "type": kind, "value": value, "requested": wanted.each,
                "tags": { "include": [tag], "exclude": [] } })
        };
        let probes: Vec<Value> = match wanted.countries.as_slice() {
            [] => vec![probes("area", "WW")],
            countries => countries.iter().map(|country| probes("country", country)).collect(),
        };
        let definitions: Vec<Value> = addresses.iter().map(definition).collect();
        let body = json!({ "is_oneoff": true, "definitions": definitions, "probes": probes });
        let mut call = self.get(format!("{}/api/v2/measurements/", self.origin));
        call.method = HttpMethod::Post;
        call.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        call.body = body.to_string().into_bytes();
        call
    }

    /// The call that asks for the results of the measurement `id`, as many as there are.
    pub(super) fn results(&self, id: u64) -> HttpCall {
        self.get(format!("{}/api/v2/measurements/{id}/results/", self.origin))
    }

    /// Where the operator reads a measurement.
    pub(super) fn link(&self, id: u64) -> String {
        format!("{}/measurements/{id}/", self.origin)
    }

    fn get(&self, url: String) -> HttpCall {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        HttpCall {
            method: HttpMethod::Get,
            url,
            headers: vec![
                header("accept", "application/json"),
                header("user-agent", &self.user_agent),
                header("authorization", &format!("Key {}", self.key)),
            ],
            body: Vec::new(),
            timeout_ms: CALL_MS,
            limit: LIMIT,
        }
    }
}

/// The failure that an answer other than success is. It never says anything of a target.
pub(super) fn refused(answer: &HttpAnswer) -> VantageFailure {
    let Problem { error } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = if error.detail.is_empty() { error.title } else { error.detail };
    let said = if said.is_empty() { "no reason given".to_owned() } else { said };
    let kind = match answer.status {
        401 | 403 => VantageFailureKind::Unauthorized,
        429 => VantageFailureKind::Throttled,
        _ => VantageFailureKind::Refused,
    };
    failure(kind, &format!("RIPE Atlas answered with HTTP status {}: {said}", answer.status))
}
