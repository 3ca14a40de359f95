//! The one clock of this edge. It stands still between two calls to the outside: that is how the platform hides the time.

use noanswer_core::timestamp::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use worker::Date;

/// The time, for reports.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix(i64::try_from(Date::now().as_millis() / 1_000).unwrap_or(i64::MAX))
}

/// The time, for signatures.
pub(crate) fn system() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(Date::now().as_millis())
}
