//! One TCP connection, and every way in which it can fail to come about.

use super::neighbours::Neighbours;
use super::os::{self, IcmpMessage};
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

/// How the socket of a connection is set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SocketOptions {
    /// No packet goes further than this many routers (TTL, or hop limit).
    pub(crate) hop_limit: Option<u8>,
    /// The maximum segment size that is announced (RFC 9293 s3.7.1), in bytes.
    #[cfg_attr(not(unix), expect(dead_code, reason = "Windows has no TCP_MAXSEG"))]
    pub(crate) mss: Option<u16>,
}

/// How long the second connection of [`forbidden`] is waited for: routers answer it, or nobody does.
const NEAR: Duration = Duration::from_millis(1_300);

/// Connects to `address`, for at most `limit`.
pub(crate) async fn connect(
    address: SocketAddr,
    limit: Duration,
    options: SocketOptions,
    neighbours: &Neighbours,
) -> Result<TcpStream, ConnectFailure> {
    match once(address, limit, options, neighbours).await {
        Err(failure) if failure.outcome == Outcome::PermissionDenied && !os::KEEPS_ICMP => {
            let near = SocketOptions { hop_limit: Some(1), ..options };
            let again = once(address, NEAR.min(limit), near, neighbours).await;
            Err(forbidden(failure, again.err()))
        }
        connected => connected,
    }
}

/// Who forbade a connection, on a system that shows no ICMP messages and reports "administratively prohibited" (RFC 4443
/// s3.1) by the same number as a rule of its own: that rule stops a SYN that no router passes on as well, and what stands
/// beyond the first router never sees it. Without this, a filter on the path would be charged to the sender.
fn forbidden(failure: ConnectFailure, near: Option<ConnectFailure>) -> ConnectFailure {
    match near {
        Some(near) if near.outcome == Outcome::PermissionDenied => failure,
        _ => ConnectFailure { outcome: Outcome::Prohibited, ..failure },
    }
}

async fn once(
    address: SocketAddr,
    limit: Duration,
    options: SocketOptions,
    neighbours: &Neighbours,
) -> Result<TcpStream, ConnectFailure> {
    let address = SocketAddr::new(neighbours.way_to(address.ip()), address.port());
    let failed = |error: &io::Error| failure(error, None, address, neighbours);
    let socket = open(address, options).map_err(|error| failed(&error))?;
    if let Some(source) = neighbours.sources.toward(address) {
        socket.bind(&SocketAddr::new(source, 0).into()).map_err(|error| failed(&error))?;
    }
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if os::is_under_way(&error) => {}
        Err(error) => return Err(failure(&error, os::icmp_message(&socket), address, neighbours)),
    }
    let stream = TcpStream::from_std(socket.into()).map_err(|error| failed(&error))?;
    if tokio::time::timeout(limit, stream.writable()).await.is_err() {
        return Err(ConnectFailure::silence());
    }
    // SO_ERROR first: reading the error queue clears it, and a dead host would look connected.
    match stream.take_error() {
        Ok(None) => {
            os::icmp_as_hint(&stream, address).map_err(|error| failed(&error))?;
            Ok(stream)
        }
        Ok(Some(error)) | Err(error) => Err(failure(&error, os::icmp_message(&stream), address, neighbours)),
    }
}

fn open(address: SocketAddr, options: SocketOptions) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    os::keep_icmp(&socket, address)?;
    // Else EHLO waits a round trip for the acknowledgement of the last word of the TLS handshake (Nagle, RFC 896).
    socket.set_tcp_nodelay(true)?;
    match (options.hop_limit, address) {
        (Some(hops), SocketAddr::V4(_)) => socket.set_ttl_v4(hops.into())?,
        (Some(hops), SocketAddr::V6(_)) => socket.set_unicast_hops_v6(hops.into())?,
        (None, _) => {}
    }
    #[cfg(unix)]
    if let Some(mss) = options.mss {
        socket.set_tcp_mss(mss.into())?;
    }
    Ok(socket)
}

fn failure(
    error: &io::Error,
    message: Option<IcmpMessage>,
    address: SocketAddr,
    neighbours: &Neighbours,
) -> ConnectFailure {
    let code = error.raw_os_error().unwrap_or(0);
    let prohibited = message.is_some_and(|message| is_prohibition(message.icmp, address));
    let outcome = match os::outcome_of(code) {
        _ if prohibited => Outcome::Prohibited,
        Some(outcome) => outcome,
        // Rarer ICMP messages, such as "protocol unreachable", have error numbers of their own.
        None if message.is_some() => Outcome::HostUnreachable,
        // EINVAL: a blackhole route (ip-route(8)).
        None => Outcome::LocalError,
    };
    let by = |who| AnsweredBy { who, address: None, icmp: None, hop: None, sibling_hop: None };
    let answered_by = match message {
        Some(IcmpMessage { icmp, from }) => {
            let who = from.map_or(Who::Unknown, |from| neighbours.who(from, address.ip()));
            Some(AnsweredBy { address: from, icmp: Some(icmp), ..by(who) })
        }
        None => (!os::KEEPS_ICMP).then(|| by(Who::NotAvailable)),
    };
    ConnectFailure { outcome, answered_by, detail: Some(error.to_string()) }
}

/// ICMP "administratively prohibited" (RFC 1122 s3.2.2.1: 9, 10; RFC 1812 s5.2.7.1: 13;
/// RFC 4443 s3.1: 1, 5, 6).
fn is_prohibition(icmp: IcmpSeen, address: SocketAddr) -> bool {
    match address {
        SocketAddr::V4(_) => icmp.kind == 3 && matches!(icmp.code, 9 | 10 | 13),
        SocketAddr::V6(_) => icmp.kind == 1 && matches!(icmp.code, 1 | 5 | 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dies_before_the_first_router_is_forbidden_by_the_own_system() {
        let failure = |outcome| ConnectFailure {
            outcome,
            answered_by: None,
            detail: Some("os error 10013".to_owned()),
        };
        let denied = failure(Outcome::PermissionDenied);
        let by = |near| forbidden(denied.clone(), near).outcome;
        assert_eq!(by(Some(denied.clone())), Outcome::PermissionDenied);
        for near in [Some(ConnectFailure::silence()), Some(failure(Outcome::HostUnreachable)), None] {
            assert_eq!(by(near), Outcome::Prohibited);
        }
    }

    /// All of 127.0.0.0/8 is the host's own (RFC 1122 s3.2.1.3), as Linux has it.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_connection_comes_from_the_source_that_was_chosen() {
        use crate::probe::sources::Sources;
        use tokio::net::TcpListener;

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let source = "127.0.0.2".parse().unwrap();
        let sources = Sources::split(&[source]).remove(0);
        let neighbours = Neighbours::look(sources);
        let to = listener.local_addr().unwrap();
        let limit = Duration::from_secs(30);
        let connected = connect(to, limit, SocketOptions::default(), &neighbours).await.unwrap();
        assert_eq!(connected.local_addr().unwrap().ip(), source);
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from.ip(), source);
    }
}
