//! What the result of one node shows.

use super::wire::NodeResult;
use crate::evidence::{Attempt, Outcome};
use crate::scrub;
use std::net::IpAddr;

/// Puts into `attempt`, one that was not made yet, what `result` shows. `seen_ms` is the time from the request to the poll at
/// which it was there: a node does not say how long it waited.
pub fn read(attempt: &mut Attempt, result: &NodeResult, seen_ms: f64) {
    match (&result.error, result.time) {
        (Some(said), _) => failed(attempt, said, seen_ms),
        (None, Some(seconds)) => {
            let other = result.address.as_ref().and_then(|tried| tried.parse::<IpAddr>().ok());
            if other.is_some_and(|tried| tried != attempt.address) {
                attempt.detail = Some("the node tried another address".to_owned());
                return;
            }
            attempt.outcome = Outcome::Connected;
            attempt.connect_ms = Some(seconds * 1e3);
            attempt.ended_ms = attempt.connect_ms;
        }
        (None, None) => attempt.detail = Some("the node could not test".to_owned()),
    }
}

/// By the system's words (`strerror`).
fn failed(attempt: &mut Attempt, said: &str, seen_ms: f64) {
    let words = said.to_ascii_lowercase();
    let is = |part: &str| words.contains(part);
    attempt.outcome = if is("refused") {
        Outcome::Refused
    } else if is("timed out") || is("timeout") {
        attempt.limit_ms = Some(seen_ms as u64);
        Outcome::TimedOut
    } else if is("no route to host") || is("host is unreachable") {
        // ICMP "administratively prohibited" as well.
        Outcome::HostUnreachable
    } else if is("network is unreachable") {
        Outcome::NetworkUnreachable
    } else if is("reset by peer") {
        Outcome::Reset
    } else if is("permission denied") || is("not permitted") {
        Outcome::PermissionDenied
    } else {
        Outcome::NotTried
    };
    attempt.detail = Some(scrub::visible(&scrub::bounded(said, 200)).into_owned());
}
