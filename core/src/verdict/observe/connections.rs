//! How many connections one attempt stands on: each is a try of its own, with a port of its own.

use crate::evidence::{Attempt, Outcome, RetryForm, SessionRetry};

/// How many connections ended as `attempt` did, itself among them: those beside it, and the sessions in other forms.
pub(super) fn count(attempt: &Attempt) -> usize {
    let parallel = attempt.parallel.iter().filter(|outcome| **outcome == attempt.outcome);
    let retried =
        attempt.retries.iter().filter(|one| one.outcome == attempt.outcome && one.stage == attempt.stage);
    1 + parallel.count() + retried.count() + traced(attempt)
}

/// Whether a connection came about beside one that did not, or the same session was served once and once not.
pub(super) fn disagree(attempt: &Attempt) -> bool {
    let open = attempt.parallel.contains(&Outcome::Connected);
    let served = |retry: &SessionRetry| retry.form == RetryForm::Again && retry.outcome == Outcome::Completed;
    !attempt.connected() && (open || attempt.trace_answered_hop.is_some())
        || attempt.outcome != Outcome::Completed && !greylists(attempt) && attempt.retries.iter().any(served)
}

/// Whether the first session ended in 450 or 451, by which greylists have a client come again: mail servers do.
fn greylists(attempt: &Attempt) -> bool {
    attempt.outcome == Outcome::Replied
        && attempt.reply.as_ref().is_some_and(|reply| matches!(reply.code.0, 450 | 451))
}

/// The hop-limited SYNs that met silence where the same to another port met a router or the host: they came as far as what
/// is silent, unlike those whose hops were used up before.
fn traced(attempt: &Attempt) -> usize {
    if attempt.outcome != Outcome::TimedOut || attempt.connected() || attempt.trace_answered_hop.is_some() {
        return 0;
    }
    let (Some(limit), Some(sibling)) = (attempt.trace_limit, &attempt.sibling) else { return 0 };
    let last = attempt.passed.iter().map(|passed| passed.hop).max().unwrap_or(0);
    let signs = sibling.passed.iter().map(|passed| passed.hop).chain(sibling.answered_hop);
    signs.filter(|hop| *hop > last).min().map_or(0, |first| usize::from((limit + 1).saturating_sub(first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{PassedHop, ReplySeen, Sibling};
    use crate::smtp::{ReplyCode, Stage};

    fn passed(hops: &[u8]) -> Vec<PassedHop> {
        hops.iter().map(|hop| PassedHop { hop: *hop, address: None, network: None }).collect()
    }

    #[test]
    fn a_greylist_is_no_disagreement_and_a_busy_server_is() {
        let replied = |code: u16| Attempt {
            outcome: Outcome::Replied,
            stage: Stage::Ehlo,
            connect_ms: Some(1.0),
            reply: Some(ReplySeen { code: ReplyCode(code), enhanced: None, text: "Greylisted".to_owned() }),
            retries: vec![SessionRetry {
                form: RetryForm::Again,
                stage: Stage::Starttls,
                outcome: Outcome::Completed,
                reply: None,
                tls: None,
            }],
            ..Attempt::untried("mx.example.test", [192, 0, 2, 1].into(), 25, 1)
        };
        assert!(!disagree(&replied(450)) && !disagree(&replied(451)));
        assert!(disagree(&replied(421)) && disagree(&replied(554)));
    }

    fn silent(own: &[u8], sibling: &[u8], answered_hop: Option<u8>) -> Attempt {
        let passed_by = passed(sibling);
        let answered = answered_hop.is_some();
        Attempt {
            outcome: Outcome::TimedOut,
            passed: passed(own),
            trace_limit: Some(8),
            sibling: Some(Sibling { port: 443, passed: passed_by, answered, answered_hop }),
            ..Attempt::untried("mx.example.test", [192, 0, 2, 1].into(), 25, 1)
        }
    }

    #[test]
    fn the_same_session_served_once_and_once_not_is_chance() {
        let retry =
            |form, outcome| SessionRetry { form, stage: Stage::Starttls, outcome, reply: None, tls: None };
        let mut attempt = Attempt::untried("mx.example.test", [192, 0, 2, 1].into(), 25, 1);
        attempt.outcome = Outcome::Reset;
        attempt.connect_ms = Some(1.0);
        attempt.retries = vec![retry(RetryForm::NoSni, Outcome::Completed)];
        assert!(!disagree(&attempt), "it may be the form");
        attempt.retries.push(retry(RetryForm::Again, Outcome::Reset));
        assert!(!disagree(&attempt), "it is the form");
        attempt.retries.push(retry(RetryForm::Again, Outcome::Completed));
        assert!(disagree(&attempt));
    }

    #[test]
    fn syns_count_that_came_as_far_as_what_is_silent() {
        assert_eq!(count(&silent(&[1, 2, 3, 4], &[1, 2, 3, 4], Some(5))), 1 + 4);
        assert_eq!(count(&silent(&[1], &[1, 2, 3], None)), 1 + 7);
        assert_eq!(count(&silent(&[1, 2], &[1, 2], None)), 1, "how far the host is, is not known");
        assert_eq!(count(&silent(&[1, 2, 3], &[1, 2], None)), 1);
    }

    #[test]
    fn parallel_connections_count_where_they_end_alike() {
        let parallel = vec![Outcome::Refused, Outcome::Refused, Outcome::Connected];
        let mut attempt = silent(&[], &[], None);
        (attempt.outcome, attempt.parallel) = (Outcome::Refused, parallel);
        assert_eq!(count(&attempt), 3);
        assert!(disagree(&attempt));
        attempt.parallel.pop();
        assert!(!disagree(&attempt));
    }

    #[test]
    fn sessions_in_other_forms_count_where_they_end_alike() {
        let retry = |outcome| SessionRetry {
            form: RetryForm::EhloName,
            stage: Stage::Ehlo,
            outcome,
            reply: None,
            tls: None,
        };
        let mut attempt = silent(&[], &[], None);
        (attempt.outcome, attempt.stage) = (Outcome::Reset, Stage::Ehlo);
        attempt.retries = vec![retry(Outcome::Reset), retry(Outcome::Closed)];
        assert_eq!(count(&attempt), 2);
    }
}
