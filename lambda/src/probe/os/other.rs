//! Systems without such means.

use super::IcmpMessage;
#[cfg(not(windows))]
use noanswer_core::evidence::{Ipv6Route, RouteKind};
use std::io;
#[cfg(not(windows))]
use std::net::IpAddr;
use std::net::SocketAddr;

pub(crate) fn keep_icmp<S>(_socket: &S, _address: SocketAddr) -> io::Result<()> {
    Ok(())
}

pub(crate) fn icmp_as_hint<S>(_stream: &S, _address: SocketAddr) -> io::Result<()> {
    Ok(())
}

pub(crate) fn icmp_message<S>(_socket: &S) -> Option<IcmpMessage> {
    None
}

#[cfg(not(windows))]
pub(crate) fn route_to(_address: IpAddr) -> RouteKind {
    RouteKind::NotAvailable
}

#[cfg(not(windows))]
pub(crate) fn gateways() -> Vec<IpAddr> {
    Vec::new()
}

#[cfg(not(windows))]
pub(crate) fn ipv6_route() -> Ipv6Route {
    Ipv6Route::NotAvailable
}

#[cfg(not(windows))]
pub(crate) fn firmware() -> String {
    String::new()
}
