//! What a watch tells: a check that was made, beside the one before it.

use noanswer_core::report::Report;
use noanswer_core::verdict::Status;
use std::time::Duration;

/// A check that was made, and the one before it.
pub(super) struct Change<'r> {
    pub(super) report: &'r Report,
    pub(super) before: Option<Status>,
    pub(super) took: Duration,
    pub(super) changed: bool,
}
