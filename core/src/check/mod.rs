//! The whole flow, once, generic over the two ports: plan, probe, judge, report.

mod lookup;
#[cfg(test)]
mod tests;

pub use lookup::{QueryEvent, QueryState, addresses, plan};

use crate::address::AddressPolicy;
use crate::dns::DomainName;
use crate::evidence::{Evidence, Role, Vantage};
use crate::mx::{MxPlan, Target};
use crate::ports::{Fetch, Patience, Probe, ProbeRequest, ProbeResult};
use crate::report::{Asked, Basis, Report, SCHEMA, SenderSummary};
use crate::symptom::{LogControls, Symptom};
use crate::timestamp::Timestamp;
use crate::verdict::{Case, Fault, Verdict, judge};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;

/// How long the quick pass of a probe may take, in milliseconds: with the lookup before it, the first verdict stands
/// within 12 s.
pub const QUICK_MS: u64 = 11_000;

/// How long the patient pass may take: connect 10 s, a greeting of up to 60 s, and the rest of the session.
pub const PATIENT_MS: u64 = 75_000;

/// The pause between two rounds: long enough for a burst of loss or load to pass.
pub const SPACING_MS: u64 = 30_000;

/// How long one pass of a probe may take, in milliseconds.
pub const fn pass_ms(patience: Patience) -> u64 {
    match patience {
        Patience::Quick => QUICK_MS,
        Patience::Patient => PATIENT_MS,
    }
}

/// How long a whole check may take, in milliseconds: a patient one looks twice.
pub const fn whole_ms(patience: Patience) -> u64 {
    match patience {
        Patience::Quick => QUICK_MS,
        Patience::Patient => QUICK_MS + SPACING_MS + PATIENT_MS,
    }
}

/// What is asked of a check.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// The domain that mail is for.
    pub domain: DomainName,
    /// When.
    pub at: Timestamp,
    /// What the user's text says.
    pub symptoms: Vec<Symptom>,
    /// What the user's log says of other destinations.
    pub log: Option<LogControls>,
    /// Evidence that was taken elsewhere: the sending server's own, when it calls the API.
    pub evidence: Vec<Evidence>,
    /// The DoH servers: the first is asked, the second is its stand-in and gives a second opinion.
    pub resolvers: Vec<String>,
    /// Which addresses may be connected to.
    pub policy: AddressPolicy,
    /// Whether to wait out slow greetings and look twice.
    pub patience: Patience,
    /// How long the check may take, in milliseconds.
    pub deadline_ms: u64,
}

/// What happens in a check, as it happens.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Where the domain's mail goes.
    Plan(MxPlan),
    /// What one vantage saw; again after a further round.
    Evidence(Box<Evidence>),
    /// What follows so far; again after a further round.
    Verdict(Verdict),
    /// The whole, at the end.
    Report(Box<Report>),
}

impl Event {
    /// The event's name in a stream: `plan`, `evidence`, `verdict`, `report`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Evidence(_) => "evidence",
            Self::Verdict(_) => "verdict",
            Self::Report(_) => "report",
        }
    }
}

/// Checks a domain. A vantage that cannot be asked costs its own row, never the check.
pub async fn run<F: Fetch, P: Probe>(
    request: CheckRequest,
    fetch: &F,
    probe: &P,
    mut on_event: impl FnMut(Event),
) -> Report {
    let plan = plan(&request.domain, &request.resolvers, &request.policy, fetch, |_| {}).await;
    on_event(Event::Plan(plan.clone()));
    let mut evidence = request.evidence.clone();
    // Where each row stands in the list of vantages; what the client brought stands before them all.
    let mut ranks = vec![0; evidence.len()];
    for one in &mut evidence {
        keep_to_plan(one, &plan);
        on_event(Event::Evidence(Box::new(one.clone())));
    }
    let targets = plan.targets();
    let mut round =
        Round { number: 1, patience: Patience::Quick, deadline_ms: QUICK_MS.min(request.deadline_ms) };
    look(&request, &plan, targets.clone(), round, probe, (&mut evidence, &mut ranks), &mut on_event).await;
    let mut verdict = judge(&case(&request, &plan, &evidence, Patience::Quick));
    on_event(Event::Verdict(verdict.clone()));
    let worth_it = !verdict.patience_could_show.is_empty() || one_is_answered_otherwise(&verdict);
    if request.patience == Patience::Patient && worth_it {
        let left_ms = request.deadline_ms.saturating_sub(QUICK_MS);
        round = Round { number: 2, patience: Patience::Patient, deadline_ms: PATIENT_MS.min(left_ms) };
        probe.pause(SPACING_MS.min(left_ms - round.deadline_ms)).await;
        let again = |target: &Target| failed_somewhere(target, &evidence) || differs(target, &evidence);
        let again = targets.into_iter().filter(again).collect();
        look(&request, &plan, again, round, probe, (&mut evidence, &mut ranks), &mut on_event).await;
        verdict = judge(&case(&request, &plan, &evidence, Patience::Patient));
        on_event(Event::Verdict(verdict.clone()));
    } else if request.patience == Patience::Patient {
        verdict = judge(&case(&request, &plan, &evidence, Patience::Patient));
    }
    let asked = Asked { domain: request.domain.to_string(), at: request.at };
    let basis = Basis { patience: request.patience, log: request.log, as_of: request.at };
    let sender = SenderSummary::of(&evidence, &plan);
    let report = Report {
        schema: SCHEMA,
        asked,
        symptoms: request.symptoms,
        plan,
        evidence,
        basis: Some(basis),
        sender,
        verdict,
    };
    on_event(Event::Report(Box::new(report.clone())));
    report
}

#[derive(Clone, Copy)]
struct Round {
    number: u8,
    patience: Patience,
    deadline_ms: u64,
}

fn case<'a>(
    request: &'a CheckRequest,
    plan: &'a MxPlan,
    evidence: &'a [Evidence],
    patience: Patience,
) -> Case<'a> {
    Case {
        domain: request.domain.as_str(),
        symptoms: &request.symptoms,
        log: request.log.as_ref(),
        plan,
        evidence,
        patience,
        as_of: Some(request.at),
    }
}

/// Has every vantage look at `targets`, all at once, and adds what they saw to `evidence` as it comes.
async fn look<P: Probe>(
    request: &CheckRequest,
    plan: &MxPlan,
    targets: Vec<Target>,
    round: Round,
    probe: &P,
    (evidence, ranks): (&mut Vec<Evidence>, &mut Vec<usize>),
    on_event: &mut impl FnMut(Event),
) {
    // With nothing to try, the sending server's own road and resolver can still be looked at.
    let nothing = targets.is_empty();
    let asked = ProbeRequest {
        domain: request.domain.to_string(),
        targets,
        round: round.number,
        patience: round.patience,
        deadline_ms: round.deadline_ms,
    };
    let vantages = probe.vantages().iter().zip(1..);
    let mut under_way: FuturesUnordered<_> = vantages
        .filter(|(vantage, _)| !nothing || vantage.role == Role::Sender)
        .map(|(vantage, rank)| {
            let asked = &asked;
            async move { (vantage, rank, probe.probe(vantage, asked).await) }
        })
        .collect();
    while let Some((vantage, rank, answer)) = under_way.next().await {
        for mut seen in rows(vantage, answer) {
            keep_to_plan(&mut seen, plan);
            let at = match evidence.iter().position(|one| one.vantage == seen.vantage) {
                Some(at) => {
                    evidence[at].add_round(seen);
                    at
                }
                None => {
                    let at = ranks.partition_point(|one| *one <= rank);
                    ranks.insert(at, rank);
                    evidence.insert(at, seen);
                    at
                }
            };
            on_event(Event::Evidence(Box::new(evidence[at].clone())));
        }
    }
}

/// The rows of `vantage`: what it answered, or why it could not be asked.
fn rows(vantage: &Vantage, answer: ProbeResult) -> Vec<Evidence> {
    answer.unwrap_or_else(|failure| vec![Evidence::unasked(vantage, failure)])
}

/// What each vantage sees of its controls now, all asked at once, in the order of the vantages.
pub async fn controls<P: Probe>(probe: &P) -> Vec<Evidence> {
    let asked = probe.vantages().iter().map(|vantage| async { rows(vantage, probe.controls(vantage).await) });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Drops what was not asked for, and derives the sight from the controls.
fn keep_to_plan(seen: &mut Evidence, plan: &MxPlan) {
    let targets = plan.targets();
    seen.attempts.retain(|attempt| {
        attempt.port == 25
            && targets
                .iter()
                .any(|target| target.address == attempt.address && target.exchange == attempt.exchange)
    });
    seen.derive_sight();
}

fn failed_somewhere(target: &Target, evidence: &[Evidence]) -> bool {
    let tries = |one: &Evidence| {
        one.attempts.iter().any(|attempt| {
            attempt.address == target.address && attempt.exchange == target.exchange && !attempt.went_well()
        })
    };
    evidence.iter().any(tries)
}

/// Whether the verdict rests on somebody being answered in other words than everybody else: a further round, in which
/// vantages look at who answers, tells where.
fn one_is_answered_otherwise(verdict: &Verdict) -> bool {
    verdict.faults.iter().any(|named| named.fault == Fault::OutboundPort25Intercepted)
}

/// Whether an address showed certificates of different issuers.
fn differs(target: &Target, evidence: &[Evidence]) -> bool {
    let attempts = evidence.iter().flat_map(|one| &one.attempts);
    let here =
        attempts.filter(|attempt| attempt.address == target.address && attempt.exchange == target.exchange);
    let mut issuers: Vec<&str> =
        here.filter_map(|attempt| attempt.tls.as_ref()).map(|tls| tls.issuer.as_str()).collect();
    issuers.sort_unstable();
    issuers.dedup();
    issuers.len() > 1
}
