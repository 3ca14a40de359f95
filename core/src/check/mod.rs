//! The whole flow, once, generic over the two ports: plan, probe, judge, report.

mod again;
mod lookup;
mod origin;
#[cfg(test)]
mod tests;

pub use again::again;
pub use lookup::{QueryEvent, QueryState, addresses, plan};
pub use origin::{network, origin};

use crate::address::AddressPolicy;
use crate::dns::DomainName;
use crate::evidence::{Attempt, Evidence, Role, Sight, Vantage, VantageFailure, VantageFailureKind};
use crate::mx::{MxPlan, Target};
use crate::ports::{Fetch, Patience, Probe, ProbeRequest, ProbeResult};
use crate::report::{Asked, Basis, Report, SCHEMA, SenderSummary};
use crate::smtp;
use crate::symptom::{LogControls, Symptom};
use crate::timestamp::Timestamp;
use crate::verdict::{Case, Fault, Status, Verdict, judge, judge_for};
use futures_util::future::{Fuse, FutureExt, join, join_all};
use futures_util::select_biased;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use std::pin::pin;

/// How long the quick pass of a probe may take, in milliseconds: with the lookup before it, the first verdict stands
/// within 12 s.
pub const QUICK_MS: u64 = 11_000;

/// When the first verdict stands at the latest, in milliseconds from the beginning, lookups included.
const FIRST_VERDICT_MS: u64 = 12_000;

/// What is kept of it for the way to a vantage and back, and for the judgement.
const MARGIN_MS: u64 = 500;

/// When a verdict is told from what has been seen so far, in milliseconds from the beginning.
const SO_FAR_MS: u64 = 4_000;

/// How long the patient pass may take: connect 10 s, a greeting of up to 60 s, and the rest of the session.
pub const PATIENT_MS: u64 = 75_000;

/// How long vantages that take minutes may take after a patient check's verdict, in milliseconds.
pub const LATE_MS: u64 = 240_000;

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
    let began_ms = probe.clock_ms();
    let brought = request.evidence.iter().filter(|one| one.role == Role::Sender);
    let brought = brought.filter_map(|one| one.network_seen.as_ref()).map(|network| network.asn).next();
    let asn = async {
        match brought {
            Some(asn) => Some(asn),
            None => probe.sender_asn().await,
        }
    };
    let planned = plan(&request.domain, &request.resolvers, &request.policy, fetch, |_| {});
    let (plan, sender_asn) = join(planned, asn).await;
    on_event(Event::Plan(plan.clone()));
    let mut evidence = request.evidence.clone();
    // Where each row stands in the list of vantages; what the client brought stands before them all.
    let mut ranks = vec![0; evidence.len()];
    for one in &mut evidence {
        keep_to_plan(one, &plan);
        on_event(Event::Evidence(Box::new(one.clone())));
    }
    let targets = plan.targets();
    // What the lookups took is not there for the vantages.
    let first_ms = FIRST_VERDICT_MS.min(request.deadline_ms.saturating_add(MARGIN_MS));
    let clock = Clock { probe, ends_ms: began_ms.map(|began| began + first_ms - MARGIN_MS) };
    let quick_ms = QUICK_MS.min(request.deadline_ms);
    let round = Round {
        number: 1,
        sender_asn,
        patience: Patience::Quick,
        deadline_ms: clock.left_ms().map_or(quick_ms, |left| left.min(quick_ms)),
    };
    look(
        &request,
        &plan,
        targets.clone(),
        round,
        Some(&clock),
        probe,
        (&mut evidence, &mut ranks),
        &mut on_event,
    )
    .await;
    let (mut verdict, mut served) = judge_for(&case(&request, &plan, &evidence, Patience::Quick), None);
    on_event(Event::Verdict(verdict.clone()));
    let worth_it = !verdict.patience_could_show.is_empty() || one_is_answered_otherwise(&verdict);
    let left_ms = request.deadline_ms.saturating_sub(QUICK_MS);
    // A second look that may take no longer than the first would show nothing else, and it would not be patience.
    let has_time = left_ms > QUICK_MS;
    let mut patience = if has_time || !worth_it { request.patience } else { Patience::Quick };
    if patience == Patience::Patient && worth_it {
        let number = next_round(&evidence);
        let deadline_ms = PATIENT_MS.min(left_ms);
        let round = Round { number, sender_asn, patience, deadline_ms };
        probe.pause(SPACING_MS.min(left_ms - round.deadline_ms)).await;
        let again = |target: &Target| failed_somewhere(target, &evidence) || differs(target, &evidence);
        let again = targets.into_iter().filter(again).collect();
        look(&request, &plan, again, round, None, probe, (&mut evidence, &mut ranks), &mut on_event).await;
        (verdict, served) = judge_for(&case(&request, &plan, &evidence, patience), None);
        on_event(Event::Verdict(verdict.clone()));
    } else if patience == Patience::Patient {
        (verdict, served) = judge_for(&case(&request, &plan, &evidence, patience), None);
    }
    let left_open = matches!(verdict.status, Status::Ambiguous | Status::Undetermined);
    let deadline_ms = late_ms(&request, began_ms, probe);
    if left_open && deadline_ms > 0 {
        let number = next_round(&evidence);
        let round = Round { number, sender_asn, patience: Patience::Patient, deadline_ms };
        if late(&request, &plan, round, probe, &mut evidence, &mut on_event).await {
            patience = Patience::Patient;
            (verdict, served) = judge_for(&case(&request, &plan, &evidence, patience), None);
            on_event(Event::Verdict(verdict.clone()));
        }
    }
    let asked = Asked { domain: request.domain.to_string(), at: request.at };
    let sender = SenderSummary::of(&case(&request, &plan, &evidence, patience), served);
    let basis = Basis { patience, log: request.log, as_of: request.at };
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

fn next_round(evidence: &[Evidence]) -> u8 {
    1 + evidence.iter().flat_map(|one| &one.attempts).map(|one| one.round).max().unwrap_or(1)
}

/// How long vantages that take minutes may be waited for: what is left of a deadline that somebody has set. The usual one
/// does not count them in.
fn late_ms<P: Probe>(request: &CheckRequest, began_ms: Option<u64>, probe: &P) -> u64 {
    if request.patience != Patience::Patient {
        return 0;
    }
    if request.deadline_ms == whole_ms(request.patience) {
        return LATE_MS;
    }
    let took_ms = probe.clock_ms().zip(began_ms).map(|(now, began)| now.saturating_sub(began));
    took_ms.map_or(0, |took| request.deadline_ms.saturating_sub(took)).min(LATE_MS)
}

/// Asks the vantages that take minutes, and adds what they saw to `evidence`: whether there were any.
async fn late<P: Probe>(
    request: &CheckRequest,
    plan: &MxPlan,
    round: Round,
    probe: &P,
    evidence: &mut Vec<Evidence>,
    on_event: &mut impl FnMut(Event),
) -> bool {
    let asked = ProbeRequest {
        domain: request.domain.to_string(),
        targets: plan.targets(),
        round: round.number,
        patience: round.patience,
        deadline_ms: round.deadline_ms,
        sender_asn: round.sender_asn,
        trace: None,
    };
    let late = probe.vantages().iter().filter(|vantage| probe.is_late(vantage) && !asked.targets.is_empty());
    let answers =
        join_all(late.map(|vantage| async { rows(vantage, probe.probe(vantage, &asked).await) })).await;
    let mut any = false;
    for mut seen in answers.into_iter().flatten() {
        keep_to_plan(&mut seen, plan);
        evidence.push(seen.clone());
        on_event(Event::Evidence(Box::new(seen)));
        any = true;
    }
    any
}

#[derive(Clone, Copy)]
struct Round {
    number: u8,
    sender_asn: Option<u32>,
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

/// How much of a first verdict's time is left.
struct Clock<'a, P> {
    probe: &'a P,
    /// When it ends, by the probe's clock; `None` where there is none.
    ends_ms: Option<u64>,
}

impl<P: Probe> Clock<'_, P> {
    fn left_ms(&self) -> Option<u64> {
        Some(self.ends_ms?.saturating_sub(self.probe.clock_ms()?))
    }
}

/// Has every vantage look at `targets`, all at once, and adds what they saw to `evidence` as it comes. With a clock (the
/// quick pass) it asks again in the time that is left, and tells what follows so far.
#[expect(clippy::too_many_arguments, reason = "the state of one check, taken apart for the borrow checker")]
async fn look<P: Probe>(
    request: &CheckRequest,
    plan: &MxPlan,
    targets: Vec<Target>,
    round: Round,
    quick: Option<&Clock<'_, P>>,
    probe: &P,
    (evidence, ranks): (&mut Vec<Evidence>, &mut Vec<usize>),
    on_event: &mut impl FnMut(Event),
) {
    let asked = |targets: Vec<Target>, number: u8, deadline_ms: u64| ProbeRequest {
        domain: request.domain.to_string(),
        targets,
        round: number,
        patience: round.patience,
        deadline_ms,
        sender_asn: round.sender_asn,
        trace: None,
    };
    let ask = |vantage, rank: usize, asked: ProbeRequest| async move {
        (vantage, rank, asked.round, probe.probe(vantage, &asked).await)
    };
    // With nothing to try, the sending server's own path and resolver can still be looked at.
    let nothing = targets.is_empty();
    let vantages: Vec<(&Vantage, usize)> = probe
        .vantages()
        .iter()
        .zip(1..)
        .filter(|(vantage, _)| !nothing || vantage.role == Role::Sender)
        .filter(|(vantage, _)| !probe.is_late(vantage))
        .collect();
    let mut under_way: FuturesUnordered<_> = vantages
        .iter()
        .map(|(vantage, rank)| ask(*vantage, *rank, asked(targets.clone(), round.number, round.deadline_ms)))
        .collect();
    let blind: Vec<(usize, Evidence)> = match quick {
        Some(_) => vantages.iter().filter_map(|(one, rank)| Some((*rank, probe.known_blind(one)?))).collect(),
        None => Vec::new(),
    };
    let is_blind = |rank: usize| blind.iter().any(|(one, _)| *one == rank);
    let mut waited_for = vantages.iter().filter(|(_, rank)| !is_blind(*rank)).count();
    // The vantages that have answered once, and have not been asked again.
    let mut idle: Vec<(&Vantage, usize)> = Vec::new();
    let mut so_far = pin!(match quick {
        Some(_) => probe.pause(SO_FAR_MS).fuse(),
        None => Fuse::terminated(),
    });
    loop {
        // What is blind would add nothing, as long as anybody else sees.
        if !blind.is_empty() && waited_for == 0 && evidence.iter().any(sees) {
            break;
        }
        let (vantage, rank, number, answer) = select_biased! {
            answered = under_way.next() => match answered {
                Some(answered) => answered,
                None => break,
            },
            () = so_far => {
                tell_so_far(request, plan, evidence, &vantages, on_event);
                continue;
            }
        };
        waited_for -= usize::from(!is_blind(rank));
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
        let Some(left_ms) = quick.and_then(Clock::left_ms) else { continue };
        if number > round.number || left_ms < again::NEEDED_MS {
            continue;
        }
        idle.push((vantage, rank));
        idle.retain(|(vantage, rank)| {
            let row = evidence.iter().find(|one| one.vantage == vantage.id && one.grade.is_smtp());
            let again = row.map_or_else(Vec::new, |row| again::again(row, evidence, &targets));
            let asks = !again.is_empty();
            if asks {
                under_way.push(ask(*vantage, *rank, asked(again, round.number + 1, left_ms)));
                waited_for += usize::from(!is_blind(*rank));
            }
            !asks
        });
    }
    drop(under_way);
    for (rank, row) in blind {
        if evidence.iter().all(|one| one.vantage != row.vantage) {
            let untried = |target: &Target| Attempt {
                detail: Some("this vantage saw no port 25 a moment ago: it was not waited for".to_owned()),
                ..Attempt::untried(&target.exchange, target.address, smtp::PORT, round.number)
            };
            let row = Evidence { attempts: targets.iter().map(untried).collect(), ..row };
            let at = ranks.partition_point(|one| *one <= rank);
            ranks.insert(at, rank);
            evidence.insert(at, row.clone());
            on_event(Event::Evidence(Box::new(row)));
        }
    }
}

/// Whether anything that the vantage says of a target counts.
fn sees(row: &Evidence) -> bool {
    row.failure.is_none() && matches!(row.sight, Sight::Clear | Sight::Partial)
}

/// Tells what follows so far. Those that have not answered yet stand there as such; nothing is called healthy before all
/// have.
fn tell_so_far(
    request: &CheckRequest,
    plan: &MxPlan,
    evidence: &[Evidence],
    vantages: &[(&Vantage, usize)],
    on_event: &mut impl FnMut(Event),
) {
    let pending = vantages.iter().filter(|(vantage, _)| evidence.iter().all(|one| one.vantage != vantage.id));
    let words = "it has not answered yet".to_owned();
    let failure = VantageFailure { kind: VantageFailureKind::TimedOut, words };
    let pending = pending.map(|(vantage, _)| Evidence::unasked(vantage, failure.clone()));
    let so_far: Vec<Evidence> = evidence.iter().cloned().chain(pending).collect();
    let verdict = judge(&case(request, plan, &so_far, Patience::Quick));
    if !evidence.is_empty() && verdict.status != Status::Healthy {
        on_event(Event::Verdict(verdict));
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

/// Drops what was not asked for, and derives the sight from the controls. A sender may also try the addresses that its
/// own resolver names, as its mail server would.
fn keep_to_plan(seen: &mut Evidence, plan: &MxPlan) {
    let targets = plan.targets();
    let own = seen.resolver.as_ref().and_then(|resolver| resolver.view.clone());
    let own = own.filter(|_| seen.role == Role::Sender);
    seen.attempts.retain(|attempt| {
        let planned =
            |target: &Target| target.address == attempt.address && target.exchange == attempt.exchange;
        let named = || {
            let exchange = own.as_ref().and_then(|view| view.exchange(&attempt.exchange));
            exchange.is_some_and(|exchange| exchange.addresses.contains(&attempt.address))
        };
        attempt.port == smtp::PORT && (targets.iter().any(planned) || named())
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
