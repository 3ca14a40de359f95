//! A control that nobody reaches any more has moved, or was closed: that is noticed by itself, and said.

use noanswer_core::evidence::{ControlResult, Expectation, UnresolvedControl};
use noanswer_core::smtp;
use std::collections::HashMap;
use std::time::Duration;

/// After how long without one success a control is said to have moved, while others are reached.
const DAYS: u64 = 7;
const AFTER: Duration = Duration::from_secs(DAYS * 24 * 3_600);

/// When each operator's control was reached last. Moments are counted from the start of the process.
#[derive(Debug, Default)]
pub(super) struct Memory(HashMap<String, Duration>);

impl Memory {
    /// Takes what a look at the controls showed at `now`, and tells those that nobody who asked here has reached for so
    /// long, although others were reached in this very look.
    pub(super) fn take(
        &mut self,
        results: &[ControlResult],
        unresolved: &[UnresolvedControl],
        now: Duration,
    ) -> Vec<UnresolvedControl> {
        let mut asked: Vec<(&str, &str, bool)> = results
            .iter()
            .filter(|result| result.expected == Expectation::Open && result.attempt.port == smtp::PORT)
            .map(|result| {
                (result.operator.as_str(), result.attempt.exchange.as_str(), result.attempt.server_spoke())
            })
            .collect();
        asked.extend(
            unresolved.iter().map(|control| (control.operator.as_str(), control.host.as_str(), false)),
        );
        for (operator, _, spoke) in &asked {
            let last = self.0.entry((*operator).to_owned()).or_insert(now);
            if *spoke {
                *last = now;
            }
        }
        if !asked.iter().any(|(.., spoke)| *spoke) {
            return Vec::new();
        }
        let mut moved: Vec<UnresolvedControl> = Vec::new();
        for (operator, host, _) in asked {
            let silent = self.0.get(operator).is_some_and(|last| now.saturating_sub(*last) >= AFTER);
            if silent && !moved.iter().any(|control| control.operator == operator) {
                let because = format!("not reached by anybody for {DAYS} days: it may have moved");
                moved.push(UnresolvedControl {
                    operator: operator.to_owned(),
                    host: host.to_owned(),
                    because,
                });
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{Attempt, Outcome};

    fn seen(operator: &str, spoke: bool) -> ControlResult {
        let untried = Attempt::untried(&format!("mx.{operator}.example"), [192, 0, 2, 1].into(), 25, 1);
        let attempt = if spoke {
            Attempt {
                outcome: Outcome::Completed,
                greeting: Some("220 mx".to_owned()),
                reply: None,
                ..untried
            }
        } else {
            Attempt { outcome: Outcome::TimedOut, ..untried }
        };
        ControlResult { operator: operator.to_owned(), expected: Expectation::Open, attempt }
    }

    #[test]
    fn a_control_that_is_silent_for_a_week_while_others_speak_has_moved() {
        let mut memory = Memory::default();
        let day = |days: u64| Duration::from_secs(days * 24 * 3_600);
        let look = [seen("a", true), seen("b", false)];
        assert_eq!(memory.take(&look, &[], day(0)), []);
        assert_eq!(memory.take(&look, &[], day(6)), []);
        let moved = memory.take(&look, &[], day(7));
        assert_eq!(moved.len(), 1);
        assert_eq!(moved[0].operator, "b");
        assert!(moved[0].because.contains("7 days"));
        // A block on this side silences all: nothing is said of anybody.
        assert_eq!(memory.take(&[seen("a", false), seen("b", false)], &[], day(20)), []);
        // One success, and it is where it was.
        assert_eq!(memory.take(&[seen("a", true), seen("b", true)], &[], day(21)), []);
        assert_eq!(memory.take(&look, &[], day(22)), []);
    }
}
