//! What a prober is: its settings, and what it remembers from one request to the next.

use super::control_results::Cached;
use super::kept::Kept;
use super::moved::Memory;
use super::proofs::Proofs;
use super::quota::Quota;
use super::settings::{AddressMap, Settings};
use super::translation::Prefix;
use super::turns::Turns;
use crate::fetch::DohFetch;
use crate::tls::Handshakes;
use noanswer_core::evidence::{Role, Vantage};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// Probes. One of it stands for one vantage and is shared by all requests to it.
#[derive(Debug)]
pub struct Prober {
    pub(crate) settings: Settings,
    pub(super) fetch: DohFetch,
    pub(super) began: Instant,
    pub(super) reached: Mutex<Memory>,
    pub(super) tls: Handshakes,
    pub(super) cache: tokio::sync::Mutex<Option<Cached>>,
    pub(super) turns: Turns,
    pub(super) quota: Quota,
    /// When the controls were looked at, within the last minute.
    pub(super) looks: Mutex<VecDeque<Instant>>,
    pub(super) kept: Kept,
    pub(super) proofs: Proofs,
    /// By which IPv4 is reached, as far as it was found.
    pub(super) translation: Mutex<Option<Prefix>>,
    /// The shortest TCP handshake that was seen from here, in microseconds.
    fastest_us: AtomicU64,
}

impl Prober {
    /// A prober; `fetch` looks up its control hosts.
    pub fn new(settings: Settings, fetch: DohFetch) -> Self {
        Self {
            settings,
            fetch,
            tls: Handshakes::default(),
            cache: tokio::sync::Mutex::default(),
            began: Instant::now(),
            reached: Mutex::default(),
            turns: Turns::default(),
            quota: Quota::default(),
            looks: Mutex::default(),
            kept: Kept::default(),
            proofs: Proofs::default(),
            translation: Mutex::default(),
            fastest_us: AtomicU64::new(u64::MAX),
        }
    }

    /// Who and where it is.
    pub fn vantage(&self) -> &Vantage {
        &self.settings.vantage
    }

    pub(super) fn is_sender(&self) -> bool {
        self.settings.vantage.role == Role::Sender
    }

    pub(super) fn connects_directly(&self) -> bool {
        matches!(self.settings.addresses, AddressMap::Direct)
    }

    /// Takes `count` connections to `address`, where they are limited; false when there are none left for a minute.
    pub(super) fn may_connect(&self, address: IpAddr, count: usize) -> bool {
        self.settings.limits.is_none_or(|limits| self.quota.take(address, count, limits))
    }

    /// Takes one connection for an attempt, which comes before all that is extra; false when there are none left for a
    /// minute, where they are limited.
    pub(super) fn may_attempt(&self, address: IpAddr) -> bool {
        match self.settings.limits {
            Some(limits) => self.quota.take(address, 1, limits),
            None => {
                self.quota.count(address);
                true
            }
        }
    }

    /// Takes `count` connections beside an attempt, where room is left for `awaited` attempts in the same network. This
    /// holds for the sending server, too: what it does not need it does not do to a stranger.
    pub(super) fn may_connect_beside(&self, address: IpAddr, count: usize, awaited: usize) -> bool {
        let limits = self.settings.limits.unwrap_or_default();
        self.quota.take_leaving(address, count, awaited, limits)
    }

    pub(super) fn note_round_trip(&self, took: Duration) {
        let micros = took.as_micros().try_into().unwrap_or(u64::MAX);
        self.fastest_us.fetch_min(micros, Relaxed);
    }

    /// The shortest TCP handshake that was seen from here; zero where none was.
    pub(super) fn round_trip(&self) -> Duration {
        match self.fastest_us.load(Relaxed) {
            u64::MAX => Duration::ZERO,
            micros => Duration::from_micros(micros),
        }
    }
}
