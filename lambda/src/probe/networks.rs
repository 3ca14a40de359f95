//! Which networks the sender and the routers before it are in: so that independence is known and not assumed.

use super::look::Look;
use super::prober::Prober;
use futures_util::future::join_all;
use noanswer_core::address::{AddressPolicy, Reachability};
use noanswer_core::check;
use noanswer_core::evidence::{Attempt, NetworkSeen};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// How long the routers' networks are looked up at most: they are an addition, and the verdict waits for them.
const ROUTERS: Duration = Duration::from_millis(1_500);

/// How long the own network is looked up at most, before a panel is chosen by it.
const OWN: Duration = Duration::from_millis(1_500);

/// How many routers are looked up at most.
const AT_MOST: usize = 16;

/// The addresses of `all` that the Internet routes.
pub(super) fn public(all: &[IpAddr]) -> Vec<IpAddr> {
    let policy = AddressPolicy::default();
    all.iter().copied().filter(|one| policy.judge(*one) == Reachability::Public).collect()
}

impl Prober {
    /// The network of this host: as the user names it, or as its public address is announced.
    pub(super) async fn own_network(&self, addresses: &[IpAddr], cutoff: Instant) -> Option<NetworkSeen> {
        if self.settings.network.is_some() {
            return self.settings.network.clone();
        }
        let address = *addresses.first()?;
        let asked = check::network(address, &self.settings.resolvers, &self.fetch);
        tokio::time::timeout_at(cutoff, asked).await.ok().flatten()
    }

    /// The number of the AS of this host. What waits for it could start without: it is not waited for long.
    pub async fn asn(&self) -> Option<u32> {
        let addresses = public(&self.settings.sources.addresses());
        self.own_network(&addresses, Instant::now() + OWN).await.map(|network| network.asn)
    }

    /// Names the networks of the routers that passed SYNs.
    pub(super) async fn name_routers(&self, attempts: &mut [Attempt], look: &Look) {
        let mut hops: Vec<_> = attempts
            .iter_mut()
            .flat_map(|attempt| {
                let sibling = attempt.sibling.iter_mut().flat_map(|sibling| &mut sibling.passed);
                let echo = attempt.echo.iter_mut().flat_map(|echo| &mut echo.passed);
                attempt.passed.iter_mut().chain(sibling).chain(echo)
            })
            .collect();
        let mut routers: Vec<IpAddr> = hops.iter().filter_map(|hop| hop.address).collect();
        routers.sort_unstable();
        routers.dedup();
        let routers = public(&routers);
        let asked = routers.iter().take(AT_MOST).map(|router| async {
            let seen = check::origin(*router, &self.settings.resolvers, &self.fetch).await;
            (*router, seen)
        });
        let cutoff = look.cutoff.min(Instant::now() + ROUTERS);
        let Ok(networks) = tokio::time::timeout_at(cutoff, join_all(asked)).await else { return };
        let networks: BTreeMap<IpAddr, NetworkSeen> =
            networks.into_iter().filter_map(|(router, seen)| Some((router, seen?))).collect();
        for hop in &mut hops {
            let seen = hop.address.and_then(|router| networks.get(&router));
            hop.network = seen.map(NetworkSeen::label);
        }
    }
}
