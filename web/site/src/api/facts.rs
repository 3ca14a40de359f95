//! What a request turned out to be about, for the log and the metrics: the domain and not the mail address, no text, no
//! client.

use super::quota::{Limit, Taken};
use noanswer_core::check::Event;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role, Sight};
use noanswer_core::verdict::Status;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a request was about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The domain that it was about.
    pub domain: Option<DomainName>,
    /// How many checks it was: more than one in a batch alone.
    pub checks: u64,
    /// How many probes it was, here as a vantage: 0 or 1.
    pub probes: u64,
    /// How many vantages a check asked.
    pub vantages: Option<usize>,
    /// How many of them were blind.
    pub blind: usize,
    /// How many of the operator's vantages see, where a check asked any.
    pub seeing: Option<usize>,
    /// Which limit the client wanted one of, and what it was given.
    pub(crate) wanted: Option<(Limit, Option<Taken>)>,
    /// The verdict.
    pub verdict: Option<Status>,
    /// What each vantage sees, by its id.
    pub sights: Vec<(String, Sight)>,
}

/// The facts of one request, which its handler and its stream of events add to.
#[derive(Clone, Debug, Default)]
pub struct FactsHandle(Arc<Mutex<Facts>>);

impl FactsHandle {
    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The facts so far.
    pub fn so_far(&self) -> Facts {
        self.lock().clone()
    }

    /// A check of `domain` begins.
    pub fn check(&self, domain: &DomainName) {
        let mut facts = self.lock();
        facts.domain = Some(domain.clone());
        facts.checks = 1;
    }

    /// A check of one of many domains begins.
    pub(crate) fn one_of_many(&self) {
        self.lock().checks += 1;
    }

    /// A lookup of `domain` begins.
    pub(crate) fn lookup(&self, domain: &DomainName) {
        self.lock().domain = Some(domain.clone());
    }

    /// The client wants one of `limit`, and was given it or not.
    pub(crate) fn wanted(&self, limit: Limit, taken: Option<Taken>) {
        self.lock().wanted = Some((limit, taken));
    }

    /// A check goes on.
    pub fn event(&self, event: &Event) {
        if let Event::Report(report) = event {
            let mut facts = self.lock();
            facts.vantages = Some(report.evidence.len());
            facts.blind = report.evidence.iter().filter(|one| one.sight == Sight::Blind).count();
            // What the sending server brought says nothing of them.
            let asked: Vec<&Evidence> =
                report.evidence.iter().filter(|one| one.role != Role::Sender).collect();
            let seeing =
                asked.iter().filter(|one| matches!(one.sight, Sight::Clear | Sight::Partial)).count();
            facts.seeing = (!asked.is_empty()).then_some(seeing);
            facts.verdict = Some(report.verdict.status);
            facts.sights = report.evidence.iter().map(|one| (one.vantage.clone(), one.sight)).collect();
        }
    }

    /// A probe of what is called `domain` is over.
    pub(crate) fn probe(&self, domain: &str, evidence: &Evidence) {
        let mut facts = self.lock();
        facts.domain = domain.parse().ok();
        facts.probes = 1;
        facts.blind = usize::from(evidence.sight == Sight::Blind);
    }
}
