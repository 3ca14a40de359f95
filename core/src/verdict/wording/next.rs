//! The next observation: the one whose possible outcomes leave the fewest faults standing.
//!
//! Nothing here says what an observation would tell. Each candidate names the outcomes that it could have; the laws
//! judge the case again with each of them (de Kleer and Williams, *Diagnosing multiple faults*, AIJ 32, 1987, s4).

use crate::evidence::{Evidence, Grade, NetworkKind, Patience, Role, Vantage};
use crate::facts;
use crate::mx::{PlanStatus, SecondOpinion};
use crate::sorted::{Map, Set};
use crate::verdict::diagnose::Work;
use crate::verdict::fault::Fault;
use crate::verdict::observe::outcome::CONNECT;
use crate::verdict::observe::{Observation, Origin, OutcomeClass, Scene};
use crate::verdict::problem::Problem;
use crate::verdict::types::{Next, Standing, Status, Verdict};

/// An observation that could be made next.
struct Candidate {
    /// What could come of it: each outcome changes or adds observations; `None` where it could not be made here.
    outcomes: fn(&Scene<'_>, &Problem<'_, '_>) -> Vec<Change>,
    observe: &'static str,
    command: Option<&'static str>,
}

/// How one outcome of a candidate changes what was observed.
enum Change {
    /// What the sender met at the target was placed here.
    Placed(Origin),
    /// What failed fails again in the same way.
    Lasts,
    /// What failed is served the second time.
    Passes,
    /// A wait for the greeting ends in this way.
    Waited(OutcomeClass),
    /// The handshake with small packets ends in this way.
    SmallPackets(bool),
    /// A place in another network sees this.
    Elsewhere(OutcomeClass),
    /// The sender itself sees this.
    Sender(OutcomeClass),
}

const LONGER: Candidate = Candidate {
    outcomes: |scene, problem| {
        let fails = |one: &&Observation<'_>| one.asks() && !one.served() && !one.of_controls();
        let waits = |one: &&Observation<'_>| one.class == OutcomeClass::NotYetGreeted;
        match scene.case.patience {
            Patience::Patient => Vec::new(),
            Patience::Quick if problem.observations.iter().any(waits) => {
                vec![Change::Waited(OutcomeClass::NeverGreeted), Change::Waited(OutcomeClass::ServedLate)]
            }
            Patience::Quick if problem.observations.iter().any(fails) => {
                vec![Change::Lasts, Change::Passes]
            }
            Patience::Quick => Vec::new(),
        }
    },
    observe: "Wait longer and look twice: a second round tells slow from silent and lasting from intermittent.",
    command: Some("noanswer check {domain} --patient"),
};

const FROM_THE_SENDER: Candidate = Candidate {
    outcomes: |scene, _| match scene.case.sender() {
        Some(_) => Vec::new(),
        None => {
            vec![Change::Sender(OutcomeClass::Served), Change::Sender(OutcomeClass::Silent)]
        }
    },
    observe: "Look from the sending server itself: its controls tell a block on your side from a filter on theirs.",
    command: Some("noanswer check {domain}"),
};

const FROM_ANOTHER_NETWORK: Candidate = Candidate {
    outcomes: |scene, problem| {
        if agree(scene) {
            return Vec::new();
        }
        let failure = problem.observations.iter().find(|one| one.asks() && !one.of_controls());
        let fails = failure.map_or(OutcomeClass::Silent, |one| one.class);
        vec![Change::Elsewhere(OutcomeClass::Served), Change::Elsewhere(fails)]
    },
    observe: "Look from a place in another network whose port 25 is open: it tells a host that answers nobody from one that does not answer here.",
    command: Some("noanswer check {domain} --vantages FILE"),
};

const ASK_THE_RECIPIENT: Candidate = Candidate {
    outcomes: |_, _| Vec::new(),
    observe: "Ask the recipient by another way whether your server's address is filtered: who looks from outside learns no more, for several networks have looked and agree.",
    command: None,
};

const TRACE: Candidate = Candidate {
    outcomes: |_, problem| {
        let placed = |one: &&Observation<'_>| {
            one.of_sender() && !one.of_controls() && CONNECT.has(one.class) && one.origin == Origin::Unknown
        };
        match problem.observations.iter().any(placed) {
            true => vec![
                Change::Placed(Origin::Near),
                Change::Placed(Origin::Middle),
                Change::Placed(Origin::Far),
            ],
            false => Vec::new(),
        }
    },
    observe: "See how far the packets come: trace port 25 to the host from the sending server. Where the trace ends in your own network or your provider's, it is your side's as a rule (a router that answers no trace looks the same); where it goes on into theirs, it is theirs, unless a filter on your side drops what comes back.",
    command: Some("trace"),
};

const SMALL_PACKETS: Candidate = Candidate {
    outcomes: |_, problem| {
        let silent = |one: &&Observation<'_>| one.of_sender() && one.class == OutcomeClass::TlsSilent;
        match problem.observations.iter().any(silent) {
            true => vec![Change::SmallPackets(true), Change::SmallPackets(false)],
            false => Vec::new(),
        }
    },
    observe: "Send large packets that may not be split: if small ones pass and large ones do not, the path's MTU is the cause. A local \"message too long\" is no fault.",
    command: Some("mtu"),
};

const ANOTHER_RESOLVER: Candidate = Candidate {
    outcomes: |_, _| Vec::new(),
    observe: "Ask a third public resolver what the domain's exchanges and their addresses are.",
    command: Some("third_resolver"),
};

const OWN_RESOLVER: Candidate = Candidate {
    outcomes: |_, _| Vec::new(),
    observe: "Ask the sending server's resolver several times: one that is broken never answers; packets that are lost are now these, now those.",
    command: Some("resolver"),
};

const CANDIDATES: &[&Candidate] = &[&TRACE, &SMALL_PACKETS, &LONGER, &FROM_THE_SENDER, &FROM_ANOTHER_NETWORK];

/// The next observation, if one would help.
pub(super) fn observation(
    scene: &Scene<'_>,
    problems: &[Problem<'_, '_>],
    verdict: &Verdict,
) -> Option<Next> {
    match verdict.status {
        Status::Healthy => None,
        Status::Named if !verdict.patience_could_show.is_empty() => Some(next(scene, &LONGER)),
        Status::Named => None,
        Status::Undetermined => Some(settle(scene, verdict)),
        Status::Ambiguous => {
            Some(best(scene, problems).map_or_else(|| by_dns(scene, verdict), |one| next(scene, one)))
        }
    }
}

/// With more observations than this, what each candidate could tell is not found out one by one: each outcome is a verdict.
const MOST_OBSERVATIONS: usize = 64;

/// The candidate after which the fewest faults would be left, in the worst case; of equals the first.
fn best(scene: &Scene<'_>, problems: &[Problem<'_, '_>]) -> Option<&'static Candidate> {
    let problem = problems.iter().max_by_key(|problem| faults(problem).len())?;
    if problem.observations.len() > MOST_OBSERVATIONS {
        return None;
    }
    let now = faults(problem).len();
    let mut work = Work::of_a_look_ahead();
    let mut worst = |candidate: &Candidate| -> Option<usize> {
        let outcomes = (candidate.outcomes)(scene, problem);
        let left: Option<Vec<usize>> =
            outcomes.iter().map(|change| after(scene, problem, change, &mut work)).collect();
        left?.into_iter().max()
    };
    CANDIDATES
        .iter()
        .filter_map(|candidate| Some((worst(candidate)?, *candidate)))
        .filter(|(left, _)| *left < now)
        .min_by_key(|(left, _)| *left)
        .map(|(_, candidate)| candidate)
}

/// The faults that some diagnosis holds.
fn faults(problem: &Problem<'_, '_>) -> Set<Option<Fault>> {
    let diagnoses = problem.diagnoses().iter();
    diagnoses.flat_map(|one| problem.modes(one).map(|mode| mode.fault())).collect()
}

/// How many faults would stand after `change`; `None` where that is too much to find out.
fn after(scene: &Scene<'_>, problem: &Problem<'_, '_>, change: &Change, work: &mut Work) -> Option<usize> {
    let vantage = |role, network: &str| {
        Evidence::new(
            &Vantage {
                id: "next".to_owned(),
                place: String::new(),
                role,
                network: network.to_owned(),
                grade: Grade::Smtp,
                network_kind: NetworkKind::Unknown,
            },
            Vec::new(),
            Vec::new(),
        )
    };
    let (elsewhere, sender) = (vantage(Role::Region, "next"), vantage(Role::Sender, ""));
    let mut changed: Vec<Observation<'_>> = problem.observations.iter().map(|one| (*one).clone()).collect();
    let fails = |one: &Observation<'_>| one.asks() && !one.served() && !one.of_controls();
    match change {
        Change::Placed(origin) => changed
            .iter_mut()
            .filter(|one| one.of_sender() && !one.of_controls() && CONNECT.has(one.class))
            .filter(|one| one.origin == Origin::Unknown)
            .for_each(|one| one.origin = *origin),
        Change::Lasts => changed.iter_mut().filter(|one| fails(one)).for_each(|one| one.tries += 1),
        Change::Passes => {
            changed.iter_mut().filter(|one| fails(one)).for_each(|one| {
                one.class = OutcomeClass::Mixed;
                one.address_mixed = true;
            });
        }
        Change::Waited(class) => changed
            .iter_mut()
            .filter(|one| one.class == OutcomeClass::NotYetGreeted)
            .for_each(|one| one.class = *class),
        Change::SmallPackets(pass) => changed
            .iter_mut()
            .filter(|one| one.of_sender() && one.class == OutcomeClass::TlsSilent)
            .for_each(|one| one.small_packets = Some(*pass)),
        Change::Elsewhere(class) => add(&mut changed, &elsewhere, *class),
        Change::Sender(class) => add(&mut changed, &sender, *class),
    }
    let observations = changed.iter().collect();
    let solved = Problem::solve(scene, "", observations, work);
    (!work.is_spent()).then(|| faults(&solved).len())
}

/// Adds what `by` would see at every address that was looked at.
fn add<'a>(changed: &mut Vec<Observation<'a>>, by: &'a Evidence, class: OutcomeClass) {
    let mut seen = Set::new();
    let here: Vec<Observation<'_>> = changed
        .iter()
        .filter(|one| one.place().is_some_and(|place| seen.insert((place.0.to_owned(), place.1))))
        .cloned()
        .collect();
    let served = class == OutcomeClass::Served;
    if served {
        changed.iter_mut().for_each(|one| one.address_reached |= !one.of_controls());
    }
    if matches!(class, OutcomeClass::Refused | OutcomeClass::Prohibited) {
        changed.iter_mut().for_each(|one| one.address_refused |= !one.of_controls());
    }
    changed.extend(here.into_iter().map(|one| Observation {
        by,
        class,
        origin: Origin::Unknown,
        sibling_passes: false,
        corroborated: served,
        named: served,
        ..one
    }));
}

fn possible(verdict: &Verdict, fault: Fault) -> bool {
    verdict.faults.iter().any(|named| named.fault == fault && named.standing == Standing::Possible)
}

/// Where DNS is what is in doubt.
fn by_dns(scene: &Scene<'_>, verdict: &Verdict) -> Next {
    if possible(verdict, Fault::SenderDnsBroken) && possible(verdict, Fault::Intermittent) {
        return next(scene, &OWN_RESOLVER);
    }
    let dns = scene.case.plan.status != PlanStatus::Ok
        || scene.case.plan.second_opinion != SecondOpinion::Agrees
        || possible(verdict, Fault::SenderDnsBroken);
    if dns { next(scene, &ANOTHER_RESOLVER) } else { settle(scene, verdict) }
}

/// What would settle a case of which nothing is known.
fn settle(scene: &Scene<'_>, verdict: &Verdict) -> Next {
    if scene.targets.is_empty() {
        return next(scene, &ANOTHER_RESOLVER);
    }
    next(
        scene,
        match scene.case.sender() {
            None => &FROM_THE_SENDER,
            Some(_) if agree(scene) && possible(verdict, Fault::SenderFiltered) => &ASK_THE_RECIPIENT,
            Some(_) if agree(scene) => &TRACE,
            Some(_) => &FROM_ANOTHER_NETWORK,
        },
    )
}

/// So many networks that agree need no further one.
const ENOUGH: usize = 3;

/// Whether places in several networks see port 25, and met the same at every address.
fn agree(scene: &Scene<'_>) -> bool {
    let regions: Vec<&Observation<'_>> =
        scene.counting().filter(|one| !one.of_sender() && one.place().is_some()).collect();
    let networks: Set<&str> = regions.iter().map(|one| one.network).collect();
    let mut met: Map<_, Set<&str>> = Map::new();
    for one in &regions {
        met.get_or_default(one.place()).insert(one.class.name());
    }
    networks.len() >= ENOUGH && met.values().all(|classes| classes.len() == 1)
}

fn next(scene: &Scene<'_>, candidate: &Candidate) -> Next {
    let domain = scene.case.domain;
    let address = scene.targets.first().map(|target| target.1);
    // A key of the table of commands, which are run in tests; or a command of noanswer's own.
    let filled = |text: &str| match facts::command(text, address) {
        Some(told) => told.filled(domain, address),
        None => text.replace("{domain}", domain),
    };
    Next { observe: candidate.observe.to_owned(), command: candidate.command.map(filled) }
}
