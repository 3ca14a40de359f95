//! Whether a vantage can see port 25 at all: derived from its controls, never claimed.

use super::control::{ControlResult, Expectation};
use super::outcome::Outcome;
use super::vantage::Grade;
use crate::address::Family;
use crate::smtp;
use crate::sorted::{Map, Set};
use serde::{Deserialize, Serialize};

/// How far what a vantage says of a target can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// It reached controls of at least two operators: its failures and its successes count.
    Clear,
    /// Too few controls answered, or too few were asked: its failures count for nothing.
    Partial,
    /// No control of at least two operators answered (egress filtering, mostly): what it says of a target counts for
    /// nothing.
    Blind,
    /// Something answers in the place of others (intercepted, a transparent proxy): its successes count for nothing either.
    Deceived,
}

/// The sight of a vantage, one family at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FamilySight {
    /// In IPv4.
    pub ipv4: Sight,
    /// In IPv6.
    pub ipv6: Sight,
}

impl FamilySight {
    /// The sight that `controls` give a vantage of this `grade`. Of a control that was asked more than once, the last
    /// answer counts.
    pub fn of(controls: &[ControlResult], grade: Grade) -> Self {
        let sight = |family| match grade.reads_greetings() {
            true => sight(controls, family),
            false => sight_without_greetings(controls, family),
        };
        Self { ipv4: sight(Family::Ipv4), ipv6: sight(Family::Ipv6) }
    }

    /// One word for both: a vantage is deceived if it is in any family, clear if IPv4 is, partial if only IPv6 is.
    pub fn overall(self) -> Sight {
        match (self.ipv4, self.ipv6) {
            (Sight::Deceived, _) | (_, Sight::Deceived) => Sight::Deceived,
            (Sight::Clear, _) => Sight::Clear,
            (_, Sight::Clear) => Sight::Partial,
            (Sight::Partial, _) => Sight::Partial,
            // No IPv6 control was asked: IPv4 alone speaks.
            (Sight::Blind, _) => Sight::Blind,
        }
    }
}

/// How many operators must have been reached for a clear sight, and must have failed for a blind one.
const MIN_OPERATORS: usize = 2;

/// The controls on port 25 in one family, each by its last answer. A second asking for which no time was left takes a
/// success back, which may no longer hold, and leaves a failure as it was.
fn on_25(controls: &[ControlResult], family: Family) -> impl Iterator<Item = &ControlResult> {
    let replaced = move |at: usize, earlier: &ControlResult| {
        let reached = earlier.expected == Expectation::Open && earlier.attempt.connected();
        controls[at + 1..].iter().map(|later| &later.attempt).any(|later| {
            let tells = later.outcome != Outcome::NotTried || reached;
            later.port == smtp::PORT && later.address == earlier.attempt.address && tells
        })
    };
    let mut counted = Vec::new();
    for (at, control) in controls.iter().enumerate() {
        let attempt = &control.attempt;
        let untried = attempt.outcome == Outcome::NotTried
            && counted.iter().any(|one: &&ControlResult| one.attempt.address == attempt.address);
        if attempt.port == smtp::PORT && attempt.family() == family && !untried && !replaced(at, control) {
            counted.push(control);
        }
    }
    counted.into_iter()
}

/// The sight of a vantage that hears no greetings: something on the path that connects to everything would look like
/// every control at once, so it takes a negative control that does not connect.
fn sight_without_greetings(controls: &[ControlResult], family: Family) -> Sight {
    let asked = |expected| {
        on_25(controls, family)
            .filter(move |c| c.expected == expected && c.attempt.outcome != Outcome::NotTried)
    };
    let mut closed = asked(Expectation::Closed).peekable();
    let has_negative = closed.peek().is_some();
    if closed.any(|c| c.attempt.connected()) {
        return Sight::Deceived;
    }
    let mut reached: Set<&str> = Set::new();
    let mut failed: Set<&str> = Set::new();
    for control in asked(Expectation::Open) {
        let of = if control.attempt.connected() { &mut reached } else { &mut failed };
        of.insert(&control.operator);
    }
    match (reached.len(), has_negative) {
        (MIN_OPERATORS.., true) => Sight::Clear,
        (0, _) if failed.len() >= MIN_OPERATORS => Sight::Blind,
        _ => Sight::Partial,
    }
}

fn sight(controls: &[ControlResult], family: Family) -> Sight {
    let on_25 = || on_25(controls, family);
    if on_25().any(|c| c.expected == Expectation::Closed && c.attempt.connected()) {
        return Sight::Deceived;
    }
    let mut reached: Map<&str, Set<&str>> = Map::new();
    let mut failed: Set<&str> = Set::new();
    for control in on_25().filter(|c| c.expected == Expectation::Open) {
        if control.attempt.server_spoke() {
            let greeting = control.attempt.greeting.as_deref().unwrap_or_default();
            reached.get_or_default(&control.operator).insert(greeting);
        } else if control.attempt.outcome != Outcome::NotTried {
            failed.insert(&control.operator);
        }
    }
    failed.retain(|operator| !reached.contains_key(operator));
    if one_voice(&reached) {
        Sight::Deceived
    } else if reached.len() >= MIN_OPERATORS {
        Sight::Clear
    } else if reached.is_empty() && failed.len() >= MIN_OPERATORS {
        Sight::Blind
    } else {
        Sight::Partial
    }
}

/// Whether hosts of different operators all greet in the same words: then it is not they who greet.
fn one_voice(reached: &Map<&str, Set<&str>>) -> bool {
    let mut voices = reached.values().flatten();
    let Some(first) = voices.next() else { return false };
    reached.len() >= MIN_OPERATORS && !first.is_empty() && voices.all(|voice| voice == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Attempt;
    use crate::smtp::Stage;

    fn control(
        operator: &str,
        last: u8,
        expected: Expectation,
        outcome: Outcome,
        round: u8,
    ) -> ControlResult {
        let address = std::net::Ipv4Addr::new(192, 0, 2, last).into();
        let mut attempt = Attempt::untried(operator, address, 25, round);
        attempt.outcome = outcome;
        attempt.connect_ms = matches!(outcome, Outcome::Connected | Outcome::Completed).then_some(1.0);
        if outcome == Outcome::Completed {
            attempt.stage = Stage::Greeting;
            attempt.greeting = Some(format!("220 {operator}"));
        }
        ControlResult { operator: operator.to_owned(), expected, attempt }
    }

    #[test]
    fn the_last_answer_of_a_control_counts() {
        let mut controls: Vec<ControlResult> = [("a", 1), ("b", 2)]
            .map(|(operator, last)| control(operator, last, Expectation::Open, Outcome::Completed, 1))
            .into();
        assert_eq!(FamilySight::of(&controls, Grade::Smtp).ipv4, Sight::Clear);
        controls.extend(
            [("a", 1), ("b", 2)]
                .map(|(operator, last)| control(operator, last, Expectation::Open, Outcome::TimedOut, 2)),
        );
        assert_eq!(FamilySight::of(&controls, Grade::Smtp).ipv4, Sight::Blind);
    }

    #[test]
    fn an_asking_that_had_no_time_takes_a_success_back_and_leaves_a_failure() {
        let of = |outcome, round| {
            [("a", 1), ("b", 2)]
                .map(|(operator, last)| control(operator, last, Expectation::Open, outcome, round))
        };
        let sight = |first| {
            let controls = [of(first, 1), of(Outcome::NotTried, 2)].concat();
            FamilySight::of(&controls, Grade::Smtp).ipv4
        };
        assert_eq!(sight(Outcome::TimedOut), Sight::Blind);
        assert_eq!(sight(Outcome::Completed), Sight::Partial);
    }

    #[test]
    fn who_hears_no_greeting_needs_a_negative_control() {
        let open = |last, operator| control(operator, last, Expectation::Open, Outcome::Connected, 1);
        let closed = |outcome| control("negative control", 9, Expectation::Closed, outcome, 1);
        let two = vec![open(1, "a"), open(2, "b")];
        let sight = |controls: &[ControlResult]| FamilySight::of(controls, Grade::Connect).ipv4;
        assert_eq!(sight(&two), Sight::Partial, "an interceptor connects to everything");
        assert_eq!(sight(&[two.clone(), vec![closed(Outcome::TimedOut)]].concat()), Sight::Clear);
        assert_eq!(sight(&[two.clone(), vec![closed(Outcome::NotTried)]].concat()), Sight::Partial);
        assert_eq!(sight(&[two.clone(), vec![closed(Outcome::Connected)]].concat()), Sight::Deceived);
        assert_eq!(FamilySight::of(&two, Grade::Smtp).ipv4, Sight::Blind, "nobody greeted");
    }
}
