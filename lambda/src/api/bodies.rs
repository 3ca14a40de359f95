//! The memory that requests hold: what has come of their bodies, until their answers are sent.
//!
//! So much is held for all clients together, and a part of it for one network: whoever sends bodies slowly, or does not
//! read the answers, waits for the share of its own network and takes nobody else's.

use super::listen::Reading;
use axum::body::Body;
use noanswer_core::address::target_network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How much is held for all networks together, in KiB.
const ALL_KIB: usize = 64 << 10;

/// How much of it for one network, in KiB: an IPv4 /24, an IPv6 /48. Eight bodies of the longest that is taken.
const NETWORK_KIB: usize = 8 << 10;

/// What is left of the memory for bodies.
#[derive(Debug)]
pub(super) struct Room {
    all: Arc<Semaphore>,
    networks: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL_KIB)), networks: Mutex::default() }
    }
}

impl Room {
    /// The share of `client`'s network, nothing of it taken yet.
    pub(super) fn share(&self, client: IpAddr) -> Share {
        let mut networks = lock(&self.networks);
        // Whose share is whole is forgotten: nobody holds anything of it.
        networks.retain(|_, network| Arc::strong_count(network) > 1);
        let network = networks.entry(target_network(client.to_canonical()));
        let network = network.or_insert_with(|| Arc::new(Semaphore::new(NETWORK_KIB))).clone();
        Share { all: self.all.clone(), network, held: Arc::default() }
    }
}

/// What a request holds, given back when the last of its clones is dropped.
#[derive(Clone, Debug)]
pub(super) struct Share {
    all: Arc<Semaphore>,
    network: Arc<Semaphore>,
    held: Arc<Mutex<Vec<OwnedSemaphorePermit>>>,
}

impl Share {
    /// Holds `bytes` in all; waits where there is no room.
    pub(super) async fn hold(&self, bytes: usize) -> Result<(), AcquireError> {
        let kib = bytes.div_ceil(1024);
        let held: usize = lock(&self.held).iter().map(OwnedSemaphorePermit::num_permits).sum();
        // Each KiB is held twice: of the network's share, and of all.
        let Ok(more) = u32::try_from(kib.saturating_sub(held / 2)) else { return Ok(()) };
        let of_network = self.network.clone().acquire_many_owned(more).await?;
        let of_all = self.all.clone().acquire_many_owned(more).await?;
        lock(&self.held).extend([of_network, of_all]);
        Ok(())
    }
}

/// A body that has not come yet.
#[derive(Debug)]
pub struct Coming {
    pub(super) body: Body,
    pub(super) share: Share,
    /// Of the connection that it comes on, where there is one.
    pub(super) reading: Option<Reading>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_network_waits_for_its_own_share_and_for_nobody_elses() {
        let room = Room::default();
        let client = |text: &str| text.parse::<IpAddr>().expect("an address");
        let holding: Vec<Share> = (0..8).map(|host| room.share(client(&format!("192.0.2.{host}")))).collect();
        for share in &holding {
            share.hold(512 << 10).await.expect("room");
            share.hold(1 << 20).await.expect("as much again, and no more");
        }
        let neighbour = room.share(client("192.0.2.99"));
        let waits = tokio::time::timeout(Duration::from_secs(60), neighbour.hold(1)).await;
        assert!(waits.is_err(), "its network has all it may have");
        room.share(client("198.51.100.1")).hold(1 << 20).await.expect("another network has its own");
        drop(holding);
        neighbour.hold(1 << 20).await.expect("room again");
        drop(neighbour);
        assert_eq!(room.all.available_permits(), ALL_KIB, "nothing is kept of who has gone");
        room.share(client("203.0.113.1"));
        assert_eq!(lock(&room.networks).len(), 1);
    }
}
