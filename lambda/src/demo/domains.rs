//! What stands in the demo: its domains and controls, and the addresses that may be connected to.

use super::behaviors::Behavior;
use Records::{Exchanges, NoData, NullMx, NxDomain, ServFail};
use ipnet::IpNet;
use noanswer_core::address::AddressPolicy;
use serde::Serialize;

/// The address that the filtered vantage has no way to.
pub(super) const REGIONAL: &str = "192.0.2.120";

/// A domain of the demo.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Domain {
    /// The domain.
    pub domain: &'static str,
    /// What is true of it.
    pub story: &'static str,
    #[serde(skip)]
    pub(super) records: Records,
}

/// What the zone says of a domain.
#[derive(Clone, Copy, Debug)]
pub(super) enum Records {
    /// Exchanges, by preference, with their hosts.
    Exchanges(&'static [Host]),
    NullMx,
    NxDomain,
    ServFail,
    NoData,
}

/// A host and the behavior of each of its addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host {
    pub(super) name: &'static str,
    pub(super) addresses: &'static [(&'static str, Behavior)],
}

pub(super) const fn host(name: &'static str, addresses: &'static [(&'static str, Behavior)]) -> Host {
    Host { name, addresses }
}

const fn domain(domain: &'static str, story: &'static str, records: Records) -> Domain {
    Domain { domain, story, records }
}

/// The domains of the demo.
#[rustfmt::skip]
pub(super) const DOMAINS: &[Domain] = &[
    domain("healthy.test", "works, in IPv4 and IPv6", Exchanges(&[host("mx.healthy.test", &[("192.0.2.10", Behavior::Healthy), ("2001:db8::10", Behavior::Healthy)])])),
    domain("silent.test", "is down: every connection meets silence", Exchanges(&[host("mx.silent.test", &[("192.0.2.20", Behavior::Silent)])])),
    domain("refused.test", "is up, with port 25 closed", Exchanges(&[host("mx.refused.test", &[("192.0.2.30", Behavior::Closed)])])),
    domain("mute.test", "accepts connections and never greets", Exchanges(&[host("mx.mute.test", &[("192.0.2.40", Behavior::Mute)])])),
    domain("slow.test", "greets after 20 seconds", Exchanges(&[host("mx.slow.test", &[("192.0.2.50", Behavior::Slow)])])),
    domain("busy.test", "says 421, too busy", Exchanges(&[host("mx.busy.test", &[("192.0.2.60", Behavior::Busy)])])),
    domain("refusing.test", "says 554 in its greeting", Exchanges(&[host("mx.refusing.test", &[("192.0.2.70", Behavior::Refusing)])])),
    domain("drops.test", "resets sessions after EHLO", Exchanges(&[host("mx.drops.test", &[("192.0.2.80", Behavior::Drops)])])),
    domain("tls-broken.test", "offers STARTTLS and fails the handshake", Exchanges(&[host("mx.tls-broken.test", &[("192.0.2.90", Behavior::TlsBroken)])])),
    domain("one-of-two.test", "has two exchanges, the first one down", Exchanges(&[host("mx1.one-of-two.test", &[("192.0.2.100", Behavior::Silent)]), host("mx2.one-of-two.test", &[("192.0.2.101", Behavior::Healthy)])])),
    domain("v6-broken.test", "works in IPv4 and is silent in IPv6", Exchanges(&[host("mx.v6-broken.test", &[("192.0.2.110", Behavior::Healthy), ("2001:db8::110", Behavior::Silent)])])),
    domain("regional.test", "cannot be reached from one of the regions", Exchanges(&[host("mx.regional.test", &[(REGIONAL, Behavior::Healthy)])])),
    domain("null-mx.test", "says that it takes no mail (RFC 7505)", NullMx),
    domain("no-such.test", "does not exist", NxDomain),
    domain("servfail.test", "has broken name servers", ServFail),
    domain("no-data.test", "exists, with neither MX nor address", NoData),
    domain("private.test", "has its exchange at a private address", Exchanges(&[host("mx.private.test", &[("10.0.0.25", Behavior::Silent)])])),
];

/// The control hosts of the demo, one an operator.
#[rustfmt::skip]
pub(super) const CONTROLS: &[Host] = &[
    host("mx.alpha.test", &[("198.51.100.1", Behavior::Healthy), ("2001:db8:c::1", Behavior::Healthy)]),
    host("mx.beta.test", &[("198.51.100.2", Behavior::Healthy), ("2001:db8:c::2", Behavior::Healthy)]),
    host("mx.gamma.test", &[("198.51.100.3", Behavior::Healthy), ("2001:db8:c::3", Behavior::Healthy)]),
];

/// The sending server of the demo: what `noanswer self --lab` looks from.
pub(super) const SENDER: Host =
    host("mail.sender.test", &[("203.0.113.25", Behavior::Healthy), ("2001:db8:5::25", Behavior::Healthy)]);

/// A server that takes mail from its own users.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relay {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    /// Its ports for that, and how it behaves there.
    pub(super) ports: &'static [(u16, Behavior)],
}

/// The relays of the demo: one that works, and one whose ports have the TLS modes of each other.
#[rustfmt::skip]
pub(super) const RELAYS: &[Relay] = &[
    Relay { name: "smtp.relay.test", address: "203.0.113.30", ports: &[(587, Behavior::Healthy), (465, Behavior::TlsAtOnce)] },
    Relay { name: "odd.relay.test", address: "203.0.113.31", ports: &[(587, Behavior::TlsAtOnce), (465, Behavior::Healthy)] },
];

/// The address whose port 25 is closed.
pub(super) const CLOSED_CONTROL: &str = "198.51.100.99";

/// The documentation ranges alone may be connected to: in the demo they stand for the Internet.
pub(crate) fn policy() -> AddressPolicy {
    let nets = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];
    AddressPolicy::allowing(nets.iter().filter_map(|net| net.parse::<IpNet>().ok()))
}
