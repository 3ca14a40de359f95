//! What the control hosts showed to one vantage in one family, by operator.

use super::origin::{self, Home, Origin};
use super::outcome::OutcomeClass;
use super::voice::voice;
use crate::address::Family;
use crate::evidence::{Attempt, Evidence, Expectation, Outcome};
use crate::sorted::{Map, Set};

/// What the controls of one vantage and family showed. Several hosts of one operator are one independent source.
#[derive(Clone, Debug, Default)]
pub(in crate::verdict) struct ControlResults<'a> {
    /// Operators whose port 25 spoke.
    pub(in crate::verdict) reached: Set<&'a str>,
    /// Operators whose port 25 did not speak.
    pub(in crate::verdict) failed: Set<&'a str>,
    /// Operators that accepted and did not speak.
    pub(in crate::verdict) open: Set<&'a str>,
    /// How the failures ended, and where.
    pub(in crate::verdict) failures: Vec<(OutcomeClass, Origin)>,
    /// Operators whose port 443 was connected to.
    pub(in crate::verdict) https_reached: Set<&'a str>,
    /// Operators whose port 443 was not.
    pub(in crate::verdict) https_failed: Set<&'a str>,
    /// A reset came from a port 443.
    pub(in crate::verdict) https_refused: bool,
    /// Anything at all was connected to on port 443, a DoH server among it.
    pub(in crate::verdict) any_https: bool,
    /// A port 25 that is known to be closed and accepted.
    pub(in crate::verdict) closed_answered: Option<&'a Attempt>,
    /// A port 25 that is known to be closed refused, as its host does.
    closed_refused: bool,
    /// Others, who see clearly, find that port closed: the list of negative controls is right about it.
    pub(super) closed_elsewhere: bool,
    /// The domains in the greetings, each with the operators that it came from.
    pub(in crate::verdict) voices: Map<String, Set<&'a str>>,
}

impl<'a> ControlResults<'a> {
    /// The results of `evidence` in `family`.
    pub(super) fn of(evidence: &'a Evidence, family: Family, home: &Home<'_>) -> Self {
        let mut results = Self::default();
        let mut nameless: Map<String, Set<&str>> = Map::new();
        for control in evidence.controls.iter().filter(|control| control.attempt.family() == family) {
            let attempt = &control.attempt;
            let operator = control.operator.as_str();
            match (attempt.port, control.expected) {
                _ if attempt.outcome == Outcome::NotTried => {}
                (25, Expectation::Closed) if attempt.connected() => results.closed_answered = Some(attempt),
                (25, Expectation::Closed) if attempt.outcome == Outcome::Refused => {
                    results.closed_refused |= !origin::origin(attempt, home).is_own_side();
                }
                (25, Expectation::Open) => {
                    results.take(operator, attempt, home);
                    let greeting = attempt.greeting.as_deref();
                    if let Some(line) = greeting.filter(|line| voice(line).is_none()) {
                        nameless.get_or_default(line.to_owned()).insert(operator);
                    }
                }
                (443, Expectation::Open) => results.take_https(operator, attempt),
                _ => {}
            }
        }
        // Words that name nobody are one voice where all who speak say the same.
        nameless.retain(|_, operators| operators.len() >= 2 && *operators == results.reached);
        results.voices.extend(nameless);
        results.failed.retain(|operator| !results.reached.contains(operator));
        results.open.retain(|operator| !results.reached.contains(operator));
        results.https_failed.retain(|operator| !results.https_reached.contains(operator));
        results
    }

    fn take(&mut self, operator: &'a str, attempt: &'a Attempt, home: &Home<'_>) {
        let origin = origin::origin(attempt, home);
        let Some(class) = OutcomeClass::of(attempt, origin) else { return };
        if attempt.server_spoke() {
            self.reached.insert(operator);
            if let Some(voice) = attempt.greeting.as_deref().and_then(voice) {
                self.voices.get_or_default(voice).insert(operator);
            }
            return;
        }
        self.failed.insert(operator);
        self.failures.push((class, origin));
        if attempt.connected() {
            self.open.insert(operator);
        }
    }

    fn take_https(&mut self, operator: &'a str, attempt: &'a Attempt) {
        self.any_https |= attempt.connected();
        self.https_refused |= attempt.outcome == Outcome::Refused;
        // A DoH server is asked beside the controls, under its own name: it is no operator of theirs.
        if operator != attempt.exchange {
            let set = if attempt.connected() { &mut self.https_reached } else { &mut self.https_failed };
            set.insert(operator);
        }
    }

    /// Hosts of different operators greet in one voice.
    pub(in crate::verdict) fn one_voice(&self) -> bool {
        self.voices.values().any(|operators| operators.len() >= 2)
    }

    /// What is known to be closed answers, in a voice that is heard elsewhere too, or where no other is heard.
    fn closed_speaks(&self) -> bool {
        let Some(answered) = self.closed_answered else { return false };
        match answered.greeting.as_deref().and_then(voice) {
            Some(voice) => self.voices.is_empty() || self.voices.contains_key(&voice),
            None => false,
        }
    }

    /// Something answers in the place of others.
    pub(in crate::verdict) fn deceived(&self) -> bool {
        self.one_voice() || self.closed_speaks() || self.closed_elsewhere
    }

    /// At least two operators were reached, each in its own voice.
    pub(in crate::verdict) fn clear(&self) -> bool {
        self.reached.len() >= 2 && !self.deceived()
    }

    /// How many operators were asked.
    pub(in crate::verdict) fn asked(&self) -> usize {
        self.reached.len() + self.failed.len()
    }

    /// Every failure was "I have no address or route of this family".
    pub(in crate::verdict) fn no_family(&self) -> bool {
        !self.failures.is_empty() && self.failures.iter().all(|(class, _)| *class == OutcomeClass::NoFamily)
    }

    /// A closed port 25 refused, and every other one is silent: what drops connections to port 25 drops them all.
    pub(in crate::verdict) fn refused_where_others_are_silent(&self) -> bool {
        let silent = |(class, _): &(OutcomeClass, Origin)| *class == OutcomeClass::Silent;
        self.closed_refused && !self.failures.is_empty() && self.failures.iter().all(silent)
    }

    /// Anything answered, on whatever port.
    pub(in crate::verdict) fn alive(&self) -> bool {
        let silent = self.failures.iter().any(|(class, _)| *class == OutcomeClass::Silent);
        self.any_https || !self.reached.is_empty() || !self.open.is_empty() || self.https_refused && silent
    }
}
