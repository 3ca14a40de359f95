//! Limits that protect others: per client, and per target network.

use crate::store::{Granted, Place, Store};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use noanswer_core::address::client_network;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{Limit, Taken, Who};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

/// The limits of a server: counted in this process, or in the store that its instances share. The demo, which probes
/// itself, has none for its clients.
#[derive(Debug)]
pub(crate) struct Limits {
    clients: bool,
    checks: Quotas<IpAddr>,
    lookups: Quotas<IpAddr>,
    relayed: Quotas<IpAddr>,
    targets: Quotas<(String, IpAddr)>,
    known: Mutex<HashMap<Named, Arc<Quotas<()>>>>,
    store: Option<Shared>,
}

/// A client's name, and what is limited.
type Named = (String, &'static str);

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
            checks: Quotas::a_minute(Limit::Checks.a_minute()),
            lookups: Quotas::a_minute(Limit::Lookups.a_minute()),
            relayed: Quotas::a_minute(Limit::Relay.a_minute()),
            targets: Quotas::a_minute(Limit::Targets.a_minute()),
            known: Mutex::default(),
            store: None,
        }
    }

    /// No limits for clients.
    pub(crate) fn of_the_demo() -> Self {
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

    /// Takes one probe from `vantage` of the network that `target` stands in.
    pub(crate) async fn target(&self, vantage: &str, network: IpAddr) -> Result<(), NotGranted> {
        match self.take("targets", Limit::Targets.a_minute(), || format!("{vantage} {network}")).await {
            Some(taken) => taken.map(drop),
            None => self.targets.take(&(vantage.to_owned(), network)).map(drop).map_err(NotGranted::After),
        }
    }

    /// Takes one of `client`'s of what is limited for clients.
    pub(crate) async fn client(&self, limit: Limit, who: &Who) -> Result<Taken, NotGranted> {
        if !self.clients {
            return Ok(Taken::default());
        }
        let (what, here) = match limit {
            Limit::Checks => ("checks", &self.checks),
            Limit::Lookups => ("lookups", &self.lookups),
            Limit::Relay => ("relay", &self.relayed),
            Limit::Targets => {
                return self.target("client", who.address).await.map(|()| Taken::default());
            }
        };
        if let Some(taken) = self.take(what, who.a_minute(limit), || who.key()).await {
            return taken;
        }
        let left = match &who.client {
            Some(client) => self.known(&client.name, what, who.a_minute(limit)).take(&()),
            None => here.take(&client_network(who.address)),
        };
        left.map(|left| Taken { left: Some(left), ends_s: None }).map_err(NotGranted::After)
    }

    /// A place for a stream of `who` among those of all instances; nothing where this process alone counts. A client that
    /// has as many as it may have is told to come back after `again_s` seconds.
    pub(crate) async fn stream(&self, who: &Who, again_s: u64) -> Result<Option<Place>, NotGranted> {
        let Some(shared) = self.store.as_ref() else { return Ok(None) };
        match shared.store.place(&who.key(), who.streams(), crate::clock::now().unix()).await {
            Ok(Some(place)) => Ok(Some(place)),
            Ok(None) => Err(NotGranted::After(again_s)),
            Err(error) => {
                crate::log::complain("the streams are not counted", &error);
                if shared.or_refuse { Err(NotGranted::Uncounted) } else { Ok(None) }
            }
        }
    }

    /// Gives a stream's place back.
    pub(crate) async fn stream_ended(&self, place: &Place) {
        let Some(shared) = self.store.as_ref() else { return };
        if let Err(error) = shared.store.give_back(place).await {
            crate::log::complain("the place of a stream is not given back", &error);
        }
    }

    /// The quota of a client that the operator knows.
    fn known(&self, name: &str, what: &'static str, most: u32) -> Arc<Quotas<()>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = known.entry((name.to_owned(), what));
        quota.or_insert_with(|| Arc::new(Quotas::a_minute(most))).clone()
    }

    /// Takes one of the store's; nothing where there is none to ask.
    async fn take(
        &self,
        what: &str,
        most: u32,
        who: impl FnOnce() -> String,
    ) -> Option<Result<Taken, NotGranted>> {
        let shared = self.store.as_ref()?;
        match shared.store.take(what, most, &who(), crate::clock::now().unix()).await {
            Ok(Granted::Left(left, ends_s)) => Some(Ok(Taken { left: Some(left), ends_s: Some(ends_s) })),
            Ok(Granted::After(seconds)) => Some(Err(NotGranted::After(seconds))),
            Err(error) => {
                crate::log::complain("the limits are not counted", &error);
                shared.or_refuse.then_some(Err(NotGranted::Uncounted))
            }
        }
    }
}

impl NotGranted {
    /// What the client is told.
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::After(seconds) => Problem::too_many(seconds),
            Self::Uncounted => {
                let title = "The limits cannot be counted";
                let detail =
                    "while the store of its limits does not answer, this API takes nothing: ask later";
                Problem::unavailable(title, detail)
            }
        }
    }
}

/// A quota for each key, all of it at once if need be.
#[derive(Debug)]
pub(crate) struct Quotas<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
}

/// So many keys may be remembered before those are forgotten whose quota is whole again.
const REMEMBERED: usize = 10_000;

impl<K: Hash + Eq + Clone> Quotas<K> {
    /// `count` a minute for each key.
    pub(crate) fn a_minute(count: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        let limiter = RateLimiter::keyed(quota).with_middleware();
        Self { limiter, clock: DefaultClock::default() }
    }

    /// Takes one of `key`'s, and says how many are left; else after how many seconds there is one again.
    pub(crate) fn take(&self, key: &K) -> Result<u32, u64> {
        if self.limiter.len() > REMEMBERED {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(key)
            .map(|state| state.remaining_burst_capacity())
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_is_told_when_to_come_back() {
        let limits = Limits::public();
        let of = |text: &str| Who { address: text.parse().expect("an address"), client: None };
        let (client, neighbour) = (of("2001:db8::1"), of("2001:db8::2"));
        for _ in 0..Limit::Checks.a_minute() {
            assert!(limits.client(Limit::Checks, &client).await.is_ok());
        }
        let refused = limits.client(Limit::Checks, &neighbour).await;
        assert!(matches!(refused, Err(NotGranted::After(1..=60))), "the same /64: {refused:?}");
        let other = limits.client(Limit::Checks, &of("192.0.2.1")).await;
        assert_eq!(
            other,
            Ok(Taken { left: Some(Limit::Checks.a_minute() - 1), ends_s: None }),
            "somebody else"
        );
    }

    #[tokio::test]
    async fn the_demo_limits_no_client() {
        let limits = Limits::of_the_demo();
        for _ in 0..3 * Limit::Checks.a_minute() {
            let who = Who { address: "192.0.2.1".parse().expect("an address"), client: None };
            assert!(limits.client(Limit::Checks, &who).await.is_ok());
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
