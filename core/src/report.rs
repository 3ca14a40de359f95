//! The one schema of page, command line and API.

use crate::address::Family;
use crate::evidence::{self, Evidence, Patience, Sight};
use crate::mx::MxPlan;
use crate::symptom::{LogControls, Symptom};
use crate::timestamp::Timestamp;
pub use crate::verdict::Served;
use crate::verdict::{Case, Fault, NamedFault, Party, Status, Trace, Verdict, judge_for};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

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
    /// What else the verdict stands on: with it, the report can be judged again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Whether the sending server itself is served: what people want to know first.
    #[serde(default)]
    pub sender: SenderSummary,
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

/// What else a verdict stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Basis {
    /// How long the vantages waited.
    pub patience: Patience,
    /// What the user's log says of other destinations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogControls>,
    /// When the vantages looked.
    pub as_of: Timestamp,
}

/// The sending server, as far as the evidence goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SenderSummary {
    /// Whether it was greeted and served by the domain's mail servers.
    pub served: Served,
    /// The network it stands in, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The source addresses that it would use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
}

impl Report {
    /// A report on what was seen: the verdict and what is said of the sender follow.
    pub fn of(
        asked: Asked,
        symptoms: Vec<Symptom>,
        plan: MxPlan,
        evidence: Vec<Evidence>,
        basis: Basis,
    ) -> Self {
        let case = Case {
            domain: &asked.domain,
            symptoms: &symptoms,
            log: basis.log.as_ref(),
            plan: &plan,
            evidence: &evidence,
            patience: basis.patience,
            as_of: Some(basis.as_of),
        };
        let (verdict, served) = judge_for(&case, None);
        let sender = SenderSummary::of(&case, served);
        Self { schema: SCHEMA, asked, symptoms, plan, evidence, basis: Some(basis), sender, verdict }
    }

    /// Judges the report again by what it holds, and tells how the verdict comes about. A report of an earlier version has
    /// no basis: then it was a patient one if anybody looked twice, and its log is not known.
    pub fn judge_again(&mut self) -> Trace {
        let looked_twice =
            self.evidence.iter().flat_map(|one| &one.attempts).any(|attempt| attempt.round > 1);
        let basis = self.basis.clone().unwrap_or(Basis {
            patience: if looked_twice { Patience::Patient } else { Patience::Quick },
            log: None,
            as_of: self.asked.at,
        });
        self.evidence.iter_mut().for_each(Evidence::derive_sight);
        let case = Case {
            domain: &self.asked.domain,
            symptoms: &self.symptoms,
            log: basis.log.as_ref(),
            plan: &self.plan,
            evidence: &self.evidence,
            patience: basis.patience,
            as_of: Some(basis.as_of),
        };
        let mut trace = Trace::default();
        let (verdict, served) = judge_for(&case, Some(&mut trace));
        self.sender = SenderSummary::of(&case, served);
        self.basis = Some(basis);
        self.verdict = verdict;
        trace
    }

    /// The exit code of the monitoring-plugins convention: 0 nothing wrong, 1 degraded, 2 a fault named, 3 undetermined.
    pub fn exit_code(&self) -> u8 {
        match self.verdict.status {
            Status::Healthy => 0,
            // A fault that stops no mail is a degradation where the sender is served, and not where nothing serves it.
            Status::Named
                if self.sender.served != Served::False
                    && self.verdict.faults.iter().all(|named| self.passes(named)) =>
            {
                1
            }
            Status::Named => 2,
            Status::Ambiguous | Status::Undetermined => 3,
        }
    }

    /// Whether mail passes in spite of `named`: by the fault's nature, or because the host is reached over the other
    /// family. By the sender itself, where it looked: one without IPv6 has no use for an address that works over it.
    pub(crate) fn passes(&self, named: &NamedFault) -> bool {
        let sender = evidence::of_sender(&self.evidence);
        let counts = |one: &&Evidence| match sender {
            Some(sender) => one.vantage == sender.vantage,
            None => true,
        };
        let reached_over_another = |family: Family| {
            let counting = self.evidence.iter().filter(counts);
            let mut attempts = counting.flat_map(|one| {
                one.attempts.iter().filter(|tried| one.sight_in(tried.family()) == Sight::Clear)
            });
            attempts.any(|attempt| attempt.family() != family && attempt.went_well())
        };
        // Who is served has a way, whatever else fails; where something else may have served, that is not known.
        let found = self.sender.served == Served::True && named.fault != Fault::OutboundPort25Intercepted;
        named.fault.mail_passes()
            || found
            || (named.party == Party::Them && named.family.is_some_and(reached_over_another))
    }
}

impl SenderSummary {
    /// What the evidence says of the sending server, of which the verdict found that it is `served`.
    pub(crate) fn of(case: &Case<'_>, served: Served) -> Self {
        let Some(sender) = case.sender() else { return Self::default() };
        Self {
            served,
            network: Some(sender.network.clone()).filter(|network| !network.is_empty()),
            addresses: sender.host.as_ref().map_or_else(Vec::new, |host| host.source_addresses.clone()),
        }
    }
}
