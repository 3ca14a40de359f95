//! What the controls showed, and until when that holds.

use noanswer_core::address::Family;
use noanswer_core::evidence::{
    Attempt, ControlResult, Evidence, FamilySight, Grade, Outcome, Sight, UnresolvedControl, Vantage,
};
use noanswer_core::smtp;
use tokio::time::Instant;

/// What the controls showed, and until when that holds.
#[derive(Clone, Debug)]
pub(super) struct Cached {
    pub(super) until: Instant,
    pub(super) asked_at: Instant,
    pub(super) seen: ControlResults,
}

/// What the controls showed, and those that could not be asked at all.
#[derive(Clone, Debug, Default)]
pub(super) struct ControlResults {
    pub(super) results: Vec<ControlResult>,
    pub(super) unresolved: Vec<UnresolvedControl>,
    /// When they were asked; `None` where there was no time to.
    pub(super) asked_at: Option<Instant>,
}

impl ControlResults {
    /// Whether they were asked before `instant`: then they say nothing of what failed since.
    pub(super) fn are_older_than(&self, instant: Instant) -> bool {
        self.asked_at.is_some_and(|asked_at| asked_at < instant)
    }

    /// Whether they were reached as it should be.
    pub(super) fn see(&self) -> bool {
        sees(&self.results)
    }

    /// Whether nobody sees through this silence: no control in `family` was reached, and waiting for an answer was in vain.
    pub(super) fn are_silent(&self, family: Family) -> bool {
        let sight = FamilySight::of(&self.results, Grade::Smtp);
        let sight = if family == Family::Ipv4 { sight.ipv4 } else { sight.ipv6 };
        let waited = |one: &ControlResult| {
            let attempt = &one.attempt;
            attempt.port == smtp::PORT && attempt.family() == family && attempt.outcome == Outcome::TimedOut
        };
        sight == Sight::Blind && self.results.iter().any(waited)
    }

    /// The evidence of `vantage` with these controls and `attempts`.
    pub(super) fn evidence(self, vantage: &Vantage, attempts: Vec<Attempt>) -> Evidence {
        let mut evidence = Evidence::new(vantage, self.results, attempts);
        evidence.unresolved_controls = self.unresolved;
        evidence
    }
}

/// Whether nothing is to be mended: clear in one family, and no doubt about the other but that it is not there.
pub(super) fn sees(results: &[ControlResult]) -> bool {
    let sight = FamilySight::of(results, Grade::Smtp);
    let asked = |ipv6: bool| results.iter().any(|result| result.attempt.address.is_ipv6() == ipv6);
    let clear = |sight, ipv6| sight == Sight::Clear || !asked(ipv6);
    !results.is_empty() && clear(sight.ipv4, false) && clear(sight.ipv6, true)
}
