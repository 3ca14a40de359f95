//! The judge: road, resolver, domain and every address asked apart, then put together.
//!
//! Faults can stand together, so each question is asked on its own table first; one fault never hides another.

use super::compose::{Draft, compose_targets};
use super::domain::{self, DomainJudgement};
use super::fault::Fault;
use super::resolver::{self, ResolverJudgement};
use super::road::{self, Elsewhere, RoadJudgement};
use super::target::{self, SenderRoad, TargetJudgement};
use super::{Standing, Verdict, loss, text};
use crate::address::Family;
use crate::evidence::{Attempt, Evidence, Outcome, Patience, ResolverAnswer, Role, Sight, Who};
use crate::mx::MxPlan;
use crate::symptom::{LogControls, Symptom};

/// All that a verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The domain that was asked about.
    pub domain: &'a str,
    /// What the user's text says.
    pub symptoms: &'a [Symptom],
    /// What the user's log says of other destinations.
    pub log: Option<&'a LogControls>,
    /// Where the domain's mail goes.
    pub plan: &'a MxPlan,
    /// What each vantage saw.
    pub evidence: &'a [Evidence],
    /// How long the vantages waited.
    pub patience: Patience,
}

impl<'a> Case<'a> {
    /// The sending server's own evidence.
    pub(super) fn sender(&self) -> Option<&'a Evidence> {
        self.evidence.iter().find(|one| one.role == Role::Sender && one.failure.is_none())
    }

    /// The regions that see port 25 in some family.
    pub(super) fn clear_regions(&self) -> impl Iterator<Item = &'a Evidence> {
        self.evidence.iter().filter(|one| {
            one.role == Role::Region && Family::ALL.iter().any(|family| one.sight_in(*family) == Sight::Clear)
        })
    }

    /// The families in which there is an address to try.
    pub(super) fn families(&self) -> Vec<Family> {
        let targets = self.plan.targets();
        Family::ALL
            .into_iter()
            .filter(|family| targets.iter().any(|target| Family::of(target.address) == *family))
            .collect()
    }
}

/// Judges a case: names the faults that survive, and says what eliminated the others.
pub fn judge(case: &Case<'_>) -> Verdict {
    let mut draft = Draft::default();
    vantages(case, &mut draft);
    let roads: Vec<RoadJudgement> = match case.sender() {
        Some(sender) => Family::ALL
            .into_iter()
            .map(|family| road::judge(sender, family, &Elsewhere::of(case.evidence, sender, family)))
            .collect(),
        None => Vec::new(),
    };
    if let Some(lost) = case.sender().and_then(loss::of) {
        draft.note(&lost);
    }
    for road in &roads {
        if let Some(doubt) = &road.doubt {
            draft.note(doubt);
        }
        if !road.missed.is_empty() && road.open() {
            draft.note(&format!(
                "The sending server did not reach {} on port 25 in {}, which other places reach: its own side may let some connections through and not others.",
                road.missed.join(", "),
                road.family.label()
            ));
        }
    }
    let families = case.families();
    match domain::judge(case.plan) {
        DomainJudgement::AtFault { fault, because, confirmed } => {
            if confirmed {
                draft.name(fault, Standing::Established, None, None, because);
            } else {
                draft.unjudged = true;
                draft.note(&format!(
                    "Two resolvers of different operators disagree about {}, and neither is taken for the truth. One says: {}.",
                    case.domain,
                    because.join("; ")
                ));
            }
            resolver(case, &mut draft);
        }
        DomainJudgement::Unknown(words) => {
            draft.note(&format!(
                "Where mail for {} goes could not be looked up: {words}. That says nothing of the domain.",
                case.domain
            ));
            name_roads(&roads, &[Family::Ipv4], &mut draft);
            resolver(case, &mut draft);
            draft.unjudged = true;
        }
        DomainJudgement::Reachable(sound) => {
            draft.rule_out(sound);
            name_roads(&roads, &families, &mut draft);
            resolver(case, &mut draft);
            local_rules(case, &mut draft);
            taken_on_the_way(case, &mut draft);
            old_addresses(case, &mut draft);
            let targets = targets(case, &roads);
            compose_targets(case, &targets, &mut draft);
            sender_unseen(case, &roads, &targets, &mut draft);
        }
    }
    draft.finish(case)
}

/// Says of every vantage that does not count why it does not.
fn vantages(case: &Case<'_>, draft: &mut Draft) {
    for one in case.evidence {
        if let Some(failure) = &one.failure {
            draft.note(&format!(
                "{} could not be asked ({}): it counts for nothing.",
                one.vantage, failure.words
            ));
        } else if one.role == Role::Region {
            match one.sight {
                Sight::Blind => draft
                    .note(&format!("{} cannot see port 25 anywhere: it counts for nothing.", one.vantage)),
                Sight::Deceived => draft.note(&format!(
                    "Something answers port 25 in the place of others at {}: it counts for nothing.",
                    one.vantage
                )),
                Sight::Partial if one.sight_by_family.ipv6 != Sight::Clear => {
                    draft.note(&format!(
                        "Too few control hosts answered {}: it counts for nothing.",
                        one.vantage
                    ));
                }
                Sight::Partial | Sight::Clear => {}
            }
        }
        if one.sight != Sight::Clear && !one.unresolved_controls.is_empty() {
            let hosts: Vec<&str> =
                one.unresolved_controls.iter().map(|control| control.host.as_str()).collect();
            draft.note(&format!(
                "{} could not look up {} of its control hosts, which were not tried: {}.",
                one.vantage,
                hosts.len(),
                hosts.join(", ")
            ));
        }
    }
}

/// Names what is wrong with the sender's road, in the families that matter.
fn name_roads(roads: &[RoadJudgement], families: &[Family], draft: &mut Draft) {
    // Both families dead, one of them on every port: the sender has no Internet, and its IPv6 is not a fault of its own.
    let offline = !roads.is_empty()
        && roads.iter().all(|road| road.broken() && road.survivors.iter().all(|fault| path_is_dead(*fault)));
    let mut faults: Vec<(Fault, Family)> = Vec::new();
    for road in roads {
        draft.rule_out(road.ruled_out.clone());
        let matters = families.contains(&road.family);
        if matters {
            draft.keep_alive(&road.survivors);
        }
        if !road.broken() || !matters || (offline && road.family == Family::Ipv6) {
            continue;
        }
        faults.extend(road.survivors.iter().map(|fault| (*fault, road.family)));
    }
    for &(fault, family) in &faults {
        let road = roads.iter().find(|road| road.family == family);
        let Some(road) = road else { continue };
        let standing = if road.survivors.len() == 1 { Standing::Established } else { Standing::Possible };
        let everywhere = fault == Fault::SenderOffline && offline;
        let family = (!everywhere).then_some(family);
        draft.name(fault, standing, family, None, road.because.clone());
    }
}

fn path_is_dead(fault: Fault) -> bool {
    matches!(fault, Fault::SenderOffline | Fault::SenderIpv6Broken)
}

fn resolver(case: &Case<'_>, draft: &mut Draft) {
    let Some(sender) = case.sender() else { return };
    let Some(view) = &sender.resolver else { return };
    // Over a road that loses packets, one that did not answer may not have been heard.
    let unheard = view.answer == ResolverAnswer::TimedOut && loss::loses(sender);
    let doubt = |faults: &[Fault], because: String, draft: &mut Draft| {
        for &fault in faults.iter().chain(unheard.then_some(&Fault::Intermittent)) {
            draft.name(fault, Standing::Possible, None, None, vec![because.clone()]);
        }
    };
    match resolver::judge(view, domain::world(case.plan).as_ref()) {
        ResolverJudgement::Sound(ruled_out) => draft.rule_out(vec![ruled_out]),
        ResolverJudgement::Contradicts(because) => {
            draft.note("The sending server's resolver and DNS-over-HTTPS disagree, and no second public resolver confirms either. If you keep an internal view of this domain on purpose, that is why.");
            draft.name(Fault::SenderDnsBroken, Standing::Possible, None, None, vec![because]);
        }
        ResolverJudgement::OfThisDomain(because) => {
            draft.note("The sending server's resolver answers of other names at the same time: its way to the domain's own name servers may be at fault, or one of these.");
            doubt(&[Fault::SenderDnsBroken, Fault::DnsBroken], because, draft);
        }
        ResolverJudgement::Silent(because) if unheard => {
            doubt(&[Fault::SenderDnsBroken], because, draft);
        }
        ResolverJudgement::Broken(because) | ResolverJudgement::Silent(because) => {
            draft.name(Fault::SenderDnsBroken, Standing::Established, None, None, vec![because]);
        }
        ResolverJudgement::Unknown => {}
    }
}

/// A rule on the sending host against one address is the sender's own, whatever else is true of that address.
fn local_rules(case: &Case<'_>, draft: &mut Draft) {
    let Some(sender) = case.sender() else { return };
    for attempt in &sender.attempts {
        let by_own_host = attempt.answered_by.as_ref().is_some_and(|by| by.who == Who::OwnHost);
        let stopped = matches!(attempt.outcome, Outcome::PermissionDenied | Outcome::LocalError)
            || (by_own_host && matches!(attempt.outcome, Outcome::Refused | Outcome::Prohibited));
        if stopped && sender.sight_in(attempt.family()) == Sight::Clear {
            let because =
                format!("the sending server {}, while its controls pass", super::seen::words(attempt));
            draft.name(
                Fault::OutboundPort25Blocked,
                Standing::Established,
                Some(attempt.family()),
                Some(&attempt.exchange),
                vec![because],
            );
        }
    }
}

/// What takes connections to one address and leaves the controls alone: on the sender's way it is a fault of its own,
/// on a region's way it voids what that region says of the address.
fn taken_on_the_way(case: &Case<'_>, draft: &mut Draft) {
    for one in case.evidence {
        let taken = one
            .attempts
            .iter()
            .filter(|attempt| attempt.taken_on_the_way() && one.sight_in(attempt.family()) == Sight::Clear);
        for attempt in taken {
            let words = super::seen::words(attempt);
            if one.role == Role::Sender {
                draft.name(
                    Fault::OutboundPort25Intercepted,
                    Standing::Established,
                    Some(attempt.family()),
                    Some(&attempt.exchange),
                    vec![format!("the sending server {words}")],
                );
            } else {
                draft.note(&format!("{} {words}: it counts for nothing there.", one.vantage));
            }
        }
    }
}

/// Says so where the text tells of an address that its exchange does not have. Names that are answered by where one asks
/// from have many, so that accuses nobody.
fn old_addresses(case: &Case<'_>, draft: &mut Draft) {
    for symptom in case.symptoms {
        let (Some(host), Some(address)) = (&symptom.remote_host, symptom.remote_address) else { continue };
        let named = case.plan.exchanges.iter().find(|one| one.exchange.as_str().eq_ignore_ascii_case(host));
        let Some(exchange) = named else { continue };
        if !exchange.addresses.is_empty() && exchange.addresses.iter().all(|one| one.address != address) {
            draft.note(&format!(
                "The text tells of {address}, which is not an address of {} as it was looked up now: nobody has looked there. If the text is recent, see what the sending server's own resolver says of {}.",
                exchange.exchange.as_str(),
                exchange.exchange.as_str()
            ));
        }
    }
}

fn targets<'a>(case: &Case<'a>, roads: &[RoadJudgement]) -> Vec<TargetJudgement<'a>> {
    let mut judged = Vec::new();
    let loses = case.sender().is_some_and(loss::loses);
    // What chooses in one family may choose in the other, where nothing happens to show it.
    let chooses = roads.iter().any(|road| road.open() && !road.missed.is_empty());
    for exchange in &case.plan.exchanges {
        for target in
            case.plan.targets().iter().filter(|target| target.exchange == exchange.exchange.as_str())
        {
            let family = Family::of(target.address);
            let open = roads.iter().any(|road| road.family == family && road.open());
            let road = SenderRoad { open, loses, chooses };
            judged.push(target::judge(exchange.exchange.as_str(), target.address, case.evidence, road));
        }
    }
    judged
}

/// The sender was not looked at, or its controls do not suffice: what its side may hold stays possible.
fn sender_unseen(
    case: &Case<'_>,
    roads: &[RoadJudgement],
    targets: &[TargetJudgement<'_>],
    draft: &mut Draft,
) {
    let reached = targets.iter().any(TargetJudgement::passes);
    match case.sender() {
        None => unseen(case, reached, draft),
        Some(sender) => {
            for road in roads.iter().filter(|road| road.may_be_open && !road.survivors.is_empty()) {
                doubtful_road(sender, road, targets, draft);
            }
        }
    }
}

/// The sender's road could not be judged for want of controls; what fails over it may be its own doing, and what works
/// over it may be somebody else's answer.
fn doubtful_road(
    sender: &Evidence,
    road: &RoadJudgement,
    targets: &[TargetJudgement<'_>],
    draft: &mut Draft,
) {
    let tried = |attempt: &&Attempt| attempt.family() == road.family && attempt.outcome != Outcome::NotTried;
    for attempt in sender.attempts.iter().filter(tried) {
        draft.note(&format!(
            "Too few control hosts answered the sending server in {}: its own road could not be judged.",
            road.family.label()
        ));
        let others_reach_it = targets.iter().find(|target| {
            target.address == attempt.address && target.exchange == attempt.exchange && target.passes()
        });
        let Some(reached) = others_reach_it.filter(|_| !attempt.server_spoke()) else {
            draft.unjudged = true;
            continue;
        };
        let because = vec![format!("the sending server {}", super::seen::words(attempt))];
        // One region's word is not enough to clear the host of what the sender met.
        let hosts =
            if reached.sightings.len() == 1 { target::explaining(sender, attempt) } else { Vec::new() };
        draft.keep_alive(&hosts);
        for fault in road.survivors.iter().copied().chain([Fault::SenderFiltered]).chain(hosts) {
            draft.name(fault, Standing::Possible, Some(road.family), None, because.clone());
        }
    }
}

/// No evidence of the sender at all: its text speaks for it, and its log where there is one.
fn unseen(case: &Case<'_>, reached: bool, draft: &mut Draft) {
    if let Some(told) = text::log_tells(case.log) {
        draft.name(told.fault, Standing::Established, told.family, None, told.because);
        draft.rule_out(told.ruled_out);
        return;
    }
    if !reached || !text::tells_of_silence(case.symptoms) {
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
        draft.name(fault, Standing::Possible, None, None, vec![because.to_owned()]);
    }
}
