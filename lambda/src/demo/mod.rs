//! The embedded demo (`serve --lab`): hosts and zones under `.test` (RFC 6761), one for each common fate, and simulated vantages, so that
//! all of it can be tried with no network at all.
//!
//! The names are looked up by real DNS-over-HTTPS messages, the hosts are real sockets on loopback, and the verdict is
//! the real one. Simulated is the road between: a table leads from addresses of the documentation ranges (RFC 5737,
//! RFC 3849) to those sockets, and a vantage is blind or filtered because its table lacks the way.

mod fates;
mod vantages;
mod zone;

use crate::fetch::DohFetch;
use crate::fleet::Fleet;
use fates::Fate;
use ipnet::IpNet;
use noanswer_core::address::AddressPolicy;
use noanswer_site::pages;
use serde::Serialize;
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
}

/// What the demo offers, for the page.
#[derive(Clone, Debug)]
pub struct Description;

/// A domain of the demo.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Domain {
    /// The domain.
    pub domain: &'static str,
    /// What is true of it.
    pub story: &'static str,
    #[serde(skip)]
    records: Records,
}

#[derive(Clone, Copy, Debug)]
enum Records {
    /// Exchanges, by preference, with their hosts.
    Exchanges(&'static [Host]),
    NullMx,
    NxDomain,
    ServFail,
    NoData,
}

#[derive(Clone, Copy, Debug)]
struct Host {
    name: &'static str,
    addresses: &'static [(&'static str, Fate)],
}

const fn host(name: &'static str, addresses: &'static [(&'static str, Fate)]) -> Host {
    Host { name, addresses }
}

const fn domain(domain: &'static str, story: &'static str, records: Records) -> Domain {
    Domain { domain, story, records }
}

use Records::{Exchanges, NoData, NullMx, NxDomain, ServFail};

/// The domains of the demo.
#[rustfmt::skip]
const DOMAINS: &[Domain] = &[
    domain("healthy.test", "works, in IPv4 and IPv6", Exchanges(&[host("mx.healthy.test", &[("192.0.2.10", Fate::Healthy), ("2001:db8::10", Fate::Healthy)])])),
    domain("silent.test", "is down: every connection meets silence", Exchanges(&[host("mx.silent.test", &[("192.0.2.20", Fate::Silent)])])),
    domain("refused.test", "is up, with port 25 closed", Exchanges(&[host("mx.refused.test", &[("192.0.2.30", Fate::Closed)])])),
    domain("mute.test", "accepts connections and never greets", Exchanges(&[host("mx.mute.test", &[("192.0.2.40", Fate::Mute)])])),
    domain("slow.test", "greets after 20 seconds", Exchanges(&[host("mx.slow.test", &[("192.0.2.50", Fate::Slow)])])),
    domain("busy.test", "says 421, too busy", Exchanges(&[host("mx.busy.test", &[("192.0.2.60", Fate::Busy)])])),
    domain("refusing.test", "says 554 in its greeting", Exchanges(&[host("mx.refusing.test", &[("192.0.2.70", Fate::Refusing)])])),
    domain("drops.test", "resets sessions after EHLO", Exchanges(&[host("mx.drops.test", &[("192.0.2.80", Fate::Drops)])])),
    domain("tls-broken.test", "offers STARTTLS and fails the handshake", Exchanges(&[host("mx.tls-broken.test", &[("192.0.2.90", Fate::TlsBroken)])])),
    domain("one-of-two.test", "has two exchanges, the first one down", Exchanges(&[host("mx1.one-of-two.test", &[("192.0.2.100", Fate::Silent)]), host("mx2.one-of-two.test", &[("192.0.2.101", Fate::Healthy)])])),
    domain("v6-broken.test", "works in IPv4 and is silent in IPv6", Exchanges(&[host("mx.v6-broken.test", &[("192.0.2.110", Fate::Healthy), ("2001:db8::110", Fate::Silent)])])),
    domain("regional.test", "cannot be reached from one of the regions", Exchanges(&[host("mx.regional.test", &[(vantages::REGIONAL, Fate::Healthy)])])),
    domain("null-mx.test", "says that it takes no mail (RFC 7505)", NullMx),
    domain("no-such.test", "does not exist", NxDomain),
    domain("servfail.test", "has broken name servers", ServFail),
    domain("no-data.test", "exists, with neither MX nor address", NoData),
    domain("private.test", "has its exchange at a private address", Exchanges(&[host("mx.private.test", &[("10.0.0.25", Fate::Silent)])])),
];

/// The control hosts of the demo, one an operator, and the address whose port 25 is closed.
#[rustfmt::skip]
const CONTROLS: &[Host] = &[
    host("mx.alpha.test", &[("198.51.100.1", Fate::Healthy), ("2001:db8:c::1", Fate::Healthy)]),
    host("mx.beta.test", &[("198.51.100.2", Fate::Healthy), ("2001:db8:c::2", Fate::Healthy)]),
    host("mx.gamma.test", &[("198.51.100.3", Fate::Healthy), ("2001:db8:c::3", Fate::Healthy)]),
];
const CLOSED_CONTROL: &str = "198.51.100.99";

impl Demo {
    /// Starts the hosts. `url` is where the server that carries the demo is reached.
    ///
    /// # Errors
    /// When no socket can be opened on loopback.
    pub async fn start(url: &str) -> io::Result<Self> {
        let mut ways = HashMap::new();
        let mut hosts: Vec<Host> = CONTROLS.to_vec();
        hosts.push(host("closed.test", &[(CLOSED_CONTROL, Fate::Closed)]));
        for domain in DOMAINS {
            if let Exchanges(exchanges) = domain.records {
                hosts.extend(exchanges);
            }
        }
        for host in hosts {
            for (address, fate) in host.addresses {
                let Ok(address) = address.parse::<IpAddr>() else { continue };
                if let Some(way) = fates::start(host.name, *fate).await? {
                    ways.insert(SocketAddr::new(address, 25), way);
                    ways.insert(SocketAddr::new(address, 443), way);
                }
            }
        }
        Ok(Self { url: url.to_owned(), ways })
    }

    /// Adds the demo's vantages to `fleet`.
    pub(crate) fn join(&self, fleet: &mut Fleet, fetch: &DohFetch) {
        vantages::join(self, fleet, &self.resolvers(), fetch);
    }

    /// The demo's DoH server, as two views: what one operator alone says of a domain is never certain.
    pub(crate) fn resolvers(&self) -> Vec<String> {
        ["one", "two"].map(|view| format!("{}{DNS_QUERY}?view={view}", self.url)).to_vec()
    }
}

/// The documentation ranges alone may be connected to: in the demo they stand for the Internet.
pub(crate) fn policy() -> AddressPolicy {
    let nets = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];
    AddressPolicy::allowing(nets.iter().filter_map(|net| net.parse::<IpNet>().ok()))
}

impl Description {
    /// The domains that can be tried.
    pub(crate) fn domains(&self) -> &'static [Domain] {
        DOMAINS
    }

    /// What the pages say of the demo.
    pub(crate) fn page_site(&self) -> pages::Site {
        let domain =
            |one: &Domain| pages::LabDomain { domain: one.domain.to_owned(), fate: one.story.to_owned() };
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
