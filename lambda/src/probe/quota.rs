//! How often a target is connected to, whoever asks: so many connections a minute to an address, and to its network.
//!
//! Counted are connections and not requests, here, where they are made: one request can name twenty addresses of one
//! network, and several coordinators may send to the same one. The window slides: in no 60 s are there more.

use super::turns::lock;
use noanswer_core::address::target_network;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// The window in which connections are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// How many addresses and networks are counted at a time. When all are in use, no further one is connected to.
const REMEMBERED: usize = 20_000;

/// How many connections a vantage makes in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// To one address.
    pub to_an_address: usize,
    /// To one network: a /24 of IPv4, a /48 of IPv6.
    pub to_a_network: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { to_an_address: 10, to_a_network: 20 }
    }
}

/// The connections of the last minute.
#[derive(Debug, Default)]
pub(super) struct Quota {
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    to_address: HashMap<IpAddr, VecDeque<Instant>>,
    to_network: HashMap<IpAddr, VecDeque<Instant>>,
}

impl Quota {
    /// Takes `count` connections to `address`, all or none; false when that is more than `limits` allow.
    pub(super) fn take(&self, address: IpAddr, count: usize, limits: ConnectionLimits) -> bool {
        self.take_leaving(address, count, 0, limits)
    }

    /// The same, where `left` more to its network must remain possible.
    pub(super) fn take_leaving(
        &self,
        address: IpAddr,
        count: usize,
        left: usize,
        limits: ConnectionLimits,
    ) -> bool {
        let (address, now) = (address.to_canonical(), Instant::now());
        let Made { to_address, to_network } = &mut *lock(&self.made);
        let wanted = [
            (to_address, address, limits.to_an_address),
            (to_network, target_network(address), limits.to_a_network.saturating_sub(left)),
        ];
        let room = |(made, key, most): &mut (&mut HashMap<IpAddr, VecDeque<Instant>>, IpAddr, usize)| {
            if made.len() >= REMEMBERED && !made.contains_key(key) {
                made.retain(|_, times| times.back().is_some_and(|last| now.duration_since(*last) < WINDOW));
                if made.len() >= REMEMBERED {
                    return false;
                }
            }
            let times = made.entry(*key).or_default();
            while times.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
                times.pop_front();
            }
            times.len() + count <= *most
        };
        let mut wanted = wanted;
        if !wanted.iter_mut().all(room) {
            return false;
        }
        for (made, key, _) in wanted {
            made.entry(key).or_default().extend(std::iter::repeat_n(now, count));
        }
        true
    }

    /// Counts a connection to `address` that is made whatever the limits are.
    pub(super) fn count(&self, address: IpAddr) {
        let unlimited = ConnectionLimits { to_an_address: usize::MAX, to_a_network: usize::MAX };
        self.take(address, 1, unlimited);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[tokio::test(start_paused = true)]
    async fn in_no_minute_are_there_more_than_a_network_is_due() {
        let (quota, limits) = (Quota::default(), ConnectionLimits::default());
        // Spread over a minute, as a token bucket would let half as many again through.
        let mut made = Vec::new();
        for second in 0..180_u32 {
            for host in 0..5 {
                let host = (second * 5 + host) % 250;
                if quota.take(address(&format!("192.0.2.{host}")), 1, limits) {
                    made.push(second);
                }
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        for from in 0..120 {
            let within = made.iter().filter(|at| (from..from + 60).contains(*at)).count();
            assert!(within <= 20, "{within} within the minute from {from} s");
        }
        assert_eq!(made.len(), 60, "and no fewer");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_its_own_share_and_another_network_is_not_touched() {
        let (quota, limits) = (Quota::default(), ConnectionLimits::default());
        assert!(quota.take(address("192.0.2.1"), 10, limits));
        assert!(!quota.take(address("192.0.2.1"), 1, limits), "the address has had its share");
        assert!(!quota.take(address("::ffff:192.0.2.1"), 1, limits), "however it is written");
        assert!(quota.take(address("192.0.2.2"), 10, limits));
        assert!(!quota.take(address("192.0.2.3"), 1, limits), "the network has had its share");
        assert!(quota.take(address("192.0.3.1"), 1, limits));
        assert!(quota.take(address("2001:db8:1::1"), 10, limits));
        assert!(quota.take(address("2001:db8:1:ffff::1"), 10, limits));
        assert!(!quota.take(address("2001:db8:1:2::1"), 1, limits), "the same /48");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_counts_for_nothing() {
        let (quota, limits) = (Quota::default(), ConnectionLimits::default());
        assert!(!quota.take(address("192.0.2.1"), 11, limits));
        assert!(quota.take(address("192.0.2.1"), 10, limits));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_extra_leaves_room_for_what_must_come() {
        let (quota, limits) = (Quota::default(), ConnectionLimits::default());
        assert!(quota.take_leaving(address("192.0.2.1"), 4, 16, limits));
        assert!(!quota.take_leaving(address("192.0.2.2"), 4, 13, limits), "13 more would find no room");
        assert!(quota.take_leaving(address("192.0.2.2"), 4, 12, limits));
        assert!(quota.take_leaving(address("192.0.3.1"), 4, 16, limits), "another network");
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_be_is_counted_however_much_it_is() {
        let (quota, limits) = (Quota::default(), ConnectionLimits::default());
        (0..30).for_each(|_| quota.count(address("192.0.2.1")));
        assert!(!quota.take(address("192.0.2.2"), 1, limits));
    }
}
