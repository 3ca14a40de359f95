//! A fleet whose answers are shared (request coalescing): the same question within a minute is asked once, however many
//! ask it.

use super::limits::{Limits, NotGranted};
use crate::fleet::Fleet;
use noanswer_core::check;
use noanswer_core::evidence::{Attempt, Evidence, Outcome, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::mx::Target;
use noanswer_core::operator::operator_of;
use noanswer_core::ports::{Patience, Probe, ProbeDecorator, ProbeRequest, ProbeResult};
use noanswer_site::fleet::rate_limited;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// How long an answer is shared.
const TTL: Duration = Duration::from_secs(60);

/// An answer, and until when it holds.
type Kept = (Instant, Answer);

/// What a vantage answered, and for which domain it was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Answer {
    domain: String,
    rows: ProbeResult,
}

/// An answer under way or there, and since when it is asked for.
type Entry = (Instant, Arc<OnceCell<Kept>>);

/// One question, as far as the answer depends on it: on the addresses and not on the domain, so that a host that serves
/// many domains is asked once for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct Question {
    vantage: String,
    /// Named where it matters: what was not looked at for one domain may be for another.
    domain: Option<String>,
    round: u8,
    patient: bool,
    /// Each address, and the operator by whose name it is asked: what a host says to one it need not say to another's.
    targets: BTreeSet<(IpAddr, String)>,
}

impl Question {
    fn new(vantage: &Vantage, request: &ProbeRequest, domain: Option<&str>) -> Self {
        let target = |one: &Target| (one.address, operator_of(&one.exchange).to_owned());
        Self {
            vantage: vantage.id.clone(),
            domain: domain.map(str::to_owned),
            round: request.round,
            patient: request.patience == Patience::Patient,
            targets: request.targets.iter().map(target).collect(),
        }
    }

    /// A name of the question that no other has.
    fn name(&self) -> String {
        let digest = Sha256::digest(serde_json::to_vec(self).expect("plain data"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
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
    async fn shared(&self, question: Question, vantage: &Vantage, request: &ProbeRequest) -> Answer {
        let ask = || async {
            let answer =
                async { Answer { domain: request.domain.clone(), rows: self.ask(vantage, request).await } };
            let asked = self.among_instances(&question.name(), answer).await;
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

impl Answer {
    /// Whether it can be told of another domain's: everything was looked at.
    fn is_whole(&self) -> bool {
        let looked = |row: &Evidence| row.attempts.iter().all(|one| one.outcome != Outcome::NotTried);
        self.rows.as_ref().is_ok_and(|rows| rows.iter().all(looked))
    }

    /// Its rows, under the names and in the order in which `request` has the addresses.
    fn told(self, request: &ProbeRequest) -> ProbeResult {
        let mut rows = self.rows?;
        if self.domain != request.domain {
            for row in &mut rows {
                let of = |target: &Target| {
                    let seen = row.attempts.iter().find(|one| one.address == target.address)?;
                    Some(Attempt { exchange: target.exchange.clone(), ..seen.clone() })
                };
                row.attempts = request.targets.iter().filter_map(of).collect();
            }
        }
        Ok(rows)
    }
}

impl ProbeDecorator for Shared {
    type Behind = Fleet;

    fn behind(&self) -> &Fleet {
        &self.fleet
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        let answer = self.shared(Question::new(vantage, request, None), vantage, request).await;
        if answer.domain == request.domain || answer.is_whole() {
            return answer.told(request);
        }
        // Another domain's limits, or proof that was not had for it, are not this one's.
        let own = Question::new(vantage, request, Some(&request.domain));
        self.shared(own, vantage, request).await.told(request)
    }

    async fn controls(&self, vantage: &Vantage) -> ProbeResult {
        let (rows, _) = self.sights().await;
        Ok(rows.iter().filter(|row| row.vantage == vantage.id).cloned().collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{Grade, NetworkKind, Role};

    fn vantage() -> Vantage {
        Vantage {
            id: "one".to_owned(),
            place: String::new(),
            role: Role::Region,
            network: "one".to_owned(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        }
    }

    fn request(domain: &str, targets: &[(&str, &str)]) -> ProbeRequest {
        let target = |(exchange, address): &(&str, &str)| Target {
            preference: 10,
            exchange: (*exchange).to_owned(),
            address: address.parse().expect("an address"),
        };
        let targets = targets.iter().map(target).collect();
        ProbeRequest::first(domain, targets, Patience::Quick, 1_000)
    }

    #[test]
    fn a_host_of_many_domains_is_one_question_and_each_domain_hears_its_own_names() {
        let one =
            request("a.example", &[("a.mx.big.example", "192.0.2.1"), ("a.mx.big.example", "192.0.2.2")]);
        let other =
            request("b.example", &[("b.mx.big.example", "192.0.2.2"), ("b.mx.big.example", "192.0.2.1")]);
        assert_eq!(Question::new(&vantage(), &one, None), Question::new(&vantage(), &other, None));
        let elsewhere =
            request("a.example", &[("a.mx.other.example", "192.0.2.1"), ("a.mx.other.example", "192.0.2.2")]);
        assert_ne!(Question::new(&vantage(), &one, None), Question::new(&vantage(), &elsewhere, None));

        let attempt = |target: &Target| Attempt {
            outcome: Outcome::Completed,
            ..Attempt::untried(&target.exchange, target.address, 25, 1)
        };
        let rows = vec![Evidence::new(&vantage(), Vec::new(), one.targets.iter().map(attempt).collect())];
        let answer = Answer { domain: one.domain.clone(), rows: Ok(rows) };
        assert!(answer.is_whole());
        let told = answer.clone().told(&other).expect("rows");
        let seen: Vec<(&str, String)> =
            told[0].attempts.iter().map(|one| (one.exchange.as_str(), one.address.to_string())).collect();
        assert_eq!(
            seen,
            [("b.mx.big.example", "192.0.2.2".to_owned()), ("b.mx.big.example", "192.0.2.1".to_owned())]
        );
        // What was not tried for one domain says nothing of another's.
        let mut rows = answer.rows.expect("rows");
        rows[0].attempts[1].outcome = Outcome::NotTried;
        assert!(!Answer { domain: one.domain, rows: Ok(rows) }.is_whole());
    }
}
