//! What a verdict is made of.

use crate::address::Family;
use crate::evidence::{Evidence, Patience, Role, Sight};
use crate::mx::MxPlan;
use crate::symptom::{LogControls, Symptom};
use crate::timestamp::Timestamp;

/// All that a verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The domain that was asked about.
    pub domain: &'a str,
    /// What the user's text says.
    pub symptoms: &'a [Symptom],
    /// What the user's log says of other destinations.
    pub log: Option<&'a LogControls>,
    /// Where the domain's mail goes.
    pub plan: &'a MxPlan,
    /// What each vantage saw.
    pub evidence: &'a [Evidence],
    /// How long the vantages waited.
    pub patience: Patience,
    /// When they looked, where that is known: letters say so.
    pub as_of: Option<Timestamp>,
}

impl<'a> Case<'a> {
    /// The sending server's own evidence.
    pub(super) fn sender(&self) -> Option<&'a Evidence> {
        self.evidence.iter().find(|one| one.role == Role::Sender && one.failure.is_none())
    }

    /// The other vantages that could be asked.
    pub(super) fn regions(&self) -> impl Iterator<Item = &'a Evidence> {
        self.evidence.iter().filter(|one| one.role == Role::Region && one.failure.is_none())
    }

    /// The regions that see port 25 in some family.
    pub(super) fn clear_regions(&self) -> impl Iterator<Item = &'a Evidence> {
        self.regions().filter(|one| Family::ALL.iter().any(|family| one.sight_in(*family) == Sight::Clear))
    }
}
