//! Limits that protect others: per client, and per target network.

use super::problem::Refusal;
use crate::store::{Granted, Store};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use noanswer_core::address::client_network;
use noanswer_site::problem::Problem;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Checks a minute that one client may ask for.
const CHECKS_A_MINUTE: u32 = 10;

/// MX plans a minute that one client may ask for: each is dozens of questions to a public resolver.
const LOOKUPS_A_MINUTE: u32 = 30;

/// Probes a minute that one target network gets, from each vantage.
const TARGET_A_MINUTE: u32 = 20;

/// The limits of a server: counted in this process, or in the store that its instances share. The lab, which probes
/// itself, has none for its clients.
#[derive(Debug)]
pub(crate) struct Limits {
    clients: bool,
    checks: Quotas<IpAddr>,
    lookups: Quotas<IpAddr>,
    targets: Quotas<(String, IpAddr)>,
    store: Option<Shared>,
}

/// A store of several instances.
#[derive(Debug)]
struct Shared {
    store: Arc<Store>,
    or_refuse: bool,
}

/// What is not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotGranted {
    /// It was enough for a minute: there is more after so many seconds.
    After(u64),
    /// Nobody can say how much it was.
    Uncounted,
}

impl Limits {
    /// The limits of a server that anybody may ask.
    pub(crate) fn public() -> Self {
        Self {
            clients: true,
            checks: Quotas::a_minute(CHECKS_A_MINUTE),
            lookups: Quotas::a_minute(LOOKUPS_A_MINUTE),
            targets: Quotas::a_minute(TARGET_A_MINUTE),
            store: None,
        }
    }

    /// No limits for clients.
    pub(crate) fn of_the_lab() -> Self {
        Self { clients: false, ..Self::public() }
    }

    /// Counted in `store`. When it does not answer, everything is refused where `or_refuse` (anybody may ask, so a store
    /// that is down would open the way to abuse); else this process counts alone (whoever asks carries the token).
    pub(crate) fn counted_in(self, store: Arc<Store>, or_refuse: bool) -> Self {
        Self { store: Some(Shared { store, or_refuse }), ..self }
    }

    /// The store, where there is one.
    pub(crate) fn store(&self) -> Option<&Store> {
        self.store.as_ref().map(|shared| shared.store.as_ref())
    }

    /// Whether nothing may be asked while the store does not answer.
    pub(crate) fn or_refuse(&self) -> bool {
        self.store.as_ref().is_some_and(|shared| shared.or_refuse)
    }

    /// Takes one check of `client`.
    pub(crate) async fn check(&self, client: IpAddr) -> Result<(), NotGranted> {
        self.client(client, "checks", CHECKS_A_MINUTE, &self.checks).await
    }

    /// Takes one lookup of `client`.
    pub(crate) async fn lookup(&self, client: IpAddr) -> Result<(), NotGranted> {
        self.client(client, "lookups", LOOKUPS_A_MINUTE, &self.lookups).await
    }

    /// Takes one probe from `vantage` of the network that `target` stands in.
    pub(crate) async fn target(&self, vantage: &str, network: IpAddr) -> Result<(), NotGranted> {
        match self.take("targets", TARGET_A_MINUTE, || format!("{vantage} {network}")).await {
            Some(taken) => taken,
            None => self.targets.take(&(vantage.to_owned(), network)).map_err(NotGranted::After),
        }
    }

    async fn client(
        &self,
        client: IpAddr,
        what: &str,
        most: u32,
        here: &Quotas<IpAddr>,
    ) -> Result<(), NotGranted> {
        if !self.clients {
            return Ok(());
        }
        let network = client_network(client);
        match self.take(what, most, || network.to_string()).await {
            Some(taken) => taken,
            None => here.take(&network).map_err(NotGranted::After),
        }
    }

    /// Takes one of the store's; nothing where there is none to ask.
    async fn take(
        &self,
        what: &str,
        most: u32,
        who: impl FnOnce() -> String,
    ) -> Option<Result<(), NotGranted>> {
        let shared = self.store.as_ref()?;
        match shared.store.take(what, most, &who(), crate::clock::now().unix()).await {
            Ok(Granted::Yes) => Some(Ok(())),
            Ok(Granted::After(seconds)) => Some(Err(NotGranted::After(seconds))),
            Err(error) => {
                crate::log::complain("the limits are not counted", &error);
                shared.or_refuse.then_some(Err(NotGranted::Uncounted))
            }
        }
    }
}

impl From<NotGranted> for Refusal {
    fn from(why: NotGranted) -> Self {
        let problem = match why {
            NotGranted::After(seconds) => Problem::too_many(seconds),
            NotGranted::Uncounted => {
                let title = "The limits cannot be counted";
                let detail =
                    "while the store of its limits does not answer, this API takes nothing: ask later";
                Problem::unavailable(title, detail)
            }
        };
        problem.into()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_is_told_when_to_come_back() {
        let limits = Limits::public();
        let client = "2001:db8::1".parse().unwrap();
        let neighbour = "2001:db8::2".parse().unwrap();
        for _ in 0..CHECKS_A_MINUTE {
            assert_eq!(limits.check(client).await, Ok(()));
        }
        let refused = limits.check(neighbour).await;
        assert!(matches!(refused, Err(NotGranted::After(1..=60))), "the same /64: {refused:?}");
        assert_eq!(limits.check("192.0.2.1".parse().unwrap()).await, Ok(()), "somebody else");
    }

    #[tokio::test]
    async fn the_lab_limits_no_client() {
        let limits = Limits::of_the_lab();
        for _ in 0..3 * CHECKS_A_MINUTE {
            assert_eq!(limits.check("192.0.2.1".parse().unwrap()).await, Ok(()));
        }
    }

    #[test]
    fn clients_that_went_away_are_forgotten() {
        let quotas = Quotas::a_minute(u32::MAX);
        for client in 0..3 * REMEMBERED {
            quotas.take(&client).unwrap();
        }
        assert!(quotas.limiter.len() <= REMEMBERED + 1, "{}", quotas.limiter.len());
    }
}
