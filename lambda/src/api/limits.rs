//! Limits that protect others: per client, and per target network.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

/// Limits that hold in this process. The lab, which probes itself, has none.
#[derive(Debug)]
pub(crate) struct Limits {
    checks: Option<Quotas<IpAddr>>,
    lookups: Option<Quotas<IpAddr>>,
}

/// Checks a minute that one client may ask for.
const CHECKS_A_MINUTE: u32 = 10;

/// MX plans a minute that one client may ask for: each is dozens of questions to a public resolver.
const LOOKUPS_A_MINUTE: u32 = 30;

/// Probes a minute that one target network gets, from each vantage.
pub(crate) const TARGET_A_MINUTE: u32 = 20;

impl Limits {
    /// The limits of a server that anybody may ask.
    pub(crate) fn public() -> Self {
        Self {
            checks: Some(Quotas::a_minute(CHECKS_A_MINUTE)),
            lookups: Some(Quotas::a_minute(LOOKUPS_A_MINUTE)),
        }
    }

    /// No limits.
    pub(crate) fn none() -> Self {
        Self { checks: None, lookups: None }
    }

    /// Takes one check of `client`; else says after how many seconds it may ask again.
    pub(crate) fn check(&self, client: IpAddr) -> Result<(), u64> {
        take(self.checks.as_ref(), client)
    }

    /// Takes one lookup of `client`; else says after how many seconds it may ask again.
    pub(crate) fn lookup(&self, client: IpAddr) -> Result<(), u64> {
        take(self.lookups.as_ref(), client)
    }
}

fn take(quotas: Option<&Quotas<IpAddr>>, client: IpAddr) -> Result<(), u64> {
    quotas.map_or(Ok(()), |quotas| quotas.take(&network_of(client)))
}

/// A quota for each key, all of it at once if need be.
#[derive(Debug)]
pub(crate) struct Quotas<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
}

/// So many keys may be remembered before those are forgotten whose quota is whole again.
const REMEMBERED: usize = 10_000;

impl<K: Hash + Eq + Clone> Quotas<K> {
    /// `count` a minute for each key.
    pub(crate) fn a_minute(count: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Takes one of `key`'s; else says after how many seconds there is one again.
    pub(crate) fn take(&self, key: &K) -> Result<(), u64> {
        if self.limiter.len() > REMEMBERED {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(key)
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

/// Whom an address stands for: an IPv6 client has a whole /64 (RFC 4291 s2.5.4).
fn network_of(client: IpAddr) -> IpAddr {
    // A socket on [::] shows IPv4 clients as ::ffff:a.b.c.d: they must not share one network.
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
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
        assert!((0..CHECKS_A_MINUTE).all(|_| limits.check(client).is_ok()));
        assert!((1..=60).contains(&limits.check(neighbour).unwrap_err()), "the same /64");
        assert!(limits.check("192.0.2.1".parse().unwrap()).is_ok(), "somebody else");
    }

    #[test]
    fn mapped_clients_are_told_apart() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    #[test]
    fn clients_that_went_away_are_forgotten() {
        let quotas = Quotas::a_minute(u32::MAX);
        for client in 0..3 * REMEMBERED {
            quotas.take(&client).unwrap();
        }
        assert!(quotas.limiter.len() <= REMEMBERED + 1, "{}", quotas.limiter.len());
    }

    #[test]
    fn targets_are_counted_by_network() {
        let network = |text: &str| target_network(text.parse().unwrap());
        assert_eq!(network("198.51.100.7"), network("198.51.100.200"));
        assert_ne!(network("198.51.100.7"), network("198.51.101.7"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:ffff::3"));
    }
}
