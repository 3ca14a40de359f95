//! From a case to a verdict: observe, diagnose each operator's exchanges, give faults and parties their standing.

use super::builder::{Rank, VerdictBuilder, is_of_host};
use super::case::Case;
use super::diagnose::Work;
use super::dispute::disputed;
use super::dns;
use super::fault::{Fault, Party};
use super::model::law::{Cost, Does, Law, Requirement};
use super::model::{self, Instance};
use super::observe::outcome::SPOKE;
use super::observe::text::Beyond;
use super::observe::{Observation, OutcomeClass, Scene, Subject, loss, text};
use super::problem::{self, Problem};
use super::scope::{self, Place, Works};
use super::served;
use super::trace::Trace;
use super::types::{
    DiagnosisSeen, Known, ModeNamed, NamedFault, PartyStanding, RuledOut, Served, Standing, Verdict,
    is_absence,
};
use super::wording;
use crate::address::Family;
use crate::evidence::{Attempt, Outcome, Patience, Sight};
use crate::mx::FindingCode;
use crate::sorted::{Map, Set};

/// Judges a case: names the faults that stand, and says what eliminated the others.
pub fn judge(case: &Case<'_>) -> Verdict {
    judge_for(case, None).0
}

/// Judges a case, and tells how.
pub fn judge_traced(case: &Case<'_>) -> (Verdict, Trace) {
    let mut trace = Trace::default();
    (judge_for(case, Some(&mut trace)).0, trace)
}

/// Judges a case, says whether the sender is served, and tells how into `trace`.
pub(crate) fn judge_for(case: &Case<'_>, trace: Option<&mut Trace>) -> (Verdict, Served) {
    let scene = Scene::of(*case);
    let mut draft = VerdictBuilder::default();
    wording::notes::circles(&scene, &mut |note| draft.note(&note));
    wording::notes::vantages(&scene, &mut |note| draft.note(&note));
    let dns = dns::judge(&scene, &mut draft);
    let tried = dns.reachable || !scene.targets.is_empty();
    let problems = if tried || dns.unknown { problems(&scene, tried) } else { Vec::new() };
    if let Some(trace) = trace {
        trace.problems.extend(dns.trace);
        trace.problems.extend(problems.iter().map(Problem::trace));
        let set_aside = scene.observations.iter().filter(|one| one.discarded.is_some());
        trace.set_aside = set_aside.map(problem::traced).collect();
    }
    let mut standing = Standings::default();
    for problem in &problems {
        place_by_place(&scene, problem, &mut standing, &mut draft);
        rule_out(problem, &mut draft);
    }
    rule_out_hosts(&scene, &problems, &mut draft);
    rule_out_chance(&scene, &mut draft);
    standing.name(&scene, &mut draft);
    let contradicted = contradicted_by_log(&scene, &mut draft);
    if tried {
        unlooked(&scene, &mut draft);
        works(&scene, &mut draft);
        led_away(&scene, &mut draft);
        patience(&scene, &mut draft);
    }
    if problems.iter().all(|problem| problem.least().is_some()) {
        by_text(&scene, tried, &mut draft);
    }
    draft.known = known(&scene, &standing, &draft);
    if contradicted {
        draft.known.retain(|known| known.party != Party::You);
    }
    draft.diagnoses = problems.iter().flat_map(seen).collect();
    let mut verdict = draft.finish(case);
    let served = match served::served(&scene, verdict.is_intercepted()) {
        // The check was not served, and the mail server may be.
        Served::False if contradicted => Served::Unknown,
        served => served,
    };
    wording::fill(&scene, &problems, served, &mut verdict);
    (verdict, served)
}

/// What is judged together: the sender's controls with each operator's exchanges.
fn problems<'s, 'a>(scene: &'s Scene<'a>, reachable: bool) -> Vec<Problem<'s, 'a>> {
    let families = if reachable { scene.families() } else { vec![Family::Ipv4] };
    let controls = |one: &&Observation<'_>| one.of_controls() && families.contains(&one.family);
    let mut work = Work::of_a_verdict();
    let mut operators: Vec<&str> = Vec::new();
    for one in scene.counting() {
        if let Subject::Address { operator, .. } = one.subject
            && !operators.contains(&operator)
        {
            operators.push(operator);
        }
    }
    if operators.is_empty() || !reachable {
        let all: Vec<_> = scene.counting().filter(controls).collect();
        if all.is_empty() {
            return Vec::new();
        }
        return vec![Problem::solve(scene, "the sending server's control hosts", all, &mut work)];
    }
    operators
        .into_iter()
        .map(|operator| {
            let here = |one: &&Observation<'_>| match one.subject {
                Subject::Address { operator: of, .. } => of == operator,
                Subject::Controls => controls(one),
            };
            Problem::solve(
                scene,
                &format!("the mail servers of {operator}"),
                scene.counting().filter(here).collect(),
                &mut work,
            )
        })
        .collect()
}

/// Where a standing is asked: an address, or the sender's controls of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot<'a> {
    Controls(Family),
    Address(Place<'a>),
}

/// What is known of one fault at one place.
struct StandingHere<'a> {
    fault: Fault,
    spot: Spot<'a>,
    established: bool,
    rank: Rank,
    modes: Vec<ModeNamed>,
    because: Vec<String>,
}

/// What is known at every place.
#[derive(Default)]
struct Standings<'a> {
    faults: Vec<StandingHere<'a>>,
    /// The addresses that were judged.
    judged: Set<Place<'a>>,
    /// For each place, the parties of each diagnosis.
    parties: Vec<(Spot<'a>, Vec<Set<Party>>)>,
}

/// Gives every fault its standing at every place of a problem: a fault elsewhere must not change it.
fn place_by_place<'s>(
    scene: &'s Scene<'_>,
    problem: &'s Problem<'_, '_>,
    standings: &mut Standings<'s>,
    draft: &mut VerdictBuilder,
) {
    let mut spots: Map<Spot<'s>, Vec<usize>> = Map::new();
    for (at, one) in problem.observations.iter().enumerate() {
        let spot = match one.place() {
            Some(place) => Spot::Address(place),
            None => Spot::Controls(one.family),
        };
        spots.get_or_default(spot).push(at);
        standings.judged.extend(one.place());
    }
    let diagnoses = problem.diagnoses();
    if diagnoses.is_empty() {
        draft.unjudged = true;
        draft.note(&format!(
            "Nothing that is known explains what was seen of {}: {}.",
            problem.about,
            sentences(problem, 0..problem.observations.len()).join("; ")
        ));
        draft.keep_alive(Fault::ALL);
        return;
    }
    let unknown_alone = |one| {
        problem.modes(one).next().is_some()
            && problem.modes(one).all(|mode| mode.spec.id.starts_with("unknown."))
    };
    if diagnoses.iter().all(unknown_alone) {
        draft.unjudged = true;
    }
    // What works beside it is what the diagnosis takes for the host's own word.
    let works: Vec<Works<'_>> = diagnoses
        .iter()
        .map(|diagnosis| {
            let fails = problem.failing_places(diagnosis);
            Works::of(scene, |one| problem.made_nearer(diagnosis, one), &fails)
        })
        .collect();
    for (spot, all) in spots {
        if !all.iter().any(|at| problem.observations[*at].asks()) {
            continue;
        }
        let mut per: Vec<Set<Fault>> = Vec::new();
        let mut modes: Map<Fault, (Rank, Vec<ModeNamed>)> = Map::new();
        for (diagnosis, works) in diagnoses.iter().zip(&works) {
            let here: Vec<&Instance> =
                problem.modes(diagnosis).filter(|mode| problem.touches(mode, &all)).collect();
            let dead: Vec<Family> = problem
                .modes(diagnosis)
                .filter(|mode| mode.spec.id == "sender.no_path")
                .flat_map(|mode| mode.families.clone())
                .collect();
            let mut faults = Set::new();
            for mode in here {
                let Some(mut fault) = mode.fault() else {
                    if mode.spec.fault.is_none()
                        && diagnoses.len() == 1
                        && !mode.spec.id.starts_with("unknown.")
                    {
                        draft.note(&wording::notes::null_mode(mode.spec));
                    }
                    continue;
                };
                // Both families dead: the sender has no Internet, and its IPv6 is not a fault of its own.
                if fault == Fault::SenderIpv6Broken
                    && dead.contains(&Family::Ipv4)
                    && dead.contains(&Family::Ipv6)
                {
                    fault = Fault::SenderOffline;
                }
                match spot {
                    Spot::Address(place) if is_of_host(fault) && mode.spec.depth == 5 => {
                        fault = works.name(fault, place);
                    }
                    // Of the controls only the sender's side is judged.
                    Spot::Controls(_) if fault.party() != Party::You && fault != Fault::SenderFiltered => {
                        continue;
                    }
                    // Who is served is kept out of nothing that matters here.
                    Spot::Controls(family) if fault == Fault::SenderFiltered && all_served(scene, family) => {
                        continue;
                    }
                    _ if fault == Fault::SenderIpv6Broken && ipv6_is_moot(scene) => {
                        draft.keep_alive(&[fault]);
                        draft.note(wording::notes::MOOT_IPV6);
                        continue;
                    }
                    _ => {}
                }
                faults.insert(fault);
                let rank = Rank { cost: diagnosis.cost, modes: diagnosis.modes.len() };
                let known = modes.get_or_insert_with(fault, || (rank, Vec::new()));
                known.0 = known.0.min(rank);
                if !known.1.iter().any(|one| one.id == mode.spec.id) {
                    known
                        .1
                        .push(ModeNamed { id: mode.spec.id.to_owned(), title: mode.spec.title.to_owned() });
                }
            }
            per.push(faults);
        }
        let because = sentences(problem, all.iter().copied());
        let absent = modes
            .get(&Fault::SenderIpv6Broken)
            .is_some_and(|(_, modes)| is_absence(Fault::SenderIpv6Broken, modes) && has_ipv4(scene));
        for (fault, (rank, modes)) in modes {
            standings.faults.push(StandingHere {
                fault,
                spot,
                established: per.iter().all(|faults| faults.contains(&fault)),
                rank,
                modes,
                because: because_of(fault, problem, &all, &because),
            });
        }
        let faultless = |at: usize| {
            per[at].is_empty()
                && !problem.modes(&diagnoses[at]).any(|mode| mode.spec.id.starts_with("unknown."))
        };
        let any_faultless = (0..per.len()).any(faultless);
        let spoken_to = all.iter().any(|at| {
            let one = problem.observations[*at];
            one.of_sender()
                && SPOKE.has(one.class)
                && !matches!(one.class, OutcomeClass::Busy | OutcomeClass::Refusing)
        });
        let looked = scene.case.sender().is_some();
        let served = scene.of_sender().any(Observation::served);
        let may_work = match spot {
            Spot::Address(_) => spoken_to || !looked,
            Spot::Controls(_) => served,
        };
        // A mail server's own library may pass where ours lacks something: then that is all that is known.
        let lacks =
            |at: &usize| problem.observations[*at].of_sender() && problem.observations[*at].prober_lacks();
        if per.iter().all(Set::is_empty) && all.iter().any(lacks) {
            draft.name_all(Fault::NothingWrongNow, Standing::Possible, 1, because.clone());
            draft.keep_alive(&[Fault::TlsBroken]);
        }
        if any_faultless && per.iter().any(|faults| !faults.is_empty()) && may_work {
            draft.name_all(Fault::NothingWrongNow, Standing::Possible, 1, because.clone());
        }
        let blamed = |fault: &&Fault| !(absent && **fault == Fault::SenderIpv6Broken);
        let parties = per
            .iter()
            .map(|faults| faults.iter().filter(blamed).map(|fault| fault.party()).collect())
            .collect();
        standings.parties.push((spot, parties));
    }
}

/// Whether the sender was served at every address of this family that it tried.
fn all_served(scene: &Scene<'_>, family: Family) -> bool {
    let mut tried = scene.of_sender().filter(|one| one.family == family).peekable();
    tried.peek().is_some() && tried.all(Observation::served)
}

/// Whether anything answered the sender over IPv6.
fn alive_over_ipv6(scene: &Scene<'_>) -> bool {
    let served = |one: &Observation<'_>| one.family == Family::Ipv6 && one.served();
    let controls = scene.case.sender().map(|sender| scene.controls(sender, Family::Ipv6).alive());
    controls == Some(true) || scene.of_sender().any(served)
}

/// Whether it makes no difference that the sender has no IPv6 of its own: mail goes over IPv4 (RFC 5321 s5.2), which serves
/// somebody, or IPv6 serves nobody.
fn ipv6_is_moot(scene: &Scene<'_>) -> bool {
    let of = |family| move |one: &&Observation<'_>| one.family == family && one.place().is_some();
    let has_none = scene.case.sender().is_some_and(|sender| scene.controls(sender, Family::Ipv6).no_family())
        || scene.of_sender().any(|one| one.class == OutcomeClass::NoFamily && one.family == Family::Ipv6);
    let unroutable = |one: &Observation<'_>| one.class == OutcomeClass::NoFamily;
    let serves = |family| scene.counting().filter(of(family)).any(Observation::served);
    has_none
        && scene.of_sender().filter(of(Family::Ipv6)).all(unroutable)
        && has_ipv4(scene)
        && (serves(Family::Ipv4) || !serves(Family::Ipv6))
}

/// The observations in sentences.
fn sentences(problem: &Problem<'_, '_>, at: impl Iterator<Item = usize>) -> Vec<String> {
    at.map(|at| problem.observations[at].sentence()).collect()
}

/// What carries a fault at a place: what was seen there, and of the sender's own side what the controls showed.
fn because_of(fault: Fault, problem: &Problem<'_, '_>, here: &[usize], sentences: &[String]) -> Vec<String> {
    let mut because = sentences.to_vec();
    if matches!(fault.party(), Party::You) {
        let families: Set<Family> = here.iter().map(|at| problem.observations[*at].family).collect();
        let controls = problem
            .observations
            .iter()
            .filter(|one| one.of_controls() && families.contains(&one.family))
            .map(|one| one.sentence());
        because.splice(0..0, controls.filter(|line| !sentences.contains(line)).collect::<Vec<_>>());
        // What others saw there tells nothing of the sender's side where the sender itself looked.
        let own = |line: &String| line.starts_with("the sending server");
        if because.iter().any(own) {
            because.retain(own);
        }
    }
    because
}

impl<'s> Standings<'s> {
    /// Names every fault, each as far as it reaches.
    fn name(&self, scene: &Scene<'_>, draft: &mut VerdictBuilder) {
        let families = scene.families();
        // Where its own resolver leads elsewhere, the sender's mail comes to none of these addresses.
        let away = scene.case.own_resolver_leads_away();
        let both_ways = |fault: Fault, family: Family| {
            self.faults
                .iter()
                .any(|one| one.fault == fault && matches!(one.spot, Spot::Controls(of) if of == family))
        };
        for one in &self.faults {
            let same: Set<Place<'_>> = self
                .faults
                .iter()
                .filter(|other| other.fault == one.fault && other.established == one.established)
                .flat_map(|other| match other.spot {
                    Spot::Address(place) => vec![place],
                    Spot::Controls(family) => {
                        self.judged.iter().copied().filter(|place| Family::of(place.1) == family).collect()
                    }
                })
                .collect();
            let (family, exchange) = match one.spot {
                Spot::Address(here) => scope::about(here, &same, &self.judged, one.fault),
                Spot::Controls(family) => {
                    let everywhere = families.iter().all(|family| both_ways(one.fault, *family));
                    ((!everywhere || one.fault == Fault::SenderIpv6Broken).then_some(family), None)
                }
            };
            let family = match one.fault {
                Fault::SenderIpv6Broken => Some(Family::Ipv6),
                // Whoever reaches anything over IPv6 has Internet.
                Fault::SenderOffline if alive_over_ipv6(scene) => Some(Family::Ipv4),
                _ => family,
            };
            let theirs = one.fault.party() == Party::Them || away && one.fault.party() != Party::You;
            let disputed = theirs && self.disputed(scene, one.spot) && (away || same != self.judged);
            if disputed {
                doubt_address(scene, one, draft);
            }
            let established = one.established && !disputed;
            draft.name(
                NamedFault {
                    fault: one.fault,
                    party: one.fault.party(),
                    standing: if established { Standing::Established } else { Standing::Possible },
                    family,
                    exchange: exchange.map(str::to_owned),
                    vantage: None,
                    modes: one.modes.clone(),
                    because: one.because.clone(),
                },
                one.rank,
            );
        }
    }

    /// Whether the spot is an address that may not be the domain's.
    fn disputed(&self, scene: &Scene<'_>, spot: Spot<'_>) -> bool {
        matches!(spot, Spot::Address(place) if disputed(&scene.case, place))
    }
}

/// A fault at an address that one view of DNS names alone: the domain may be in order without it.
fn doubt_address(scene: &Scene<'_>, one: &StandingHere<'_>, draft: &mut VerdictBuilder) {
    let Spot::Address((exchange, address)) = one.spot else { return };
    if !scene.case.own_resolver_leads_away() {
        draft.note(&format!(
            "One DNS resolver alone names {address} for {exchange}: it may be an old answer, and the address no longer the domain's."
        ));
    }
    if scene.mail_is_served() {
        draft.name_all(Fault::NothingWrongNow, Standing::Possible, 1, one.because.clone());
    }
}

/// Says of every fault that no diagnosis holds by which law it cannot be.
fn rule_out(problem: &Problem<'_, '_>, draft: &mut VerdictBuilder) {
    let diagnoses = problem.diagnoses();
    if diagnoses.is_empty() {
        return;
    }
    let networks: Set<&str> =
        problem.observations.iter().filter(|one| !one.of_sender()).map(|one| one.network).collect();
    let mut out: Map<Fault, RuledOut> = Map::new();
    let mut alive = Set::new();
    for (at, instance) in problem.instances.iter().enumerate() {
        let Some(fault) = instance.fault() else { continue };
        if is_of_host(fault) || matches!(fault, Fault::SlowGreeting | Fault::Intermittent) {
            continue;
        }
        let held = diagnoses.iter().any(|one| one.modes.contains(&at));
        // Whether other places are served is told by other places alone.
        let unasked = fault == Fault::RegionalOutage && networks.len() < 2;
        match contradiction(problem, instance) {
            _ if held || unasked => {
                alive.insert(fault);
            }
            Contradiction::By(cell, because) => {
                out.get_or_insert_with(fault, || RuledOut { fault, because, cell: cell.to_owned() });
            }
            Contradiction::Beside => {
                alive.insert(fault);
            }
            Contradiction::NothingToExplain => {}
        }
    }
    draft.keep_alive(&alive.into_iter().collect::<Vec<_>>());
    draft.rule_out(out.into_values().collect());
}

/// Says of every fault of hosts by what it cannot be. One host is no other: each address that may be looked at must have
/// spoken against it.
fn rule_out_hosts(scene: &Scene<'_>, problems: &[Problem<'_, '_>], draft: &mut VerdictBuilder) {
    if problems.iter().any(|problem| problem.diagnoses().is_empty()) {
        return;
    }
    let alive = |fault: Fault| {
        problems.iter().any(|problem| {
            let held = problem.diagnoses().iter().flat_map(|one| problem.modes(one));
            held.into_iter().any(|mode| mode.fault() == Some(fault))
        })
    };
    let intercepted = alive(Fault::OutboundPort25Intercepted);
    let doubted = |one: &Observation<'_>| {
        problems.iter().any(|problem| problem.diagnoses().iter().any(|by| problem.made_nearer(by, one)))
    };
    let credible = |one: &Observation<'_>| match one.of_sender() {
        _ if matches!(
            one.class,
            OutcomeClass::OwnHost | OutcomeClass::NoFamily | OutcomeClass::Taken | OutcomeClass::Mixed
        ) =>
        {
            false
        }
        // What nothing vouches for may be of something on the sender's own side: an answer, and a failure too.
        true => scene.vouched(one) && (!intercepted || one.corroborated || one.named),
        // A box on the way of one region is thought of in some diagnosis: in the others, its word is the host's.
        false => {
            one.corroborated
                || doubted(one)
                || scene
                    .counting()
                    .filter(|other| {
                        !other.of_sender() && other.place() == one.place() && other.class == one.class
                    })
                    .count()
                    > 1
        }
    };
    for spec in model::modes::all().filter(|spec| spec.id.starts_with("target.")) {
        let Some(fault) = spec.fault.filter(|fault| *fault != Fault::Intermittent && !alive(*fault)) else {
            continue;
        };
        let breaks = |one: &Observation<'_>| {
            let law =
                spec.laws.iter().find(|law: &&Law| law.does == Does::Forbid && law.of.has(one.class))?;
            Some((law.id, format!("{}, but {}", law.says, one.sentence())))
        };
        // Whatever is wrong, something must be left that the host itself said: what something nearer made tells nothing
        // of it.
        let against = |target: &Place<'_>| {
            let here = |one: &&Observation<'_>| one.place() == Some(*target);
            let problem = problems.iter().find(|problem| problem.observations.iter().any(&here))?;
            let left = |diagnosis| {
                let mut said = scene.counting().filter(here).filter(|one| credible(one));
                said.find_map(|one| breaks(one).filter(|_| !problem.made_nearer(diagnosis, one)))
            };
            let all: Option<Vec<_>> = problem.diagnoses().iter().map(left).collect();
            all?.into_iter().next()
        };
        let all: Option<Vec<_>> = scene.targets.iter().map(against).collect();
        if let Some((cell, because)) = all.and_then(|all| all.into_iter().next()) {
            draft.rule_out(vec![RuledOut { fault, because, cell: cell.to_owned() }]);
        }
    }
}

/// Says that nothing is intermittent where every failure was met again.
fn rule_out_chance(scene: &Scene<'_>, draft: &mut VerdictBuilder) {
    let fails = || scene.counting().filter(|one| one.asks() && !one.served() && !one.of_controls());
    let lasting = |one: &Observation<'_>| one.tries > 1 && one.class != OutcomeClass::Mixed;
    let lossy = scene.case.evidence.iter().any(loss::loses);
    if let Some(first) = fails().next()
        && fails().all(lasting)
        && !lossy
    {
        let because = format!(
            "an intermittent fault shows as connections that disagree, but {} each of {} times",
            first.sentence(),
            first.tries
        );
        let cell = "target.fails_at_times.both".to_owned();
        draft.rule_out(vec![RuledOut { fault: Fault::Intermittent, because, cell }]);
    }
}

/// Why a mode is in no diagnosis.
enum Contradiction {
    /// By this law or requirement, and what was seen against it.
    By(&'static str, String),
    /// Others explain as much at less cost; it may still be true beside them.
    Beside,
    /// There is nothing that it would explain.
    NothingToExplain,
}

/// The law that a mode would break, and the observation that it breaks it by.
fn contradiction(problem: &Problem<'_, '_>, instance: &Instance) -> Contradiction {
    let forbidden = problem.observations.iter().enumerate().find_map(|(at, one)| {
        let law = instance.law(at, one, Does::Forbid)?;
        let own = matches!(one.class, OutcomeClass::OwnHost | OutcomeClass::NoFamily);
        (!own).then(|| Contradiction::By(law.id, format!("{}, but {}", law.says, one.sentence())))
    });
    if let Some(forbidden) = forbidden {
        return forbidden;
    }
    if let Some(unmet) = instance.unmet {
        return Contradiction::By(unmet.id, unmet_in_words(unmet, problem));
    }
    let explained = |at: usize, one: &Observation<'_>| instance.law(at, one, Does::Explain).is_some();
    let asking = || problem.observations.iter().enumerate().filter(|(_, one)| one.asks());
    let mine: Vec<&Observation<'_>> =
        asking().filter(|(at, one)| explained(*at, one)).map(|(_, one)| *one).collect();
    if mine.is_empty() {
        return Contradiction::NothingToExplain;
    }
    let law = instance.spec.laws.iter().find(|law| law.does == Does::Explain);
    let left = asking().find(|(at, one)| !explained(*at, one) && !one.of_controls());
    let far_fetched = instance.cost >= 2 && !mine.iter().any(|one| one.class == OutcomeClass::ControlsMissed);
    // What keeps one out, or one region, is not needed where nobody is served. Where somebody is, a high cost alone speaks
    // against nothing: two things may be wrong at once.
    let here = |one: &&Observation<'_>| mine.iter().any(|other| other.place() == one.place());
    let served = problem.observations.iter().copied().filter(here).any(Observation::served);
    let far_fetched = far_fetched && !served;
    let nobody_served = !served
        && matches!(
            instance.fault(),
            Some(Fault::SenderFiltered | Fault::RegionalOutage | Fault::SenderPathMtu)
        );
    match (law, left, &instance.spec.cost) {
        (Some(law), Some((_, left)), _) if far_fetched || nobody_served => Contradiction::By(
            law.id,
            format!("{}, and that leaves unexplained that {}", law.says, left.sentence()),
        ),
        (_, _, Cost::By { id, says, .. }) if far_fetched => Contradiction::By(id, (*says).to_owned()),
        _ => Contradiction::Beside,
    }
}

/// A requirement that is not met, with what was seen instead.
fn unmet_in_words(unmet: &Requirement, problem: &Problem<'_, '_>) -> String {
    let of_sender = unmet.id.starts_with("sender.");
    let seen = problem.observations.iter().find(|one| !one.of_controls() && (one.of_sender() || !of_sender));
    match (of_sender, seen) {
        (true, _) => {
            let scene = problem.reached_controls.as_deref().unwrap_or("the control hosts speak against it");
            format!("{}, but {scene}", unmet.says)
        }
        (false, Some(one)) => format!("{}, but {}", unmet.says, one.sentence()),
        (false, None) => unmet.says.to_owned(),
    }
}

/// With exchanges or addresses that nobody looked at, nothing is said of the whole domain.
fn unlooked(scene: &Scene<'_>, draft: &mut VerdictBuilder) {
    let plan = scene.case.plan;
    let seen: Set<Place<'_>> = scene.counting().filter_map(|one| one.place()).collect();
    let untried = scene.targets.iter().any(|target| !seen.contains(target)) && !seen.is_empty();
    let left_out = plan.has(FindingCode::TooManyExchanges) || plan.has(FindingCode::TooManyAddresses);
    let failed = plan.has(FindingCode::AddressLookupFailed);
    if (left_out || failed || untried) && draft.weaken_host_faults() {
        draft.name_all(
            Fault::SomeExchangesDown,
            Standing::Possible,
            1,
            vec!["not every address of the domain was looked at: those may work".to_owned()],
        );
    }
    if left_out {
        draft.note(
            "The domain has more exchanges or addresses than were looked at: nothing is said of the rest.",
        );
    }
    if failed {
        draft.keep_alive(&[Fault::DnsBroken]);
        draft.name_all(
            Fault::DnsBroken,
            Standing::Possible,
            1,
            vec!["the lookup of an exchange's addresses failed".to_owned()],
        );
    }
    for family in scene.families() {
        if !seen.iter().any(|place| Family::of(place.1) == family) {
            let label = family.label();
            draft.note(&format!(
                "No vantage that counts looked at an {label} address of {}: {label} is not judged.",
                scene.case.domain
            ));
        }
    }
    if seen.is_empty() {
        draft.unjudged = true;
    }
}

/// Whether a block of port 25 that stops the check is contradicted by the mail server's own log of the same hour: rules may
/// hold for some users alone, and a mail server may have a source address of its own.
fn contradicted_by_log(scene: &Scene<'_>, draft: &mut VerdictBuilder) -> bool {
    let spoke = text::spoke_in_log_of_now(&scene.case);
    if spoke.is_empty() || !draft.doubt(Fault::OutboundPort25Blocked) {
        return false;
    }
    draft.note(&format!(
        "In the log of the same hour, servers of {} spoke to the mail server on port 25: what stops this check need not stop it. A rule may hold for some users alone, or for another source address than the mail server's.",
        spoke.join(", ")
    ));
    true
}

/// What works, and for whom: for the sender itself; without its evidence, for anybody.
fn works(scene: &Scene<'_>, draft: &mut VerdictBuilder) {
    draft.served = match scene.case.sender() {
        Some(_) => scene.mail_is_served(),
        None => scene.counting().any(Observation::served),
    };
    if scene.served_beside_the_mail() {
        draft.note(wording::notes::BESIDE_THE_MAIL);
    }
    if let Some(doubtful) = scene.of_sender().find(|one| one.served() && !scene.vouched(one)) {
        draft.unjudged = true;
        draft.note(&format!(
            "Nothing vouches for it that {}: neither the exchange's name, nor its certificate, nor a control host. Something on the way may have answered.",
            doubtful.sentence()
        ));
    }
    draft.works = scene.counting().filter(|one| one.served()).map(Observation::sentence).collect();
    let all_serve = {
        let reached: Set<_> =
            scene.counting().filter(|one| one.served()).filter_map(|one| one.place()).collect();
        let fails = scene.counting().any(|one| one.asks() && !one.served() && !one.of_controls());
        !reached.is_empty() && !fails && scene.targets.iter().all(|target| reached.contains(target))
    };
    if all_serve {
        let because = "they would fail somewhere, but every address that was tried works".to_owned();
        for fault in [Fault::RecipientIpv6Broken, Fault::SomeExchangesDown] {
            let cell = "scope.all_work".to_owned();
            draft.rule_out(vec![RuledOut { fault, because: because.clone(), cell }]);
        }
    }
}

/// What fails where the sender's own resolver leads its mail may be the recipient's: that resolver may be the one that is
/// right.
fn led_away(scene: &Scene<'_>, draft: &mut VerdictBuilder) {
    let Some(sender) = scene.case.sender() else { return };
    let met: Vec<&Attempt> = scene.case.met_where_own_resolver_leads().collect();
    let certain =
        |named: &NamedFault| named.fault == Fault::SenderDnsBroken && named.standing == Standing::Established;
    if met.is_empty() || met.iter().any(|attempt| attempt.went_well()) || draft.faults().any(certain) {
        return;
    }
    for attempt in met.into_iter().filter(|attempt| sender.sight_in(attempt.family()) == Sight::Clear) {
        let (fault, words) = match attempt.outcome {
            Outcome::Refused => (Fault::PortClosed, "was refused"),
            Outcome::TimedOut if !attempt.connected() => (Fault::HostDown, "met silence"),
            _ => continue,
        };
        let because = format!(
            "the sending server {words} at {} ({}), where its own resolver alone leads",
            attempt.exchange, attempt.address
        );
        for fault in [fault, Fault::SenderFiltered] {
            draft.name_all(fault, Standing::Possible, 2, vec![because.clone()]);
        }
    }
}

/// What a longer look could still change.
fn patience(scene: &Scene<'_>, draft: &mut VerdictBuilder) {
    if scene.case.patience == Patience::Patient {
        return;
    }
    // Who was turned away for good, or has no way of its own, is so a minute later.
    let lasting = |class| {
        use OutcomeClass::*;
        matches!(class, Refusing | EhloRefused | NoFamily | OwnHost)
    };
    let failing = scene.counting().filter(|one| one.asks() && !one.served() && !one.of_controls());
    for one in failing.filter(|one| !lasting(one.class)) {
        draft.patience.insert(Fault::Intermittent);
        if matches!(one.class, OutcomeClass::NotYetGreeted | OutcomeClass::Stalled) {
            draft.patience.insert(Fault::SlowGreeting);
        }
    }
    let networks: Set<&str> =
        scene.case.clear_regions().map(|one| one.network.as_str()).filter(|one| !one.is_empty()).collect();
    let clear = scene.case.clear_regions().count();
    let all = scene.case.regions().count();
    if networks.len() == 1 && clear > 1 && clear == all {
        draft.note("All regions stand in one network: they share its filters and its reputation, and count as one kind of vantage.");
    }
}

/// What the user's text adds: of a sender that nobody looked at, what its side may hold.
fn by_text(scene: &Scene<'_>, reachable: bool, draft: &mut VerdictBuilder) {
    let case = &scene.case;
    wording::notes::old_addresses(case, &mut |note| draft.note(&note));
    if !reachable {
        return;
    }
    if case.sender().is_some() {
        let spoilt = wording::notes::certificates(scene, &mut |note| draft.note(&note));
        let (because, faults): (_, &[Fault]) = if text::of_this_domain(case, text::is_of_dns) {
            let because = "the text tells of a lookup that failed, and the lookup works now";
            (because, &[Fault::SenderDnsBroken, Fault::DnsBroken, Fault::NothingWrongNow])
        } else if text::of_this_domain(case, text::is_stalled_message) {
            let because = "the text tells of a message that did not pass, and a check sends none";
            (because, &[Fault::SenderPathMtu, Fault::NothingWrongNow])
        } else if let Some(beyond) = text::beyond_a_check(case) {
            let because = match beyond {
                Beyond::Relay => {
                    "the text tells of the relay that mail is handed to, and a check of the domain does not ask it"
                }
                Beyond::Deferral => {
                    "the text tells of what their server answered to a message, and a check sends none"
                }
            };
            (because, &[Fault::NothingWrongNow])
        } else if !spoilt.is_empty() {
            let because =
                "the text tells of TLS that failed, and the certificate is one that nobody can verify";
            (because, &[Fault::TlsBroken, Fault::NothingWrongNow])
        } else {
            return;
        };
        if draft.faults().next().is_none() && draft.served {
            for fault in faults {
                draft.name_all(*fault, Standing::Possible, 1, vec![because.to_owned()]);
            }
        }
        return;
    }
    let named = draft.faults().next().is_some();
    if let Some(told) = text::log_tells(case.log) {
        draft.name(
            NamedFault {
                fault: told.fault,
                party: told.fault.party(),
                standing: Standing::Possible,
                family: told.family,
                exchange: None,
                vantage: None,
                modes: Vec::new(),
                because: told.because,
            },
            Rank::of(1),
        );
    }
    let reached = scene.counting().any(Observation::served);
    if named || !reached || !text::tells_of_silence(case.symptoms) {
        return;
    }
    let (mut survivors, ruled_out) = text::survivors(case.symptoms);
    draft.rule_out(ruled_out);
    if let Some(cleared) = text::log_clears(case.log) {
        survivors.retain(|fault| *fault != cleared.fault && *fault != Fault::SenderOffline);
        draft.rule_out(vec![cleared]);
    }
    let because =
        "the text tells of a failure, the regions reach the host, and the sending server was not looked at";
    for fault in survivors.into_iter().chain([Fault::NothingWrongNow]) {
        draft.name_all(fault, Standing::Possible, 1, vec![because.to_owned()]);
    }
}

/// What holds whatever remains open: a party that every diagnosis accuses, or that none does.
fn known(scene: &Scene<'_>, standings: &Standings<'_>, draft: &VerdictBuilder) -> Vec<Known> {
    let mut known = Vec::new();
    let accused: Set<Party> = draft.faults().map(|named| named.party).collect();
    for party in [Party::You, Party::Them, Party::Between] {
        // What others meet at an address that serves the sender is nothing between it and the host.
        let moot = |spot: &Spot<'_>| {
            let served =
                |one: &Observation<'_>| one.served() && one.place().map(Spot::Address) == Some(*spot);
            party == Party::Between && scene.of_sender().any(served)
        };
        let certain = standings.faults.iter().any(|one| {
            one.fault.party() == party
                && one.established
                && !moot(&one.spot)
                && draft.faults().any(|named| {
                    named.fault == one.fault
                        && named.standing == Standing::Established
                        && blames(scene, named)
                })
        }) || draft.faults().any(|named| {
            named.party == party
                && named.standing == Standing::Established
                && blames(scene, named)
                && standings.faults.iter().all(|one| one.fault != named.fault)
        }) || standings
            .parties
            .iter()
            .filter(|(spot, _)| !moot(spot))
            .filter(|(spot, _)| party != Party::Them || !standings.disputed(scene, *spot))
            .any(|(_, per)| !per.is_empty() && per.iter().all(|parties| parties.contains(&party)));
        let because = if certain {
            Some((PartyStanding::Established, wording::known::established(party, draft.faults())))
        } else if !accused.contains(&party) && !draft.unjudged {
            let why = match party {
                Party::Them => {
                    let mut filters = draft.faults().filter(|named| named.fault == Fault::SenderFiltered);
                    let filtered = filters.next().map(|named| named.standing);
                    // A filter that is there may be theirs: that clears nobody.
                    match filtered {
                        Some(Standing::Established) => None,
                        other => wording::known::them_cleared(scene, other.is_some()),
                    }
                }
                Party::You => wording::known::you_cleared(scene),
                Party::Between | Party::Nobody => None,
            };
            why.map(|why| (PartyStanding::Cleared, why))
        } else {
            None
        };
        known.extend(because.map(|(standing, because)| Known { party, standing, because }));
    }
    known
}

/// Whether a fault is a party's to mend. That a host has no IPv6 is how it is set up, where the domain has IPv4.
fn blames(scene: &Scene<'_>, named: &NamedFault) -> bool {
    !(is_absence(named.fault, &named.modes) && has_ipv4(scene))
}

/// Whether the domain has an IPv4 address to try.
fn has_ipv4(scene: &Scene<'_>) -> bool {
    scene.targets.iter().any(|(_, address)| address.is_ipv4())
}

/// At most so many diagnoses of one problem are shown.
const SHOWN: usize = 20;

fn seen(problem: &Problem<'_, '_>) -> Vec<DiagnosisSeen> {
    let show = |one| DiagnosisSeen {
        about: problem.about.clone(),
        cost: one_cost(one),
        modes: problem.modes(one).map(Instance::id).collect(),
    };
    problem.diagnoses().iter().filter(|one| !one.modes.is_empty()).take(SHOWN).map(show).collect()
}

fn one_cost(one: &super::diagnose::Diagnosis) -> u8 {
    one.cost
}
