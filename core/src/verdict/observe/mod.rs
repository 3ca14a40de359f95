//! From evidence to observations: typed facts, each of which counts or is set aside by a named rule.

mod connections;
pub(super) mod controls;
pub(super) mod discard;
pub(super) mod loss;
mod networks;
pub(super) mod observation;
pub(super) mod origin;
pub(super) mod outcome;
mod peers;
pub(super) mod scene;
pub(super) mod text;
pub(super) mod voice;
pub(super) mod words;

pub(super) use observation::{Observation, Subject};
pub(super) use origin::Origin;
pub(super) use outcome::OutcomeClass;
pub(super) use scene::Scene;
