//! The sender's own road to port 25, one family at a time: judged by its controls, never by the target.

use super::RuledOut;
use super::fault::Fault;
use crate::address::Family;
use crate::evidence::{Attempt, ControlResult, Evidence, Expectation, Outcome, ResolverView, Role, Sight};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What survives of the sender's road in one family.
pub(super) struct RoadJudgement {
    pub(super) family: Family,
    /// Whether an open road survives.
    pub(super) may_be_open: bool,
    /// The faults of the road that survive.
    pub(super) survivors: Vec<Fault>,
    pub(super) ruled_out: Vec<RuledOut>,
    /// What the controls showed, in sentences.
    pub(super) because: Vec<String>,
    /// The operators that the sender did not reach and others did.
    pub(super) missed: Vec<String>,
    /// Why what the controls showed is not believed, where it is not.
    pub(super) doubt: Option<String>,
}

/// What the other vantages tell of the sender's controls in one family, and whether the sender was online at all.
#[derive(Default)]
pub(super) struct Elsewhere<'a> {
    /// The operators whose port 25 spoke to others.
    pub(super) spoke: BTreeSet<&'a str>,
    /// The operators whose port 443 others connected to.
    pub(super) https: BTreeSet<&'a str>,
    /// The addresses whose port 25 is said to be closed, and which answered a vantage of another network.
    pub(super) closed_answered: BTreeSet<IpAddr>,
    /// Something far away answered the sender, by whatever family: a vantage, or its resolver.
    pub(super) online: bool,
}

impl<'a> Elsewhere<'a> {
    /// What the other vantages of `evidence` tell of the controls of `sender` in `family`.
    pub(super) fn of(evidence: &'a [Evidence], sender: &Evidence, family: Family) -> Self {
        let mut elsewhere = Self::default();
        let answered = |one: &&Evidence| one.role == Role::Region && one.failure.is_none();
        for one in evidence.iter().filter(answered) {
            elsewhere.online = true;
            for control in one.controls.iter().filter(|control| control.attempt.family() == family) {
                elsewhere.take(one, sender, control);
            }
        }
        let far = |view: &ResolverView| {
            view.answer.works() && view.servers.iter().all(|server| !server.is_loopback())
        };
        elsewhere.online |= sender.resolver.as_ref().is_some_and(far);
        elsewhere
    }

    fn take(&mut self, one: &Evidence, sender: &Evidence, control: &'a ControlResult) {
        let (attempt, operator) = (&control.attempt, control.operator.as_str());
        let clear = one.sight_in(attempt.family()) == Sight::Clear;
        let of_another_network = one.network.is_empty() || one.network != sender.network;
        match (attempt.port, control.expected) {
            (25, Expectation::Open) if attempt.server_spoke() && clear => self.spoke.insert(operator),
            (443, Expectation::Open) if attempt.connected() => self.https.insert(operator),
            (25, Expectation::Closed) if attempt.connected() && of_another_network => {
                self.closed_answered.insert(attempt.address)
            }
            _ => false,
        };
    }
}

impl RoadJudgement {
    /// Whether the road is known to be open.
    pub(super) fn open(&self) -> bool {
        self.may_be_open && self.survivors.is_empty()
    }

    /// Whether the road is known to be broken, by whatever.
    pub(super) fn broken(&self) -> bool {
        !self.may_be_open
    }
}

/// What the controls of one family showed, by operator.
#[derive(Default)]
struct Controls<'a> {
    reached: BTreeSet<&'a str>,
    silent_open: BTreeSet<&'a str>,
    failed: BTreeSet<&'a str>,
    https_reached: BTreeSet<&'a str>,
    https_failed: BTreeSet<&'a str>,
    /// A reset came from port 443, of whomever.
    https_refused: bool,
    /// Somebody answered on port 25, and be it by saying no.
    no_silence: bool,
    closed_answered: Option<&'a ControlResult>,
    /// Every failure was "I have no address or route of this family".
    no_family: bool,
}

impl<'a> Controls<'a> {
    fn of(evidence: &'a Evidence, family: Family) -> Self {
        let mut controls = Self { no_family: true, ..Self::default() };
        for control in evidence.controls.iter().filter(|control| control.attempt.family() == family) {
            controls.take(control);
        }
        let reached = controls.reached.clone();
        controls.failed.retain(|operator| !reached.contains(operator));
        controls.silent_open.retain(|operator| !reached.contains(operator));
        let https_reached = controls.https_reached.clone();
        controls.https_failed.retain(|operator| !https_reached.contains(operator));
        controls
    }

    fn take(&mut self, control: &'a ControlResult) {
        let (attempt, operator) = (&control.attempt, control.operator.as_str());
        if attempt.outcome == Outcome::NotTried {
            return;
        }
        match (attempt.port, control.expected) {
            (25, Expectation::Closed) if attempt.connected() => self.closed_answered = Some(control),
            (25, Expectation::Open) => {
                if attempt.server_spoke() {
                    self.reached.insert(operator);
                } else {
                    self.failed.insert(operator);
                    self.no_silence |= attempt.outcome != Outcome::TimedOut;
                    if attempt.connected() {
                        self.silent_open.insert(operator);
                    }
                }
            }
            (443, Expectation::Open) => {
                let set = if attempt.connected() { &mut self.https_reached } else { &mut self.https_failed };
                set.insert(operator);
                self.https_refused |= attempt.outcome == Outcome::Refused;
            }
            _ => return,
        }
        let no_family = matches!(attempt.outcome, Outcome::NetworkUnreachable | Outcome::AddressNotAvailable)
            && attempt.answered_by.as_ref().is_none_or(|by| by.icmp.is_none());
        self.no_family &= no_family;
    }

    /// Whether silence on port 443 is the path's: a mail server need not serve it. Others reached it there, or nothing
    /// far away answered at all.
    fn no_https(&self, elsewhere: &Elsewhere<'_>) -> bool {
        !elsewhere.online
            || self.https_failed.iter().filter(|one| elsewhere.https.contains(*one)).count() >= 2
    }

    fn asked(&self) -> usize {
        self.reached.len() + self.failed.len()
    }
}

/// Judges the sender's road in `family`.
pub(super) fn judge(evidence: &Evidence, family: Family, elsewhere: &Elsewhere<'_>) -> RoadJudgement {
    let controls = Controls::of(evidence, family);
    let sight = evidence.sight_in(family);
    let broken_family = if family == Family::Ipv6 { Fault::SenderIpv6Broken } else { Fault::SenderOffline };
    let all = [Fault::OutboundPort25Blocked, Fault::OutboundPort25Intercepted, broken_family];
    let mut road = RoadJudgement {
        family,
        may_be_open: true,
        survivors: all.to_vec(),
        ruled_out: Vec::new(),
        because: described(&controls, family),
        missed: controls
            .failed
            .iter()
            .filter(|one| elsewhere.spoke.contains(*one))
            .map(|one| (*one).to_owned())
            .collect(),
        doubt: None,
    };
    if sight == Sight::Deceived {
        let mut taken = evidence.attempts.iter().filter(|attempt| attempt.family() == family);
        let taken = taken.find(|attempt| attempt.taken_on_the_way());
        road.because
            .extend(taken.map(|attempt| format!("the sending server {}", super::seen::words(attempt))));
    }
    let count = format!("{} of {} control operators on port 25", controls.reached.len(), controls.asked());
    match sight {
        Sight::Clear => road.clear(&count),
        Sight::Deceived if closed_in_doubt(evidence, &controls, elsewhere) => {
            road.doubt = Some(format!(
                "A port 25 that is said to be closed ({}) answers at other places too: it proves nothing. Is the list of negative controls still true?",
                controls.closed_answered.map_or(String::new(), |control| control.attempt.address.to_string())
            ));
        }
        Sight::Deceived => road.deceived(&controls),
        Sight::Blind => match reached_all_the_same(evidence, family) {
            Some(attempt) => {
                road.doubt = Some(format!(
                    "No control host answered the sending server in {}, but it {}: the controls may be down themselves.",
                    family.label(),
                    super::seen::words(attempt)
                ));
            }
            None => road.blind(&controls, elsewhere),
        },
        Sight::Partial if !controls.reached.is_empty() => road.partial(&count, voices(evidence, family)),
        Sight::Partial => {}
    }
    road
}

impl RoadJudgement {
    fn rule_out(&mut self, fault: Fault, cell: &str, because: String) {
        if self.survivors.contains(&fault) {
            self.survivors.retain(|survivor| *survivor != fault);
            self.ruled_out.push(RuledOut { fault, because, cell: cell.to_owned() });
        }
    }

    fn rule_out_broken_family(&mut self, cell: &str, because: &str) {
        self.rule_out(Fault::SenderIpv6Broken, cell, because.to_owned());
        self.rule_out(Fault::SenderOffline, cell, because.to_owned());
    }

    fn clear(&mut self, count: &str) {
        let reached =
            format!("but the sending server reached {count} in {} in the same minute", self.family.label());
        self.rule_out(
            Fault::OutboundPort25Blocked,
            "road.blocked.clear",
            format!("a block on the sender's side stops port 25 to every host, {reached}"),
        );
        self.rule_out(
            Fault::OutboundPort25Intercepted,
            "road.intercepted.clear",
            format!(
                "an interceptor greets in one voice for every host, {reached}, each with its own greeting"
            ),
        );
        let because = format!("a broken {} path reaches nobody, {reached}", self.family.label());
        self.rule_out_broken_family("road.family.clear", &because);
    }

    fn partial(&mut self, count: &str, voices: usize) {
        let reached = format!("but the sending server reached {count} in {}", self.family.label());
        self.rule_out(
            Fault::OutboundPort25Blocked,
            "road.blocked.partial",
            format!("a block on the sender's side stops port 25 to every host, {reached}"),
        );
        self.rule_out_broken_family(
            "road.family.partial",
            &format!("a broken path reaches nobody, {reached}"),
        );
        if voices >= 2 {
            let because = format!(
                "an interceptor greets in one voice for every host, but {voices} different greetings came"
            );
            self.rule_out(Fault::OutboundPort25Intercepted, "road.intercepted.voices", because);
        }
    }

    fn deceived(&mut self, controls: &Controls<'_>) {
        self.may_be_open = false;
        let seen = match controls.closed_answered {
            Some(control) => {
                format!(
                    "but {}, whose port 25 is known to be closed, accepted a connection",
                    control.attempt.address
                )
            }
            None => "but hosts of different operators all greeted in the same words".to_owned(),
        };
        self.rule_out(
            Fault::OutboundPort25Blocked,
            "road.blocked.deceived",
            format!("a block lets no connection through, {seen}"),
        );
        self.rule_out_broken_family(
            "road.family.deceived",
            &format!("a broken path carries nothing, {seen}"),
        );
    }

    fn blind(&mut self, controls: &Controls<'_>, elsewhere: &Elsewhere<'_>) {
        self.may_be_open = false;
        let family = self.family.label();
        if controls.silent_open.len() >= 2 {
            let seen = format!(
                "but {} control operators accepted the connection and none of them greeted",
                controls.silent_open.len()
            );
            self.rule_out(
                Fault::OutboundPort25Blocked,
                "road.blocked.silent_open",
                format!("a block lets no connection through, {seen}"),
            );
            self.rule_out_broken_family(
                "road.family.silent_open",
                &format!("a broken path carries nothing, {seen}"),
            );
            return;
        }
        if controls.silent_open.is_empty() {
            self.rule_out(
                Fault::OutboundPort25Intercepted,
                "road.intercepted.blind",
                format!("an interceptor accepts connections, but no control host could be connected to in {family}"),
            );
        }
        if !controls.https_reached.is_empty() {
            let because = format!(
                "a broken {family} path carries nothing, but port 443 of {} control operators answered",
                controls.https_reached.len()
            );
            self.rule_out_broken_family("road.family.https", &because);
        } else if controls.https_refused {
            // A reset on one port and silence on the other: packets come and go, and port 25 is treated otherwise.
            if !controls.no_silence {
                let because = format!(
                    "a broken {family} path carries nothing, but port 443 of the control hosts was answered with a reset"
                );
                self.rule_out_broken_family("road.family.https_reset", &because);
            }
        } else if controls.https_failed.len() >= 2 && controls.no_https(elsewhere) {
            let because = format!(
                "a block of port 25 leaves other ports, but no control host answered on port 443 in {family} either"
            );
            self.rule_out(Fault::OutboundPort25Blocked, "road.blocked.https", because);
        } else if controls.no_family {
            let because =
                format!("a block needs a road, but this host has no {family} address or route at all");
            self.rule_out(Fault::OutboundPort25Blocked, "road.blocked.no_family", because);
        }
    }
}

/// Whether the only sign of an interceptor is a port 25 that answers everywhere: other greetings came in their own words.
fn closed_in_doubt(evidence: &Evidence, controls: &Controls<'_>, elsewhere: &Elsewhere<'_>) -> bool {
    let Some(answered) = controls.closed_answered.map(|control| &control.attempt) else { return false };
    let open = evidence.controls.iter().filter(|control| control.expected == Expectation::Open);
    elsewhere.closed_answered.contains(&answered.address)
        && greetings(open.map(|control| &control.attempt), answered.family()) >= 2
}

/// An exchange that spoke to a sender whom no control answered: its port 25 is not blocked altogether.
fn reached_all_the_same(evidence: &Evidence, family: Family) -> Option<&Attempt> {
    let mut of_family = evidence.attempts.iter().filter(|attempt| attempt.family() == family);
    of_family.find(|attempt| attempt.server_spoke() && !attempt.taken_on_the_way())
}

/// How many different greetings the vantage heard in `family`, from controls and exchanges together.
fn voices(evidence: &Evidence, family: Family) -> usize {
    let controls = evidence.controls.iter().map(|control| &control.attempt);
    greetings(controls.chain(&evidence.attempts), family)
}

/// How many different greetings `attempts` heard on port 25 in `family`.
fn greetings<'a>(attempts: impl Iterator<Item = &'a Attempt>, family: Family) -> usize {
    let heard = attempts.filter(|attempt| attempt.family() == family && attempt.port == 25);
    heard.filter_map(|attempt| attempt.greeting.as_deref()).collect::<BTreeSet<_>>().len()
}

fn described(controls: &Controls<'_>, family: Family) -> Vec<String> {
    let family = family.label();
    let mut lines = Vec::new();
    if controls.asked() > 0 {
        lines.push(format!(
            "the sending server reached {} of {} control operators on port 25 in {family}",
            controls.reached.len(),
            controls.asked()
        ));
    }
    let https = controls.https_reached.len() + controls.https_failed.len();
    if https > 0 && controls.reached.is_empty() {
        lines.push(format!(
            "port 443 answered at {} of {https} control operators in {family} in the same minute",
            controls.https_reached.len()
        ));
    }
    if let Some(control) = controls.closed_answered {
        lines.push(format!(
            "{}, whose port 25 is known to be closed, accepted a connection{}",
            control.attempt.address,
            control.attempt.greeting.as_ref().map_or(String::new(), |said| format!(" and greeted: {said}"))
        ));
    }
    if controls.silent_open.len() >= 2 && controls.reached.is_empty() {
        lines.push(format!(
            "{} control operators accepted the connection and none of them greeted",
            controls.silent_open.len()
        ));
    }
    if controls.no_family && controls.asked() > 0 && controls.reached.is_empty() {
        lines.push(format!("the sending server has no {family} address or route of its own"));
    }
    lines
}
