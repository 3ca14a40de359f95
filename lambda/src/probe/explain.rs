//! What is behind a connection that did not come about: how far its packets came, and what the own system says.
//!
//! The sender's own vantage alone looks so closely.

use super::look::Look;
use super::neighbours::Neighbours;
use super::prober::Prober;
use super::session::Dialed;
use super::trace::{self, Trace};
use super::{os, place};
use noanswer_core::address::Family;
use noanswer_core::evidence::{Attempt, Evidence, Expectation, Outcome, OwnHost, RouteKind, Who};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

/// After how much silence a connection is traced, beside the wait for it: what is silent for so long mostly stays
/// silent, and the deadline must hold. TCP has sent its SYN three times by then (RFC 6298 s2.1: after 1 and 3 s).
const SUSPICIOUS: Duration = Duration::from_secs(5);

impl Prober {
    /// A connection, and for a failure what is behind it.
    pub(super) async fn explained(
        &self,
        dialing: impl Future<Output = Result<Dialed, Box<Attempt>>>,
        address: SocketAddr,
        look: &Look,
    ) -> Result<Dialed, Box<Attempt>> {
        let mut dialing = pin!(dialing);
        let early = tokio::time::timeout(SUSPICIOUS, dialing.as_mut()).await;
        let (dialed, trace) = match early {
            Ok(dialed) => (dialed, None),
            Err(_) => tokio::join!(dialing, Box::pin(self.trace(address, look))),
        };
        match dialed {
            Ok(dialed) => Ok(dialed),
            Err(mut attempt) => {
                let trace = match trace {
                    None if packets_left(&attempt) => Box::pin(self.trace(address, look)).await,
                    traced => traced,
                };
                explain(&mut attempt, trace.as_ref(), &look.neighbours);
                Err(attempt)
            }
        }
    }

    /// Traces the path to `address`, if a trace is left and time enough.
    async fn trace(&self, address: SocketAddr, look: &Look) -> Option<Trace> {
        let traced = async {
            let _turn = look.trace_turn().await?;
            Some(trace::trace(address, self.round_trip(), &look.neighbours).await)
        };
        tokio::time::timeout_at(look.cutoff, traced).await.ok().flatten()
    }

    /// Has ICMP echo requests go to a control of each family in which some went to a target that is silent: what is seen of
    /// the one is worth something beside the other alone.
    pub(super) async fn echo_to_controls(&self, evidence: &mut Evidence, look: &Look) {
        for family in Family::ALL {
            let silent = |one: &Attempt| {
                one.family() == family
                    && one.outcome == Outcome::TimedOut
                    && !one.connected()
                    && one.echo.is_some()
            };
            if !evidence.attempts.iter().any(silent) {
                continue;
            }
            let mut controls = evidence.controls.iter_mut().filter(|one| one.expected == Expectation::Open);
            let Some(control) = controls.find(|one| one.attempt.family() == family) else { continue };
            let to = SocketAddr::new(control.attempt.address, control.attempt.port);
            let sent = trace::echo(to, self.round_trip(), &look.neighbours);
            control.attempt.echo = tokio::time::timeout_at(look.cutoff, sent).await.ok().flatten();
        }
    }
}

/// Whether this failure to connect is one that packets met, and not the own system alone.
fn packets_left(attempt: &Attempt) -> bool {
    let by_own_host = attempt.answered_by.as_ref().is_some_and(|by| by.who == Who::OwnHost);
    match attempt.outcome {
        Outcome::TimedOut | Outcome::Refused | Outcome::Prohibited => !by_own_host,
        Outcome::HostUnreachable | Outcome::NetworkUnreachable => {
            attempt.answered_by.is_some() && !by_own_host
        }
        _ => false,
    }
}

fn explain(attempt: &mut Attempt, trace: Option<&Trace>, neighbours: &Neighbours) {
    if attempt.outcome == Outcome::NotTried {
        return;
    }
    let route = os::route_to(neighbours.way_to(attempt.address));
    let own_address = neighbours.is_own(attempt.address);
    attempt.own_host = Some(OwnHost { route, own_address, gateway_address: false });
    let Some(trace) = trace else { return };
    attempt.passed = trace.own.passed();
    attempt.trace_limit = Some(trace::FARTHEST);
    attempt.sibling = Some(trace.sibling());
    attempt.echo = trace.echo();
    // What is answered at the first hop, on a route that leads through a gateway, is answered by that gateway.
    let at_first = trace.own.answered_hop() == Some(1) || trace.sibling.answered_hop() == Some(1);
    let gateway_address = at_first && route == RouteKind::Unicast;
    attempt.own_host = Some(OwnHost { route, own_address, gateway_address });
    match (attempt.outcome, &mut attempt.answered_by) {
        (Outcome::TimedOut, None) => {
            attempt.trace_answered_hop = trace.own.answered_hop();
            (attempt.answered_by, attempt.detail) = match os::KEEPS_ICMP {
                true => place::silence(trace),
                false => (None, Some(place::unseen(trace))),
            };
        }
        (Outcome::Refused, None) => attempt.answered_by = Some(place::refusal(trace, route)),
        // Where the system shows no ICMP message, a reset is placed all the same: it is an answer to a SYN.
        (Outcome::Refused, Some(by)) if by.who == Who::NotAvailable => {
            *by = Some(place::refusal(trace, route))
                .filter(|placed| placed.who != Who::Unknown)
                .unwrap_or_else(|| by.clone());
        }
        (_, Some(by)) => {
            by.hop = trace.own.ended_hop();
            by.sibling_hop = trace.sibling.answered_hop();
            let first = trace.own.first_router().or(trace.sibling.first_router());
            if by.who == Who::OnPath && first.is_some() && first == by.address {
                by.who = Who::Gateway;
            }
        }
        _ => {}
    }
}
