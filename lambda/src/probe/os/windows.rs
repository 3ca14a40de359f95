//! Errors by their Winsock numbers (Microsoft, "Windows Sockets Error Codes"), and the interfaces and their resolvers by
//! `GetAdaptersAddresses`.

use ipconfig::OperStatus;
use noanswer_core::evidence::{Outcome, RouteKind};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Whether a connection has only begun: WSAEWOULDBLOCK.
pub(crate) fn is_under_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(10035)
}

/// What an error of `connect` says; `None` for the rarer ones.
pub(crate) fn outcome_of(code: i32) -> Option<Outcome> {
    Some(match code {
        // WSAECONNREFUSED
        10061 => Outcome::Refused,
        // WSAEHOSTUNREACH, WSAEHOSTDOWN
        10065 | 10064 => Outcome::HostUnreachable,
        // WSAENETUNREACH, WSAENETDOWN
        10051 | 10050 => Outcome::NetworkUnreachable,
        // WSAETIMEDOUT
        10060 => Outcome::TimedOut,
        // WSAECONNRESET, WSAECONNABORTED
        10054 | 10053 => Outcome::Reset,
        // WSAEACCES: the firewall, or security software
        10013 => Outcome::PermissionDenied,
        // WSAEADDRNOTAVAIL, WSAEAFNOSUPPORT
        10049 | 10047 => Outcome::AddressNotAvailable,
        // WSAEMFILE, WSAENOBUFS, WSAEADDRINUSE: our own trouble, which says nothing of the host
        10024 | 10055 | 10048 => Outcome::NotTried,
        _ => return None,
    })
}

/// The addresses of the host's interfaces.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    if_addrs::get_if_addrs().into_iter().flatten().map(|interface| interface.ip()).collect()
}

/// How many servers are asked: as many as other systems take.
const SERVERS: usize = 3;

/// The resolvers of the adapters that are up, in the order of the system, at `port`.
pub(crate) fn name_servers(port: u16) -> Option<Vec<SocketAddr>> {
    let adapters = ipconfig::get_adapters().unwrap_or_default();
    let up = adapters.iter().filter(|adapter| adapter.oper_status() == OperStatus::IfOperStatusUp);
    let mut servers: Vec<SocketAddr> = Vec::new();
    for address in up.flat_map(ipconfig::Adapter::dns_servers) {
        // What Windows writes where no resolver was ever set for IPv6 (fec0:0:0:ffff::1 to ::3) is nobody's.
        let unset = matches!(address, IpAddr::V6(v6) if v6.segments()[..4] == [0xfec0, 0, 0, 0xffff]);
        let server = SocketAddr::new(*address, port);
        if !unset && !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers.truncate(SERVERS);
    Some(servers)
}

/// The host's name and the domain that it is in.
pub(super) fn name() -> Option<(String, String)> {
    let host = std::env::var("COMPUTERNAME").ok()?.to_lowercase();
    let domain = std::env::var("USERDNSDOMAIN").ok();
    let domain = domain.or_else(|| ipconfig::computer::get_domain().ok().flatten());
    Some((host, domain.unwrap_or_else(|| "localdomain".to_owned()).to_lowercase()))
}

/// What is known of the route without asking the table itself: connecting a UDP socket sends nothing, and fails where there
/// is none.
pub(crate) fn route_to(address: IpAddr) -> RouteKind {
    if address.is_loopback() || own_addresses().contains(&address) {
        return RouteKind::Local;
    }
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let connected = UdpSocket::bind((any, 0)).and_then(|socket| socket.connect((address, 25)));
    match connected.map_err(|error| error.raw_os_error()) {
        // WSAENETUNREACH
        Err(Some(10051)) => RouteKind::None,
        _ => RouteKind::NotAvailable,
    }
}
