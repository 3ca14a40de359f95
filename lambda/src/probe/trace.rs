//! Who refused? A hop-limited connect tells how far away the answer comes from (no privileges needed).
//!
//! Kind to the host: at most [`FARTHEST`] packets of port 25 reach beyond the sender's own network, one after the other.

use super::connect::connect;
use super::neighbours::Neighbours;
use noanswer_core::evidence::{AnsweredBy, Outcome, Who};
use std::net::SocketAddr;
use std::time::Duration;

/// The farthest hop that is asked about: gateways, and the first routers of a provider.
const FARTHEST: u8 = 4;

/// How long one hop-limited connect is waited for.
const WAIT: Duration = Duration::from_secs(1);

/// Traces a refusal that came by reset, without an ICMP message to name its sender: the smallest hop limit at which
/// the refusal comes, and the smallest at which `sibling` (another port of the same host) answers.
pub(crate) async fn refusal(address: SocketAddr, sibling: u16, neighbours: &Neighbours) -> AnsweredBy {
    let hop = first_answer(address, neighbours).await;
    let sibling_hop = match hop {
        Some(_) => first_answer(SocketAddr::new(address.ip(), sibling), neighbours).await,
        None => None,
    };
    let who = match (hop, sibling_hop) {
        // A router's filter answers before or after it counts the hop down: the first router shows as 1 or 2.
        (Some(hop @ 1..=2), Some(sibling)) if sibling > hop => Who::Gateway,
        (Some(hop), Some(sibling)) if sibling > hop => Who::OnPath,
        (Some(hop), Some(sibling)) if sibling == hop => Who::Target,
        _ => Who::Unknown,
    };
    AnsweredBy { who, address: None, icmp: None, hop, sibling_hop }
}

/// The smallest hop limit at which `address` answers the SYN, by whatever end to end: an open port or a reset.
async fn first_answer(address: SocketAddr, neighbours: &Neighbours) -> Option<u8> {
    for hops in 1..=FARTHEST {
        let answered = match connect(address, WAIT, Some(hops), neighbours).await {
            Ok(_) => true,
            // "Time exceeded" and other ICMP come from routers on the way.
            Err(failure) => failure.outcome == Outcome::Refused && failure.answered_by.is_none(),
        };
        if answered {
            return Some(hops);
        }
    }
    None
}
