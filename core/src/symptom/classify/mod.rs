//! One statement: what it states as the cause, and who wrote it.

mod bare;
mod own;
mod remote;
mod symptom;

pub(super) use symptom::complete;

use super::marks::Marks;
use super::phrases::{self, Found, Tells};
use super::tokens::{self, Read};
use super::{Cause, Symptom, SymptomFamily, WrittenBy, reply};
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};
use std::borrow::Cow;

/// What was found in a statement before it is put together.
struct Findings<'a> {
    /// The statement, qmail's `_` made spaces.
    text: Cow<'a, str>,
    lower: String,
    found: Vec<Found>,
    replies: Vec<Read<ReplyCode>>,
    statuses: Vec<Read<EnhancedStatus>>,
}

/// What the cause is, and who says so.
pub(super) struct Stated {
    pub(super) cause: Cause,
    pub(super) stage: Stage,
    pub(super) written_by: WrittenBy,
    pub(super) span: Option<(usize, usize)>,
}

/// Reads one statement: a log line, a diagnostic code, an error text. Spans count from `base`.
pub(super) fn statement(text: &str, base: usize) -> Option<Symptom> {
    let mut lower = text.to_ascii_lowercase();
    // qmail-send logs a report with `_` for spaces; byte for byte, so that spans still fit.
    let mut text = Cow::Borrowed(text);
    if lower.contains(" deferral: ") || lower.contains(" failure: ") {
        lower = lower.replace('_', " ");
        text = Cow::Owned(text.replace('_', " "));
    }
    let found = phrases::find(&lower);
    if is_elsewhere(&lower) {
        return None;
    }
    let (replies, statuses) = tokens::codes(&text);
    if found.is_empty() && replies.is_empty() && statuses.is_empty() && tokens::system_error(&lower).is_none()
    {
        return None;
    }
    let findings = Findings { text, lower, found, replies, statuses };
    let expired = findings.expired();
    let stated = findings.stated()?;
    Some(findings.symptom(stated, expired, base)).filter(|symptom| !is_of_another_service(symptom))
}

/// Whether a log line is about a client that came to this server, or about something that is no mail: what became of it
/// is no delivery.
fn is_elsewhere(lower: &str) -> bool {
    const CLIENTS: &[&str] = &[
        "/smtpd[",
        "postfix/postscreen[",
        "timeout on connection from",
        "(message abandoned) on connection from",
        "error on connection from",
        "disconnection while reading smtp command from",
        "lost input channel from",
        "timeout waiting for input from",
        "imap-login: ",
        "pop3-login: ",
        "managesieve-login: ",
    ];
    const OTHERS: &[&str] = &[
        "connecting to upstream",
        "upstream timed out",
        ", upstream: \"",
        "mysql",
        "postgresql",
        "redis",
        "mongodb",
        "psql: ",
        "sshd[",
        "named[",
        "spamd[",
        "clamd",
        "freshclam",
        "opendkim[",
        "opendmarc[",
        "policyd-spf[",
        "systemd[",
        " kernel: ",
        "dovecot: auth",
        "accepting tcp/ip connections",
    ];
    static MARKS: Marks = Marks::new();
    let found = MARKS.find(CLIENTS.iter().chain(OTHERS).copied(), lower);
    found.iter().any(|mark| mark.index >= CLIENTS.len() || !lower.contains("reject:"))
}

/// Ports of services that are no mail: what does not answer there is none of ours.
const NOT_MAIL: &[u16] = &[
    21, 22, 80, 88, 389, 443, 445, 636, 1433, 1521, 3306, 3389, 5432, 5672, 6379, 8080, 8443, 9000, 9092,
    9200, 11211, 27017,
];

/// Whether a connection that failed was to a service that is no mail.
pub(super) fn is_of_another_service(symptom: &Symptom) -> bool {
    symptom.family == SymptomFamily::NoAnswer && symptom.port.is_some_and(|port| NOT_MAIL.contains(&port))
}

/// The symptom of a text whose cause was read from its order, not from one statement.
pub(super) fn from_stated(text: &str, stated: Stated) -> Symptom {
    let lower = text.to_ascii_lowercase();
    let (replies, statuses) = tokens::codes(text);
    Findings { text: text.into(), lower, found: Vec::new(), replies, statuses }.symptom(stated, false, 0)
}

impl Findings<'_> {
    fn expired(&self) -> bool {
        self.lower.contains("unable to contact host for ")
            || self.found.iter().any(|one| one.tells == Tells::GivenUp)
            || self.statuses.iter().any(|status| {
                let status = status.value;
                (status.subject, status.detail) == (4, 7)
                    && (status.class == 5 || !self.lower.contains("delay"))
            })
    }

    fn stated(&self) -> Option<Stated> {
        if self.is_success() {
            return None;
        }
        if let Some(stated) = self.nested() {
            return Some(stated);
        }
        if let Some(stated) = self.spoken_by_remote() {
            return Some(stated);
        }
        if let Some(stated) = self.plainly_refused().or_else(|| self.refused_outright()) {
            return Some(stated);
        }
        let own = |cause, stage, span| Stated { cause, stage, written_by: WrittenBy::Sender, span };
        if let Some((number, cause)) = tokens::system_error(&self.lower) {
            let (cause, stage) = self.in_stage(cause, usual_stage(cause));
            return Some(own(cause, stage, Some((number.start, number.end))));
        }
        if let Some((cause, stage, span)) = self.fact() {
            return Some(own(cause, stage, Some(span)));
        }
        // A reply whose words refuse is a refusal, whatever the text around it says of the address.
        if let Some(stated) =
            self.bare_reply().filter(|stated| stated.written_by == WrittenBy::Unknown && self.refuses())
        {
            return Some(stated);
        }
        let given_up = self.found.iter().any(|one| one.tells == Tells::GivenUp);
        if let Some((cause, span)) =
            self.consequence().filter(|(cause, _)| !given_up || *cause != Cause::DeferredByQueue)
        {
            return Some(own(cause, usual_stage(cause), Some(span)));
        }
        if let Some(cause) = self.refused_at_last() {
            return Some(Stated { cause, stage: Stage::Rcpt, written_by: WrittenBy::Unknown, span: None });
        }
        if given_up {
            return Some(own(Cause::Expired, Stage::Queue, None));
        }
        self.bare_reply()
    }

    /// Exim appends to the last error that it gives up: `mailbox is full: retry timeout exceeded`.
    fn refused_at_last(&self) -> Option<Cause> {
        const LAST: usize = 120;
        let end = self.lower.find(": retry timeout exceeded")?;
        let from = (end.saturating_sub(LAST)..end).find(|at| self.lower.is_char_boundary(*at))?;
        reply::refusal(&self.lower[from..end])
    }

    /// Exchange nests what happened: `550 5.4.300 Message expired -> 451 4.4.397 … -> SocketTimedout: …`. The last
    /// element is the fact.
    fn nested(&self) -> Option<Stated> {
        let at = self.text.rfind("->")?;
        if !self.text[..at].contains(['4', '5']) || self.replies.len() < 2 {
            return None;
        }
        let inner = statement(&self.text[at + 2..], 0)?;
        let span = inner
            .spans
            .iter()
            .find(|span| span.field == "cause")
            .map(|span| (span.start + at + 2, span.end + at + 2));
        Some(Stated { cause: inner.cause, stage: inner.stage, written_by: WrittenBy::Sender, span })
    }

    fn is_success(&self) -> bool {
        self.lower.contains("status=sent") || self.lower.contains("stat=sent")
    }
}

/// The stage in which a cause arises, where the text does not say.
pub(super) fn usual_stage(cause: Cause) -> Stage {
    match cause {
        Cause::ConnectTimedOut
        | Cause::ConnectRefused
        | Cause::HostUnreachable
        | Cause::NetworkUnreachable
        | Cause::ConnectFailed => Stage::Connect,
        Cause::GreetingTimedOut | Cause::DroppedAtGreeting | Cause::RefusedAtGreeting => Stage::Greeting,
        Cause::SessionTimedOut | Cause::SessionDropped => Stage::Ehlo,
        Cause::TlsFailed => Stage::Starttls,
        Cause::NoSuchDomain | Cause::NoMailHost | Cause::NullMx | Cause::DnsFailed | Cause::MailLoop => {
            Stage::Dns
        }
        Cause::DeferredByQueue | Cause::Expired | Cause::SenderLocal | Cause::Unknown => Stage::Queue,
        _ => Stage::Rcpt,
    }
}
