//! Where a failure was placed: on the sender's side, on the way, or at the target.

use crate::evidence::{Attempt, Evidence, NetworkSeen, Outcome, PassedHop, Who};
use ipnet::IpNet;
use std::net::IpAddr;

/// Where something answered or ended, as seen from the vantage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verdict) enum Origin {
    /// The vantage's own kernel.
    OwnHost,
    /// Its gateway, or the first routers of its provider.
    Near,
    /// A router of neither side.
    Middle,
    /// The target, or its own network.
    Far,
    /// Not known.
    Unknown,
}

impl Origin {
    /// Its name in a trace.
    pub(in crate::verdict) const fn name(self) -> &'static str {
        match self {
            Self::OwnHost => "own host",
            Self::Near => "near",
            Self::Middle => "on the way",
            Self::Far => "far",
            Self::Unknown => "",
        }
    }

    /// Whether the sender's own side did it.
    pub(in crate::verdict) const fn is_own_side(self) -> bool {
        matches!(self, Self::OwnHost | Self::Near)
    }
}

/// What a vantage says of itself: the addresses that are its own, and the network that announces them (`AS64500`).
pub(super) struct Home<'a> {
    addresses: &'a [IpAddr],
    network: Option<String>,
}

impl<'a> Home<'a> {
    pub(super) fn of(vantage: &'a Evidence) -> Self {
        Self {
            addresses: vantage.host.as_ref().map_or(&[], |host| &host.source_addresses),
            network: vantage.network_seen.as_ref().map(NetworkSeen::label),
        }
    }

    /// Whether a router is in the vantage's own network; `None` where that is not known.
    fn has(&self, router: &PassedHop) -> Option<bool> {
        Some(self.network.as_ref()? == router.network.as_ref()?)
    }
}

/// A router as few hops away as this is the vantage's provider's.
const NEAR_HOPS: u8 = 3;

/// Where `attempt` ended, of a vantage that is at `home`.
pub(super) fn origin(attempt: &Attempt, home: &Home<'_>) -> Origin {
    let own = home.addresses;
    let own_address = own.contains(&attempt.address)
        || attempt.own_host.is_some_and(|host| host.own_address && !host.route.stops());
    if own_address {
        // The sender is the target, and a target that nothing listens on refuses.
        return if attempt.outcome == Outcome::Refused { Origin::Far } else { Origin::Near };
    }
    if let Some(host) = attempt.own_host {
        if host.route.stops() {
            return Origin::OwnHost;
        }
        if host.gateway_address {
            return Origin::Near;
        }
    }
    if attempt.outcome == Outcome::TimedOut
        && !attempt.connected()
        && let Some(origin) = by_hops(attempt, home)
    {
        return origin;
    }
    let Some(by) = &attempt.answered_by else { return Origin::Unknown };
    match by.who {
        Who::OwnHost => Origin::OwnHost,
        Who::Gateway => Origin::Near,
        // What answers at the first hop in the target's name is the gateway.
        Who::Target if by.hop == Some(1) => Origin::Near,
        Who::Target => Origin::Far,
        Who::OnPath => {
            let router = by.address.or_else(|| farthest_router(attempt));
            on_path(router, by.hop, attempt.address, own)
        }
        Who::Unknown | Who::NotAvailable => Origin::Unknown,
    }
}

/// So many routers have passed the SYN that it has left the sender's network, where no AS is known.
const PASSED: usize = 3;

/// Where a SYN that met silence came to, by the routers that it passed. Routers may keep silent, so that it died near is
/// known only where another port of the same host was answered by a near router that this one did not come to. That the
/// host answers on the other port does not tell where between both this one died; and where the other port comes no
/// farther, a number of routers does not tell whose they are.
fn by_hops(attempt: &Attempt, home: &Home<'_>) -> Option<Origin> {
    attempt.trace_limit?;
    let last = attempt.passed.iter().map(|passed| passed.hop).max().unwrap_or(0);
    let sibling = attempt.sibling.as_ref();
    let next = sibling
        .and_then(|one| one.passed.iter().filter(|passed| passed.hop > last).min_by_key(|passed| passed.hop));
    let host = sibling.and_then(|one| one.answered_hop);
    if last >= 2 && next.is_none() && host == Some(last + 1) {
        // It passed every router: the last one before the host, or the host, dropped it.
        return Some(Origin::Far);
    }
    if attempt.passed.iter().any(|router| home.has(router) == Some(false)) {
        return Some(Origin::Middle);
    }
    if next.is_some_and(|router| home.has(router) == Some(true)) {
        return Some(Origin::Near);
    }
    let placed = attempt.passed.iter().any(|router| home.has(router).is_some());
    if attempt.passed.len() >= PASSED && !placed && sibling_goes_on(attempt) {
        return Some(Origin::Middle);
    }
    let next = next.map(|router| router.hop).or(host.filter(|hop| *hop == 1));
    next.is_some_and(|hop| hop <= NEAR_HOPS).then_some(Origin::Near)
}

/// Whether another port of the same host passes where this one ends.
pub(super) fn sibling_goes_on(attempt: &Attempt) -> bool {
    attempt
        .sibling
        .as_ref()
        .is_some_and(|sibling| sibling.answered || sibling.passed.len() > attempt.passed.len())
}

/// Whether the address answered ICMP echo requests: packets come there, and back. Not that its port 25 is open, nor that it is
/// no box before the host; and that no answer came tells nothing.
pub(super) fn answers_echo(attempt: &Attempt) -> bool {
    attempt.echo.as_ref().is_some_and(|echo| echo.answered_hop.is_some())
}

/// The router that a silence was traced to, where the trace says so in words.
fn farthest_router(attempt: &Attempt) -> Option<IpAddr> {
    let (_, rest) = attempt.detail.as_ref()?.split_once("come as far as ")?;
    rest.split_whitespace().next()?.parse().ok()
}

fn on_path(router: Option<IpAddr>, hop: Option<u8>, target: IpAddr, own: &[IpAddr]) -> Origin {
    let Some(router) = router else {
        return if hop.is_some_and(|hop| hop <= NEAR_HOPS) { Origin::Near } else { Origin::Middle };
    };
    let mine = own.iter().any(|own| same_network(*own, router));
    let theirs = same_network(target, router);
    match (mine, theirs) {
        // Numbers alike do not tell whose a router is that stands farther away.
        (true, false) if hop.is_some_and(|hop| hop > NEAR_HOPS) => Origin::Unknown,
        (true, false) => Origin::Near,
        // Behind NAT the own addresses tell nothing of the provider's network.
        (false, _) if own.iter().all(|own| is_private(*own)) => Origin::Unknown,
        (false, true) => Origin::Far,
        _ => Origin::Middle,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Whether two addresses lie in one network, where no AS is known: /16 and /28, as providers are commonly given.
fn same_network(one: IpAddr, other: IpAddr) -> bool {
    let bits = if one.is_ipv4() { 16 } else { 28 };
    IpNet::new(one, bits).is_ok_and(|network| network.contains(&other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{PassedHop, Sibling};

    fn hops(hops: &[u8]) -> Vec<PassedHop> {
        hops.iter()
            .map(|hop| PassedHop { hop: *hop, address: Some(IpAddr::from([192, 0, 2, *hop])), network: None })
            .collect()
    }

    /// Where a SYN died that passed `own`, while one to another port passed `sibling`, and the host answered at `answered`.
    fn died(own: &[u8], sibling: &[u8], answered: Option<u8>) -> Origin {
        let other = Sibling {
            port: 443,
            passed: hops(sibling),
            answered: answered.is_some(),
            answered_hop: answered,
        };
        let attempt = Attempt {
            outcome: Outcome::TimedOut,
            passed: hops(own),
            trace_limit: Some(8),
            sibling: Some(other),
            ..Attempt::untried("mx.example.test", "198.51.100.1".parse().unwrap(), 25, 1)
        };
        let own = ["203.0.113.1".parse().unwrap()];
        origin(&attempt, &Home { addresses: &own, network: None })
    }

    #[test]
    fn a_syn_died_near_where_a_near_router_saw_the_other_port_alone() {
        assert_eq!(died(&[1], &[1, 2], Some(3)), Origin::Near);
        assert_eq!(died(&[1], &[1, 2, 3, 4], None), Origin::Near);
    }

    #[test]
    fn a_syn_that_every_router_passed_died_at_the_host() {
        assert_eq!(died(&[1, 2], &[1, 2], Some(3)), Origin::Far);
        assert_eq!(died(&[1, 2, 3, 4], &[1, 2, 3, 4], Some(5)), Origin::Far);
    }

    #[test]
    fn where_routers_keep_silent_the_place_is_not_known() {
        assert_eq!(died(&[1, 2], &[1, 2], Some(9)), Origin::Unknown, "seven routers between say nothing");
        assert_eq!(died(&[1], &[1, 7], Some(9)), Origin::Unknown);
        assert_eq!(died(&[1, 2], &[1, 2], None), Origin::Unknown);
        assert_eq!(died(&[1, 2, 5], &[1, 2, 5], Some(9)), Origin::Middle);
        assert_eq!(
            died(&[1, 2, 5], &[1, 2, 5], None),
            Origin::Unknown,
            "all ports die alike, and nobody knows whose router is last"
        );
    }

    /// Where a SYN died that passed routers of these networks, in a vantage of AS64500.
    fn left(own: &[&str], sibling: &[&str]) -> Origin {
        let hops = |networks: &[&str]| -> Vec<PassedHop> {
            let hop = |(hop, network): (u8, &&str)| PassedHop {
                hop,
                address: None,
                network: (!network.is_empty()).then(|| (*network).to_owned()),
            };
            (1..).zip(networks).map(hop).collect()
        };
        let sibling = Sibling { port: 443, passed: hops(sibling), answered: false, answered_hop: None };
        let attempt = Attempt {
            outcome: Outcome::TimedOut,
            passed: hops(own),
            trace_limit: Some(8),
            sibling: Some(sibling),
            ..Attempt::untried("mx.example.test", "198.51.100.1".parse().unwrap(), 25, 1)
        };
        origin(&attempt, &Home { addresses: &[], network: Some("AS64500".to_owned()) })
    }

    #[test]
    fn an_own_address_that_refuses_is_a_target_that_nothing_listens_on() {
        let own = ["203.0.113.1".parse().unwrap()];
        let mut attempt =
            Attempt { outcome: Outcome::Refused, ..Attempt::untried("mx.example.test", own[0], 25, 1) };
        let home = Home { addresses: &own, network: None };
        assert_eq!(origin(&attempt, &home), Origin::Far);
        attempt.outcome = Outcome::TimedOut;
        assert_eq!(origin(&attempt, &home), Origin::Near, "something of one's own swallows it");
    }

    #[test]
    fn whose_routers_they_are_tells_more_than_their_number() {
        assert_eq!(left(&["", "AS64500", "AS64499"], &[]), Origin::Middle, "another network's router had it");
        let four = ["", "AS64500", "AS64500", "AS64500"];
        assert_eq!(left(&four, &four), Origin::Unknown);
        let five = ["", "AS64500", "AS64500", "AS64500", "AS64500"];
        assert_eq!(left(&four, &five), Origin::Near, "the provider's next router did not see it");
        let beyond = ["", "AS64500", "AS64500", "AS64500", "AS64499"];
        assert_eq!(left(&four, &beyond), Origin::Unknown, "at the border of both");
    }
}
