//! Who answered, or swallowed the SYN? Hop-limited connects tell how far the packets come (no privileges needed).
//!
//! Kind to the host: a few SYNs of port 25, one after the other, most of which die on the way.

use super::connect::connect;
use super::neighbours::Neighbours;
use noanswer_core::evidence::{AnsweredBy, Outcome, Who};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The farthest hop that is asked about: gateways, and the first routers of a provider.
const FARTHEST: u8 = 4;

/// How long one hop-limited connect is waited for: many round trips to a provider's first routers.
const WAIT: Duration = Duration::from_millis(600);

/// The port whose road is compared with that of port 25. It need not be open: a refusal is an answer too.
const SIBLING: u16 = 443;

/// What one hop-limited connect showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Something answered the SYN, as the host would.
    Answered,
    /// A router took the packet and said that its hops were used up.
    Passed(IpAddr),
    /// Silence, or an answer that says nothing of the way.
    Silent,
}

impl Step {
    fn passed(self) -> bool {
        matches!(self, Self::Passed(_))
    }
}

/// Traces a refusal that came by reset, without an ICMP message to name its sender.
pub(crate) async fn refusal(address: SocketAddr, neighbours: &Neighbours) -> AnsweredBy {
    let unknown = AnsweredBy { who: Who::Unknown, address: None, icmp: None, hop: None, sibling_hop: None };
    let Some(hop) = first_answer(address, 1, neighbours).await else { return unknown };
    let sibling = SocketAddr::new(address.ip(), SIBLING);
    let beside = step(sibling, hop, neighbours).await;
    let sibling_hop = match beside {
        Step::Answered => Some(hop),
        _ => first_answer(sibling, hop + 1, neighbours).await,
    };
    let who = placed(hop, sibling_hop, beside.passed());
    AnsweredBy { who, hop: Some(hop), sibling_hop, ..unknown }
}

/// Who refuses at `hop`, when the sibling port answers at `sibling`, or is known to pass on beyond `hop`. `Target`
/// includes a filter in the last router before it: from afar they are one.
fn placed(hop: u8, sibling: Option<u8>, passes: bool) -> Who {
    let farther = passes || sibling.is_some_and(|sibling| sibling > hop);
    match hop {
        // A router's filter answers before or after it counts the hop down: the first router shows as 1 or 2.
        1..=2 if farther => Who::Gateway,
        _ if farther => Who::OnPath,
        _ if sibling == Some(hop) => Who::Target,
        _ => Who::Unknown,
    }
}

/// Traces a connection that came about: whether something near took it that is not the host. `None` when the host, or
/// whatever it is, is too far away to tell. A port of the host that stands a few hops further back proves nothing: its
/// owner may keep them so, and may lose what goes there. What answers at the vantage's own first hop, where packets to
/// the host's other ports go on, does.
pub(crate) async fn answer(address: SocketAddr, neighbours: &Neighbours) -> Option<AnsweredBy> {
    let hop = first_answer(address, 1, neighbours).await?;
    let sibling = SocketAddr::new(address.ip(), SIBLING);
    let beside = step(sibling, hop, neighbours).await;
    let sibling_hop = match beside {
        Step::Answered => Some(hop),
        _ => first_answer(sibling, hop + 1, neighbours).await,
    };
    let who = taken(hop, sibling_hop, beside.passed());
    Some(AnsweredBy { who, address: None, icmp: None, hop: Some(hop), sibling_hop })
}

/// Who took a connection at `hop`, when the sibling port answers at `sibling`, or passes on beyond `hop`.
fn taken(hop: u8, sibling: Option<u8>, passes: bool) -> Who {
    match (hop, sibling) {
        (_, Some(sibling)) if sibling == hop => Who::Target,
        // The vantage's own first hop is nobody's mail server when packets to that host go on from it.
        (1, Some(_)) => Who::Gateway,
        (1, None) if passes => Who::Gateway,
        // Farther away it may be the host's own firewall, behind which other packets get lost.
        _ => Who::Unknown,
    }
}

/// Traces silence: who swallows the SYN to port 25, while a sibling's passes on. The words say how far both come.
pub(crate) async fn silence(address: SocketAddr, neighbours: &Neighbours) -> Option<(Who, String)> {
    let sibling = SocketAddr::new(address.ip(), SIBLING);
    let mut passed = None;
    for hops in 1..=FARTHEST {
        match step(address, hops, neighbours).await {
            Step::Passed(router) => passed = Some(router),
            Step::Answered => return None,
            Step::Silent => {
                let beside = step(sibling, hops, neighbours).await;
                // Routers limit how often they answer: silence counts only when it is repeated.
                let again = step(address, hops, neighbours).await;
                let told = beside != Step::Silent && again == Step::Silent;
                return told.then(|| swallowed(hops, passed, beside == Step::Answered));
            }
        }
    }
    None
}

/// Who swallows packets that die when allowed `hops`, and whose last sign of life came from `passed`; `at_the_end`: so
/// many hops lead to the host itself.
fn swallowed(hops: u8, passed: Option<IpAddr>, at_the_end: bool) -> (Who, String) {
    // A router counts the hop down before its filter sees the packet: what dies at 2 died in the first router.
    let who = match hops {
        1 => Who::OwnHost,
        2 => Who::Gateway,
        // The last router's filter and the host's own look the same from here.
        _ if at_the_end => Who::Unknown,
        _ => Who::OnPath,
    };
    let reach = match passed {
        Some(router) => format!("packets to port 25 come as far as {router} and no farther"),
        None => "packets to port 25 do not leave this host".to_owned(),
    };
    (who, format!("{reach}; those to port {SIBLING} of the same host do"))
}

/// The first router on the way to `address`, by its own word. For IPv6 it is not the address in the routing table.
pub(crate) async fn first_router(address: SocketAddr, neighbours: &Neighbours) -> Option<IpAddr> {
    match step(SocketAddr::new(address.ip(), SIBLING), 1, neighbours).await {
        Step::Passed(router) => Some(router),
        Step::Answered | Step::Silent => None,
    }
}

/// The smallest hop limit, from `nearest` on, at which `address` answers the SYN.
async fn first_answer(address: SocketAddr, nearest: u8, neighbours: &Neighbours) -> Option<u8> {
    for hops in nearest..=FARTHEST {
        if step(address, hops, neighbours).await == Step::Answered {
            return Some(hops);
        }
    }
    None
}

async fn step(address: SocketAddr, hops: u8, neighbours: &Neighbours) -> Step {
    let Err(failure) = connect(address, WAIT, Some(hops), neighbours).await else { return Step::Answered };
    // "Time exceeded": type 11 (RFC 792), type 3 (RFC 4443 s3.3).
    let exceeded = if address.is_ipv4() { 11 } else { 3 };
    match failure.answered_by {
        Some(AnsweredBy { icmp: Some(icmp), address: Some(router), .. }) if icmp.kind == exceeded => {
            Step::Passed(router)
        }
        None if failure.outcome == Outcome::Refused => Step::Answered,
        _ => Step::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_placed_by_the_sibling_port() {
        assert_eq!(placed(2, Some(3), false), Who::Gateway, "one short of the host");
        assert_eq!(placed(1, None, true), Who::Gateway, "the host is many hops away");
        assert_eq!(placed(3, None, true), Who::OnPath);
        assert_eq!(placed(3, Some(3), false), Who::Target);
        assert_eq!(placed(3, None, false), Who::Unknown, "the sibling port says nothing at all");
    }

    #[test]
    fn an_answer_is_placed_where_other_packets_to_the_host_go_on() {
        assert_eq!(taken(1, None, true), Who::Gateway);
        assert_eq!(taken(1, Some(3), true), Who::Gateway);
        assert_eq!(taken(3, None, true), Who::Unknown, "a firewall of the host's own, which loses the rest");
        assert_eq!(taken(3, Some(3), false), Who::Target);
        assert_eq!(taken(2, Some(3), true), Who::Unknown, "a firewall of the host's own may take port 25");
        assert_eq!(taken(1, None, false), Who::Unknown, "the sibling port says nothing at all");
    }

    #[test]
    fn silence_is_placed_by_the_last_sign_of_life() {
        let gateway = "198.51.100.1".parse().unwrap();
        let (who, words) = swallowed(2, Some(gateway), false);
        assert_eq!(who, Who::Gateway);
        assert!(words.contains("198.51.100.1"), "{words}");
        assert_eq!(swallowed(1, None, false).0, Who::OwnHost);
        assert_eq!(swallowed(3, Some(gateway), false).0, Who::OnPath);
        assert_eq!(swallowed(3, Some(gateway), true).0, Who::Unknown, "the host, or the filter before it");
    }
}
