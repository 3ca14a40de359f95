//! One connection to one address, and how it ended.

use super::outcome::{Outcome, ReplySeen, TlsSeen};
use super::own_host::OwnHost;
use super::retry::{MssRetry, SessionRetry, TlsFailure, TlsFailureKind};
use super::trace::{EchoPath, PassedHop, Sibling};
use crate::address::Family;
use crate::scrub;
use crate::smtp::Stage;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How much of a server's words is repeated, in bytes.
const WORDS: usize = 300;

/// One connection to one address, and how it ended. Times are milliseconds since the attempt began.
///
/// An address that is asked again has several attempts, in the order in which they were made: the quick pass makes
/// round 1, and round 2 where something failed fast or vantages disagree; the patient pass is the highest round.
///
/// What is absent was not observed. A missing trace, retry or word of the own host says nothing in either direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attempt {
    /// The exchange (or control host) that the address belongs to.
    pub exchange: String,
    /// The address that was connected to.
    pub address: IpAddr,
    /// The port: 25 to an exchange; 25 or 443 to a control.
    pub port: u16,
    /// The round: 1 is the first look; each further one is a later connection to the same address.
    pub round: u8,
    /// The stage in which it ended; for `completed`, the last one that was passed.
    pub stage: Stage,
    /// How it ended.
    pub outcome: Outcome,
    /// How long this attempt waited, or would have waited, in the stage it ended in (for `starttls`: in the part of it
    /// that it ended in, the reply to `STARTTLS`, the handshake or the second `EHLO`). A silence shorter than a patient sender's
    /// wait (RFC 5321 s4.5.3.2.1: 5 minutes for the greeting) does not tell slow from silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_ms: Option<u64>,
    /// When the outcome was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<f64>,
    /// Who ended it, where that could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// When the TCP handshake was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<f64>,
    /// When the greeting was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting_ms: Option<f64>,
    /// When the reply to `EHLO` was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ehlo_ms: Option<f64>,
    /// When the TLS handshake was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_ms: Option<f64>,
    /// The first line of the greeting, as said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// The EHLO keywords, as said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The reply that ended it, for `replied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplySeen>,
    /// The TLS session, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
    /// More words: the system's error, the TLS alert, why it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The routers that the SYN to this port came to, the nearest first; those that keep silent are missing. Where it
    /// was answered stands in `answered_by.hop`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<PassedHop>,
    /// How further connections ended that were opened beside this one and closed at once, where it failed in a later round:
    /// each has a port of its own, so that a load balancer may choose otherwise. `connected` is one that came about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parallel: Vec<Outcome>,
    /// How many hops were tried to find `passed`. Absent: there was no trace, and nothing is known of how far the SYN
    /// came. An empty `passed` tells nothing by itself, for routers may keep silent: compare it with the sibling's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_limit: Option<u8>,
    /// The smallest hop limit at which a SYN of that trace was answered by a connection or a reset, where this attempt met
    /// silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_answered_hop: Option<u8>,
    /// The same of another port of the address, traced in the same seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sibling: Option<Sibling>,
    /// How far ICMP echo requests came, where the system shows no router that a SYN came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<EchoPath>,
    /// What the vantage's own system says of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_host: Option<OwnHost>,
    /// One more connection with small packets, where TLS met silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mss_retry: Option<MssRetry>,
    /// Further sessions in other forms, where the server did not take the first one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<SessionRetry>,
    /// Why the TLS handshake failed, for `tls_failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_failure: Option<TlsFailure>,
}

/// A wait for the greeting at least this long, in milliseconds, tells silent from slow: greeting delays in use stay below it.
pub(crate) const GREETING_PATIENT_MS: u64 = 55_000;

impl Attempt {
    /// An attempt that was not made, and of which nothing is known yet.
    pub fn untried(exchange: &str, address: IpAddr, port: u16, round: u8) -> Self {
        Self {
            exchange: exchange.to_owned(),
            address,
            port,
            round,
            stage: Stage::Connect,
            outcome: Outcome::NotTried,
            limit_ms: None,
            ended_ms: None,
            answered_by: None,
            connect_ms: None,
            greeting_ms: None,
            ehlo_ms: None,
            tls_ms: None,
            greeting: None,
            keywords: Vec::new(),
            reply: None,
            tls: None,
            detail: None,
            passed: Vec::new(),
            parallel: Vec::new(),
            trace_limit: None,
            trace_answered_hop: None,
            sibling: None,
            echo: None,
            own_host: None,
            mss_retry: None,
            retries: Vec::new(),
            tls_failure: None,
        }
    }

    /// The family of the address.
    pub fn family(&self) -> Family {
        Family::of(self.address)
    }

    /// Whether a server spoke SMTP to us, whatever it said: port 25 was reached.
    pub fn server_spoke(&self) -> bool {
        self.greeting.is_some() || matches!(self.outcome, Outcome::Completed | Outcome::Replied)
    }

    /// Whether every stage was passed: nothing is left to look at again.
    pub fn went_well(&self) -> bool {
        self.outcome == Outcome::Completed
    }

    /// Whether words of the session were overwritten on the way, as some firewalls do: `XXXX` (or `XXXA`) for a keyword, `****` for
    /// the greeting.
    pub fn is_masked(&self) -> bool {
        let masked = |word: &str| {
            let word = word.strip_suffix('A').unwrap_or(word);
            word.len() > 2 && word.bytes().all(|byte| matches!(byte, b'X' | b'*'))
        };
        let first_word = |keyword: &String| keyword.split_whitespace().next().is_some_and(masked);
        let greeting = self.greeting.iter().flat_map(|said| said.split_whitespace());
        self.keywords.iter().any(first_word) || greeting.skip(1).take(1).any(|word| word.contains("***"))
    }

    /// Whether what answered stands nearer than the target.
    pub fn answered_before_target(&self) -> bool {
        let nearer = |by: &AnsweredBy| matches!(by.who, Who::OwnHost | Who::Gateway | Who::OnPath);
        self.answered_by.as_ref().is_some_and(nearer)
    }

    /// Whether the connection was intercepted: something nearer than the target took it in its place.
    pub fn is_intercepted(&self) -> bool {
        self.connected() && self.answered_before_target()
    }

    /// How long the greeting took after the handshake, in milliseconds; `None` where none came.
    pub fn greeting_delay_ms(&self) -> Option<f64> {
        self.greeting_ms.map(|greeted| greeted - self.connect_ms.unwrap_or(0.0))
    }

    /// The reply by which a server turned the vantage away, in its own words made visible: `554 5.7.1 …`; `None` where it
    /// ended otherwise.
    pub fn refusal(&self) -> Option<String> {
        let reply = self.reply.as_ref().filter(|_| self.outcome == Outcome::Replied)?;
        let words = format!("{} {}", reply.code, reply.text.replace('\n', " "));
        Some(scrub::visible(&scrub::bounded(&words, WORDS)).into_owned())
    }

    /// Whether it connected and was not greeted, or not answered of its name, in a time that is shorter than what a patient
    /// look waits: mail servers themselves wait five minutes (RFC 5321 s4.5.3.2.1; Postfix, Exim and Sendmail for `EHLO` too).
    pub fn may_yet_answer(&self) -> bool {
        self.outcome == Outcome::TimedOut
            && matches!(self.stage, Stage::Greeting | Stage::Ehlo)
            && !self.is_intercepted()
            && self.limit_ms.is_none_or(|limit| limit < GREETING_PATIENT_MS)
    }

    /// Whether the handshake ended because the prober's own TLS library lacks what the server asks for.
    pub fn lacks_tls(&self) -> bool {
        self.tls_failure.as_ref().is_some_and(|failure| failure.kind == TlsFailureKind::ProberLacks)
    }

    /// Whether a TCP connection came about, with whomever.
    pub fn connected(&self) -> bool {
        self.connect_ms.is_some() || self.stage > Stage::Connect
    }
}

/// Who ended an attempt, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnsweredBy {
    /// Who.
    pub who: Who,
    /// The address that answered, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The ICMP message that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<IcmpSeen>,
    /// The smallest hop limit at which the answer comes, by a hop-limited connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<u8>,
    /// The smallest hop limit at which the same host answers on another port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sibling_hop: Option<u8>,
}

/// Who ended an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The vantage's own host.
    OwnHost,
    /// The first hop: the vantage's own gateway.
    Gateway,
    /// Something between the gateway and the target.
    OnPath,
    /// The target itself.
    Target,
    /// It could not be told.
    Unknown,
    /// This system gives no means to tell.
    NotAvailable,
}

/// An ICMP message (RFC 792, RFC 4443), as the socket's error queue gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IcmpSeen {
    /// The type.
    #[serde(rename = "type")]
    pub kind: u8,
    /// The code.
    pub code: u8,
}
