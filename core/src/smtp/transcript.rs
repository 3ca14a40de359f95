//! What one session came to.

use super::{Reply, ReplyCode, ReplyError, Stage};
use std::time::Duration;

/// What one session came to. Times count from the start of the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// The stage in which it ended; for `Completed`, the last one that was passed.
    pub stage: Stage,
    /// How it ended.
    pub outcome: DialogueOutcome,
    /// Since when, and how long at most, the reply or the handshake that it ended with was waited for.
    pub wait: Wait,
    /// The greeting, whatever its code.
    pub greeting: Option<Reply>,
    /// The reply to the first `EHLO`, or to `HELO` where only that was known.
    pub ehlo: Option<Reply>,
    /// The keywords of the first `EHLO` with their parameters, as said (RFC 5321 s4.1.1.1).
    pub keywords: Vec<String>,
    /// Whether `STARTTLS` is among the keywords (RFC 3207 s2).
    pub starttls_offered: bool,
    /// What no server should do.
    pub unexpected: Vec<Unexpected>,
    /// The beginning of a reply that was never finished, at most 64 bytes of it.
    pub unfinished: Option<String>,
    /// When the first byte came.
    pub first_byte_at: Option<Duration>,
    /// When the greeting was complete.
    pub greeting_at: Option<Duration>,
    /// When the reply to the first `EHLO` or `HELO` was complete.
    pub ehlo_at: Option<Duration>,
    /// When the TLS handshake was done.
    pub tls_at: Option<Duration>,
    /// When the outcome was known.
    pub ended_at: Option<Duration>,
}

/// A wait for one reply, or for the TLS handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// When it began.
    pub since: Duration,
    /// How long it could last.
    pub limit: Duration,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogueOutcome {
    /// Every stage was passed.
    Completed,
    /// The server ended it with this reply.
    Replied(Reply),
    /// The stage was not over at its deadline.
    TimedOut,
    /// The other side closed.
    Closed,
    /// The connection was reset.
    Reset,
    /// What came is not SMTP, or too much.
    Garbage(ReplyError),
    /// The TLS handshake failed.
    TlsFailed {
        /// What the TLS library said.
        words: String,
    },
}

/// Something that no server should do, and that did not end the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unexpected {
    /// It said more than was asked for. The surplus was dropped, so that it does not pass for the next reply.
    SpokeBeforeAsked {
        /// The stage whose reply it was sent with.
        stage: Stage,
        /// Its first 64 bytes.
        first: String,
    },
    /// Plaintext came along with the reply to `STARTTLS` and was dropped (RFC 3207 s4.2; CVE-2011-0411): either someone
    /// on the way put words into the server's mouth, or the server is broken.
    PlaintextAfterStarttls {
        /// Its first 64 bytes.
        first: String,
    },
    /// `EHLO` was not known, and `HELO` was said instead (RFC 5321 s3.2).
    EhloUnknown {
        /// The code that said so.
        code: ReplyCode,
    },
}

/// How long each phase may take in all, however busy the peer keeps the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From the TCP handshake to the whole greeting.
    pub greeting: Duration,
    /// From `EHLO` to its whole reply; the same again for `HELO`.
    pub ehlo: Duration,
    /// From `STARTTLS` to its whole reply.
    pub starttls: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From `QUIT` to its reply. Missing it is no failure.
    pub quit: Duration,
}

impl Deadlines {
    /// For a first look: 15 s for the greeting, 10 s for every other phase; 6 s for the TLS handshake, so that one more
    /// session with small packets fits behind a silent one.
    pub const QUICK: Self = Self { tls: Duration::from_secs(6), ..Self::of(15, 10) };
    /// For waiting out slow hosts: 60 s for the greeting, 30 s for every other phase.
    pub const PATIENT: Self = Self::of(60, 30);

    const fn of(greeting_s: u64, phase_s: u64) -> Self {
        let phase = Duration::from_secs(phase_s);
        let greeting = Duration::from_secs(greeting_s);
        Self { greeting, ehlo: phase, starttls: phase, tls: phase, quit: Duration::from_secs(2) }
    }
}
