//! Loss on a vantage's own path: connections that came about only when their first packet was sent again.

use crate::evidence::{Attempt, Evidence};
use crate::sorted::Set;

/// How much later than others a connection comes about whose first packet was lost, in milliseconds: TCP sends it again
/// after a second (RFC 6298 s2.1).
const RETRY_MS: f64 = 1_000.0;

/// What a vantage's connections say of loss, in a sentence; `None` where they do not speak of it.
pub(in crate::verdict) fn note(vantage: &Evidence) -> Option<String> {
    let (retried, connected, hosts) = retried(vantage)?;
    Some(format!(
        "Packets get lost on the sending server's path: {retried} of its {connected} connections, to {hosts} hosts, came about only when TCP had tried again."
    ))
}

/// Whether the connections of a vantage speak of loss on its path.
pub(in crate::verdict) fn loses(vantage: &Evidence) -> bool {
    retried(vantage).is_some()
}

/// How many connections came about late, of how many, and to how many hosts. One host that answers late may be far away
/// or overloaded, whatever the number of its addresses: it takes two.
fn retried(vantage: &Evidence) -> Option<(usize, usize, usize)> {
    let controls = vantage.controls.iter().map(|control| &control.attempt);
    let connected: Vec<(&str, f64)> = controls.chain(&vantage.attempts).filter_map(connect_ms).collect();
    let fastest = connected.iter().map(|(_, ms)| *ms).reduce(f64::min)?;
    let retried: Vec<&str> =
        connected.iter().filter(|(_, ms)| ms - fastest >= RETRY_MS).map(|(host, _)| *host).collect();
    let hosts: Set<&&str> = retried.iter().collect();
    (hosts.len() > 1).then_some((retried.len(), connected.len(), hosts.len()))
}

fn connect_ms(attempt: &Attempt) -> Option<(&str, f64)> {
    Some((&attempt.exchange, attempt.connect_ms?))
}
