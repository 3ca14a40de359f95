//! What differs from system to system: ICMP messages behind a failed connection, the system's own routes and addresses, its
//! resolvers, and what its firmware says. A system
//! without such means says [`RouteKind::NotAvailable`](noanswer_core::evidence::RouteKind), and no message.

#[cfg(windows)]
mod echo;
#[cfg(any(windows, test))]
mod firewall;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(windows)]
mod registry;
#[cfg(any(windows, test))]
mod smbios;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(super) use linux::{firmware, gateways, icmp_as_hint, icmp_message, ipv6_route, keep_icmp, route_to};
#[cfg(not(any(target_os = "linux", windows)))]
pub(super) use other::{firmware, gateways, ipv6_route, route_to};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{icmp_as_hint, icmp_message, keep_icmp};

#[cfg(windows)]
pub(super) use echo::echo;
#[cfg(windows)]
pub(super) use registry::{firewall, firmware, security};
#[cfg(unix)]
pub(super) use unix::{is_under_way, name_servers, outcome_of, own_addresses};
#[cfg(windows)]
pub(super) use windows::{
    gateways, ipv6_route, is_under_way, name_servers, outcome_of, own_addresses, route_to,
};

#[cfg(not(windows))]
use noanswer_core::evidence::Firewall;
use noanswer_core::evidence::IcmpSeen;
use noanswer_core::smtp::ClientName;
use std::net::IpAddr;
#[cfg(not(windows))]
use std::time::Duration;

/// Whether the system shows a program without privileges the ICMP message behind a failure.
pub(super) const KEEPS_ICMP: bool = cfg!(target_os = "linux");

/// Whether the system shows a program without privileges the routers that ICMP echo requests come to, and not those that a SYN
/// does.
pub(super) const ECHOES: bool = cfg!(windows);

/// An ICMP echo request to send.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(windows), expect(dead_code, reason = "no other system has the means"))]
pub(super) struct EchoFrom {
    /// The address to send it from; the system chooses where there is none.
    pub(super) source: Option<IpAddr>,
    /// The address that is to answer.
    pub(super) to: IpAddr,
}

/// What came of an ICMP echo request with a hop limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(windows), expect(dead_code, reason = "no other system has the means"))]
pub(super) enum Echo {
    /// A router said that its hop limit was used up.
    Passed(IpAddr),
    /// The address answered.
    Answered,
    /// Nothing, or a router's word that it knows no way on.
    Silent,
    /// The own system would not send it.
    NotSent,
    /// There is no means to send one.
    NotAvailable,
}

/// ICMP echo requests, where the system has no means of that kind, or better ones.
#[cfg(not(windows))]
pub(super) fn echo(_from: &EchoFrom, _hop: u8, _wait: Duration) -> Echo {
    Echo::NotAvailable
}

/// The own firewall's settings, where the system tells none: what a rule does shows in the connection all the same.
#[cfg(not(windows))]
pub(super) fn firewall() -> Option<Firewall> {
    None
}

/// Security software that the system names: none.
#[cfg(not(windows))]
pub(super) fn security() -> Vec<String> {
    Vec::new()
}

/// An ICMP message that ended a connection, and who sent it.
#[derive(Clone, Copy, Debug)]
pub(super) struct IcmpMessage {
    pub(super) icmp: IcmpSeen,
    pub(super) from: Option<IpAddr>,
}

/// The name that the system has, as mail servers take it for their own: with the domain of `resolv.conf` where it has
/// none itself, or `localdomain`, as Postfix has it.
pub(super) fn host_name() -> Option<ClientName> {
    #[cfg(windows)]
    if let Some((host, domain)) = windows::name() {
        return named(&host, &format!("domain {domain}"));
    }
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    named(read("/proc/sys/kernel/hostname").trim(), &read("/etc/resolv.conf"))
}

fn named(host: &str, resolv_conf: &str) -> Option<ClientName> {
    let domain = || {
        resolv_conf.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            words.next().filter(|word| matches!(*word, "search" | "domain"))?;
            words.next().filter(|domain| *domain != ".")
        })
    };
    let whole = match host.contains('.') {
        true => host.to_owned(),
        false => format!("{host}.{}", domain().unwrap_or("localdomain")),
    };
    whole.parse().ok().filter(|name| matches!(name, ClientName::Domain(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_with_its_domain() {
        let name = |host, conf| named(host, conf).map(|name| name.to_string());
        assert_eq!(name("mail.example.org", "search other.example"), Some("mail.example.org".to_owned()));
        assert_eq!(
            name("mail", "nameserver 192.0.2.1\nsearch example.org"),
            Some("mail.example.org".to_owned())
        );
        assert_eq!(name("mail", "search ."), Some("mail.localdomain".to_owned()));
        assert_eq!(name("", ""), None);
    }
}
