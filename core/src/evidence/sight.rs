//! Whether a vantage can see port 25 at all: derived from its controls, never claimed.

use super::attempt::Outcome;
use super::control::{ControlResult, Expectation};
use crate::address::Family;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far what a vantage says of a target can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// It reached controls of at least two operators: its failures and its successes count.
    Clear,
    /// Too few controls answered, or too few were asked: its failures count for nothing.
    Partial,
    /// No control of at least two operators answered: what it says of a target counts for nothing.
    Blind,
    /// Something answers in the place of others: its successes count for nothing either.
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
    /// The sight that `controls` give.
    pub fn of(controls: &[ControlResult]) -> Self {
        Self { ipv4: sight(controls, Family::Ipv4), ipv6: sight(controls, Family::Ipv6) }
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
const WITNESSES: usize = 2;

fn sight(controls: &[ControlResult], family: Family) -> Sight {
    let on_25 = || controls.iter().filter(|c| c.attempt.port == 25 && c.attempt.family() == family);
    if on_25().any(|c| c.expected == Expectation::Closed && c.attempt.connected()) {
        return Sight::Deceived;
    }
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut failed: BTreeSet<&str> = BTreeSet::new();
    for control in on_25().filter(|c| c.expected == Expectation::Open) {
        if control.attempt.server_spoke() {
            let greeting = control.attempt.greeting.as_deref().unwrap_or_default();
            reached.entry(&control.operator).or_default().insert(greeting);
        } else if control.attempt.outcome != Outcome::NotTried {
            failed.insert(&control.operator);
        }
    }
    failed.retain(|operator| !reached.contains_key(operator));
    if one_voice(&reached) {
        Sight::Deceived
    } else if reached.len() >= WITNESSES {
        Sight::Clear
    } else if reached.is_empty() && failed.len() >= WITNESSES {
        Sight::Blind
    } else {
        Sight::Partial
    }
}

/// Whether hosts of different operators all greet in the same words: then it is not they who greet.
fn one_voice(reached: &BTreeMap<&str, BTreeSet<&str>>) -> bool {
    let mut voices = reached.values().flatten();
    let Some(first) = voices.next() else { return false };
    reached.len() >= WITNESSES && !first.is_empty() && voices.all(|voice| voice == first)
}
