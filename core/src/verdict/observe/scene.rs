//! All observations of a case, and what they were derived from.

use super::controls::ControlResults;
use super::discard::{self, DiscardRule};
use super::observation::{Observation, Subject};
use super::origin::{self, Home, Origin};
use super::outcome::{self, CONNECT, OutcomeClass, SERVED, SPOKE};
use super::voice::{is_about_the_client, voice};
use super::words::words;
use super::{connections, loss, networks, peers};
use crate::address::Family;
use crate::evidence::{Attempt, Evidence, Expectation, Outcome, ResolverAnswer, Role, Sight};
use crate::operator::registered_domain;
use crate::smtp;
use crate::sorted::{Map, Set};
use crate::verdict::case::Case;
use std::net::IpAddr;

/// All observations of a case, and what they were derived from.
pub(in crate::verdict) struct Scene<'a> {
    /// The case.
    pub(in crate::verdict) case: Case<'a>,
    /// The addresses that may be looked at, each with its exchange, in the order of the plan.
    pub(in crate::verdict) targets: Vec<(&'a str, IpAddr)>,
    /// The observations, those that do not count among them.
    pub(in crate::verdict) observations: Vec<Observation<'a>>,
    /// What the controls showed, by vantage and family.
    controls: Map<(&'a str, Family), ControlResults<'a>>,
    /// The network that each vantage is counted in.
    networks: Map<&'a str, &'a str>,
    /// What a vantage without controls has seen of them.
    no_controls: ControlResults<'a>,
    /// Operators whose port 25 spoke to a vantage that counts, beside the sender's.
    pub(in crate::verdict) spoke_elsewhere: Map<Family, Set<&'a str>>,
    /// Operators whose port 443 another vantage connected to.
    pub(in crate::verdict) https_elsewhere: Map<Family, Set<&'a str>>,
}

impl<'a> Scene<'a> {
    /// Observes a case.
    pub(in crate::verdict) fn of(case: Case<'a>) -> Self {
        let mut scene = Self {
            networks: networks::by_vantage(case.evidence),
            case,
            targets: targets(&case),
            observations: Vec::new(),
            controls: Map::new(),
            no_controls: ControlResults::default(),
            spoke_elsewhere: Map::new(),
            https_elsewhere: Map::new(),
        };
        let closed = found_closed(case.evidence);
        for one in case.evidence.iter().filter(|one| one.failure.is_none()) {
            for family in Family::ALL {
                let mut results = ControlResults::of(one, family, &Home::of(one));
                if one.role == Role::Region {
                    let answered = results.closed_answered.map(|attempt| attempt.address);
                    results.closed_elsewhere = answered.is_some_and(|address| closed.contains(&address));
                    if !results.deceived() {
                        scene.spoke_elsewhere.get_or_default(family).extend(&results.reached);
                    }
                    scene.https_elsewhere.get_or_default(family).extend(&results.https_reached);
                }
                scene.controls.insert((&one.vantage, family), results);
            }
        }
        scene.observe_targets();
        scene.observe_controls();
        scene.mark_places();
        scene
    }

    /// Whether anything tells that it was the host that the sender met: its name, its certificate, or control hosts that
    /// speak in voices of their own.
    pub(in crate::verdict) fn vouched(&self, one: &Observation<'_>) -> bool {
        let controls = self.controls(one.by, one.family);
        let one_voice = || {
            let mut controls =
                self.counting().filter(|other| other.of_controls() && other.family == one.family);
            controls.any(|other| other.class == OutcomeClass::ControlsOneVoice)
        };
        one.named || one.corroborated || !controls.reached.is_empty() && !controls.deceived() && !one_voice()
    }

    /// What the controls showed to `vantage` in `family`.
    pub(in crate::verdict) fn controls(&self, vantage: &Evidence, family: Family) -> &ControlResults<'a> {
        let here = |(key, _): &(&(&str, Family), _)| **key == (vantage.vantage.as_str(), family);
        self.controls.iter().find(here).map_or(&self.no_controls, |(_, results)| results)
    }

    /// The control operators that the sender missed in `family` and others reached.
    pub(in crate::verdict) fn missed(&self, family: Family) -> impl Iterator<Item = &'a str> {
        let failed = self.case.sender().map(|sender| &self.controls(sender, family).failed);
        let elsewhere = self.spoke_elsewhere.get(&family);
        failed.zip(elsewhere).into_iter().flat_map(|(failed, spoke)| failed.intersection(spoke).copied())
    }

    /// Whether the sender misses, in any family, operators of the controls that spoke elsewhere.
    pub(in crate::verdict) fn misses_controls(&self) -> bool {
        Family::ALL.into_iter().any(|family| self.missed(family).next().is_some())
    }

    /// The observations that count.
    pub(in crate::verdict) fn counting(&self) -> impl Iterator<Item = &Observation<'a>> {
        self.observations.iter().filter(|one| one.discarded.is_none())
    }

    /// The addresses whose packets go in a circle, and the two routers that pass them to each other (RFC 1812 s5.3.1 ends it by
    /// the time to live). Each is met twice: once may be two ways of one route.
    pub(in crate::verdict) fn routes_in_a_circle(&self) -> impl Iterator<Item = (IpAddr, IpAddr, IpAddr)> {
        self.of_sender().filter_map(|one| {
            let attempt = one.attempt.filter(|attempt| !attempt.went_well())?;
            attempt.passed.windows(4).find_map(|hops| {
                let [one, other, again, and_again] = hops else { return None };
                let alike = one.address == again.address && other.address == and_again.address;
                let in_a_row = and_again.hop == one.hop + 3;
                let (first, second) = one.address.zip(other.address)?;
                (alike && in_a_row && first != second).then_some((attempt.address, first, second))
            })
        })
    }

    /// What the sender saw of addresses.
    pub(in crate::verdict) fn of_sender(&self) -> impl Iterator<Item = &Observation<'a>> {
        self.counting().filter(|one| one.of_sender() && !one.of_controls())
    }

    /// What the sender saw of the addresses that its mail may go to.
    pub(in crate::verdict) fn of_mail(&self) -> impl Iterator<Item = &Observation<'a>> {
        self.of_sender().filter(|one| {
            one.place().is_none_or(|(exchange, address)| self.case.mail_may_go_to(exchange, address))
        })
    }

    /// Whether the sender was served where its mail goes.
    pub(in crate::verdict) fn mail_is_served(&self) -> bool {
        self.of_mail().any(Observation::served)
            || self.case.met_where_own_resolver_leads().any(Attempt::went_well)
    }

    /// Whether the sender's own resolver names an address of the exchanges that none of `attempts` went to.
    pub(in crate::verdict) fn own_resolver_names_more_than(&self, attempts: &[&Attempt]) -> bool {
        let tried = |address: &IpAddr| attempts.iter().any(|attempt| attempt.address == *address);
        self.case.own_addresses().any(|address| !tried(&address))
    }

    /// Whether the sender got through at one time and not at another, and no other place did.
    pub(in crate::verdict) fn comes_and_goes_for_the_sender_alone(&self) -> bool {
        let mixed =
            |own: bool| self.counting().any(|one| one.class == OutcomeClass::Mixed && one.of_sender() == own);
        mixed(true) && !mixed(false)
    }

    /// Whether the sender was served in the exchange's name wherever its own resolver alone leads.
    pub(in crate::verdict) fn own_resolver_leads_to_the_exchange(&self) -> bool {
        let mut met = self.case.met_where_own_resolver_leads().peekable();
        met.peek().is_some() && met.all(|one| one.went_well() && names_exchange(one))
    }

    /// Whether the sender was served, and nowhere that its mail may go to.
    pub(in crate::verdict) fn served_beside_the_mail(&self) -> bool {
        self.of_sender().any(Observation::served) && !self.mail_is_served()
    }

    /// The families in which there is an address to try.
    pub(in crate::verdict) fn families(&self) -> Vec<Family> {
        let there = |family: &Family| self.targets.iter().any(|(_, address)| Family::of(*address) == *family);
        Family::ALL.into_iter().filter(there).collect()
    }

    /// Whether the sender's own resolver answered, or said that it could not.
    pub(in crate::verdict) fn resolver_answers(&self) -> bool {
        let view = self.case.sender().and_then(|sender| sender.resolver.as_ref());
        view.is_some_and(|view| view.answer.works() || view.answer == ResolverAnswer::ServFail)
    }

    fn observe_targets(&mut self) {
        let certificates = certificates(self);
        let case = self.case;
        for one in case.evidence.iter().filter(|one| one.failure.is_none()) {
            for &(exchange, address) in &self.targets.clone() {
                if let Some(mut observation) = self.observe(one, exchange, address) {
                    let tls = observation.attempt.and_then(|attempt| attempt.tls.as_ref());
                    observation.corroborated = tls.is_some_and(|tls| {
                        certificates.get(tls.fingerprint_sha256.as_str()).is_some_and(|met| met.len() > 1)
                    });
                    observation.discarded = self.discard(&observation);
                    self.observations.push(observation);
                }
            }
        }
        peers::mark_different(&mut self.observations);
        let odd = [OutcomeClass::Masked, OutcomeClass::NoStarttls, OutcomeClass::OtherCertificate];
        for one in &mut self.observations {
            if !one.of_sender() && odd.contains(&one.class) && one.discarded.is_none() {
                one.discarded = Some(&discard::ODD);
            }
        }
    }

    /// What `vantage` saw of one address: all its attempts, as one observation.
    fn observe(&self, by: &'a Evidence, exchange: &'a str, address: IpAddr) -> Option<Observation<'a>> {
        let home = Home::of(by);
        let here = |attempt: &&Attempt| {
            attempt.address == address && attempt.port == 25 && attempt.exchange == exchange
        };
        let mut tries: Vec<(&Attempt, OutcomeClass)> = by
            .attempts
            .iter()
            .filter(here)
            .filter_map(|attempt| Some((attempt, OutcomeClass::of(attempt, origin::origin(attempt, &home))?)))
            .collect();
        // Small packets are tried once: what came of it holds for every silence in the handshake.
        if tries.iter().any(|(_, class)| *class == OutcomeClass::LargeLost) {
            let silent = tries.iter_mut().filter(|(_, class)| *class == OutcomeClass::TlsSilent);
            silent.for_each(|(_, class)| *class = OutcomeClass::LargeLost);
        }
        // A reset overtakes what was sent before it, where that was not read yet (RFC 9293 s3.10.7.4): a greeting that is
        // cut off was heard once and once not.
        if tries.iter().any(|(_, class)| *class == OutcomeClass::Cut) {
            let unheard = |one: &&mut (&Attempt, OutcomeClass)| {
                one.1 == OutcomeClass::Dropped && one.0.outcome == Outcome::Reset
            };
            tries.iter_mut().filter(unheard).for_each(|(_, class)| *class = OutcomeClass::Cut);
        }
        accepted_late(&mut tries);
        tries.sort_by_key(|(attempt, _)| attempt.round);
        let all = tries.clone();
        let (attempt, mut class) = one_story(&mut tries)?;
        let served: Set<bool> = tries.iter().map(|(_, class)| SPOKE.has(*class)).collect();
        if served.len() == 2 || tries.iter().any(|(attempt, _)| connections::disagree(attempt)) {
            class = OutcomeClass::Mixed;
        }
        if let Some((_, taken)) = all.iter().find(|(_, class)| *class == OutcomeClass::Taken) {
            // It never was the host, in whichever round that came out.
            class = *taken;
        }
        let lossy_silence = loss::loses(by) && attempt.outcome == Outcome::TimedOut;
        let origin = match class {
            OutcomeClass::Mixed => Origin::Unknown,
            _ if lossy_silence => Origin::Unknown,
            // What was met again is traced once: any of the tries that ended alike may hold the trace.
            _ => all
                .iter()
                .rev()
                .filter(|(_, other)| *other == class)
                .map(|(attempt, _)| origin::origin(attempt, &home))
                .find(|origin| *origin != Origin::Unknown)
                .unwrap_or(Origin::Unknown),
        };
        let said = attempt.greeting.as_deref().unwrap_or_default();
        let domain = registered_domain(exchange);
        Some(Observation {
            by,
            subject: Subject::Address { exchange, address, operator: domain },
            family: Family::of(address),
            class,
            origin,
            attempt: Some(attempt),
            said: words(attempt, class),
            tries: tries.len(),
            connections: tries.iter().map(|(attempt, _)| connections::count(attempt)).sum(),
            network: self.networks.get(by.vantage.as_str()).copied().unwrap_or_default(),
            name_in_doubt: tries
                .iter()
                .filter(|(_, class)| *class == OutcomeClass::Cut)
                .all(|(attempt, _)| outcome::name_in_doubt(attempt)),
            sibling_passes: !lossy_silence && all.iter().any(|(attempt, _)| sibling_passes(attempt)),
            has_voice: voice(said).is_some(),
            of_client: attempt.refusal().is_some_and(|words| is_about_the_client(&words, address)),
            named: names_exchange(attempt),
            corroborated: false,
            address_reached: false,
            address_mixed: false,
            address_refused: false,
            controls_failed: false,
            one_voice: false,
            voices: 0,
            small_packets: all
                .iter()
                .find_map(|(attempt, _)| attempt.mss_retry.as_ref())
                .map(|retry| retry.outcome == Outcome::Completed),
            discarded: None,
        })
    }

    /// The rule that sets an observation of an address aside.
    fn discard(&self, one: &Observation<'_>) -> Option<&'static DiscardRule> {
        if one.class == OutcomeClass::CutShort {
            return Some(&discard::CUT_SHORT);
        }
        if one.of_sender() {
            let single = one.class == OutcomeClass::OwnHost && one.by.firewall_singles_out_the_looker();
            return single.then_some(&discard::LOOKER);
        }
        let controls = self.controls(one.by, one.family);
        let sees = controls.clear() || one.by.sight_in(one.family) == Sight::Clear;
        match one.class {
            _ if controls.deceived() => Some(&discard::DECEIVED),
            OutcomeClass::Taken => Some(&discard::TAKEN),
            OutcomeClass::OwnHost | OutcomeClass::NoFamily => Some(&discard::OWN_HOST),
            _ if !(sees || one.served() && one.corroborated) => Some(&discard::BLIND),
            _ => None,
        }
    }

    /// The sender's controls, a family at a time: a sign, where there is one.
    fn observe_controls(&mut self) {
        let Some(sender) = self.case.sender() else { return };
        for family in Family::ALL {
            let results = self.controls(sender, family).clone();
            let stopped = |(class, _): &(OutcomeClass, Origin)| *class == OutcomeClass::OwnHost;
            if sender.firewall_singles_out_the_looker() && results.failures.iter().any(stopped) {
                continue;
            }
            let here = |one: &&Observation<'_>| one.of_sender() && one.family == family;
            let others_voice = self.observations.iter().filter(here).any(|one| {
                let said = one.attempt.and_then(|attempt| attempt.greeting.as_deref()).and_then(voice);
                !one.named && said.is_some_and(|voice| results.voices.contains_key(&voice))
            });
            let served = self
                .observations
                .iter()
                .filter(here)
                .any(|one| one.served() && (one.named || one.corroborated));
            // Where packets get lost, a control that accepted was reached: the session was lost, and not its port.
            let lost = |one: &&str| loss::loses(sender) && results.open.contains(one);
            let missed = self.missed(family).filter(|one| !lost(one)).count();
            let class = if results.deceived() || others_voice {
                OutcomeClass::ControlsOneVoice
            } else if served && missed >= 2 {
                OutcomeClass::ControlsMissed
            } else if served {
                // The target's own word is the better control; one control that fails may have its reasons.
                continue;
            } else if !results.failed.is_empty() && results.reached.is_empty() {
                match results.open.len() {
                    _ if results.no_family() => OutcomeClass::ControlsNoFamily,
                    0 => OutcomeClass::ControlsDead,
                    _ => OutcomeClass::ControlsMute,
                }
            } else if missed > 0 {
                OutcomeClass::ControlsMissed
            } else {
                continue;
            };
            let mut origins: Vec<Origin> = results.failures.iter().map(|(_, origin)| *origin).collect();
            origins.dedup();
            let origin = if let [one] = origins[..] { one } else { Origin::Unknown };
            self.observations.push(Observation {
                by: sender,
                subject: Subject::Controls,
                family,
                class,
                origin: if class == OutcomeClass::ControlsDead { origin } else { Origin::Unknown },
                attempt: None,
                said: controls_in_words(class, &results, family),
                tries: 1,
                connections: 1,
                network: "",
                name_in_doubt: false,
                sibling_passes: false,
                has_voice: false,
                of_client: false,
                named: false,
                corroborated: false,
                address_reached: false,
                address_mixed: false,
                address_refused: false,
                controls_failed: !results.failed.is_empty(),
                one_voice: results.one_voice() || others_voice,
                voices: results.voices.len(),
                small_packets: None,
                discarded: None,
            });
        }
    }

    /// What is true of a place by what others saw there.
    fn mark_places(&mut self) {
        let counting = || self.observations.iter().filter(|one| one.discarded.is_none());
        let place = |one: &Observation<'a>| match one.subject {
            Subject::Address { exchange, address, .. } => Some((exchange, address)),
            Subject::Controls => None,
        };
        // What an interceptor on the sender's side serves is not the host.
        let believed = |one: &Observation<'a>| !one.of_sender() || self.vouched(one);
        let reached: Set<_> =
            counting().filter(|one| SERVED.has(one.class) && believed(one)).filter_map(place).collect();
        let mixed: Set<_> =
            counting().filter(|one| one.class == OutcomeClass::Mixed).filter_map(place).collect();
        let refuses = |one: &&Observation<'a>| {
            let class = matches!(one.class, OutcomeClass::Refused | OutcomeClass::Prohibited);
            class && !(one.of_sender() && one.origin.is_own_side())
        };
        let refused: Set<_> = counting().filter(refuses).filter_map(place).collect();
        let failed: Vec<Family> = Family::ALL
            .into_iter()
            .filter(|family| {
                let sender = self.case.sender();
                sender.is_some_and(|sender| !self.controls(sender, *family).failed.is_empty())
            })
            .collect();
        for one in &mut self.observations {
            one.address_reached = place(one).is_some_and(|place| reached.contains(&place));
            one.address_mixed = place(one).is_some_and(|place| mixed.contains(&place));
            one.address_refused = place(one).is_some_and(|place| refused.contains(&place));
            one.controls_failed = failed.contains(&one.family);
        }
    }
}

/// Whether the greeting or the certificate names the exchange's own domain.
fn names_exchange(attempt: &Attempt) -> bool {
    let domain = registered_domain(&attempt.exchange).to_ascii_lowercase();
    let has = |words: &str| words.to_ascii_lowercase().contains(&domain);
    let said = attempt.greeting.as_deref().unwrap_or_default();
    has(said) || attempt.tls.as_ref().is_some_and(|tls| has(&tls.subject))
}

/// A try that waited longer than those before it, and whose connection came about after the time in which they had given up:
/// no chance, but a host that lets one wait.
fn accepted_late(tries: &mut Vec<(&Attempt, OutcomeClass)>) {
    let gave_up = |one: &(&Attempt, OutcomeClass)| {
        one.0.limit_ms.filter(|_| one.1 == OutcomeClass::Silent).map(|limit| limit as f64)
    };
    let Some(longest) = tries.iter().filter_map(gave_up).reduce(f64::max) else { return };
    let late = |one: &(&Attempt, OutcomeClass)| {
        SERVED.has(one.1) && one.0.connect_ms.is_some_and(|ms| ms >= longest)
    };
    if tries.iter().any(late) && tries.iter().all(|one| late(one) || gave_up(one).is_some()) {
        tries.retain(late);
        tries.iter_mut().for_each(|(_, class)| *class = OutcomeClass::ServedLate);
    }
}

/// The addresses that may be looked at.
fn targets<'a>(case: &Case<'a>) -> Vec<(&'a str, IpAddr)> {
    let open = case.plan.open_addresses();
    let mut targets: Vec<_> = open.map(|(planned, address)| (planned.exchange.as_str(), address)).collect();
    targets.extend(case.tried_by_own_resolver());
    targets.dedup();
    targets
}

/// Each certificate, with the vantages that met it and are not deceived.
fn certificates<'a>(scene: &Scene<'a>) -> Map<&'a str, Set<&'a str>> {
    let mut met: Map<&str, Set<&str>> = Map::new();
    for one in scene.case.evidence {
        for attempt in &one.attempts {
            if let Some(tls) = &attempt.tls
                && !scene.controls(one, attempt.family()).deceived()
            {
                met.get_or_default(&tls.fingerprint_sha256).insert(&one.vantage);
            }
        }
    }
    met
}

/// Whether packets other than those to port 25 pass where these end.
fn sibling_passes(attempt: &Attempt) -> bool {
    origin::sibling_goes_on(attempt)
        || origin::answers_echo(attempt)
        || attempt.detail.as_ref().is_some_and(|detail| detail.contains("443 of the same host do"))
}

/// The attempts on one address that tell something, as one story; the last of them, and its class.
///
/// A silence that was cut before the time that a later success took is no failure: both say "late".
fn one_story<'a>(tries: &mut Vec<(&'a Attempt, OutcomeClass)>) -> Option<(&'a Attempt, OutcomeClass)> {
    let (first, (last, class)) = (*tries.first()?, *tries.last()?);
    let waited = |attempt: &Attempt| attempt.limit_ms.unwrap_or(0) as f64;
    let mut late = false;
    if SERVED.has(class) {
        let took = last.ended_ms.unwrap_or(0.0);
        tries.retain(|(attempt, class)| {
            let cut = attempt.outcome == Outcome::TimedOut && !CONNECT.has(*class) && took > waited(attempt);
            SERVED.has(*class) || !cut
        });
        late = tries.len() == 1 && first.0.round < last.round && class == OutcomeClass::Served;
    }
    if let Some(delay) = last.greeting_delay_ms() {
        tries.retain(|(attempt, class)| *class != OutcomeClass::NotYetGreeted || delay < waited(attempt));
    }
    if tries.iter().any(|(_, class)| *class != OutcomeClass::CutShort) {
        tries.retain(|(_, class)| *class != OutcomeClass::CutShort);
    }
    let (attempt, class) = tries.last().copied().unwrap_or((last, class));
    Some((attempt, if late { OutcomeClass::ServedLate } else { class }))
}

/// The negative controls that vantages with a clear view found closed.
fn found_closed(evidence: &[Evidence]) -> Set<IpAddr> {
    let mut closed = Set::new();
    for one in evidence.iter().filter(|one| one.failure.is_none()) {
        for control in one.controls.iter().filter(|control| control.expected == Expectation::Closed) {
            let attempt = &control.attempt;
            let asked = attempt.port == smtp::PORT && attempt.outcome != Outcome::NotTried;
            if asked && !attempt.connected() && one.sight_in(attempt.family()) == Sight::Clear {
                closed.insert(attempt.address);
            }
        }
    }
    closed
}

/// What the controls of one family showed, in words that can follow "the sending server".
fn controls_in_words(class: OutcomeClass, results: &ControlResults<'_>, family: Family) -> String {
    let family = family.label();
    let asked = results.asked();
    match class {
        OutcomeClass::ControlsOneVoice => match (results.one_voice(), results.closed_answered) {
            (false, Some(answered)) => {
                format!("was greeted by {}, whose port 25 is known to be closed", answered.address)
            }
            (true, _) => {
                let voice = results.voices.iter().find(|(_, operators)| operators.len() >= 2);
                let voice = voice.map_or("one name", |(voice, _)| voice.as_str());
                format!("was greeted as {voice} by control hosts of different operators in {family}")
            }
            _ => format!("was greeted by the target as by a control host of another operator in {family}"),
        },
        OutcomeClass::ControlsNoFamily => format!("has no {family} address or route of its own"),
        OutcomeClass::ControlsMute => format!(
            "was accepted by {} control operators in {family}, and greeted by none",
            results.open.len()
        ),
        OutcomeClass::ControlsMissed => format!(
            "reached {} of {asked} control operators on port 25 in {family}; others reach those that it missed",
            results.reached.len()
        ),
        _ => {
            let https = results.https_reached.len() + results.https_failed.len();
            let https = match (https, results.https_reached.len()) {
                (0, _) => String::new(),
                (asked, reached) => {
                    format!("; port 443 answered at {reached} of {asked} in the same minute")
                }
            };
            format!("reached 0 of {asked} control operators on port 25 in {family}{https}")
        }
    }
}
