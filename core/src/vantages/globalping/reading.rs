//! What one test shows. A probe says nothing of why a connection failed, so how long it took must tell, by two clocks: the
//! program's own, and the poll at which the test had ended. Where they do not agree, nothing is said.

use super::wire::{Status, Test};
use crate::evidence::{AnsweredBy, Attempt, Outcome, Who};
use crate::scrub;
use std::net::IpAddr;

/// What ended without a connection within this time, in milliseconds, or within half of its deadline, was answered: no
/// silence ends so early. (A router that finds nobody at the address says so after 3 s.)
const EARLY_MS: f64 = 2_000.0;

/// By how much later a poll may show what ended, in milliseconds: the way of the result, and three polls.
const LAG_MS: f64 = 2_500.0;

/// What ended this close to its deadline, in milliseconds, was silence.
const NEARLY_MS: f64 = 1_000.0;

/// From this round trip on, in milliseconds, the first SYN was not answered (RFC 6298 s2.1: it is sent again after 1 s).
const SENT_AGAIN_MS: f64 = 1_000.0;

/// How long a probe waited, and when its test was seen to have ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clocks {
    /// The deadline it was given, in milliseconds.
    pub limit_ms: u64,
    /// How long after it was asked for the poll came that showed it ended, in milliseconds.
    pub seen_ended_ms: f64,
}

/// Puts into `attempt`, one that was not made yet, what the ended ping `test` shows.
pub fn ping(attempt: &mut Attempt, test: &Test, clocks: Clocks) {
    attempt.detail = match (test.status, &test.stats) {
        (Status::Finished, _) if of_another(test, attempt.address) => {
            Some("the probe tried another address".to_owned())
        }
        (Status::Finished, Some(stats)) if stats.rcv > 0 => return connected(attempt, test),
        (Status::Finished, Some(stats)) if stats.total > 0 => return not_connected(attempt, test, clocks),
        (Status::Offline, _) => Some("the probe is offline".to_owned()),
        (Status::InProgress, _) => Some("no result in time".to_owned()),
        _ => Some(match &test.raw_output {
            Some(said) => format!("the probe could not test: {}", words(said)),
            None => "the probe could not test".to_owned(),
        }),
    };
}

fn of_another(test: &Test, address: IpAddr) -> bool {
    let tried = test.resolved_address.as_ref().and_then(|tried| tried.parse::<IpAddr>().ok());
    tried.is_some_and(|tried| tried != address)
}

fn connected(attempt: &mut Attempt, test: &Test) {
    let round_trips = test.timings.iter().flatten();
    let Some(rtt) = round_trips.filter_map(|timing| timing.rtt).reduce(f64::min) else {
        attempt.detail = Some("a connection without a round trip".to_owned());
        return;
    };
    attempt.outcome = Outcome::Connected;
    attempt.connect_ms = Some(rtt);
    attempt.ended_ms = Some(rtt);
    if rtt >= SENT_AGAIN_MS {
        attempt.detail = Some("the first SYN was not answered".to_owned());
    }
}

fn not_connected(attempt: &mut Attempt, test: &Test, clocks: Clocks) {
    let limit_ms = clocks.limit_ms as f64;
    let took_ms = test.raw_output.as_deref().and_then(took_ms);
    match took_ms {
        Some(took) if took <= EARLY_MS.max(limit_ms / 2.0) && clocks.seen_ended_ms - took <= LAG_MS => {
            attempt.outcome = Outcome::Unconnected;
            attempt.ended_ms = Some(took);
        }
        Some(took) if took >= limit_ms - NEARLY_MS && clocks.seen_ended_ms >= limit_ms - NEARLY_MS => {
            attempt.outcome = Outcome::TimedOut;
            attempt.ended_ms = Some(took);
            attempt.limit_ms = Some(clocks.limit_ms);
        }
        _ => attempt.detail = Some("no connection, and the clocks do not tell how it ended".to_owned()),
    }
}

/// The time in a ping's last line but one: `1 packets transmitted, 0 received, 100% packet loss, time 5002 ms`.
fn took_ms(raw: &str) -> Option<f64> {
    let line = raw.lines().find(|line| line.contains(" packets transmitted, "))?;
    let (_, time) = line.rsplit_once(", time ")?;
    // Whole milliseconds: a parser of floats weighs 12 kB in the page.
    let whole = time.trim().strip_suffix("ms")?.trim().split('.').next()?;
    whole.parse::<u32>().ok().map(f64::from)
}

/// Puts into `attempt`, one that did not connect, what the traceroute `test` shows of who answered. Addresses are
/// compared and hops never counted: their numbers are not reliable.
pub fn trace(attempt: &mut Attempt, test: &Test) {
    let Some(hops) = test.hops.as_ref().filter(|_| test.status == Status::Finished) else { return };
    let mut named = hops.iter().filter_map(|hop| hop.resolved_address.as_ref()?.parse::<IpAddr>().ok());
    let by =
        |who, address| AnsweredBy { who, address: Some(address), icmp: None, hop: None, sibling_hop: None };
    match (attempt.outcome, named.next_back()) {
        // It answers the SYN, and not with a connection: a reset.
        (Outcome::Unconnected, Some(last)) if last == attempt.address => {
            attempt.outcome = Outcome::Refused;
            attempt.answered_by = Some(by(Who::Target, last));
        }
        (Outcome::Unconnected, Some(last)) if hops.len() < MOST_HOPS => {
            attempt.answered_by = Some(by(Who::OnPath, last));
        }
        (Outcome::TimedOut, Some(last)) if last != attempt.address => {
            attempt.detail = Some(format!("nobody answers behind {last}"));
        }
        _ => {}
    }
}

/// How many hops a traceroute goes at most: one with as many met silence in the end.
const MOST_HOPS: usize = 20;

fn words(said: &str) -> String {
    let line = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    scrub::visible(&scrub::bounded(line, 200)).into_owned()
}
