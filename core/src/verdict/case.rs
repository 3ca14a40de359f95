//! What a verdict is made of.

use crate::address::Family;
use crate::evidence::{self, Attempt, Evidence, Outcome, Patience, Role, Sight};
use crate::mx::{DnsView, MxPlan, PlanStatus, ViewAnswer};
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
    pub(crate) fn sender(&self) -> Option<&'a Evidence> {
        evidence::of_sender(self.evidence)
    }

    /// Whether the sender's mail may go to an address: its own resolver names it, or is not known to name others of the
    /// plan's for this exchange and not this one. Where it leads away from the plan, mail goes where it leads.
    pub(crate) fn mail_may_go_to(&self, exchange: &str, address: IpAddr) -> bool {
        if self.own_resolver_leads_away() {
            return self.own_addresses().any(|own| own == address);
        }
        let Some(own) = self.own_view().and_then(|view| view.exchange(exchange)) else { return true };
        let answered = match Family::of(address) {
            Family::Ipv4 => own.ipv4.is_answer(),
            Family::Ipv6 => own.ipv6.is_answer(),
        };
        let planned = self.plan.exchanges.iter().find(|one| one.exchange.as_str() == exchange);
        let shared = planned
            .is_some_and(|one| one.addresses.iter().any(|known| own.addresses.contains(&known.address)));
        !answered || !shared || own.addresses.contains(&address)
    }

    /// What the sender's own resolver says.
    fn own_view(&self) -> Option<&'a DnsView> {
        self.sender()?.resolver.as_ref()?.view.as_ref()
    }

    /// The exchanges' addresses that the sender's own resolver names: what leads to the sending host itself leads nowhere.
    pub(in crate::verdict) fn own_addresses(&self) -> impl Iterator<Item = IpAddr> {
        let addresses = self.own_view().into_iter().flat_map(|view| &view.exchanges);
        let addresses = addresses.flat_map(|one| one.addresses.iter().copied());
        addresses.filter(|address| !address.is_unspecified() && !address.is_loopback())
    }

    /// Whether the sender's own resolver names addresses, and none that the plan has.
    pub(crate) fn own_resolver_leads_away(&self) -> bool {
        self.own_addresses().next().is_some()
            && !self.own_addresses().any(|own| self.plan.open_addresses().any(|(_, planned)| planned == own))
    }

    /// What the sender met where its own resolver alone leads.
    pub(crate) fn met_where_own_resolver_leads(&self) -> impl Iterator<Item = &'a Attempt> {
        let sender = self.sender().filter(|_| self.own_resolver_leads_away());
        let own: Vec<IpAddr> = self.own_addresses().collect();
        let attempts = sender.into_iter().flat_map(|sender| &sender.attempts);
        attempts.filter(move |one| own.contains(&one.address) && one.outcome != Outcome::NotTried)
    }

    /// What the sender's own resolver led it to try: where DNS-over-HTTPS leads nowhere, its mail goes there all the same.
    pub(crate) fn tried_by_own_resolver(&self) -> Vec<(&'a str, IpAddr)> {
        let Some(sender) = self.sender().filter(|_| self.plan.status == PlanStatus::DnsFailed) else {
            return Vec::new();
        };
        let tried = |exchange: &str, address: IpAddr| {
            sender.attempts.iter().any(|attempt| attempt.exchange == exchange && attempt.address == address)
        };
        self.own_view()
            .into_iter()
            .flat_map(|view| &view.exchanges)
            .flat_map(|one| one.addresses.iter().map(|address| (one.exchange.as_str(), *address)))
            .filter(|(exchange, address)| tried(exchange, *address))
            .collect()
    }

    /// Whether the sender's own resolver leads its mail anywhere; true where that is not known.
    pub(crate) fn own_resolver_finds_mail(&self) -> bool {
        let Some(own) = self.sender().and_then(|sender| sender.resolver.as_ref()) else { return true };
        match &own.view {
            Some(view) => {
                // What leads to the sending host itself leads nowhere.
                let leads = |address: &IpAddr| !address.is_unspecified() && !address.is_loopback();
                view.exchanges.iter().any(|one| one.addresses.iter().any(leads))
            }
            None => own.answer.works(),
        }
    }

    /// Whether the sender's own resolver answers of IPv4 addresses, and is silent when it is asked for IPv6 ones (AAAA).
    pub(super) fn own_resolver_answers_of_ipv4_alone(&self) -> bool {
        let exchanges = self.own_view().into_iter().flat_map(|view| &view.exchanges);
        let mut answered = exchanges.filter(|one| one.ipv4.is_answer()).peekable();
        answered.peek().is_some() && answered.all(|one| one.ipv6 == ViewAnswer::TimedOut)
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
