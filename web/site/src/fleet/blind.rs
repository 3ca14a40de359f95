//! Which vantages saw no port 25 when they looked last: checks do not wait for them.

use noanswer_core::evidence::{Evidence, Role, Sight, Vantage};
use noanswer_core::ports::ProbeResult;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For how long a vantage is taken for blind, in milliseconds. It is asked all the same, so mostly one learns earlier that
/// it sees again.
const HOLDS_MS: f64 = 600_000.0;

/// The vantages that were blind in both families at their last look, by id, and what their controls showed.
#[derive(Debug, Default)]
pub(super) struct Blind(Mutex<BTreeMap<String, (f64, Evidence)>>);

impl Blind {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<String, (f64, Evidence)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what `vantage` answered. A failure says nothing of what it sees, and a panel tells its blind probes
    /// apart itself.
    pub(super) fn note(&self, vantage: &Vantage, answer: &ProbeResult, now_ms: f64) {
        let Ok([row]) = answer.as_deref() else { return };
        if row.failure.is_some() || row.panel.is_some() || row.vantage != vantage.id {
            return;
        }
        if row.sight == Sight::Blind {
            let known = Evidence { attempts: Vec::new(), ..row.clone() };
            self.rows().insert(vantage.id.clone(), (now_ms, known));
        } else {
            self.rows().remove(&vantage.id);
        }
    }

    /// What is known of `vantage`, where it is blind. The sending server is waited for whatever it sees: the question is
    /// about its own path.
    pub(super) fn known(&self, vantage: &Vantage, now_ms: f64) -> Option<Evidence> {
        if vantage.role == Role::Sender {
            return None;
        }
        let rows = self.rows();
        let (since_ms, row) = rows.get(&vantage.id)?;
        (now_ms - since_ms < HOLDS_MS).then(|| row.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{
        Attempt, ControlResult, Expectation, Grade, NetworkKind, Outcome, VantageFailure, VantageFailureKind,
    };

    fn vantage(role: Role) -> Vantage {
        Vantage {
            id: "one".to_owned(),
            place: String::new(),
            role,
            network: String::new(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        }
    }

    fn answer(outcome: Outcome, role: Role) -> ProbeResult {
        let control = |(operator, last): (&str, u8)| {
            let untried = Attempt::untried(operator, [192, 0, 2, last].into(), 25, 1);
            let attempt = Attempt { outcome, ..untried };
            ControlResult { operator: operator.to_owned(), expected: Expectation::Open, attempt }
        };
        Ok(vec![Evidence::new(&vantage(role), [("a", 1), ("b", 2)].map(control).to_vec(), Vec::new())])
    }

    #[test]
    fn a_vantage_is_blind_until_it_sees_or_a_while_has_passed() {
        let (blind, one) = (Blind::default(), vantage(Role::Region));
        assert_eq!(blind.known(&one, 0.0), None);
        blind.note(&one, &answer(Outcome::TimedOut, Role::Region), 0.0);
        assert!(blind.known(&one, HOLDS_MS - 1.0).is_some_and(|row| row.sight == Sight::Blind));
        assert_eq!(blind.known(&one, HOLDS_MS), None);
        let failure = VantageFailure { kind: VantageFailureKind::TimedOut, words: String::new() };
        blind.note(&one, &Err(failure), 1.0);
        assert!(blind.known(&one, 1.0).is_some(), "a call that failed says nothing of its sight");
        // No control could be asked: that is not blindness.
        blind.note(&one, &answer(Outcome::NotTried, Role::Region), 1.0);
        assert_eq!(blind.known(&one, 1.0), None);
    }

    #[test]
    fn the_sending_server_is_always_waited_for() {
        let (blind, one) = (Blind::default(), vantage(Role::Sender));
        blind.note(&one, &answer(Outcome::TimedOut, Role::Sender), 0.0);
        assert_eq!(blind.known(&one, 0.0), None);
    }
}
