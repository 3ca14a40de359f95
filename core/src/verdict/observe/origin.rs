//! Where a failure was placed: on the sender's side, on the way, or at the target.

use crate::evidence::{Attempt, Outcome, Who};
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

/// A router as few hops away as this is the vantage's provider's.
const NEAR_HOPS: u8 = 3;

/// Where `attempt` ended, of a vantage with the addresses `own`.
pub(in crate::verdict) fn of(attempt: &Attempt, own: &[IpAddr]) -> Origin {
    if own.contains(&attempt.address) {
        return Origin::Near;
    }
    if let Some(host) = attempt.own_host {
        if host.route.stops() {
            return Origin::OwnHost;
        }
        if host.own_address || host.gateway_address {
            return Origin::Near;
        }
    }
    if attempt.outcome == Outcome::TimedOut
        && !attempt.connected()
        && let Some(origin) = by_hops(attempt)
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

/// Where a SYN that met silence came to, by the routers that it passed. Routers may keep silent: that it died near is
/// known only where another port of the same host goes on.
fn by_hops(attempt: &Attempt) -> Option<Origin> {
    attempt.trace_limit?;
    if attempt.passed.len() >= PASSED {
        return Some(Origin::Middle);
    }
    sibling_goes_on(attempt).then_some(Origin::Near)
}

/// Whether another port of the same host passes where this one ends.
pub(super) fn sibling_goes_on(attempt: &Attempt) -> bool {
    attempt
        .sibling
        .as_ref()
        .is_some_and(|sibling| sibling.answered || sibling.passed.len() > attempt.passed.len())
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
