//! Proof that a coordinator's targets come from a domain's plan: the vantage looks the domain up itself.
//!
//! A signature of the coordinator would prove who asks, as the token does already, and whoever has the token would have
//! the key: with both it could send a vantage to any address. What the vantage looks up itself holds whoever asks.
//!
//! Names of large operators resolve to other addresses at other places. An address that is not among those that this
//! vantage is given is taken where it stands in the same network as one of them, or is announced by the same
//! autonomous system; its exchange must be the domain's in any case.

use super::prober::Prober;
use super::proofs::{Unproven, is_same, names};
use futures_util::stream::{FuturesUnordered, StreamExt};
use noanswer_core::address::Family;
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use noanswer_core::mx::Target;
use std::net::IpAddr;
use std::time::Duration;

/// How many resolvers are asked.
const RESOLVERS: usize = 2;

/// How long the networks of addresses are looked up at most.
const NETWORKS: Duration = Duration::from_secs(3);

impl Prober {
    /// Splits `targets`, which somebody says are those of `domain`: why each of them is not taken, where it is not.
    pub(super) async fn unproven(&self, domain: &str, targets: &[Target]) -> Vec<Option<Unproven>> {
        let open = |target: &&Target| self.settings.policy.judge(target.address).may_connect();
        let wanted: Vec<Target> =
            targets.iter().filter(open).filter(|target| !self.proofs.has(domain, target)).cloned().collect();
        if wanted.is_empty() {
            return vec![None; targets.len()];
        }
        let Ok(name) = domain.parse::<DomainName>() else {
            return vec![Some(Unproven::NotNamed); targets.len()];
        };
        let (named, answered) = self.named(&name, &wanted).await;
        let mut strangers: Vec<Target> =
            wanted.iter().filter(|target| !names(&named, target)).cloned().collect();
        if answered && !strangers.is_empty() {
            strangers = self.of_other_systems(strangers, &named).await;
        }
        let proven: Vec<Target> = targets
            .iter()
            .filter(|target| !strangers.iter().any(|one| is_same(one, target)))
            .cloned()
            .collect();
        self.proofs.keep(domain, &proven);
        let why = if answered { Unproven::NotNamed } else { Unproven::NoAnswer };
        let stranger = |target: &Target| strangers.iter().any(|one| is_same(one, target));
        targets.iter().map(|target| stranger(target).then_some(why)).collect()
    }

    /// What the resolvers name for `domain`, until all of `wanted` are named; and whether any of them answered.
    async fn named(&self, domain: &DomainName, wanted: &[Target]) -> (Vec<Target>, bool) {
        let settings = &self.settings;
        let mut plans: FuturesUnordered<_> = settings
            .resolvers
            .chunks(1)
            .take(RESOLVERS)
            .map(|resolver| check::plan(domain, resolver, &settings.policy, &self.fetch, |_| {}))
            .collect();
        let (mut named, mut answered) = (Vec::new(), false);
        while let Some(plan) = plans.next().await {
            answered |= plan.dns_failure.is_none();
            named.extend(plan.targets());
            if wanted.iter().all(|target| names(&named, target)) {
                break;
            }
        }
        (named, answered)
    }

    /// Those of `strangers` that no autonomous system announces beside an address that `named` has for their exchange.
    async fn of_other_systems(&self, strangers: Vec<Target>, named: &[Target]) -> Vec<Target> {
        let fellows = |target: &Target| {
            let of_family = Family::of(target.address);
            let fellow =
                move |one: &&Target| one.exchange == target.exchange && Family::of(one.address) == of_family;
            named.iter().find(fellow).map(|one| one.address)
        };
        let system = |address: IpAddr| async move {
            check::origin(address, &self.settings.resolvers, &self.fetch).await.map(|seen| seen.asn)
        };
        let mut judged: FuturesUnordered<_> = strangers
            .iter()
            .enumerate()
            .map(|(index, target)| async move {
                let Some(fellow) = fellows(target) else { return (index, false) };
                let (own, other) = tokio::join!(system(target.address), system(fellow));
                (index, own.is_some() && own == other)
            })
            .collect();
        let mut same = vec![false; strangers.len()];
        let all = async {
            while let Some((index, is_same)) = judged.next().await {
                same[index] = is_same;
            }
        };
        // What could not be told in time is not taken.
        let _ = tokio::time::timeout(NETWORKS, all).await;
        drop(judged);
        strangers.into_iter().zip(same).filter(|(_, same)| !same).map(|(target, _)| target).collect()
    }
}
