//! A verdict in words: headline, notes, the next observation, advice, messages.

pub(super) mod advice;
mod headline;
pub(super) mod known;
mod message;
mod next;
pub(super) mod notes;

use super::observe::Scene;
use super::problem::Problem;
use super::types::{Served, Verdict};

/// Puts into words what was found.
pub(super) fn fill(scene: &Scene<'_>, problems: &[Problem<'_, '_>], served: Served, verdict: &mut Verdict) {
    verdict.headline = headline::headline(scene, served, verdict);
    verdict.next = next::observation(scene, problems, verdict);
    verdict.advice = advice::for_faults(scene, &verdict.faults);
    verdict.messages = message::letters(scene, verdict);
}
