//! The one schema of page, command line and API.

use crate::address::Family;
use crate::evidence::{Evidence, Role, Sight};
use crate::mx::MxPlan;
use crate::symptom::Symptom;
use crate::timestamp::Timestamp;
use crate::verdict::{NamedFault, Party, Status, Verdict};
use serde::{Deserialize, Serialize};

/// The version of the schema. It changes only when a field changes its meaning.
pub const SCHEMA: u32 = 1;

/// What was asked, what was seen, and what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What was asked, and when.
    pub asked: Asked,
    /// What the user's text says.
    pub symptoms: Vec<Symptom>,
    /// Where the domain's mail goes.
    pub plan: MxPlan,
    /// What each vantage saw.
    pub evidence: Vec<Evidence>,
    /// What follows.
    pub verdict: Verdict,
}

/// What was asked, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Asked {
    /// The domain.
    pub domain: String,
    /// When.
    pub at: Timestamp,
}

impl Report {
    /// The exit code of the monitoring-plugins convention: 0 nothing wrong, 1 degraded, 2 a fault named, 3 undetermined.
    pub fn exit_code(&self) -> u8 {
        match self.verdict.status {
            Status::Healthy => 0,
            Status::Named if self.verdict.faults.iter().all(|named| self.passes(named)) => 1,
            Status::Named => 2,
            Status::Ambiguous | Status::Undetermined => 3,
        }
    }

    /// Whether mail passes in spite of `named`: by the fault's nature, or because the host is reached over the other
    /// family. By the sender itself, where it looked: one without IPv6 has no use for an address that works over it.
    fn passes(&self, named: &NamedFault) -> bool {
        let sender = self.evidence.iter().find(|one| one.role == Role::Sender && one.failure.is_none());
        let counts = |one: &&Evidence| match sender {
            Some(sender) => one.vantage == sender.vantage,
            None => true,
        };
        let reached_over_another = |family: Family| {
            let witnesses = self.evidence.iter().filter(counts);
            let mut attempts = witnesses.flat_map(|one| {
                one.attempts.iter().filter(|tried| one.sight_in(tried.family()) == Sight::Clear)
            });
            attempts.any(|attempt| attempt.family() != family && attempt.went_well())
        };
        named.fault.mail_passes()
            || (named.party == Party::Them && named.family.is_some_and(reached_over_another))
    }
}
