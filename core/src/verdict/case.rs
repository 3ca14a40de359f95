//! What a verdict is made of.

use crate::address::Family;
use crate::evidence::{Evidence, Patience, Role, Sight};
use crate::mx::MxPlan;
use crate::symptom::{LogControls, Symptom};
use crate::timestamp::Timestamp;
use std::net::IpAddr;

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

    /// Whether the sender's mail may go to an address: its own resolver names it, or is not known to name others of the
    /// plan's for this exchange and not this one.
    pub(super) fn mail_may_go_to(&self, exchange: &str, address: IpAddr) -> bool {
        let own = self.sender().and_then(|sender| sender.resolver.as_ref()?.view.as_ref());
        let Some(own) = own.and_then(|view| view.exchange(exchange)) else { return true };
        let answered = match Family::of(address) {
            Family::Ipv4 => own.ipv4.is_answer(),
            Family::Ipv6 => own.ipv6.is_answer(),
        };
        let planned = self.plan.exchanges.iter().find(|one| one.exchange.as_str() == exchange);
        let shared = planned
            .is_some_and(|one| one.addresses.iter().any(|known| own.addresses.contains(&known.address)));
        !answered || !shared || own.addresses.contains(&address)
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
