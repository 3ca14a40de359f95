//! What differs from system to system: ICMP messages behind a failed connection, the system's own routes and addresses, its
//! resolvers, and what its firmware says. A system
//! without such means says [`RouteKind::NotAvailable`](noanswer_core::evidence::RouteKind), and no message.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
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

#[cfg(unix)]
pub(super) use unix::{is_under_way, name_servers, outcome_of, own_addresses};
#[cfg(windows)]
pub(super) use windows::{
    firmware, gateways, ipv6_route, is_under_way, name_servers, outcome_of, own_addresses, route_to,
};

use noanswer_core::evidence::IcmpSeen;
use noanswer_core::smtp::ClientName;
use std::net::IpAddr;

/// Whether the system shows a program without privileges the ICMP message behind a failure.
pub(super) const KEEPS_ICMP: bool = cfg!(target_os = "linux");

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
