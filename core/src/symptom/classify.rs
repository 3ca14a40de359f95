//! One statement: what it states as the cause, and who wrote it.

use super::phrases::{self, Found, Tells};
use super::reply;
use super::tokens::{self, Read};
use super::{Cause, Span, Symptom, SymptomFamily, WrittenBy, mta};
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};

/// What was found in a statement before it is put together.
struct Findings<'a> {
    text: &'a str,
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
    if lower.contains(" deferral: ") || lower.contains(" failure: ") {
        lower = lower.replace('_', " ");
    }
    let found = phrases::find(&lower);
    if is_inbound(&lower) {
        return None;
    }
    let (replies, statuses) = tokens::codes(text);
    if found.is_empty() && replies.is_empty() && statuses.is_empty() && tokens::system_error(&lower).is_none()
    {
        return None;
    }
    let findings = Findings { text, lower, found, replies, statuses };
    let expired = findings.expired();
    let stated = findings.stated()?;
    Some(findings.symptom(stated, expired, base))
}

/// Whether a log line is about a client that came to this server: what became of it is no delivery.
fn is_inbound(lower: &str) -> bool {
    let server = ["postfix/smtpd[", "postfix/postscreen[", "smtp command timeout on connection from"];
    server.iter().any(|mark| lower.contains(mark)) && !lower.contains("reject:")
}

/// The symptom of a text whose cause was read from its order, not from one statement.
pub(super) fn from_stated(text: &str, stated: Stated) -> Symptom {
    let lower = text.to_ascii_lowercase();
    let (replies, statuses) = tokens::codes(text);
    Findings { text, lower, found: Vec::new(), replies, statuses }.symptom(stated, false, 0)
}

impl Findings<'_> {
    fn expired(&self) -> bool {
        self.found.iter().any(|one| one.tells == Tells::GivenUp)
            || self.statuses.iter().any(|status| {
                let status = status.value;
                (status.subject, status.detail) == (4, 7)
                    && (status.class == 5 || !self.lower.contains("delay"))
            })
    }

    fn stated(&self) -> Option<Stated> {
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
        if self.is_success() {
            return None;
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
        if given_up {
            return Some(own(Cause::Expired, Stage::Queue, None));
        }
        self.bare_reply()
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

    /// A remote server spoke: its reply decides, and its words never make a silence of it.
    fn spoken_by_remote(&self) -> Option<Stated> {
        let mark = self.found.iter().find_map(|one| match one.tells {
            Tells::RemoteSpeaks(stage) => Some((one.end, stage)),
            _ => None,
        })?;
        let before = self.found.iter().any(|one| {
            one.end <= mark.0 && matches!(one.tells, Tells::Fact(cause, _) if cause != Cause::SessionDropped)
        });
        if before && self.lower[..mark.0].ends_with("<<< ") {
            return None;
        }
        // Sendmail and others quote a session in which they then lost the connection: their last word is their own.
        let stage = self.found.iter().find_map(|one| match one.tells {
            Tells::RemoteSpeaks(Some(stage)) => Some(stage),
            _ => None,
        });
        let code = self
            .replies
            .iter()
            .filter(|reply| reply.value.0 >= 400)
            .find(|reply| reply.start >= mark.0)
            .or_else(|| self.replies.iter().find(|reply| reply.value.0 >= 400))?;
        let said = &self.lower[code.start..];
        let status =
            self.statuses.iter().find(|status| status.start >= code.start).map(|status| status.value);
        let stage = stage.or_else(|| tokens::stage_of_command(&self.lower)).unwrap_or(Stage::Rcpt);
        let cause = reply::cause(code.value, status, said, stage);
        Some(Stated { cause, stage, written_by: WrittenBy::Remote, span: Some((code.start, code.end)) })
    }

    /// A reply whose status names the mailbox, the sender or a policy, with words that refuse: a server spoke, even where
    /// nobody says so and its words sound like a failed connection ("554 5.7.1 Connection refused, see …").
    fn plainly_refused(&self) -> Option<Stated> {
        let status = self.statuses.iter().find(|status| {
            let EnhancedStatus { class, subject, detail } = status.value;
            class >= 4 && matches!((subject, detail), (1, 0 | 1 | 3..=9) | (2, _) | (7, 0..=30))
        })?;
        let code =
            self.replies.iter().rfind(|code| code.end <= status.start && status.start <= code.end + 2)?;
        let tried = ["connect to ", "winsock", "while connecting"]
            .iter()
            .any(|mark| self.lower[..code.start].contains(mark));
        reply::refusal(&self.lower[code.start..]).filter(|_| !tried)?;
        self.bare_reply().filter(|stated| stated.written_by == WrittenBy::Unknown)
    }

    /// A text that begins with a reply which gives a reason to refuse: a server's own words, quoted without saying so.
    /// They may say "connection refused" or "domain not found" of the sender, and are no silence for it.
    fn refused_outright(&self) -> Option<Stated> {
        let code = self.replies.iter().find(|reply| reply.value.0 >= 400)?;
        let before = self.text[..code.start].trim_start();
        // What follows a number of the operating system, or the sender's own mark, is the sender's.
        const OWN: &[&str] = &["winsock", "socket error", "[internal]", " internal: ", "host unknown"];
        if !before.is_empty() || OWN.iter().any(|mark| self.lower.contains(mark)) {
            return None;
        }
        let status =
            self.statuses.iter().find(|status| status.start >= code.end && status.start <= code.end + 2);
        let status = status.map(|status| status.value);
        if reply::by_own_status(Some(code.value), status).is_some() {
            return None;
        }
        let tls = self.found.iter().any(|one| matches!(one.tells, Tells::Fact(Cause::TlsFailed, _)));
        let by_status = status.is_some_and(|status| {
            matches!((status.subject, status.detail), (1, 1 | 3..=8) | (2 | 7, _)) && !tls
        });
        let said = &self.lower[code.start..];
        let by_words = matches!(
            reply::refusal(said),
            Some(
                Cause::Policy
                    | Cause::Authentication
                    | Cause::Content
                    | Cause::Relaying
                    | Cause::Greylisted
                    | Cause::RateLimited
            )
        ) && !tls;
        // Exim as a server answers so; as a sender it says it without a code.
        let unrouteable = said.contains("unrouteable address");
        // RFC 7504 s3: a host that takes no mail at all.
        let none_at_all = code.value.0 == 521 && status.is_none();
        if !(by_status || by_words || unrouteable || none_at_all) {
            return None;
        }
        let stage = if none_at_all { Stage::Greeting } else { Stage::Rcpt };
        let cause = reply::cause(code.value, status, said, stage);
        Some(Stated { cause, stage, written_by: WrittenBy::Unknown, span: Some((code.start, code.end)) })
    }

    /// The first fact that the sender states; a sharper one beside it wins over "could not connect".
    fn fact(&self) -> Option<(Cause, Stage, (usize, usize))> {
        let facts = || {
            self.found.iter().filter_map(|one| match one.tells {
                Tells::Fact(cause, stage) => Some((cause, stage, (one.start, one.end))),
                _ => None,
            })
        };
        let vague = |cause| matches!(cause, Cause::ConnectFailed);
        let (cause, stage, span) = facts().find(|(cause, ..)| !vague(*cause)).or_else(|| facts().next())?;
        // By number before words: `450 4.4.317 Cannot connect to remote server` is a handshake that failed.
        let status =
            self.statuses.iter().find(|status| status.value.subject == 4 && status.value.detail >= 300);
        let sharper = status
            .filter(|_| vague(cause))
            .and_then(|status| Some((reply::by_own_status(None, Some(status.value))?, status)))
            .filter(|(cause, _)| cause.family() == SymptomFamily::NoAnswer);
        if let Some((cause, status)) = sharper {
            return Some((cause, usual_stage(cause), (status.start, status.end)));
        }
        let (cause, stage) = self.in_stage(cause, stage.unwrap_or_else(|| usual_stage(cause)));
        Some((cause, stage, span))
    }

    fn consequence(&self) -> Option<(Cause, (usize, usize))> {
        self.found.iter().find_map(|one| match one.tells {
            Tells::Consequence(cause) => Some((cause, (one.start, one.end))),
            _ => None,
        })
    }

    /// The same cause means another thing in another stage: lost while greeting is dropped at the greeting.
    fn in_stage(&self, cause: Cause, usual: Stage) -> (Cause, Stage) {
        let stated = self.found.iter().rev().find_map(|one| match one.tells {
            Tells::At(stage) | Tells::Fact(Cause::GreetingTimedOut, Some(stage)) => Some(stage),
            _ => None,
        });
        let Some(stage) = stated else { return (cause, usual) };
        let cause = match (cause, stage) {
            (Cause::SessionTimedOut | Cause::ConnectTimedOut, Stage::Greeting) => Cause::GreetingTimedOut,
            (Cause::SessionDropped, Stage::Greeting | Stage::Connect) => Cause::DroppedAtGreeting,
            (Cause::SessionTimedOut, Stage::Connect) => Cause::ConnectTimedOut,
            (
                Cause::ConnectTimedOut,
                Stage::Ehlo | Stage::Starttls | Stage::Mail | Stage::Rcpt | Stage::Data,
            ) => Cause::SessionTimedOut,
            (Cause::SessionDropped | Cause::SessionTimedOut, Stage::Starttls) => cause,
            _ => cause,
        };
        (cause, stage)
    }

    fn is_success(&self) -> bool {
        self.lower.contains("status=sent") || self.lower.contains("stat=sent")
    }

    /// Whether a reply of the text gives a reason to refuse, in words or by its status.
    fn refuses(&self) -> bool {
        let worded = self
            .replies
            .iter()
            .any(|code| code.value.0 >= 400 && reply::refusal(&self.lower[code.start..]).is_some());
        worded
            || self.statuses.iter().any(|status| {
                matches!((status.value.subject, status.value.detail), (1, 0 | 1 | 3..=9) | (2 | 7, _))
                    && status.value.class > 2
            })
    }

    /// A reply without a word of who said it.
    fn bare_reply(&self) -> Option<Stated> {
        let code = self.replies.iter().find(|reply| reply.value.0 >= 400);
        let status = self.statuses.iter().find(|status| status.value.class != 2);
        let start = code.map(|code| code.start).or(status.map(|status| status.start))?;
        // A number in running words is no code: `4.4.1` counts where something of mail stands beside it.
        if code.is_none() && !self.is_about_mail(start) {
            return None;
        }
        let said = &self.lower[start..];
        let span =
            code.map(|code| (code.start, code.end)).or(status.map(|status| (status.start, status.end)));
        let value = status.map(|status| status.value);
        // 441 is in no RFC: it is what Exchange writes of its own attempt. X.4.x in a text without a quoted reply too.
        let own = reply::by_own_status(code.map(|code| code.value), value);
        let refused = reply::refusal(said);
        if let (Some(cause), None) = (own, refused) {
            return Some(Stated { cause, stage: usual_stage(cause), written_by: WrittenBy::Sender, span });
        }
        let code = match (code, value) {
            (Some(code), _) => code.value,
            (None, Some(status)) => ReplyCode(if status.class == 4 { 450 } else { 550 }),
            (None, None) => return None,
        };
        let cause = reply::cause(code, value, said, Stage::Rcpt);
        Some(Stated { cause, stage: Stage::Rcpt, written_by: WrittenBy::Unknown, span })
    }

    fn is_about_mail(&self, start: usize) -> bool {
        const NEAR: &[&str] = &[
            "dsn", "status", "smtp", "error", "code", "deliver", "mail", "host", "server", "defer", "remote",
        ];
        let before = self.text[..start].trim_end();
        before.is_empty()
            || before.ends_with(['#', '=', ';', ':', '('])
            || NEAR.iter().any(|word| self.lower.contains(word))
    }

    fn symptom(&self, stated: Stated, expired: bool, base: usize) -> Symptom {
        let remote = tokens::remote(self.text);
        let host = remote.host.clone().or_else(|| tokens::named_host(self.text, &self.lower));
        let recipient = tokens::recipient_domain(self.text, &self.lower);
        let at = tokens::time(self.text);
        let number = tokens::system_error(&self.lower).map(|(number, _)| number);
        // The innermost code belongs to the fact; a lone one is its own.
        let code = self.replies.iter().filter(|reply| reply.value.0 >= 400);
        let code = if stated.written_by == WrittenBy::Remote {
            code.clone().find(|code| Some(code.start) == stated.span.map(|span| span.0))
        } else {
            code.clone().next()
        };
        let status = match (code, stated.written_by) {
            (Some(code), WrittenBy::Remote) => {
                self.statuses.iter().find(|status| status.start >= code.end && status.start <= code.end + 2)
            }
            _ => self.statuses.iter().find(|status| status.value.class != 2),
        };
        let mut spans = Vec::new();
        let mut mark = |field: &str, start: usize, end: usize| {
            spans.push(Span { field: field.to_owned(), start: base + start, end: base + end });
        };
        if let Some((start, end)) = stated.span {
            mark("cause", start, end);
        }
        macro_rules! take {
            ($field:literal, $read:expr) => {
                $read.map(|read| {
                    mark($field, read.start, read.end);
                    read.value.clone()
                })
            };
        }
        Symptom {
            family: stated.cause.family(),
            cause: stated.cause,
            expired: (expired || stated.cause == Cause::Expired)
                && stated.cause.family() != SymptomFamily::Rejected,
            stage: stated.stage,
            written_by: stated.written_by,
            reply_code: take!("reply_code", code),
            enhanced_status: take!("enhanced_status", status),
            system_error: take!("system_error", number.as_ref()),
            mta: mta::of(&self.lower).map(str::to_owned),
            recipient_domain: take!("recipient_domain", recipient.as_ref()),
            remote_host: take!("remote_host", host.as_ref()),
            remote_address: take!("remote_address", remote.address.as_ref()),
            port: take!("port", remote.port.as_ref()),
            at: take!("at", at.as_ref()),
            retry_until: None,
            spans,
            count: None,
        }
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
