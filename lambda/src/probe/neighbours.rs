//! Who is near: the host's own addresses and its gateways, so that the sender of an ICMP message can be placed.

use super::os;
use super::sources::Sources;
use super::translation::Prefix;
use noanswer_core::evidence::Who;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The host's own addresses and its default gateways.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    own: BTreeSet<IpAddr>,
    gateways: BTreeSet<IpAddr>,
    /// Which of the own addresses connections are made from.
    pub(super) sources: Sources,
    /// By which IPv4 is reached, where the host has IPv6 alone.
    pub(super) translation: Option<Prefix>,
}

impl Neighbours {
    /// Looks at the system's interfaces and routes; connections are made from `sources`.
    pub(super) fn look(sources: Sources) -> Self {
        let own = os::own_addresses().into_iter().collect();
        Self { own, gateways: os::gateways().into_iter().collect(), sources, translation: None }
    }

    /// The same, where IPv4 is reached by `translation`.
    pub(super) fn reached_by(self, translation: Option<Prefix>) -> Self {
        Self { translation, ..self }
    }

    /// The address that a packet to `address` goes to: where the host has IPv6 alone, what the network translates to it.
    pub(super) fn way_to(&self, address: IpAddr) -> IpAddr {
        self.translation.map_or(address, |prefix| prefix.way_to(address))
    }

    /// Who `from` is, seen from here, when `target` was connected to.
    pub(crate) fn who(&self, from: IpAddr, target: IpAddr) -> Who {
        if self.own.contains(&from) {
            Who::OwnHost
        } else if from == target {
            Who::Target
        } else if self.gateways.contains(&from) {
            Who::Gateway
        } else {
            Who::OnPath
        }
    }

    /// Whether `address` is one of the host's own.
    pub(crate) fn is_own(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
    }
}
