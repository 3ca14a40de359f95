//! Politeness: one connection at a time to an address, a few at a time to an operator, whoever asks.

use noanswer_core::address::Family;
use noanswer_core::operator::operator_of;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many addresses of one operator and family are tried at a time. More would look like an attack to them, and their
/// limits like an outage to us; fewer would let a list of dead addresses outlast the deadline.
const AT_ONCE: usize = 4;

/// How many keys a map of turns may have before those that nobody uses are dropped.
const REMEMBERED: usize = 4_096;

/// The right to connect, given back when dropped.
pub(super) type Turn = [OwnedSemaphorePermit; 2];

/// Who may connect now.
#[derive(Debug, Default)]
pub(super) struct Turns {
    addresses: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
    operators: Mutex<HashMap<(String, Family), Arc<Semaphore>>>,
}

impl Turns {
    /// Waits for a turn to connect to `address` of `host`.
    pub(super) async fn take(&self, host: &str, address: IpAddr) -> Turn {
        let operator = operator_of(host).to_owned();
        let few = slots(&self.operators, (operator, Family::of(address)), AT_ONCE);
        let one = slots(&self.addresses, address, 1);
        let take =
            |semaphore: Arc<Semaphore>| async { semaphore.acquire_owned().await.expect("never closed") };
        [take(few).await, take(one).await]
    }
}

/// The slots of `key`, `count` of them when they are new.
fn slots<K: Hash + Eq>(map: &Mutex<HashMap<K, Arc<Semaphore>>>, key: K, count: usize) -> Arc<Semaphore> {
    let mut map = lock(map);
    if map.len() >= REMEMBERED && !map.contains_key(&key) {
        map.retain(|_, slots| Arc::strong_count(slots) > 1);
    }
    map.entry(key).or_insert_with(|| Arc::new(Semaphore::new(count))).clone()
}

/// A lock whose holder panicked still holds sound data: these maps are only added to.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
