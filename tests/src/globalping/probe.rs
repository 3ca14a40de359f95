//! The probes: what their programs do, by the system's own `connect`.

use crate::namespace::Namespace;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Socket, Type};
use std::collections::HashMap;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A probe, as the API describes it.
#[derive(Clone)]
pub struct Probe {
    /// The country (ISO 3166-1 alpha-2).
    pub country: String,
    /// The city.
    pub city: String,
    /// The number of its AS.
    pub asn: u32,
    /// The name of its network.
    pub network: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where its packets start.
    pub connector: Arc<dyn Connector>,
}

/// How a handshake ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// With a connection.
    Connected,
    /// At once, without one.
    Answered,
    /// Not at all.
    Silence,
}

/// What a SYN met.
#[derive(Clone, Copy, Debug)]
pub struct ConnectResult {
    /// How the handshake ended.
    pub reached: Reached,
    /// How long that took.
    pub took: Duration,
    /// Who answered, where that is known.
    pub by: Option<IpAddr>,
    /// The system's error, where it gave one.
    pub errno: Option<i32>,
    /// Type and code of the ICMP error that ended it, where a traceroute was asked for.
    pub icmp: Option<[u8; 2]>,
}

/// The way to the world.
pub trait Connector: Send + Sync {
    /// Sends a SYN to `address`, over `hops` routers at most, and waits for `limit`.
    fn connect(&self, address: SocketAddr, hops: Option<u32>, limit: Duration) -> ConnectResult;
}

impl Connector for Namespace {
    fn connect(&self, address: SocketAddr, hops: Option<u32>, limit: Duration) -> ConnectResult {
        self.run(|| Ok(connect(address, address, hops, limit))).unwrap_or_else(|_| silence(limit))
    }
}

/// Hosts of loopback that stand for addresses of the Internet; an address without one swallows everything.
#[derive(Clone, Debug, Default)]
pub struct Hosts(pub HashMap<IpAddr, SocketAddr>);

impl Connector for Hosts {
    fn connect(&self, address: SocketAddr, hops: Option<u32>, limit: Duration) -> ConnectResult {
        match self.0.get(&address.ip()) {
            Some(host) => connect(*host, address, hops, limit),
            None => {
                std::thread::sleep(limit);
                silence(limit)
            }
        }
    }
}

fn silence(limit: Duration) -> ConnectResult {
    ConnectResult { reached: Reached::Silence, took: limit, by: None, errno: None, icmp: None }
}

fn connect(host: SocketAddr, shown: SocketAddr, hops: Option<u32>, limit: Duration) -> ConnectResult {
    let start = Instant::now();
    let seen = |reached, by| ConnectResult { reached, took: start.elapsed(), by, errno: None, icmp: None };
    let Ok(socket) = open(host, hops) else { return seen(Reached::Answered, None) };
    match socket.connect_timeout(&host.into(), limit) {
        Ok(()) => seen(Reached::Connected, Some(shown.ip())),
        Err(error) => {
            let errno = error.raw_os_error();
            let (by, icmp) = sender(&socket).map_or((None, None), |(by, icmp)| (by, Some(icmp)));
            let met = match errno {
                // Its own end of waiting has no number.
                None | Some(libc::ETIMEDOUT) => seen(Reached::Silence, None),
                Some(libc::ECONNREFUSED) => seen(Reached::Answered, by.or(Some(shown.ip()))),
                Some(_) => seen(Reached::Answered, by),
            };
            ConnectResult { errno, icmp, ..met }
        }
    }
}

fn open(host: SocketAddr, hops: Option<u32>) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(host), Type::STREAM, None)?;
    // Only a traceroute's SYNs are interested in who sent an ICMP error.
    if let Some(hops) = hops {
        if host.is_ipv4() {
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
            socket.set_ttl_v4(hops)?;
        } else {
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
            socket.set_unicast_hops_v6(hops)?;
        }
    }
    Ok(socket)
}

/// Who sent the ICMP error that ended a connection, and its type and code.
fn sender(socket: &Socket) -> Option<(Option<IpAddr>, [u8; 2])> {
    let mut data = [0_u8; 512];
    let mut parts = [IoSliceMut::new(&mut data)];
    let mut space = vec![0_u8; 512];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags).ok()?;
    message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4RecvErr(error, from) if error.ee_origin == libc::SO_EE_ORIGIN_ICMP => {
            let from = from.map(|from| IpAddr::V4(u32::from_be(from.sin_addr.s_addr).into()));
            Some((from, [error.ee_type, error.ee_code]))
        }
        ControlMessageOwned::Ipv6RecvErr(error, from) if error.ee_origin == libc::SO_EE_ORIGIN_ICMP6 => {
            let from = from.map(|from| IpAddr::V6(from.sin6_addr.s6_addr.into()));
            Some((from, [error.ee_type, error.ee_code]))
        }
        _ => None,
    })
}
