//! Why a vantage did not look, in words that are safe to show.

use noanswer_core::evidence::{VantageFailure, VantageFailureKind};
use noanswer_core::ports::FetchError;
use noanswer_core::scrub;

/// The failure of a vantage that was not asked, because its rate limit for the target's network is used up.
pub fn rate_limited() -> VantageFailure {
    failure(VantageFailureKind::Throttled, "this server has asked that network often enough for a minute")
}

/// The failure of a vantage whose API did not answer a call.
pub fn call_failed(error: &FetchError, timeout_ms: u64) -> VantageFailure {
    match error {
        FetchError::TimedOut => {
            failure(VantageFailureKind::TimedOut, &format!("no answer within {} s", timeout_ms / 1_000))
        }
        FetchError::TooLarge => failure(VantageFailureKind::Nonsense, "it answered with more than is taken"),
        FetchError::Unreachable(words) => failure(VantageFailureKind::Unreachable, words),
        other => failure(VantageFailureKind::Unreachable, &other.to_string()),
    }
}

/// A failure in words that are made visible.
pub fn failure(kind: VantageFailureKind, words: &str) -> VantageFailure {
    VantageFailure { kind, words: scrub::visible(words).into_owned() }
}
