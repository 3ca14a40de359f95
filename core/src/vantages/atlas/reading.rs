//! What the result of one probe shows.

use super::wire::{MeasurementResult, Reply};
use crate::evidence::{AnsweredBy, Attempt, IcmpSeen, Outcome, Who};
use crate::scrub;
use serde_json::Value;
use std::net::IpAddr;

/// How long a probe waits for an answer, in milliseconds: what is asked of it.
pub(super) const WAITS_MS: u64 = 4_000;

/// Puts into `attempt`, one that was not made yet, what `result` shows.
pub fn read(attempt: &mut Attempt, result: &MeasurementResult) {
    let address = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<IpAddr>().ok());
    if address(&result.dst_addr).is_some_and(|tried| tried != attempt.address) {
        attempt.detail = Some("the probe tried another address".to_owned());
        return;
    }
    let replies = || result.result.iter().flat_map(|hop| &hop.result);
    let said = replies().find(|reply| reply.flags.is_some() || reply.err.is_some());
    match said {
        Some(reply) => answered(attempt, reply, address(&reply.from)),
        None if replies().any(|reply| reply.x.is_some()) => {
            attempt.outcome = Outcome::TimedOut;
            attempt.limit_ms = Some(WAITS_MS);
        }
        None => {
            let error = result.result.iter().find_map(|hop| hop.error.as_deref());
            let words = error.map_or_else(|| "the probe could not test".to_owned(), visible);
            attempt.detail = Some(words);
        }
    }
}

fn answered(attempt: &mut Attempt, reply: &Reply, from: Option<IpAddr>) {
    let is_target = from == Some(attempt.address);
    let who = if is_target { Who::Target } else { Who::OnPath };
    let by = |icmp| AnsweredBy { who, address: from, icmp, hop: None, sibling_hop: None };
    attempt.ended_ms = reply.rtt;
    match (&reply.flags, &reply.err) {
        (Some(flags), _) if flags.contains('R') && is_target => {
            attempt.outcome = Outcome::Refused;
            attempt.answered_by = Some(by(None));
        }
        (Some(flags), _) if flags.contains('S') && flags.contains('A') && is_target => {
            attempt.outcome = Outcome::Connected;
            attempt.connect_ms = reply.rtt;
        }
        (None, Some(error)) => {
            let (outcome, code) = icmp(error);
            let icmp = code.filter(|_| attempt.address.is_ipv4()).map(|code| IcmpSeen { kind: 3, code });
            attempt.outcome = outcome;
            attempt.answered_by = Some(by(icmp));
        }
        _ => attempt.detail = Some("an answer that is none to a SYN".to_owned()),
    }
}

/// What an ICMP error means, and its code of "destination unreachable" in IPv4 (RFC 792, RFC 1812 s5.2.7.1).
fn icmp(error: &Value) -> (Outcome, Option<u8>) {
    let letter = error.as_str().unwrap_or_default();
    let code = match letter {
        "N" => Some(0),
        "H" => Some(1),
        "P" => Some(2),
        "p" => Some(3),
        "A" => Some(13),
        number => error.as_u64().or_else(|| number.parse().ok()).and_then(|code| u8::try_from(code).ok()),
    };
    let outcome = match code {
        Some(0) => Outcome::NetworkUnreachable,
        Some(3) => Outcome::Refused,
        Some(9 | 10 | 13) => Outcome::Prohibited,
        _ => Outcome::HostUnreachable,
    };
    (outcome, code)
}

fn visible(said: &str) -> String {
    scrub::visible(&scrub::bounded(said, 200)).into_owned()
}
