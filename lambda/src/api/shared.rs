//! A fleet whose answers are shared (request coalescing): the same question within a minute is asked once, however many
//! ask it.

use super::limits::{Limits, NotGranted};
use crate::fleet::Fleet;
use futures_util::FutureExt;
use noanswer_core::check;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::ports::{Probe, ProbeDecorator, ProbeRequest, ProbeResult};
use noanswer_site::fleet::{Answer, Question, rate_limited, shared};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// How long an answer is shared.
const TTL: Duration = Duration::from_secs(60);

/// An answer, and until when it holds.
type Kept = (Instant, Answer);

/// An answer under way or there, and since when it is asked for.
type Entry = (Instant, Arc<OnceCell<Kept>>);

/// A name of `question` that no other has.
fn name(question: &Question) -> String {
    let digest = Sha256::digest(serde_json::to_vec(question).expect("plain data"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fleet whose answers are shared.
#[derive(Debug)]
pub struct Shared {
    fleet: Fleet,
    answers: Mutex<HashMap<Question, Entry>>,
    limits: Arc<Limits>,
    sights: tokio::sync::Mutex<Option<(Instant, Arc<Vec<Evidence>>)>>,
}

impl Shared {
    pub(super) fn new(fleet: Fleet, limits: Arc<Limits>) -> Self {
        Self { fleet, answers: Mutex::default(), limits, sights: tokio::sync::Mutex::default() }
    }

    /// What each vantage sees of its controls, and how old that is: at most [`TTL`]. Whoever comes first asks, the others wait for it.
    pub(super) async fn sights(&self) -> (Arc<Vec<Evidence>>, Duration) {
        let mut known = self.sights.lock().await;
        if let Some((until, sights)) = known.as_ref()
            && Instant::now() < *until
        {
            return (sights.clone(), TTL.saturating_sub(until.duration_since(Instant::now())));
        }
        let (until, sights) = match self.among_instances("sights", check::controls(&self.fleet)).await {
            Ok(shared) => shared,
            Err(failure) => {
                let vantages = self.fleet.vantages().iter();
                (Instant::now(), vantages.map(|one| Evidence::unasked(one, failure.clone())).collect())
            }
        };
        let sights = Arc::new(sights);
        *known = Some((until, sights.clone()));
        (sights, TTL.saturating_sub(until.saturating_duration_since(Instant::now())))
    }

    fn cell(&self, question: &Question) -> Arc<OnceCell<Kept>> {
        let mut answers = lock(&self.answers);
        answers.retain(|_, (since, cell)| match cell.get() {
            Some((until, _)) => Instant::now() < *until,
            None => since.elapsed() < TTL,
        });
        answers.entry(question.clone()).or_insert_with(|| (Instant::now(), Arc::default())).1.clone()
    }

    /// What `ask` brings, or brought to another instance within the last minute; and until when it holds.
    async fn among_instances<T: Serialize + DeserializeOwned>(
        &self,
        question: &str,
        ask: impl Future<Output = T>,
    ) -> Result<(Instant, T), VantageFailure> {
        let since = Instant::now();
        let Some(store) = self.limits.store() else { return Ok((since + TTL, ask.await)) };
        let mut ask = pin!(ask);
        match store.share(question, TTL.as_secs().cast_signed(), ask.as_mut()).await {
            Ok(shared) => {
                let holds = Duration::from_secs(u64::try_from(shared.holds).unwrap_or_default());
                Ok((Instant::now() + holds, shared.answer))
            }
            Err(error) => {
                crate::log::complain("answers are not shared", &error);
                if self.limits.or_refuse() { Err(uncounted()) } else { Ok((since + TTL, ask.await)) }
            }
        }
    }

    /// Request coalescing, or single flight: whoever comes first asks; the others wait for the same answer. If the first goes away, the next one asks.
    async fn answer(&self, question: Question, vantage: &Vantage, request: &ProbeRequest) -> Answer {
        let ask = || async {
            let answer =
                async { Answer { domain: request.domain.clone(), rows: self.ask(vantage, request).await } };
            let asked = self.among_instances(&name(&question), answer).await;
            asked.unwrap_or_else(|failure| {
                (Instant::now(), Answer { domain: request.domain.clone(), rows: Err(failure) })
            })
        };
        let answer = self.cell(&question).get_or_init(ask).await.1.clone();
        self.fleet.note(vantage, &answer.rows);
        answer
    }

    async fn ask(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        for network in request.networks() {
            match self.limits.target(&vantage.id, network).await {
                Ok(()) => {}
                Err(NotGranted::After(_)) => return Err(rate_limited()),
                Err(NotGranted::Uncounted) => return Err(uncounted()),
            }
        }
        self.fleet.probe(vantage, request).await
    }
}

/// Nobody is probed while nobody counts how often.
fn uncounted() -> VantageFailure {
    let words = "the store of this API's limits does not answer: nothing was asked".to_owned();
    VantageFailure { kind: VantageFailureKind::Refused, words }
}

impl ProbeDecorator for Shared {
    type Behind = Fleet;

    fn behind(&self) -> &Fleet {
        &self.fleet
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        // In a box: the compiler looks through no more layers of futures than it must.
        shared(vantage, request, |question| self.answer(question, vantage, request).boxed()).await
    }

    async fn controls(&self, vantage: &Vantage) -> ProbeResult {
        let (rows, _) = self.sights().await;
        Ok(rows.iter().filter(|row| row.vantage == vantage.id).cloned().collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
