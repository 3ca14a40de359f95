//! Why a measurement network could not be asked, in words that are safe to show. None of it says anything of a target.

use crate::address::Family;
use crate::evidence::{VantageFailure, VantageFailureKind};
use crate::ports::FetchError;
use crate::scrub;

/// The failure of a call that brought nothing back; `whose` call it was stands before the reason.
pub(super) fn unsent(whose: &str, error: &FetchError) -> VantageFailure {
    let kind = match error {
        FetchError::TimedOut => VantageFailureKind::TimedOut,
        FetchError::TooLarge => VantageFailureKind::Nonsense,
        _ => VantageFailureKind::Unreachable,
    };
    failure(kind, &format!("{whose}: {error}"))
}

/// The failure of a look for which no control's address is known.
pub(super) fn no_control(family: Family) -> VantageFailure {
    failure(VantageFailureKind::Refused, &format!("no address of a control is known in {}", family.label()))
}

/// A failure in words that are made visible.
pub(super) fn failure(kind: VantageFailureKind, words: &str) -> VantageFailure {
    VantageFailure { kind, words: scrub::visible(&scrub::bounded(words, 400)).into_owned() }
}
