//! One TCP connection, and every way in which it can fail to come about.

use super::neighbours::Neighbours;
use nix::libc;
use noanswer_core::evidence::{AnsweredBy, IcmpSeen, Outcome, Who};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// A connection that did not come about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConnectFailure {
    pub(crate) outcome: Outcome,
    pub(crate) answered_by: Option<AnsweredBy>,
    pub(crate) detail: Option<String>,
}

impl ConnectFailure {
    pub(crate) fn silence() -> Self {
        Self { outcome: Outcome::TimedOut, answered_by: None, detail: None }
    }
}

/// Connects to `address`, for at most `limit`; with `hops`, no packet goes further than that many routers.
pub(crate) async fn connect(
    address: SocketAddr,
    limit: Duration,
    hops: Option<u8>,
    neighbours: &Neighbours,
) -> Result<TcpStream, ConnectFailure> {
    let failed = |error: &io::Error| failure(error, None, address, neighbours);
    let socket = open(address, hops).map_err(|error| failed(&error))?;
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
        Err(error) => return Err(failure(&error, error_queue::read(&socket, address), address, neighbours)),
    }
    let stream = TcpStream::from_std(socket.into()).map_err(|error| failed(&error))?;
    if tokio::time::timeout(limit, stream.writable()).await.is_err() {
        return Err(ConnectFailure::silence());
    }
    // SO_ERROR first: reading the error queue clears it, and a dead host would look connected.
    match stream.take_error() {
        Ok(None) => {
            error_queue::disable(&stream, address).map_err(|error| failed(&error))?;
            Ok(stream)
        }
        Ok(Some(error)) | Err(error) => {
            Err(failure(&error, error_queue::read(&stream, address), address, neighbours))
        }
    }
}

fn open(address: SocketAddr, hops: Option<u8>) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    error_queue::enable(&socket, address)?;
    // Else EHLO waits a round trip for the acknowledgement of the last word of the TLS handshake (Nagle, RFC 896).
    socket.set_tcp_nodelay(true)?;
    match (hops, address) {
        (Some(hops), SocketAddr::V4(_)) => socket.set_ttl_v4(hops.into())?,
        (Some(hops), SocketAddr::V6(_)) => socket.set_unicast_hops_v6(hops.into())?,
        (None, _) => {}
    }
    Ok(socket)
}

/// What came in the socket's error queue: the ICMP message, and who sent it.
#[derive(Clone, Copy, Debug)]
struct Report {
    icmp: IcmpSeen,
    from: Option<std::net::IpAddr>,
}

fn failure(
    error: &io::Error,
    report: Option<Report>,
    address: SocketAddr,
    neighbours: &Neighbours,
) -> ConnectFailure {
    let code = error.raw_os_error().unwrap_or(0);
    let prohibited = report.is_some_and(|report| is_prohibition(report.icmp, address));
    let outcome = match code {
        _ if prohibited => Outcome::Prohibited,
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
        // Rarer ICMP messages, such as "protocol unreachable", have error numbers of their own.
        _ if report.is_some() => Outcome::HostUnreachable,
        // EINVAL: a blackhole route (ip-route(8)).
        _ => Outcome::LocalError,
    };
    let by = |who| AnsweredBy { who, address: None, icmp: None, hop: None, sibling_hop: None };
    let answered_by = match report {
        Some(Report { icmp, from }) => {
            let who = from.map_or(Who::Unknown, |from| neighbours.who(from, address.ip()));
            Some(AnsweredBy { address: from, icmp: Some(icmp), ..by(who) })
        }
        None => (!cfg!(target_os = "linux")).then(|| by(Who::NotAvailable)),
    };
    ConnectFailure { outcome, answered_by, detail: Some(error.to_string()) }
}

/// ICMP "administratively prohibited" (RFC 1122 s3.2.2.1: 9, 10, 13; RFC 4443 s3.1: 1, 5, 6).
fn is_prohibition(icmp: IcmpSeen, address: SocketAddr) -> bool {
    match address {
        SocketAddr::V4(_) => icmp.kind == 3 && matches!(icmp.code, 9 | 10 | 13),
        SocketAddr::V6(_) => icmp.kind == 1 && matches!(icmp.code, 1 | 5 | 6),
    }
}

#[cfg(target_os = "linux")]
mod error_queue {
    use super::Report;
    use nix::libc;
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
    use noanswer_core::evidence::IcmpSeen;
    use socket2::Socket;
    use std::io::{self, IoSliceMut};
    use std::net::{IpAddr, SocketAddr};
    use std::os::fd::AsRawFd;
    use tokio::net::TcpStream;

    /// Has the kernel keep ICMP messages for the socket (ip(7), IP_RECVERR). It makes them fatal at once, too.
    pub(super) fn enable(socket: &Socket, address: SocketAddr) -> io::Result<()> {
        match address {
            SocketAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true)?,
            SocketAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true)?,
        }
        Ok(())
    }

    /// Has ICMP messages be hints again, as they are to a mail server's established connection (RFC 1122 s4.2.3.9).
    pub(super) fn disable(stream: &TcpStream, address: SocketAddr) -> io::Result<()> {
        match address {
            SocketAddr::V4(_) => setsockopt(stream, sockopt::Ipv4RecvErr, &false)?,
            SocketAddr::V6(_) => setsockopt(stream, sockopt::Ipv6RecvErr, &false)?,
        }
        Ok(())
    }

    /// The first ICMP message in the queue.
    pub(super) fn read(socket: &impl AsRawFd, _address: SocketAddr) -> Option<Report> {
        let mut data = [0_u8; 512];
        let mut parts = [IoSliceMut::new(&mut data)];
        let mut space = vec![0_u8; 512];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags).ok()?;
        message.cmsgs().ok()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4RecvErr(error, from) if error.ee_origin == libc::SO_EE_ORIGIN_ICMP => {
                Some(Report {
                    icmp: IcmpSeen { kind: error.ee_type, code: error.ee_code },
                    from: from.map(|from| IpAddr::V4(u32::from_be(from.sin_addr.s_addr).into())),
                })
            }
            ControlMessageOwned::Ipv6RecvErr(error, from) if error.ee_origin == libc::SO_EE_ORIGIN_ICMP6 => {
                Some(Report {
                    icmp: IcmpSeen { kind: error.ee_type, code: error.ee_code },
                    from: from.map(|from| IpAddr::V6(from.sin6_addr.s6_addr.into())),
                })
            }
            _ => None,
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod error_queue {
    use super::Report;
    use socket2::Socket;
    use std::io;
    use std::net::SocketAddr;
    use tokio::net::TcpStream;

    pub(super) fn enable(_socket: &Socket, _address: SocketAddr) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn disable(_stream: &TcpStream, _address: SocketAddr) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn read<S>(_socket: &S, _address: SocketAddr) -> Option<Report> {
        None
    }
}
