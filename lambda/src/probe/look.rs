//! What all attempts of one request have in common.

use super::neighbours::Neighbours;
use super::session;
use super::turns::lock;
use noanswer_core::address::{Family, target_network};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::smtp::Deadlines;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How many failures of one request are traced. They mostly share their cause.
const TRACES: usize = 6;

/// How many are traced at a time: a router sends few ICMP messages to one address (Linux: six, then one a second).
const TRACES_AT_ONCE: usize = 2;

/// What all attempts of one request have in common.
pub(super) struct Look {
    pub(super) deadlines: Deadlines,
    /// How long a TCP handshake may take.
    pub(super) connect: Duration,
    pub(super) round: u8,
    pub(super) patience: Patience,
    pub(super) began: Instant,
    pub(super) cutoff: Instant,
    pub(super) neighbours: Arc<Neighbours>,
    /// The families in which this vantage is known to see nothing: their targets are not tried.
    pub(super) silent: Vec<Family>,
    /// Whether the domain is one that asked to be left out.
    pub(super) left_alone: bool,
    /// The addresses that were connected to for this request, and not told again.
    pub(super) fresh: Mutex<HashSet<IpAddr>>,
    /// How many attempts are still to be made, by the target's network.
    awaited: Mutex<HashMap<IpAddr, usize>>,
    traces_left: AtomicUsize,
    traces_at_once: Semaphore,
}

impl Look {
    pub(super) fn new(
        request: &ProbeRequest,
        left_alone: bool,
        silent: Vec<Family>,
        neighbours: Neighbours,
    ) -> Self {
        let began = Instant::now();
        Self {
            deadlines: match request.patience {
                Patience::Quick => Deadlines::QUICK,
                Patience::Patient => Deadlines::PATIENT,
            },
            connect: match request.patience {
                Patience::Quick => session::QUICK_CONNECT,
                Patience::Patient => session::CONNECT,
            },
            round: request.round,
            patience: request.patience,
            left_alone,
            silent,
            fresh: Mutex::default(),
            awaited: Mutex::default(),
            began,
            cutoff: began + Duration::from_millis(request.deadline_ms),
            neighbours: Arc::new(neighbours),
            traces_left: AtomicUsize::new(TRACES),
            traces_at_once: Semaphore::new(TRACES_AT_ONCE),
        }
    }

    /// Announces an attempt on `address`, until what is given back is dropped.
    pub(super) fn await_attempt(self: &Arc<Self>, address: IpAddr) -> Awaited {
        let network = target_network(address.to_canonical());
        *lock(&self.awaited).entry(network).or_default() += 1;
        Awaited { look: self.clone(), network }
    }

    /// How many attempts are still to be made in the network of `address`.
    pub(super) fn awaited_beside(&self, address: IpAddr) -> usize {
        lock(&self.awaited).get(&target_network(address.to_canonical())).copied().unwrap_or(0)
    }

    /// Takes one of the traces that are left, in its turn; `None` where none is.
    pub(super) async fn trace_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.traces_left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).ok()?;
        self.traces_at_once.acquire().await.ok()
    }
}

/// An attempt that is still to be made: room is kept for it.
pub(super) struct Awaited {
    look: Arc<Look>,
    network: IpAddr,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.look.awaited).get_mut(&self.network) {
            *count -= 1;
        }
    }
}
