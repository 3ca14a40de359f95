//! Errors by their Winsock numbers (Microsoft, "Windows Sockets Error Codes"), the interfaces and their resolvers by
//! `GetAdaptersAddresses`, and routes by `GetBestRoute2`.

use ipconfig::{Adapter, OperStatus};
use noanswer_core::evidence::{Ipv6Route, Outcome, RouteKind};
use socket2::SockAddr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ptr;
use windows_sys::Win32::Foundation::{ERROR_NETWORK_UNREACHABLE, ERROR_NOT_FOUND, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{GetBestRoute2, MIB_IPFORWARD_ROW2};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6, SOCKADDR_INET};

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
        (true, _) | (_, RouteKind::Unicast) => Ipv6Route::Present,
        (false, RouteKind::None) => Ipv6Route::Absent,
        (false, _) => Ipv6Route::NotAvailable,
    }
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

/// The route that the system would take (`GetBestRoute2`). Where it does not say, connecting a UDP socket sends nothing, and
/// fails where there is none.
pub(crate) fn route_to(address: IpAddr) -> RouteKind {
    if address.is_loopback() || own_addresses().contains(&address) {
        return RouteKind::Local;
    }
    best_route(address).unwrap_or_else(|| by_socket(address))
}

fn best_route(address: IpAddr) -> Option<RouteKind> {
    let to = SockAddr::from(SocketAddr::new(address, 0));
    let (mut route, mut source) = (MIB_IPFORWARD_ROW2::default(), SOCKADDR_INET::default());
    // SAFETY: `to` is a sockaddr_in or sockaddr_in6, as SOCKADDR_INET is, and lives as long as the call; both others are
    // the call's to fill. The two null pointers say "any interface" and "any source".
    let error = unsafe {
        GetBestRoute2(ptr::null(), 0, ptr::null(), to.as_ptr().cast(), 0, &raw mut route, &raw mut source)
    };
    match error {
        NO_ERROR => {}
        ERROR_NETWORK_UNREACHABLE | ERROR_NOT_FOUND => return Some(RouteKind::None),
        _ => return None,
    }
    // SAFETY: the family, the first member of each variant, says which of them was filled.
    let gateway = unsafe {
        match route.NextHop.si_family {
            AF_INET => route.NextHop.Ipv4.sin_addr.S_un.S_addr != 0,
            AF_INET6 => route.NextHop.Ipv6.sin6_addr.u.Byte != [0; 16],
            _ => return None,
        }
    };
    Some(if gateway { RouteKind::Unicast } else { RouteKind::OnLink })
}

fn by_socket(address: IpAddr) -> RouteKind {
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
