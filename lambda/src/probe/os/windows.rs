//! Errors by their Winsock numbers (Microsoft, "Windows Sockets Error Codes"), and the interfaces and their resolvers by
//! `GetAdaptersAddresses`.

use super::smbios;
use ipconfig::{Adapter, OperStatus};
use noanswer_core::evidence::{Ipv6Route, Outcome, RouteKind};
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

fn adapters_up() -> Vec<Adapter> {
    let mut adapters = ipconfig::get_adapters().unwrap_or_default();
    adapters.retain(|adapter| adapter.oper_status() == OperStatus::IfOperStatusUp);
    adapters
}

/// The gateways of the adapters that are up.
pub(crate) fn gateways() -> Vec<IpAddr> {
    adapters_up().iter().flat_map(Adapter::gateways).copied().collect()
}

/// Whether there is a default route for IPv6: a tunnel may be one without a gateway, and then it is not told.
pub(crate) fn ipv6_route() -> Ipv6Route {
    // Any address of the Internet does; this one is of the documentation's.
    let there = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    match (gateways().iter().any(IpAddr::is_ipv6), route_to(there.into())) {
        (true, _) => Ipv6Route::Present,
        (false, RouteKind::None) => Ipv6Route::Absent,
        (false, _) => Ipv6Route::NotAvailable,
    }
}

/// The firmware's words for the machine, from the table that Windows keeps of them: clouds write their name there.
pub(crate) fn firmware() -> String {
    let key = windows_registry::LOCAL_MACHINE.open(r"SYSTEM\CurrentControlSet\Services\mssmbios\Data");
    let table = key.and_then(|key| key.get_value("SMBiosData"));
    table.map(|table| smbios::words(&table)).unwrap_or_default()
}

/// How many servers are asked: as many as other systems take.
const SERVERS: usize = 3;

/// The resolvers of the adapters that are up, in the order of the system, at `port`.
pub(crate) fn name_servers(port: u16) -> Option<Vec<SocketAddr>> {
    let mut servers: Vec<SocketAddr> = Vec::new();
    for address in adapters_up().iter().flat_map(Adapter::dns_servers) {
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
