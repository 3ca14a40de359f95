//! A verdict in words: headline, notes, the next observation, advice, messages.

pub(super) mod advice;
mod headline;
pub(super) mod known;
mod message;
mod next;
pub(super) mod notes;

use super::case::Case;
use super::observe::Scene;
use super::problem::Problem;
use super::types::Verdict;

/// Puts into words what was found.
pub(super) fn fill(case: &Case<'_>, scene: &Scene<'_>, problems: &[Problem<'_, '_>], verdict: &mut Verdict) {
    verdict.headline = headline::of(scene, verdict);
    verdict.next = next::observation(scene, problems, verdict);
    verdict.advice = advice::of(case, &verdict.faults);
    verdict.messages = message::of(scene, verdict);
}
