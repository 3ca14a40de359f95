//! The embedded demo (`serve --lab`): hosts and zones under `.test` (RFC 6761), one for each common behavior, and simulated vantages, so that
//! all of it can be tried with no network at all.
//!
//! The names are looked up by real DNS-over-HTTPS messages, the hosts are real sockets on loopback, and the verdict is
//! the real one. Simulated is the network between: a table leads from addresses of the documentation ranges (RFC 5737,
//! RFC 3849) to those sockets, and a vantage is blind or filtered because its table lacks the way.

mod behaviors;
mod domains;
mod vantages;
mod zone;

pub use domains::Domain;
pub(crate) use domains::policy;
pub(crate) use vantages::IDS;

use crate::fetch::DohFetch;
use crate::fleet::Fleet;
use crate::probe::Prober;
use behaviors::Behavior;
use domains::{CLOSED_CONTROL, CONTROLS, DOMAINS, Host, RELAYS, Records, SENDER, host};
use noanswer_core::evidence::{Container, HostFacts, Ipv6Route};
use noanswer_core::smtp;
use noanswer_site::pages;
use rustls::RootCertStore;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

/// Where the demo's DoH server is.
const DNS_QUERY: &str = "/lab/dns-query";

/// A running demo.
#[derive(Debug)]
pub struct Demo {
    url: String,
    ways: HashMap<SocketAddr, SocketAddr>,
    /// The certificates of its relays: who is to check them trusts these.
    roots: RootCertStore,
}

/// What the demo offers, for the page.
#[derive(Clone, Debug)]
pub struct Description;

impl Demo {
    /// Starts the hosts. `url` is where the server that carries the demo is reached.
    ///
    /// # Errors
    /// When no socket can be opened on loopback.
    pub async fn start(url: &str) -> io::Result<Self> {
        let mut ways = HashMap::new();
        let mut hosts: Vec<Host> = CONTROLS.to_vec();
        hosts.push(host("closed.test", &[(CLOSED_CONTROL, Behavior::Closed)]));
        for domain in DOMAINS {
            if let Records::Exchanges(exchanges) = domain.records {
                hosts.extend(exchanges);
            }
        }
        for host in hosts {
            for (address, behavior) in host.addresses {
                let Ok(address) = address.parse::<IpAddr>() else { continue };
                if let Some(started) = behaviors::start(host.name, *behavior).await? {
                    ways.insert(SocketAddr::new(address, smtp::PORT), started.way);
                    ways.insert(SocketAddr::new(address, 443), started.way);
                }
            }
        }
        let mut roots = RootCertStore::empty();
        for relay in RELAYS {
            let Ok(address) = relay.address.parse::<IpAddr>() else { continue };
            for (port, behavior) in relay.ports {
                if let Some(started) = behaviors::start(relay.name, *behavior).await? {
                    ways.insert(SocketAddr::new(address, *port), started.way);
                    roots.add_parsable_certificates(started.certificate);
                }
            }
        }
        Ok(Self { url: url.to_owned(), ways, roots })
    }

    /// The prober of a sending server that stands where the vantage of that id does; `None` where there is no such vantage.
    pub(crate) fn sender(&self, id: &str, fetch: &DohFetch) -> Option<Prober> {
        vantages::sender(id, &self.ways, &self.resolvers(), fetch)
    }

    /// The addresses of a name in the demo; none where it is not there.
    pub(crate) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        zone::addresses(name)
    }

    /// The socket that stands for an address of the demo; `None` where that swallows everything.
    pub(crate) fn way(&self, to: SocketAddr) -> Option<SocketAddr> {
        self.ways.get(&to).copied()
    }

    /// The certificates that the demo's relays are trusted by.
    pub(crate) fn roots(&self) -> &RootCertStore {
        &self.roots
    }

    /// Adds the demo's vantages to `fleet`.
    pub(crate) fn join(&self, fleet: &mut Fleet, fetch: &DohFetch) {
        vantages::join(&self.ways, fleet, &self.resolvers(), fetch);
    }

    /// The demo's DoH server, as two views: what one operator alone says of a domain is never certain.
    pub(crate) fn resolvers(&self) -> Vec<String> {
        ["one", "two"].map(|view| format!("{}{DNS_QUERY}?view={view}", self.url)).to_vec()
    }
}

/// The name of the demo's sending server, and what it says of itself.
pub(crate) fn sending_server() -> (&'static str, HostFacts) {
    let facts = HostFacts {
        ipv6_route: Ipv6Route::Present,
        container: Container::None,
        cloud: None,
        hypervisor: None,
        firewall: None,
        security: Vec::new(),
        source_addresses: zone::addresses(SENDER.name),
        nat64_prefix: None,
    };
    (SENDER.name, facts)
}

impl Description {
    /// The domains that can be tried.
    pub(crate) fn domains(&self) -> &'static [Domain] {
        DOMAINS
    }

    /// What the pages say of the demo.
    pub(crate) fn page_site(&self) -> pages::Site {
        let domain =
            |one: &Domain| pages::LabDomain { domain: one.domain.to_owned(), story: one.story.to_owned() };
        pages::Site {
            doh: Some(DNS_QUERY.to_owned()),
            lab: DOMAINS.iter().map(domain).collect(),
            ..pages::Site::default()
        }
    }

    /// The answer to a DNS message in base64url (RFC 8484 s4.1.1).
    pub(crate) fn dns(&self, message: &str) -> Option<Vec<u8>> {
        zone::answer(message)
    }
}
