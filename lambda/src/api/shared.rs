//! A fleet whose answers are shared: the same question within a minute is asked once, however many ask it.

use super::limits::{Quotas, TARGET_A_MINUTE, target_network};
use crate::fleet::Fleet;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::ports::{Patience, Probe, ProbeRequest};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// How long an answer is shared.
const TTL: Duration = Duration::from_secs(60);

type Answer = Result<Evidence, VantageFailure>;

/// An answer under way or there, and since when.
type Entry = (Instant, Arc<OnceCell<Answer>>);

/// One question, as far as the answer depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    vantage: String,
    domain: String,
    round: u8,
    patient: bool,
    targets: Vec<noanswer_core::mx::Target>,
}

/// A fleet whose answers are shared.
#[derive(Debug)]
pub(super) struct Shared {
    fleet: Fleet,
    answers: Mutex<HashMap<Question, Entry>>,
    targets: Quotas<(String, IpAddr)>,
    sights: tokio::sync::Mutex<Option<(Instant, Arc<Vec<Evidence>>)>>,
}

impl Shared {
    pub(super) fn new(fleet: Fleet) -> Self {
        Self {
            fleet,
            answers: Mutex::default(),
            targets: Quotas::a_minute(TARGET_A_MINUTE),
            sights: tokio::sync::Mutex::default(),
        }
    }

    /// What each vantage sees of its controls, at most [`TTL`] old. Whoever comes first asks, the others wait for it.
    pub(super) async fn sights(&self) -> Arc<Vec<Evidence>> {
        let mut known = self.sights.lock().await;
        if let Some((at, sights)) = known.as_ref()
            && at.elapsed() < TTL
        {
            return sights.clone();
        }
        let sights = Arc::new(self.fleet.sights().await);
        *known = Some((Instant::now(), sights.clone()));
        sights
    }

    fn cell(&self, question: Question) -> Arc<OnceCell<Answer>> {
        let mut answers = lock(&self.answers);
        answers.retain(|_, (at, _)| at.elapsed() < TTL);
        answers.entry(question).or_insert_with(|| (Instant::now(), Arc::default())).1.clone()
    }

    async fn ask(&self, vantage: &Vantage, request: &ProbeRequest) -> Answer {
        let networks: BTreeSet<IpAddr> =
            request.targets.iter().map(|target| target_network(target.address)).collect();
        for network in networks {
            if self.targets.take(&(vantage.id.clone(), network)).is_err() {
                let words = "this server has asked that network often enough for a minute".to_owned();
                return Err(VantageFailure { kind: VantageFailureKind::Throttled, words });
            }
        }
        self.fleet.probe(vantage, request).await
    }
}

impl Probe for Shared {
    fn vantages(&self) -> &[Vantage] {
        self.fleet.vantages()
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> Answer {
        let cell = self.cell(Question {
            vantage: vantage.id.clone(),
            domain: request.domain.clone(),
            round: request.round,
            patient: request.patience == Patience::Patient,
            targets: request.targets.clone(),
        });
        // Whoever comes first asks; the others wait for the same answer. If the first goes away, the next one asks.
        cell.get_or_init(|| self.ask(vantage, request)).await.clone()
    }

    async fn pause(&self, ms: u64) {
        self.fleet.pause(ms).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
