//! How far does the SYN come? A traceroute by hop-limited connects, to port 25 and beside it to another port of the same
//! address. No privileges are needed: routers answer with ICMP "time exceeded", which the socket's error queue gives.
//!
//! Where the system shows no such message of a SYN, ICMP echo requests go out beside them (Windows).
//!
//! Kind to the host: SYNs go out one after the other, most of them die on the way, and none follows an answer.

use super::connect::{ConnectFailure, SocketOptions, connect};
use super::neighbours::Neighbours;
use super::os::{self, Echo, EchoFrom};
use futures_util::stream::{FuturesUnordered, StreamExt};
use noanswer_core::evidence::{AnsweredBy, EchoPath, Outcome, PassedHop, Sibling, Who};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The farthest hop that is asked about: gateways, the provider's routers and the first ones beyond it.
pub(super) const FARTHEST: u8 = 8;

/// How long one hop-limited connect is waited for, beside two round trips: the kernel sends a lost SYN again after one
/// second (RFC 6298 s2.1), and routers limit how often they answer.
const WAIT: Duration = Duration::from_millis(1_300);

/// How long the next SYN waits for an answer to the one before it.
const STAGGER: Duration = Duration::from_millis(150);

/// The port whose path is compared with that of port 25. It need not be open: a reset is an answer too.
pub(super) const SIBLING: u16 = 443;

/// What one hop-limited connect showed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A router took the packet and said that its hop limit was used up.
    Passed(IpAddr),
    /// It was answered as a host answers: by a connection or a reset.
    Answered,
    /// It was refused by an ICMP message.
    Rejected(AnsweredBy),
    /// The own system would not send it.
    NotSent,
    /// Silence.
    Silent,
}

impl Step {
    /// Whether a larger hop limit can show nothing else.
    fn ends(&self) -> bool {
        matches!(self, Self::Answered | Self::Rejected(_) | Self::NotSent)
    }
}

/// How far SYNs to one port came: the steps by hop limit, 1 first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path(Vec<Step>);

impl Path {
    /// The routers that the SYN came to.
    pub(super) fn passed(&self) -> Vec<PassedHop> {
        let hop = |(hop, step): (u8, &Step)| match step {
            Step::Passed(router) => Some(PassedHop { hop, address: Some(*router), network: None }),
            _ => None,
        };
        (1..).zip(&self.0).filter_map(hop).collect()
    }

    /// The smallest hop limit at which a connection or a reset came.
    pub(super) fn answered_hop(&self) -> Option<u8> {
        (1..).zip(&self.0).find(|(_, step)| **step == Step::Answered).map(|(hop, _)| hop)
    }

    /// The smallest hop limit at which anything but a router's "time exceeded" came.
    pub(super) fn ended_hop(&self) -> Option<u8> {
        let ended = |step: &Step| matches!(step, Step::Answered | Step::Rejected(_));
        (1..).zip(&self.0).find(|(_, step)| ended(step)).map(|(hop, _)| hop)
    }

    /// The farthest hop that gave a sign of life; 0 where none did.
    pub(super) fn reach(&self) -> u8 {
        let alive = |step: &Step| matches!(step, Step::Passed(_) | Step::Answered | Step::Rejected(_));
        (1..).zip(&self.0).filter(|(_, step)| alive(step)).map(|(hop, _)| hop).last().unwrap_or(0)
    }

    /// Whether the own system sent anything.
    fn was_sent(&self) -> bool {
        self.0.iter().any(|step| *step != Step::NotSent)
    }

    /// The last router that passed the SYN.
    pub(super) fn last_router(&self) -> Option<IpAddr> {
        self.passed().last().and_then(|hop| hop.address)
    }

    /// The router at the first hop.
    pub(super) fn first_router(&self) -> Option<IpAddr> {
        match self.0.first() {
            Some(Step::Passed(router)) => Some(*router),
            _ => None,
        }
    }
}

/// The paths to port 25 of an address and to its sibling; and that of ICMP echo requests, where the system shows that alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trace {
    pub(super) own: Path,
    pub(super) sibling: Path,
    pub(super) echo: Option<Path>,
}

impl Trace {
    /// The sibling's path as evidence.
    pub(super) fn sibling(&self) -> Sibling {
        let answered_hop = self.sibling.answered_hop();
        Sibling {
            port: SIBLING,
            passed: self.sibling.passed(),
            answered: answered_hop.is_some(),
            answered_hop,
        }
    }

    /// The path of echo requests as evidence.
    pub(super) fn echo(&self) -> Option<EchoPath> {
        self.echo.as_ref().map(Path::of_echoes)
    }
}

impl Path {
    fn of_echoes(&self) -> EchoPath {
        EchoPath { limit: FARTHEST, passed: self.passed(), answered_hop: self.answered_hop() }
    }
}

/// Traces both paths. `round_trip` is the shortest that was seen from here: where that is long, silence takes longer.
pub(super) async fn trace(address: SocketAddr, round_trip: Duration, neighbours: &Neighbours) -> Trace {
    let wait = WAIT + 2 * round_trip;
    let sibling = SocketAddr::new(address.ip(), SIBLING);
    let (own, sibling, echo) = tokio::join!(
        path(|hop| step(address, hop, wait, neighbours)),
        path(|hop| step(sibling, hop, wait, neighbours)),
        echoes(address, wait, neighbours),
    );
    Trace { own, sibling, echo }
}

/// How far ICMP echo requests to an address come; `None` where the system gives no means to tell, or a better one.
pub(super) async fn echo(
    address: SocketAddr,
    round_trip: Duration,
    neighbours: &Neighbours,
) -> Option<EchoPath> {
    echoes(address, WAIT + 2 * round_trip, neighbours).await.as_ref().map(Path::of_echoes)
}

async fn echoes(address: SocketAddr, wait: Duration, neighbours: &Neighbours) -> Option<Path> {
    if !os::ECHOES {
        return None;
    }
    let from = EchoFrom { source: neighbours.sources.toward(address), to: address.ip() };
    let path = path(|hop| async move {
        let sent = tokio::task::spawn_blocking(move || os::echo(&from, hop, wait)).await;
        match sent.unwrap_or(Echo::NotAvailable) {
            Echo::Passed(router) => Step::Passed(router),
            Echo::Answered => Step::Answered,
            Echo::Silent => Step::Silent,
            Echo::NotSent | Echo::NotAvailable => Step::NotSent,
        }
    })
    .await;
    path.was_sent().then_some(path)
}

/// The steps by hop limit: each begins a little after the one before it, and none after one that ends the path.
async fn path<S: Future<Output = Step>>(step: impl Fn(u8) -> S) -> Path {
    let mut steps = vec![None; FARTHEST.into()];
    let mut under_way = FuturesUnordered::new();
    let (mut next, mut last) = (1, FARTHEST);
    while steps.iter().take(last.into()).any(Option::is_none) {
        if next <= last {
            let (hop, taken) = (next, step(next));
            under_way.push(async move { (hop, taken.await) });
            next += 1;
        }
        let stagger = async {
            match next <= last {
                true => tokio::time::sleep(STAGGER).await,
                false => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((hop, step)) = under_way.next() => {
                if step.ends() {
                    last = last.min(hop);
                }
                steps[usize::from(hop) - 1] = Some(step);
            }
            () = stagger => {}
        }
    }
    Path(steps.into_iter().take(last.into()).flatten().collect())
}

async fn step(address: SocketAddr, hop: u8, wait: Duration, neighbours: &Neighbours) -> Step {
    let options = SocketOptions { hop_limit: Some(hop), ..SocketOptions::default() };
    match connect(address, wait, options, neighbours).await {
        Ok(_) => Step::Answered,
        Err(failure) => read(failure, address),
    }
}

fn read(failure: ConnectFailure, address: SocketAddr) -> Step {
    // "Time exceeded": type 11 (RFC 792), type 3 (RFC 4443 s3.3).
    let exceeded = if address.is_ipv4() { 11 } else { 3 };
    match (failure.outcome, failure.answered_by) {
        (_, Some(by)) if by.icmp.is_some_and(|icmp| icmp.kind == exceeded) => {
            by.address.map_or(Step::Silent, Step::Passed)
        }
        (_, Some(by)) if by.icmp.is_some() => Step::Rejected(by),
        (Outcome::Refused | Outcome::Reset, _) => Step::Answered,
        (Outcome::TimedOut, _) => Step::Silent,
        // A router's "time exceeded", on a system that does not show whose word it is.
        (Outcome::HostUnreachable, Some(by)) if by.who == Who::NotAvailable => Step::Silent,
        _ => Step::NotSent,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A path as letters: `r` a router passed it, `a` answered, `.` silence.
    pub(crate) fn path(steps: &str) -> Path {
        let step = |(at, letter): (u8, char)| match letter {
            'r' => Step::Passed(IpAddr::from([198, 51, 100, at])),
            'a' => Step::Answered,
            _ => Step::Silent,
        };
        Path((1..).zip(steps.chars()).map(step).collect())
    }

    #[test]
    fn silent_routers_are_left_out_and_end_nothing() {
        let path = path("r.ra");
        let hops: Vec<u8> = path.passed().iter().map(|hop| hop.hop).collect();
        assert_eq!(hops, [1, 3]);
        assert_eq!((path.answered_hop(), path.reach()), (Some(4), 4));
        assert_eq!(path.last_router(), Some("198.51.100.3".parse().unwrap()));
    }

    #[test]
    fn a_path_of_silence_reaches_nothing() {
        assert_eq!((path("........").reach(), path("........").last_router()), (0, None));
        assert_eq!(path("rr......").reach(), 2);
    }
}
