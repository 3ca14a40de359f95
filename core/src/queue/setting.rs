//! What a listing does not say itself: when and where it was taken.

use crate::timestamp::Timestamp;
use std::time::Duration;

/// What a listing does not say itself.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// When it was taken.
    pub now: Timestamp,
    /// How far its local times are ahead of UTC, in seconds.
    pub utc_offset_s: i32,
    /// How long the server keeps a message; its default where this is not known.
    pub lifetime: Option<Duration>,
}

impl Setting {
    /// A listing taken at `now` by a server that writes UTC.
    pub fn utc(now: Timestamp) -> Self {
        Self { now, utc_offset_s: 0, lifetime: None }
    }
}
