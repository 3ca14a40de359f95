//! Limits that protect others: per client, and per target network.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

/// Limits that hold in this process.
#[derive(Debug)]
pub(crate) struct Limits {
    clients: Option<DefaultKeyedRateLimiter<IpAddr>>,
    clock: DefaultClock,
}

/// Checks a minute that one client may ask for.
const CLIENT_A_MINUTE: u32 = 10;

/// Probes a minute that one target network gets, from each vantage.
pub(crate) const TARGET_A_MINUTE: u32 = 20;

impl Limits {
    /// The limits of a server that anybody may ask.
    pub(crate) fn public() -> Self {
        Self { clients: Some(RateLimiter::keyed(a_minute(CLIENT_A_MINUTE))), clock: DefaultClock::default() }
    }

    /// No limits: the lab probes itself.
    pub(crate) fn none() -> Self {
        Self { clients: None, clock: DefaultClock::default() }
    }

    /// Takes one request of `client`; else says after how many seconds it may ask again.
    pub(crate) fn take(&self, client: IpAddr) -> Result<(), u64> {
        let Some(clients) = &self.clients else { return Ok(()) };
        clients
            .check_key(&network_of(client))
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

/// So many a minute, all of them at once if need be.
pub(crate) fn a_minute(count: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
}

/// Whom an address stands for: an IPv6 client has a whole /64 (RFC 4291 s2.5.4).
fn network_of(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
    }
}

/// The network that a target stands in: /24 and /48, as networks are commonly routed.
pub(crate) fn target_network(target: IpAddr) -> IpAddr {
    match target {
        IpAddr::V4(address) => IpAddr::V4((u32::from(address) >> 8 << 8).into()),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 80 << 80)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_told_when_to_come_back() {
        let limits = Limits::public();
        let client = "2001:db8::1".parse().unwrap();
        let neighbour = "2001:db8::2".parse().unwrap();
        assert!((0..CLIENT_A_MINUTE).all(|_| limits.take(client).is_ok()));
        assert!((1..=60).contains(&limits.take(neighbour).unwrap_err()), "the same /64");
        assert!(limits.take("192.0.2.1".parse().unwrap()).is_ok(), "somebody else");
    }

    #[test]
    fn targets_are_counted_by_network() {
        let network = |text: &str| target_network(text.parse().unwrap());
        assert_eq!(network("198.51.100.7"), network("198.51.100.200"));
        assert_ne!(network("198.51.100.7"), network("198.51.101.7"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:ffff::3"));
    }
}
