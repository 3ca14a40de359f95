//! What one vantage saw: facts, no conclusions.
//!
//! `evidence` knows nothing of `verdict`: a stored report can be judged again.

mod attempt;
mod clouds;
mod control;
mod firewall;
mod host;
mod network;
mod outcome;
mod own_host;
mod panel;
mod retry;
mod sight;
mod trace;
mod vantage;

pub(crate) use attempt::GREETING_PATIENT_MS;
pub use attempt::{AnsweredBy, Attempt, IcmpSeen, Who};
pub use clouds::{Cloud, ToldBy, cloud, cloud_of_asn, cloud_of_dmi, clouds};
pub use control::{ControlResult, Expectation, UnresolvedControl};
pub use firewall::{Firewall, FirewallRule, Stops};
pub use host::{Container, HostFacts, Hypervisor, Ipv6Route, ResolverAnswer, ResolverControl, ResolverView};
pub use network::{NetworkSeen, NetworkSource};
pub use outcome::{Outcome, ReplySeen, TlsSeen};
pub use own_host::{OwnHost, RouteKind};
pub use panel::PanelNote;
pub use retry::{MssRetry, RetryForm, SessionRetry, TlsFailure, TlsFailureKind};
pub use sight::{FamilySight, Sight};
pub use trace::{EchoPath, PassedHop, Sibling};
pub use vantage::{
    Grade, NetworkKind, Patience, Role, Vantage, VantageFailure, VantageFailureKind, VantageKind,
};

use crate::address::Family;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Everything that one vantage saw in one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The vantage's id.
    pub vantage: String,
    /// Where it stands, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Whether it is the sending server itself or another place.
    pub role: Role,
    /// The network it stands in: vantages of one network are one kind of vantage.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub network: String,
    /// What kind of network it stands in, as its operator says.
    #[serde(default, skip_serializing_if = "NetworkKind::is_unknown")]
    pub network_kind: NetworkKind,
    /// How much an attempt of this vantage can say. Derived from the kind of vantage, whatever the vantage claims.
    #[serde(default, skip_serializing_if = "Grade::is_smtp")]
    pub grade: Grade,
    /// Whether it can see port 25 at all. Always derived from `controls`, whatever the vantage claims.
    pub sight: Sight,
    /// The same, one family at a time.
    pub sight_by_family: FamilySight,
    /// Its controls. One that was asked again stands here again, after the earlier one, with a later round.
    #[serde(default)]
    pub controls: Vec<ControlResult>,
    /// The controls that could not be asked, because their addresses could not be looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unresolved_controls: Vec<UnresolvedControl>,
    /// Its attempts on the exchanges of the plan, one a connection.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// What its own resolver says of the domain, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<ResolverView>,
    /// What the host says of itself: only the sending server's own evidence has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostFacts>,
    /// The network that the Internet sees it in: the sender's own, where it is known. (`network` is a name that the
    /// operator of a vantage gave it.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_seen: Option<NetworkSeen>,
    /// The addresses that the Internet sees the vantage at, where they are known: its own, or its gateway's (NAT).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_addresses: Vec<IpAddr>,
    /// The panel that it belongs to, where it is a probe of a measurement network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<PanelNote>,
    /// Why the vantage could not be asked, when it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<VantageFailure>,
}

/// What the sending server itself saw, where it could look.
pub fn of_sender(evidence: &[Evidence]) -> Option<&Evidence> {
    evidence.iter().find(|one| one.role == Role::Sender && one.failure.is_none())
}

impl Evidence {
    /// The cloud that the vantage stands in: by its firmware, else by the AS of its address.
    pub fn cloud(&self) -> Option<(&'static Cloud, ToldBy)> {
        let key = self.host.as_ref().and_then(|host| host.cloud.as_deref());
        clouds::seen(key, self.network_seen.as_ref().map(|network| network.asn))
    }

    /// What its own firewall is set to do, where that is known.
    pub fn firewall(&self) -> Option<&Firewall> {
        self.host.as_ref()?.firewall.as_ref()
    }

    /// Whether its own firewall stops the program that looked, and nobody else.
    pub(crate) fn firewall_singles_out_the_looker(&self) -> bool {
        self.firewall().is_some_and(Firewall::singles_out_the_looker)
    }

    /// Evidence of `vantage`, its sight derived from `controls`.
    pub fn new(vantage: &Vantage, controls: Vec<ControlResult>, attempts: Vec<Attempt>) -> Self {
        let mut evidence = Self {
            vantage: vantage.id.clone(),
            place: vantage.place.clone(),
            role: vantage.role,
            network: vantage.network.clone(),
            network_kind: vantage.network_kind,
            grade: vantage.grade,
            sight: Sight::Blind,
            sight_by_family: FamilySight { ipv4: Sight::Blind, ipv6: Sight::Blind },
            controls,
            unresolved_controls: Vec::new(),
            attempts,
            resolver: None,
            host: None,
            network_seen: None,
            public_addresses: Vec::new(),
            panel: None,
            failure: None,
        };
        evidence.derive_sight();
        evidence
    }

    /// A row for a vantage that could not be asked.
    pub fn unasked(vantage: &Vantage, failure: VantageFailure) -> Self {
        Self { failure: Some(failure), ..Self::new(vantage, Vec::new(), Vec::new()) }
    }

    /// The row of `vantage`, whatever it answered. It is not believed about who it is, nor about its own sight.
    pub fn answered(vantage: &Vantage, answer: Result<Self, VantageFailure>) -> Self {
        answer.map_or_else(|failure| Self::unasked(vantage, failure), |seen| seen.of(vantage))
    }

    /// The same evidence as that of `vantage`: who and where it is, and its sight, are not what it claims.
    pub fn of(mut self, vantage: &Vantage) -> Self {
        self.vantage.clone_from(&vantage.id);
        self.place.clone_from(&vantage.place);
        self.network.clone_from(&vantage.network);
        self.role = vantage.role;
        self.grade = vantage.grade;
        self.network_kind = vantage.network_kind;
        self.derive_sight();
        self
    }

    /// Derives `sight` and `sight_by_family` from `controls` anew: a vantage is not believed about itself.
    pub fn derive_sight(&mut self) {
        self.sight_by_family = FamilySight::of(&self.controls, self.grade);
        self.sight = self.sight_by_family.overall();
    }

    /// Adds what the same vantage saw in a further round: attempts and controls are kept beside each other, in the order
    /// in which they were made, and newer facts replace older.
    pub fn add_round(&mut self, later: Self) {
        if later.failure.is_some() {
            return;
        }
        self.attempts.extend(later.attempts);
        if !later.controls.is_empty() {
            self.unresolved_controls = later.unresolved_controls;
        }
        for control in later.controls {
            // One that was remembered, and not asked again, stands here already.
            if !self.controls.contains(&control) {
                self.controls.push(control);
            }
        }
        self.resolver = later.resolver.or(self.resolver.take());
        self.host = later.host.or(self.host.take());
        self.panel = PanelNote::joined(self.panel.take(), later.panel);
        self.network_seen = later.network_seen.or(self.network_seen.take());
        if !later.public_addresses.is_empty() {
            self.public_addresses = later.public_addresses;
        }
        self.failure = None;
        self.derive_sight();
    }

    /// The sight in one family.
    pub fn sight_in(&self, family: Family) -> Sight {
        match family {
            Family::Ipv4 => self.sight_by_family.ipv4,
            Family::Ipv6 => self.sight_by_family.ipv6,
        }
    }
}
