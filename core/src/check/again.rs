//! What is asked again in the quick pass: one connection is not a lasting state.

use crate::evidence::{Attempt, Evidence, Outcome};
use crate::mx::Target;

/// How much time a second connection needs, in milliseconds: less does not tell slow from silent.
pub(super) const NEEDED_MS: u64 = 3_500;

/// The targets that `vantage` is asked about once more: what it failed at without waiting for an answer in vain, and
/// everything that others saw otherwise.
pub fn again(vantage: &Evidence, all: &[Evidence], targets: &[Target]) -> Vec<Target> {
    let asks = |target: &&Target| {
        last(vantage, target)
            .is_some_and(|own| failed_fast(own) || all.iter().any(|other| differs(own, other, target)))
    };
    targets.iter().filter(asks).cloned().collect()
}

/// The last attempt of `vantage` on `target`, unless it was none.
fn last<'a>(vantage: &'a Evidence, target: &Target) -> Option<&'a Attempt> {
    let mut attempts = vantage.attempts.iter().rev();
    let tried = attempts.find(|one| one.address == target.address && one.exchange == target.exchange)?;
    (tried.outcome != Outcome::NotTried).then_some(tried)
}

/// Whether it failed with something that another connection may not meet. What the own system does not let out stays in,
/// and a session that was tried in other forms was asked again already.
fn failed_fast(attempt: &Attempt) -> bool {
    match attempt.outcome {
        Outcome::Completed
        | Outcome::TimedOut
        | Outcome::PermissionDenied
        | Outcome::LocalError
        | Outcome::AddressNotAvailable
        | Outcome::NotTried => false,
        _ => attempt.retries.is_empty(),
    }
}

/// Whether one of both was served and the other one was not.
fn differs(own: &Attempt, other: &Evidence, target: &Target) -> bool {
    let lasting =
        matches!(own.outcome, Outcome::PermissionDenied | Outcome::LocalError | Outcome::AddressNotAvailable);
    // A vantage that hears no greeting was let in where it connected.
    let passed = |attempt: &Attempt| attempt.went_well() || attempt.outcome == Outcome::Connected;
    !lasting && last(other, target).is_some_and(|theirs| passed(theirs) != passed(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Grade, NetworkKind, Role, Vantage};
    use crate::smtp::Stage;

    fn target() -> Target {
        let address = "192.0.2.1".parse().unwrap();
        Target { exchange: "mx.example".to_owned(), address, preference: 10 }
    }

    fn vantage(id: &str, stage: Stage, outcome: Outcome) -> Evidence {
        let vantage = Vantage {
            id: id.to_owned(),
            place: String::new(),
            role: Role::Region,
            network: String::new(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        };
        let untried = Attempt::untried("mx.example", target().address, 25, 1);
        Evidence::new(&vantage, Vec::new(), vec![Attempt { stage, outcome, ..untried }])
    }

    fn asked(of: &Evidence, others: &[&Evidence]) -> bool {
        let all: Vec<Evidence> = others.iter().map(|one| (*one).clone()).collect();
        !again(of, &all, &[target()]).is_empty()
    }

    #[test]
    fn what_failed_fast_is_asked_again_and_silence_only_where_others_were_served() {
        let served = vantage("a", Stage::Starttls, Outcome::Completed);
        let reset = vantage("b", Stage::Connect, Outcome::Refused);
        let silent = vantage("c", Stage::Connect, Outcome::TimedOut);
        assert!(asked(&reset, &[]));
        assert!(!asked(&silent, &[]));
        assert!(asked(&silent, &[&served]));
        assert!(asked(&served, &[&silent]), "both sides of a disagreement");
        assert!(!asked(&served, &[&served]));
        let connected = vantage("d", Stage::Connect, Outcome::Connected);
        assert!(!asked(&served, &[&connected]), "a connection is all that some vantages see");
        assert!(asked(&silent, &[&connected]));
    }

    #[test]
    fn what_the_own_system_stops_is_not_asked_again() {
        let served = vantage("a", Stage::Starttls, Outcome::Completed);
        let stopped = vantage("b", Stage::Connect, Outcome::LocalError);
        assert!(!asked(&stopped, &[&served]));
    }
}
