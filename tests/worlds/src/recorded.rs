//! What was seen in a world of real kernels, as reports hold it.

use noanswer_core::evidence::Evidence;
use noanswer_core::mx::MxPlan;
use noanswer_core::report::{Asked, Basis, Report};
use noanswer_core::symptom::Symptom;
use serde::Deserialize;

/// A report without what was said of it when it was recorded.
#[derive(Clone, Debug, Deserialize)]
pub struct Seen {
    /// What was asked, and when.
    pub asked: Asked,
    /// What the text said.
    pub symptoms: Vec<Symptom>,
    /// Where the mail goes.
    pub plan: MxPlan,
    /// What each vantage saw.
    pub evidence: Vec<Evidence>,
    /// What else the verdict stands on.
    pub basis: Basis,
}

impl Seen {
    /// What is said of it now.
    pub fn judged(self) -> Report {
        Report::of(self.asked, self.symptoms, self.plan, self.evidence, self.basis)
    }
}
