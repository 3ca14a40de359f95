//! Errors by their Winsock numbers (Microsoft, "Windows Sockets Error Codes"), and the interfaces by
//! `GetAdaptersAddresses`.

use noanswer_core::evidence::Outcome;
use std::io;
use std::net::IpAddr;

/// Whether a connection has only begun: WSAEWOULDBLOCK.
pub(in super::super) fn is_under_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(10035)
}

/// What an error of `connect` says; `None` for the rarer ones.
pub(in super::super) fn outcome_of(code: i32) -> Option<Outcome> {
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
pub(in super::super) fn own_addresses() -> Vec<IpAddr> {
    if_addrs::get_if_addrs().into_iter().flatten().map(|interface| interface.ip()).collect()
}
