//! What an attempt means to a judge: one class of outcome, from facts alone.

use crate::evidence::{Attempt, Outcome, Who};
use crate::smtp::Stage;
use std::fmt::Write as _;

/// A greeting later than this after the handshake is slow: many senders and probers have hung up by then.
pub(super) const SLOW_GREETING_MS: f64 = 15_000.0;

/// An `EHLO` that took longer than this for its reply: TCP has sent it, or the reply, several times.
const CRAWL_MS: f64 = 5_000.0;

/// A wait for the greeting at least this long tells silent from slow: greeting delays in use stay below it.
pub(super) const PATIENT_MS: u64 = 55_000;

/// One class of outcome of an attempt on an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// Greeted, and every stage passed.
    Reached,
    /// The same, but the greeting came late.
    ReachedLate,
    /// The SYN met silence.
    Silent,
    /// Refused by reset or ICMP port unreachable, or by any ICMP message of the host itself.
    Refused,
    /// Refused in the same way by the vantage's own gateway.
    RefusedNearby,
    /// A rule on the vantage's own host.
    RefusedAtHome,
    /// ICMP prohibited, by nobody knows whom.
    Prohibited,
    /// No route, nobody answers for the host, or prohibited on the way.
    NoRoute,
    /// The vantage itself has no address or route of this family.
    NoFamily,
    /// Connected; no greeting within a wait too short to tell slow from silent.
    NotYetGreeted,
    /// Connected; no greeting within a patient sender's wait.
    NeverGreeted,
    /// Connected; what came is not SMTP.
    NotSmtp,
    /// 421, or another 4xx at the greeting.
    Busy,
    /// 554, 521, or another 5xx at the greeting.
    Refusing,
    /// Closed or reset before the greeting.
    Dropped,
    /// Closed, reset or garbled in the session, after the greeting.
    Cut,
    /// Silent in the session, for as long as was waited: a patient sender waits five minutes (RFC 5321 s4.5.3.2).
    Stalled,
    /// The TLS handshake failed.
    TlsFailed,
    /// The TLS handshake met silence.
    TlsSilent,
    /// Reached, but masked on the way: the others were offered STARTTLS in plain words.
    Foreign,
    /// Reached, but not offered STARTTLS, as the others were: taken out on the way, or withheld by the host itself.
    NoStarttls,
    /// Reached, but with another certificate of another issuer than the others saw.
    OtherCertificate,
    /// Something nearer than the host took the connection: a hop-limited connect showed it.
    TakenOnTheWay,
}

/// A set of [`Seen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct SeenSet(u32);

impl SeenSet {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn of(seen: &[Seen]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < seen.len() {
            bits |= 1 << seen[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, seen: Seen) -> bool {
        self.0 & (1 << seen as u32) != 0
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Seen {
    /// The class of `attempt`; `None` when it says nothing, because it was not tried.
    pub(super) fn of(attempt: &Attempt) -> Option<Self> {
        let at_home = attempt.answered_by.as_ref().is_some_and(|by| by.who == Who::OwnHost);
        let nearby = attempt.answered_by.as_ref().is_some_and(|by| by.who == Who::Gateway);
        let by_host =
            attempt.answered_by.as_ref().is_some_and(|by| by.who == Who::Target && by.icmp.is_some());
        let on_path = attempt.answered_by.as_ref().is_some_and(|by| by.who == Who::OnPath);
        let icmp = attempt.answered_by.as_ref().is_some_and(|by| by.icmp.is_some());
        Some(match attempt.outcome {
            Outcome::NotTried => return None,
            _ if attempt.taken_on_the_way() => Self::TakenOnTheWay,
            Outcome::Completed if late(attempt) => Self::ReachedLate,
            Outcome::Completed => Self::Reached,
            Outcome::PermissionDenied | Outcome::LocalError => Self::RefusedAtHome,
            // What answers at the handshake may be anything: neither reached nor down.
            Outcome::Connected | Outcome::Unconnected => return None,
            Outcome::Refused | Outcome::Prohibited if at_home => Self::RefusedAtHome,
            Outcome::Refused | Outcome::Prohibited if nearby => Self::RefusedNearby,
            Outcome::Refused => Self::Refused,
            // Whatever its ICMP message says: a host that sends one is up, and lets nobody in.
            Outcome::Prohibited | Outcome::HostUnreachable | Outcome::NetworkUnreachable if by_host => {
                Self::Refused
            }
            Outcome::Prohibited if on_path => Self::NoRoute,
            Outcome::Prohibited => Self::Prohibited,
            Outcome::HostUnreachable => Self::NoRoute,
            Outcome::NetworkUnreachable if icmp => Self::NoRoute,
            Outcome::NetworkUnreachable | Outcome::AddressNotAvailable => Self::NoFamily,
            Outcome::Garbage if attempt.greeting.is_none() => Self::NotSmtp,
            Outcome::Garbage => Self::Cut,
            Outcome::TlsFailed => Self::TlsFailed,
            Outcome::Replied => replied(attempt),
            Outcome::TimedOut => timed_out(attempt),
            Outcome::Reset | Outcome::Closed if attempt.stage == Stage::Starttls => Self::TlsFailed,
            Outcome::Reset | Outcome::Closed if attempt.greeting.is_some() => Self::Cut,
            Outcome::Reset | Outcome::Closed => Self::Dropped,
        })
    }
}

fn late(attempt: &Attempt) -> bool {
    attempt.greeting_delay_ms().is_some_and(|delay| delay > SLOW_GREETING_MS)
}

fn timed_out(attempt: &Attempt) -> Seen {
    match attempt.stage {
        Stage::Dns | Stage::Connect => Seen::Silent,
        Stage::Greeting if attempt.limit_ms.is_some_and(|limit| limit >= PATIENT_MS) => Seen::NeverGreeted,
        Stage::Greeting => Seen::NotYetGreeted,
        Stage::Starttls if !crawled(attempt) => Seen::TlsSilent,
        _ => Seen::Stalled,
    }
}

/// Whether even the small packets of `EHLO` and its reply took long: then silence in the handshake is nothing that large
/// packets alone meet.
fn crawled(attempt: &Attempt) -> bool {
    attempt.ehlo_ms.zip(attempt.greeting_ms).is_some_and(|(ehlo, greeting)| ehlo - greeting > CRAWL_MS)
}

fn replied(attempt: &Attempt) -> Seen {
    let code = attempt.reply.as_ref().map_or(0, |reply| reply.code.0);
    match (attempt.stage, code) {
        (Stage::Starttls, _) => Seen::TlsFailed,
        (_, 400..=499) => Seen::Busy,
        _ => Seen::Refusing,
    }
}

/// The attempt in words that can follow a vantage's name: "was greeted by mx.example (192.0.2.1) after 12 ms".
pub(super) fn words(attempt: &Attempt) -> String {
    let host = format!("{} ({})", attempt.exchange, attempt.address);
    let mut words = match Seen::of(attempt) {
        None => format!("did not try {host}"),
        Some(
            Seen::Reached | Seen::ReachedLate | Seen::Foreign | Seen::NoStarttls | Seen::OtherCertificate,
        ) => {
            let greeted = attempt.greeting_ms.map_or(String::new(), |ms| format!(" after {}", span(ms)));
            format!("was greeted by {host}{greeted}")
        }
        Some(Seen::TakenOnTheWay) => {
            let place = match attempt.answered_by.as_ref().and_then(|by| by.hop) {
                Some(1) => "at its first hop".to_owned(),
                Some(hop) => format!("{hop} hops away"),
                None => "on the way".to_owned(),
            };
            format!(
                "was answered in the place of {host} by something {place}, past which other packets to it go"
            )
        }
        Some(Seen::Silent) => format!("met silence at {host} when connecting"),
        Some(Seen::Refused | Seen::RefusedNearby) => format!("was refused by {host}"),
        Some(Seen::RefusedAtHome) => format!("was stopped by its own host when connecting to {host}"),
        Some(Seen::Prohibited) => format!("was told that {host} is administratively prohibited"),
        Some(Seen::NoRoute) => format!("was told that {host} cannot be reached"),
        Some(Seen::NoFamily) => format!("has no route or address of its own for {host}"),
        Some(Seen::NotYetGreeted | Seen::NeverGreeted) => format!("connected to {host} and was not greeted"),
        Some(Seen::NotSmtp) => format!("connected to {host}, which does not speak SMTP"),
        Some(Seen::Busy | Seen::Refusing) => {
            let code = attempt.reply.as_ref().map_or(String::new(), |reply| format!(" {}", reply.code));
            format!("was answered{code} by {host}")
        }
        Some(Seen::Dropped | Seen::Cut) => format!("was dropped by {host} {}", during(attempt.stage)),
        Some(Seen::Stalled) => {
            format!("was greeted by {host}, which then did not answer {}", during(attempt.stage))
        }
        Some(Seen::TlsFailed) => format!("could not start TLS with {host}"),
        Some(Seen::TlsSilent) => format!("met silence at {host} in the TLS handshake"),
    };
    let wait = attempt.limit_ms.or(attempt.ended_ms.map(|ms| ms as u64));
    if let (Outcome::TimedOut, Some(wait)) = (attempt.outcome, wait) {
        let _ = write!(words, " for {}", span(wait as f64));
    }
    if let Some(by) = attempt.answered_by.as_ref().and_then(|by| by.address)
        && by != attempt.address
    {
        let _ = write!(words, " (the answer came from {by})");
    }
    words
}

/// A span of time in the unit that fits: `12 ms`, `20 s`.
pub(super) fn span(ms: f64) -> String {
    if ms < 1_000.0 {
        format!("{} ms", ms.ceil() as u64)
    } else {
        format!("{} s", (ms / 1_000.0).round() as u64)
    }
}

fn during(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect | Stage::Greeting => "before the greeting",
        Stage::Ehlo => "after EHLO",
        _ => "in the session",
    }
}
