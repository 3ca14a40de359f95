//! One typed fact: who, of what, how it ended, where, and whether it counts.

use super::discard::DiscardRule;
use super::origin::Origin;
use super::outcome::{IN_ORDER, OutcomeClass, SERVED, SPOKE};
use super::words::words;
use crate::address::Family;
use crate::evidence::{Attempt, Evidence, Role};
use std::net::IpAddr;

/// What an observation is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verdict) enum Subject<'a> {
    /// One address of one exchange.
    Address {
        /// The exchange.
        exchange: &'a str,
        /// The address.
        address: IpAddr,
        /// The domain that the exchange's name was registered under: exchanges of one operator share fates.
        operator: &'a str,
    },
    /// The control hosts of the observation's family, together.
    Controls,
}

/// One typed fact.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Observation<'a> {
    /// Who saw it.
    pub(in crate::verdict) by: &'a Evidence,
    /// Of what.
    pub(in crate::verdict) subject: Subject<'a>,
    /// In which family.
    pub(in crate::verdict) family: Family,
    /// How it ended.
    pub(in crate::verdict) class: OutcomeClass,
    /// Where, as far as that is known.
    pub(in crate::verdict) origin: Origin,
    /// The attempt, of an address.
    pub(in crate::verdict) attempt: Option<&'a Attempt>,
    /// In words that can follow the vantage's name.
    pub(in crate::verdict) said: String,
    /// How many attempts it stands on.
    pub(in crate::verdict) tries: usize,
    /// How many connections it stands on: the attempts, those beside them, and the hop-limited ones that came as far.
    pub(in crate::verdict) connections: usize,
    /// The network that the vantage is counted in; empty for a sender of which no more is known.
    pub(in crate::verdict) network: &'a str,
    /// The session ended when our prober said its name, and no other name was tried and dropped.
    pub(in crate::verdict) name_in_doubt: bool,
    /// Another port of the same host passes where this one ends.
    pub(in crate::verdict) sibling_passes: bool,
    /// The greeting names somebody.
    pub(in crate::verdict) has_voice: bool,
    /// It was turned away in words about itself: its address, its name, its reputation, a list that it is on.
    pub(in crate::verdict) of_client: bool,
    /// The greeting or the certificate names the exchange's own domain.
    pub(in crate::verdict) named: bool,
    /// Another vantage met the same certificate.
    pub(in crate::verdict) corroborated: bool,
    /// Somebody who counts was served at this address.
    pub(in crate::verdict) address_reached: bool,
    /// Somebody who counts was served at this address at one time and not at another.
    pub(in crate::verdict) address_mixed: bool,
    /// Somebody who counts was refused at this address, and not on the sender's own side.
    pub(in crate::verdict) address_refused: bool,
    /// Some control failed the sender in this family.
    pub(in crate::verdict) controls_failed: bool,
    /// Control hosts of different operators spoke in one voice.
    pub(in crate::verdict) one_voice: bool,
    /// How many voices the controls spoke in.
    pub(in crate::verdict) voices: usize,
    /// Whether the handshake passed with small packets alone, where that was tried.
    pub(in crate::verdict) small_packets: Option<bool>,
    /// The rule that sets it aside, if one does.
    pub(in crate::verdict) discarded: Option<&'static DiscardRule>,
}

impl Observation<'_> {
    /// Whether the sending server saw it.
    pub(in crate::verdict) fn of_sender(&self) -> bool {
        self.by.role == Role::Sender
    }

    /// Whether it is of the controls.
    pub(in crate::verdict) fn of_controls(&self) -> bool {
        self.subject == Subject::Controls
    }

    /// Whether it asks for an explanation.
    pub(in crate::verdict) fn asks(&self) -> bool {
        !IN_ORDER.has(self.class)
    }

    /// Whether the vantage was served.
    pub(in crate::verdict) fn served(&self) -> bool {
        SERVED.has(self.class)
    }

    /// Whether the host served the vantage until our own TLS library lacked what it asks for.
    pub(in crate::verdict) fn prober_lacks(&self) -> bool {
        self.class == OutcomeClass::TlsUnsupported && self.attempt.is_some_and(Attempt::lacks_tls)
    }

    /// Whether something spoke SMTP to the vantage.
    pub(in crate::verdict) fn spoke(&self) -> bool {
        SPOKE.has(self.class)
    }

    /// The exchange and the address, of an address.
    pub(in crate::verdict) fn place(&self) -> Option<(&str, IpAddr)> {
        match self.subject {
            Subject::Address { exchange, address, .. } => Some((exchange, address)),
            Subject::Controls => None,
        }
    }

    /// Whether `other` was seen at the same exchange's same address.
    pub(in crate::verdict) fn is_at(&self, other: &Self) -> bool {
        let (here, there) = (self.place(), other.place());
        // Addresses differ as a rule, and are compared sooner than names.
        here.map(|place| place.1) == there.map(|place| place.1) && here == there
    }

    /// The whole in a sentence without its full stop.
    pub(in crate::verdict) fn sentence(&self) -> String {
        let who = if self.of_sender() { "the sending server" } else { self.by.vantage.as_str() };
        format!("{who} {}", self.said)
    }

    /// Gives it another class, and the words for it.
    pub(super) fn reclass(&mut self, class: OutcomeClass) {
        self.class = class;
        if let Some(attempt) = self.attempt {
            self.said = words(attempt, class);
        }
    }
}
