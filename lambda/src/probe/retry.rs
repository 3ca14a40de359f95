//! One more session in another form, where the server did not take the first one: is it the server, or our form?
//!
//! Kind to the host: one session after the other, two more at most; and where one of them was served, the first form up to
//! two times again.

use super::connect::SocketOptions;
use super::prober::Prober;
use super::sources::Sources;
use super::{os, session};
use noanswer_core::evidence::{Attempt, MssRetry, Outcome, RetryForm, SessionRetry};
use noanswer_core::smtp::{ClientName, Stage};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;

/// How many more sessions there are at most.
const RETRIES: usize = 2;

/// How often the first form is tried again at most, once another was served: twice, since servers that take turns would
/// answer every other form otherwise, too.
const AGAIN: usize = 2;

/// How much time one needs: a few round trips.
const NEEDED: Duration = Duration::from_secs(2);

/// How small packets are when large ones may be lost: what every IPv4 path carries (RFC 9293 s3.7.1), and what fits the
/// smallest IPv6 MTU of 1280 bytes (RFC 8200 s5).
const fn small_mss(address: SocketAddr) -> u16 {
    if address.is_ipv4() { 536 } else { 1_220 }
}

/// What a session in another form could tell of this attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// Whether it is our name that the server does not take.
    Name,
    /// Whether it is our handshake.
    Handshake,
    /// Whether large packets get lost.
    LargePackets,
}

fn doubt(attempt: &Attempt) -> Option<Doubt> {
    match (attempt.outcome, attempt.stage) {
        (Outcome::Replied, Stage::Ehlo) => Some(Doubt::Name),
        // Some servers say nothing to a name that they do not like, and close.
        (Outcome::Closed | Outcome::Reset, Stage::Ehlo) => Some(Doubt::Name),
        // The second EHLO, inside TLS.
        (Outcome::Replied | Outcome::Closed | Outcome::Reset, Stage::Starttls)
            if attempt.tls_ms.is_some() =>
        {
            Some(Doubt::Name)
        }
        (Outcome::TlsFailed, _) => Some(Doubt::Handshake),
        (Outcome::Closed | Outcome::Reset, Stage::Starttls) => Some(Doubt::Handshake),
        (Outcome::TimedOut, Stage::Starttls) if attempt.tls_ms.is_none() => Some(Doubt::LargePackets),
        _ => None,
    }
}

/// Whether a session in another form could tell more of this attempt.
pub(super) fn is_worth_it(attempt: &Attempt) -> bool {
    doubt(attempt).is_some()
}

impl Prober {
    /// Tries other forms until one is served.
    pub(super) async fn retry(
        &self,
        attempt: &mut Attempt,
        host: &str,
        (asked, address): (IpAddr, SocketAddr),
        plan: &session::Plan<'_>,
    ) {
        match doubt(attempt) {
            Some(Doubt::LargePackets) => {
                let socket = SocketOptions { mss: Some(small_mss(address)), ..plan.socket };
                let again = session::Plan { socket, ..*plan };
                if let Some(seen) = self.one_more(host, (asked, address), &again).await {
                    let (stage, outcome) = (seen.stage, seen.outcome);
                    attempt.mss_retry = Some(MssRetry { mss: small_mss(address), stage, outcome });
                }
            }
            Some(Doubt::Name) => {
                self.in_forms(
                    attempt,
                    host,
                    (asked, address),
                    plan,
                    &name_forms(plan.name, plan.neighbours.sources),
                )
                .await
            }
            Some(Doubt::Handshake) => {
                let forms = [(RetryForm::NoSni, plan.name.clone()), (RetryForm::Tls12, plan.name.clone())];
                self.in_forms(attempt, host, (asked, address), plan, &forms).await;
            }
            None => {}
        }
    }

    async fn in_forms(
        &self,
        attempt: &mut Attempt,
        host: &str,
        (asked, address): (IpAddr, SocketAddr),
        plan: &session::Plan<'_>,
        forms: &[(RetryForm, ClientName)],
    ) {
        for (form, name) in forms.iter().take(RETRIES) {
            let again = session::Plan { name, form: Some(*form), ..*plan };
            let Some(seen) = self.one_more(host, (asked, address), &again).await else { return };
            let (stage, outcome) = (seen.stage, seen.outcome);
            let retry = SessionRetry { form: *form, stage, outcome, reply: seen.reply, tls: seen.tls };
            attempt.retries.push(retry);
            if outcome == Outcome::Completed {
                return self.again(attempt, host, (asked, address), plan).await;
            }
        }
    }

    /// Tries the first form again, until it is served: then it was no form that the server did not take.
    async fn again(
        &self,
        attempt: &mut Attempt,
        host: &str,
        at: (IpAddr, SocketAddr),
        plan: &session::Plan<'_>,
    ) {
        for _ in 0..AGAIN {
            let Some(seen) = self.one_more(host, at, plan).await else { return };
            let (form, stage, outcome) = (RetryForm::Again, seen.stage, seen.outcome);
            attempt.retries.push(SessionRetry { form, stage, outcome, reply: seen.reply, tls: seen.tls });
            if outcome == Outcome::Completed {
                return;
            }
        }
    }

    /// One more session, and its end; `None` where no time is left, or the address has had enough connections.
    async fn one_more(
        &self,
        host: &str,
        (asked, address): (IpAddr, SocketAddr),
        plan: &session::Plan<'_>,
    ) -> Option<Attempt> {
        if Instant::now() + NEEDED > plan.cutoff || !self.may_connect(asked, 1) {
            return None;
        }
        let seen = match Box::pin(session::dial(host, address, plan)).await {
            Ok(dialed) => {
                let (seen, parting) = Box::pin(session::converse(host, address, dialed, plan)).await;
                if let Some(parting) = parting {
                    parting.wait().await;
                }
                seen
            }
            Err(attempt) => *attempt,
        };
        Some(seen).filter(|seen| seen.outcome != Outcome::NotTried)
    }
}

/// The forms in which a name can be said otherwise: a host's name, an address literal, and to `HELO`.
fn name_forms(name: &ClientName, sources: Sources) -> Vec<(RetryForm, ClientName)> {
    let own = || sources.addresses().into_iter().next().map(ClientName::Literal);
    let other = match name {
        ClientName::Literal(_) => os::host_name().map(|name| (RetryForm::EhloName, name)),
        ClientName::Domain(_) => own().map(|own| (RetryForm::EhloLiteral, own)),
    };
    let best = other.as_ref().map_or_else(|| name.clone(), |(_, name)| name.clone());
    let helo = match name {
        ClientName::Domain(_) => name.clone(),
        ClientName::Literal(_) => best,
    };
    other.into_iter().chain([(RetryForm::Helo, helo)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_said_again_as_a_name_and_a_name_as_a_literal() {
        let forms = |name: &str| -> Vec<RetryForm> {
            name_forms(&name.parse().unwrap(), Sources::default()).into_iter().map(|(form, _)| form).collect()
        };
        assert_eq!(forms("192.0.2.1").last(), Some(&RetryForm::Helo));
        assert!(!forms("192.0.2.1").contains(&RetryForm::EhloLiteral));
        assert!(!forms("mail.example.org").contains(&RetryForm::EhloName));
    }

    #[test]
    fn only_what_our_form_may_have_caused_is_tried_again() {
        let mut attempt = Attempt::untried("mx.example", "192.0.2.1".parse().unwrap(), 25, 1);
        attempt.outcome = Outcome::Replied;
        attempt.stage = Stage::Greeting;
        assert_eq!(doubt(&attempt), None, "a refusal at the greeting knows no name yet");
        attempt.stage = Stage::Ehlo;
        assert_eq!(doubt(&attempt), Some(Doubt::Name));
        attempt.stage = Stage::Starttls;
        assert_eq!(doubt(&attempt), None, "454 to STARTTLS");
        attempt.tls_ms = Some(1.0);
        assert_eq!(doubt(&attempt), Some(Doubt::Name), "550 to the second EHLO");
        for outcome in [Outcome::Closed, Outcome::Reset] {
            attempt.outcome = outcome;
            assert_eq!(doubt(&attempt), Some(Doubt::Name), "closed at the second EHLO");
            attempt.stage = Stage::Ehlo;
            assert_eq!(doubt(&attempt), Some(Doubt::Name), "closed at EHLO");
            attempt.stage = Stage::Greeting;
            assert_eq!(doubt(&attempt), None, "closed before we said anything");
            attempt.stage = Stage::Starttls;
        }
        attempt.tls_ms = None;
        assert_eq!(doubt(&attempt), Some(Doubt::Handshake));
    }
}
