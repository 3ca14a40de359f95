//! Who asks, and as whom that is counted.

use super::clients::Client;
use super::quota::Limit;
use noanswer_core::address::client_network;
use std::net::IpAddr;
use std::sync::Arc;

/// How many streams of events, and checks that nobody waits for, an address has at a time (IPv6: a /64).
const STREAMS: usize = 4;

/// How many of them a client has that the operator knows.
const STREAMS_OF_KNOWN: usize = 16;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Who {
    /// The address, by the connection or by the word of a trusted proxy.
    pub address: IpAddr,
    /// The client, where the operator knows it.
    pub client: Option<Arc<Client>>,
}

impl Who {
    /// As whom it is counted: by its name, or by the network that stands for one client.
    pub fn key(&self) -> String {
        match &self.client {
            Some(client) => format!("client {}", client.name),
            None => client_network(self.address).to_string(),
        }
    }

    /// How often in a minute it may.
    pub fn a_minute(&self, limit: Limit) -> u32 {
        self.client.as_ref().map_or(limit.a_minute(), |client| client.a_minute(limit))
    }

    /// How many streams of events, and checks that nobody waits for, it has at a time.
    pub fn streams(&self) -> usize {
        if self.client.is_some() { STREAMS_OF_KNOWN } else { STREAMS }
    }
}
