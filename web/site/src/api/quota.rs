//! The limits of a client, and what it has taken of them.

use super::clients::Client;
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

/// What a client has only so often in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Checks.
    Checks,
    /// MX plans: each is dozens of questions to a public resolver.
    Lookups,
    /// Relayed DNS questions: a plan is dozens.
    Relay,
    /// Probes of one target network, from each vantage.
    Targets,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 4] = [Self::Checks, Self::Lookups, Self::Relay, Self::Targets];

    /// How often in a minute (RFC 6585 s4: 429 beyond it). The one place that says so: a test holds `wrangler.toml`
    /// to these figures.
    pub const fn a_minute(self) -> u32 {
        match self {
            Self::Checks => 10,
            Self::Lookups => 30,
            Self::Relay => 600,
            Self::Targets => 20,
        }
    }

    /// Its name in the fields `RateLimit` and `RateLimit-Policy`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Lookups => "lookups",
            Self::Relay => "relay",
            Self::Targets => "targets",
        }
    }
}

/// One of a limit, taken: how many are left, where the host can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many are left of the minute's.
    pub left: Option<u32>,
}
