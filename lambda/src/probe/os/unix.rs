//! Errors by their POSIX numbers, and the interfaces by `getifaddrs`.

use nix::libc;
use noanswer_core::evidence::Outcome;
use std::io;
use std::net::{IpAddr, SocketAddr};

/// Whether a connection has only begun.
pub(crate) fn is_under_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS)
}

/// What an error of `connect` says; `None` for the rarer ones.
pub(crate) fn outcome_of(code: i32) -> Option<Outcome> {
    Some(match code {
        libc::ECONNREFUSED => Outcome::Refused,
        libc::EHOSTUNREACH | libc::EHOSTDOWN => Outcome::HostUnreachable,
        libc::ENETUNREACH | libc::ENETDOWN => Outcome::NetworkUnreachable,
        libc::ETIMEDOUT => Outcome::TimedOut,
        libc::ECONNRESET | libc::ECONNABORTED => Outcome::Reset,
        libc::EACCES | libc::EPERM => Outcome::PermissionDenied,
        libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT => Outcome::AddressNotAvailable,
        // Too many files, no buffers, no free port: our own trouble, which says nothing of the host.
        libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM | libc::EAGAIN | libc::EADDRINUSE => {
            Outcome::NotTried
        }
        _ => return None,
    })
}

/// The addresses of the host's interfaces.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    let of = |interface: nix::ifaddrs::InterfaceAddress| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
    };
    nix::ifaddrs::getifaddrs().into_iter().flatten().filter_map(of).collect()
}

/// The servers stand in `/etc/resolv.conf`.
pub(crate) fn name_servers(_port: u16) -> Option<Vec<SocketAddr>> {
    None
}
