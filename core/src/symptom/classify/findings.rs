//! What was found in a statement, and what it comes to.

use crate::smtp::{EnhancedStatus, ReplyCode, Stage};
use crate::symptom::cause::Cause;
use crate::symptom::model::WrittenBy;
use crate::symptom::phrases::Found;
use crate::symptom::reply;
use crate::symptom::tokens::Read;
use std::borrow::Cow;

/// What was found in a statement before it is put together.
pub(super) struct Findings<'a> {
    /// The statement, qmail's `_` made spaces.
    pub(super) text: Cow<'a, str>,
    pub(super) lower: String,
    pub(super) found: Vec<Found>,
    pub(super) replies: Vec<Read<ReplyCode>>,
    pub(super) statuses: Vec<Read<EnhancedStatus>>,
}

/// What the cause is, and who says so.
pub(in crate::symptom) struct Stated {
    pub(in crate::symptom) cause: Cause,
    pub(in crate::symptom) stage: Stage,
    pub(in crate::symptom) written_by: WrittenBy,
    pub(in crate::symptom) span: Option<(usize, usize)>,
}

impl Findings<'_> {
    /// The words from `start`.
    pub(super) fn words(&self, start: usize) -> reply::Words<'_> {
        reply::Words::from(&self.lower, &self.found, start)
    }
}
