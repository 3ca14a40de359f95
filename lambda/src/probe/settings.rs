//! How a prober is set up.

use super::controls::Controls;
use super::quota::ConnectionLimits;
use super::sources::Sources;
use noanswer_core::address::AddressPolicy;
use noanswer_core::evidence::{NetworkSeen, Vantage};
use noanswer_core::smtp::ClientName;
use noanswer_site::fleet::OptOut;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// How a prober is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who and where it is.
    pub vantage: Vantage,
    /// Its controls.
    pub controls: Controls,
    /// The DoH servers by which the control hosts' addresses are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be connected to.
    pub policy: AddressPolicy,
    /// The name it introduces itself with.
    pub name: ClientName,
    /// Which of this machine's addresses connections are made from.
    pub sources: Sources,
    /// How addresses are reached: over the network, or as the embedded lab has it.
    pub addresses: AddressMap,
    /// The network that this host is in, where the user names it; else the sender's is looked up.
    pub network: Option<NetworkSeen>,
    /// How often it connects to one address and network, where others ask it. Then it also tells several who ask for the
    /// same address within a minute the same. The sending server's own prober has none.
    pub limits: Option<ConnectionLimits>,
    /// Who is left alone.
    pub opt_out: OptOut,
}

/// How addresses are reached.
#[derive(Clone, Debug, Default)]
pub enum AddressMap {
    /// As the system routes.
    #[default]
    Direct,
    /// By a table: the embedded lab stands for addresses that do not exist. An address without an entry swallows
    /// everything.
    Table(Arc<HashMap<SocketAddr, SocketAddr>>),
}

impl AddressMap {
    /// Where to connect for `address`; `None` where the map swallows it.
    pub(super) fn to(&self, address: SocketAddr) -> Option<SocketAddr> {
        match self {
            Self::Direct => Some(address),
            Self::Table(table) => table.get(&address).copied(),
        }
    }
}
