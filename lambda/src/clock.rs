//! The one clock of the edge: the core is given the time.

use noanswer_core::timestamp::Timestamp;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::UtcOffset;

/// The time.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

static ZONE: OnceLock<i32> = OnceLock::new();

/// Asks the system for its time zone. To be called while the process has one thread alone: on Unix the answer comes from the
/// environment, which another thread might be changing.
pub fn learn_zone() {
    ZONE.get_or_init(|| UtcOffset::current_local_offset().map_or(0, UtcOffset::whole_seconds));
}

/// How far local time is ahead of UTC, in seconds; 0 where that is not known.
pub fn utc_offset_s() -> i32 {
    ZONE.get().copied().unwrap_or(0)
}
