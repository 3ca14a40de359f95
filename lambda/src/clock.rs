//! The one clock of the edge: the core is given the time.

use noanswer_core::timestamp::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
