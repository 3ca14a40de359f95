//! One statement: what it states as the cause, and who wrote it.

use super::crossed;
use super::findings::{Findings, Stated};
use super::own::{PARTED, READS_IN_NAMES};
use crate::cut::Cut as _;
use crate::smtp::Stage;
use crate::symptom::cause::{Cause, SymptomFamily};
use crate::symptom::marks::Marks;
use crate::symptom::model::{Span, Symptom, WrittenBy};
use crate::symptom::phrases::{self, Tells};
use crate::symptom::{reply, service, tokens};
use std::borrow::Cow;

/// Reads one statement: a log line, a diagnostic code, an error text. Spans count from `base`.
pub(in crate::symptom) fn statement(text: &str, base: usize) -> Option<Symptom> {
    let mut lower = text.to_ascii_lowercase();
    // qmail-send logs a report with `_` for spaces; byte for byte, so that spans still fit.
    let mut text = Cow::Borrowed(text);
    if lower.has(": deferral: \n: failure: ") {
        lower = lower.replace('_', " ");
        text = Cow::Owned(text.replace('_', " "));
    }
    // SQL Server's Database Mail says so whatever it met: no server failure of the DNS.
    if lower.contains("mail server failure") {
        lower = lower.replace("mail server failure", "mail server trouble");
    }
    let found = phrases::find(&lower);
    if is_elsewhere(&lower) {
        return None;
    }
    let (replies, statuses) = tokens::codes(&text);
    if found.is_empty()
        && replies.is_empty()
        && statuses.is_empty()
        && tokens::system_error(&lower).is_none()
        && !lower.has(PARTED)
        && !crossed::names_connection(&lower)
        && !crossed::denies(&lower)
    {
        return None;
    }
    let findings = Findings { text, lower, found, replies, statuses };
    let expired = findings.expired();
    let stated = findings.stated()?;
    if findings.is_documentation(&stated) {
        return None;
    }
    let symptom = findings.symptom(stated, expired, base);
    if is_client_refused(&findings.lower) {
        return of_own_server(symptom, &findings.lower);
    }
    service::settled(symptom, &findings.lower)
}

/// Reads a server's reply, which a log shows as such, in `stage` of its session. Spans count from `base`.
///
/// Exchange's front end answers so for others: what it quotes is what it met itself, and no word of the server.
pub(in crate::symptom) fn spoken(text: &str, base: usize, stage: Stage) -> Option<Symptom> {
    let lower = text.to_ascii_lowercase();
    let found = phrases::find(&lower);
    let (replies, statuses) = tokens::codes(text);
    let code = replies.first().filter(|code| code.start == 0)?.clone();
    let findings = Findings { text: text.into(), lower, found, replies, statuses };
    let proxied = findings.lower.contains("on frontend with") || findings.lower.contains("target ip address");
    if let Some(stated) = findings.quoted().filter(|_| proxied) {
        return Some(findings.symptom(stated, false, base));
    }
    let status = findings.statuses.first().filter(|status| status.start <= code.end + 2);
    let status = status.map(|status| status.value);
    let cause = reply::cause(code.value, status, findings.words(code.start), stage);
    let stated = Stated { cause, stage, written_by: WrittenBy::Remote, span: Some((code.start, code.end)) };
    Some(findings.symptom(stated, false, base))
}

/// What tells of a client that came to this server.
const CLIENTS: &str = "/smtpd[\npostfix/postscreen[\ntimeout on connection from\n\
     (message abandoned) on connection from\nerror on connection from\n\
     disconnection while reading smtp command from\nlost input channel from\nduring server cmd read\n\
     sender verify fail for\nimap-login: \npop3-login: \nmanagesieve-login: \n/dnsblog[\nssl_accept\n smtp-in: \n\
     smtp disconnected reason=\n\"smtpd\"\n\"src_ip\":\non smtpserver instance\n\
     incomplete transaction (\nconnection opened from\nrblsmtpd: \nqmail-smtpd: \n\
     authenticator failed for \n from unknown[\nclient connect from \nclient disconnect from ";
/// What tells of something that is no mail.
const OTHERS: &str = "connecting to upstream\nupstream timed out\n, upstream: \"\nmysql\npostgresql\nredis:\nredis \n\
     mongodb\npsql: \nsshd[\nbanner exchange\nkex_exchange_identification\nnamed[\nspamd[\nclamd\n\
     freshclam\nopendkim[\nopendmarc[\npolicyd-spf[\nsystemd[\n kernel: \ndovecot: auth\n\
     accepting tcp/ip connections";

/// Words that are asked for one by one.
const SINGLE: &str = "reject\nnoqueue\nsmtp\nwinsock\ndelay\ndial\nconnect\nmailbox\nread\nwrite\nlookup\nwarning\n\
     error\ndeliver\nmail\nhost\nserver\ndefer\nremote\nstatus\ncode\ndsn\nprod\nfrontend\nport\ntcp";

/// Every word of those tables.
pub(in crate::symptom) fn words() -> impl Iterator<Item = &'static str> {
    [CLIENTS, OTHERS, SINGLE, PARTED, READS_IN_NAMES].into_iter().flat_map(str::lines)
}

/// Whether a log line is about a client that came to this server, or about something that is no mail: what became of it
/// is no delivery.
fn is_elsewhere(lower: &str) -> bool {
    static MARKS: Marks = Marks::new();
    let found = MARKS.find(CLIENTS.lines().chain(OTHERS.lines()), lower);
    found.iter().any(|mark| mark.index >= CLIENTS.lines().count())
        || (!found.is_empty() && !is_client_refused(lower))
}

/// Whether a text, in lower case, names something beside mail that is no client of this server.
pub(in crate::symptom) fn names_others(lower: &str) -> bool {
    static MARKS: Marks = Marks::new();
    let found = MARKS.find(CLIENTS.lines().chain(OTHERS.lines()), lower);
    found.iter().all(|mark| mark.index >= CLIENTS.lines().count())
        && (!found.is_empty() || service::names_another(lower))
}

/// Whether a line tells that the own server refused a client: Postfix's `NOQUEUE: reject: RCPT from …`, Exim's `H=… rejected
/// RCPT …`, sendmail's `ruleset=check_rcpt … reject=…`.
fn is_client_refused(lower: &str) -> bool {
    const MARKS: &str = "reject: \nreject_warning: \n rejected rcpt \n rejected mail \n rejected connection \n rejected after data\n rejected ehlo \n rejected helo \n, reject=";
    lower.contains("reject")
        && lower.has("smtpd[\n h=\nruleset=check_\nnoqueue\nmilter-reject: ")
        && lower.has(MARKS)
}

/// What the own server said to a client: nobody's answer to this host, and the client is nobody that was tried.
fn of_own_server(symptom: Symptom, lower: &str) -> Option<Symptom> {
    // What Postfix says in place of a milter that does not answer (MILTER_README: milter_default_action).
    let no_word = lower.contains("service unavailable - try again later") && !lower.contains("grey");
    if lower.contains("milter-reject: ") && no_word {
        let cause = Cause::SenderLocal;
        return of_own_server(Symptom { cause, family: cause.family(), ..symptom }, "");
    }
    let symptom = Symptom {
        written_by: WrittenBy::Sender,
        remote_host: None,
        remote_address: None,
        port: None,
        ..symptom
    };
    let refused =
        matches!(symptom.family, SymptomFamily::Rejected | SymptomFamily::Busy | SymptomFamily::Sender);
    refused.then(|| {
        let gone = |span: &Span| matches!(span.field.as_str(), "remote_host" | "remote_address" | "port");
        let spans = symptom.spans.iter().filter(|span| !gone(span)).cloned().collect();
        Symptom { spans, ..symptom }
    })
}

/// The symptom of a text whose cause was read from its order, not from one statement.
pub(in crate::symptom) fn from_stated(text: &str, stated: Stated) -> Symptom {
    let lower = text.to_ascii_lowercase();
    let (replies, statuses) = tokens::codes(text);
    Findings { text: text.into(), lower, found: Vec::new(), replies, statuses }.symptom(stated, false, 0)
}

impl Findings<'_> {
    fn expired(&self) -> bool {
        self.lower.contains("unable to contact host for ")
            || self.found.iter().any(|one| one.tells == Tells::GivenUp)
            || self.statuses.iter().any(|status| (status.value.subject, status.value.detail) == (4, 7))
    }

    fn stated(&self) -> Option<Stated> {
        if self.is_success() {
            return None;
        }
        if let Some(stated) = self.nested().or_else(|| self.quoted()).or_else(|| self.messaged()) {
            return Some(stated);
        }
        if let Some(stated) = self.spoken_by_remote() {
            return Some(stated);
        }
        if let Some(stated) = self.plainly_refused().or_else(|| self.refused_outright()) {
            return Some(stated);
        }
        // What a server says of an idle session, and nothing before it: its own words.
        let greets = |one: &phrases::Found| {
            matches!(one.tells, Tells::Fact(Cause::GreetingTimedOut, _) | Tells::At(Stage::Greeting))
        };
        // Exchange's receive connector says so, whoever quotes it.
        let exchange = self.lower.contains("421 4.4.1 connection timed out");
        if (exchange || self.lower.trim_start().starts_with('4'))
            && !self.found.iter().any(greets)
            && let Some(stated) = self
                .bare_reply()
                .filter(|stated| stated.cause == Cause::SessionTimedOut && stated.span.is_some())
            && stated.written_by == WrittenBy::Unknown
        {
            return Some(stated);
        }
        if let Some(stated) = self.refused_in_greeting() {
            return Some(stated);
        }
        let own = |cause, stage, span| Stated { cause, stage, written_by: WrittenBy::Sender, span };
        if let Some((number, cause)) = tokens::system_error(&self.lower) {
            // What a socket is refused by its own system is refused when it connects.
            let usual = if cause == Cause::SenderLocal { Stage::Connect } else { cause.usual_stage() };
            let (cause, stage) = self.in_stage(cause, usual);
            return Some(own(cause, stage, Some((number.start, number.end))));
        }
        if let Some((cause, stage, span)) =
            self.fact().filter(|(cause, _, span)| !self.is_summary(*cause, span.0))
        {
            return Some(own(cause, stage, Some(span)));
        }
        // A reply whose words refuse is a refusal, whatever the text around it says of the address.
        if let Some(stated) =
            self.bare_reply().filter(|stated| stated.written_by == WrittenBy::Unknown && self.refuses())
        {
            return Some(stated);
        }
        // Exim's `**` is final, whatever it waited for (spec ch. 52).
        let bounced = self.lower.contains(" ** ")
            && self.consequence().is_some_and(|(cause, _)| cause == Cause::DeferredByQueue);
        let given_up = bounced || self.found.iter().any(|one| one.tells == Tells::GivenUp);
        if let Some((cause, span)) =
            // Whoever explains why mail expired speaks of time-outs.
            self
                .consequence()
                .filter(|(cause, _)| {
                    !given_up || !matches!(cause, Cause::DeferredByQueue | Cause::ConnectTimedOut)
                })
                .filter(
                    // "Not found" after a reply's code is said of a mailbox as well.
                    |(cause, (start, _))| {
                        cause.family() != SymptomFamily::Dns
                            || !self.replies.iter().any(|reply| reply.value.0 >= 500 && reply.start < *start)
                    },
                )
        {
            return Some(own(cause, cause.usual_stage(), Some(span)));
        }
        if let Some((cause, span)) = self.denied() {
            let (cause, stage) = self.in_stage(cause, cause.usual_stage());
            return Some(own(cause, stage, Some(span)));
        }
        if let Some(cause) = self.refused_at_last() {
            return Some(Stated { cause, stage: Stage::Rcpt, written_by: WrittenBy::Unknown, span: None });
        }
        if given_up {
            let found = self.found.iter().find(|one| one.tells == Tells::GivenUp);
            return Some(own(Cause::Expired, Stage::Queue, found.map(|one| (one.start, one.end))));
        }
        self.bare_reply()
    }

    /// Whether "could not connect" at `start` is how a program calls what a server refused: in the reply that follows, or
    /// in one that a transcript shows.
    fn is_summary(&self, cause: Cause, start: usize) -> bool {
        const SERVER: &str = "<-\n<-]\n<<<\n<--\nserver -> client:";
        let shown = |at: usize| {
            let before = self.lower.before(at).trim_end();
            before.ends(SERVER) || before.ends_with("\ns:")
        };
        let reply = self.replies.iter().find(|reply| reply.value.0 >= 400);
        cause == Cause::ConnectFailed
            && reply.is_some_and(|reply| shown(reply.start) || reply.start > start && self.refuses())
    }

    /// Exim appends to the last error that it gives up: `mailbox is full: retry timeout exceeded`.
    fn refused_at_last(&self) -> Option<Cause> {
        const LAST: usize = 120;
        let end = self.lower.find(": retry timeout exceeded")?;
        let from = (end.saturating_sub(LAST)..end).find(|at| self.lower.is_char_boundary(*at))?;
        reply::refusal_in(self.lower.within(from, end))
    }

    /// Exchange nests what happened: `550 5.4.300 Message expired -> 451 4.4.397 … -> SocketTimedout: …`. The last
    /// element is the fact.
    fn nested(&self) -> Option<Stated> {
        let at = self.text.rfind("->")?;
        if !self.text.before(at).contains(['4', '5']) || self.replies.len() < 2 {
            return None;
        }
        let inner = statement(self.text.after(at + 2), 0)?;
        let span = inner
            .spans
            .iter()
            .find(|span| span.field == "cause")
            .map(|span| (span.start + at + 2, span.end + at + 2));
        Some(Stated { cause: inner.cause, stage: inner.stage, written_by: WrittenBy::Sender, span })
    }

    /// Exchange quotes what it met, and quotes that again: `450 4.7.0 Proxy session setup failed on Frontend with '451 4.4.0
    /// Primary target IP address responded with: "421 4.2.1 Unable to connect."`. The innermost quote is the fact.
    fn quoted(&self) -> Option<Stated> {
        const BEFORE: &str = "responded with: \"\nfrontend with '\nfrontend with \"\ntarget ip address: \"\n\
             target host: \"";
        static MARKS: Marks = Marks::new();
        let at = MARKS.find(BEFORE.lines(), &self.lower).into_iter().map(|mark| mark.end).max()?;
        let quote = self.text.before(at).chars().next_back()?;
        // What is quoted may hold the mark itself: a reply of several lines, each with its code before it.
        let last = self.text.after(at).find(&format!("{quote} Attempted failover"));
        let end =
            last.or_else(|| self.text.after(at).find(quote)).map_or(self.text.len(), |length| at + length);
        let sender = |(cause, stage): (Cause, Stage), span| Stated {
            cause,
            stage,
            written_by: WrittenBy::Sender,
            span,
        };
        let facts = || {
            self.found.iter().filter(|one| one.start >= at && one.end <= end).filter_map(|one| {
                match one.tells {
                    Tells::Fact(cause, stage) => Some((cause, stage, (one.start, one.end))),
                    _ => None,
                }
            })
        };
        if let Some((cause, stage, span)) = facts().find(|(cause, ..)| *cause != Cause::ConnectFailed) {
            return Some(sender(
                self.in_stage(cause, stage.unwrap_or_else(|| cause.usual_stage())),
                Some(span),
            ));
        }
        if let Some((number, cause)) = tokens::system_error(&self.lower) {
            return Some(sender(self.in_stage(cause, cause.usual_stage()), Some((number.start, number.end))));
        }
        if let Some((cause, stage, span)) = facts().next() {
            return Some(sender((cause, stage.unwrap_or(Stage::Connect)), Some(span)));
        }
        let inner = statement(self.text.within(at, end), 0)?;
        let span = inner
            .spans
            .iter()
            .find(|span| span.field == "cause")
            .map(|span| (span.start + at, span.end + at));
        Some(Stated { cause: inner.cause, stage: inner.stage, written_by: inner.written_by, span })
    }

    /// Exchange Online says in brackets what it met: `450 4.4.317 Cannot connect to remote server [Message=Failed to connect.
    /// Winsock error code: 995 …]`. Its code alone would say that a handshake failed.
    fn messaged(&self) -> Option<Stated> {
        const BEFORE: &str = "[message=";
        let at = self.lower.find(BEFORE)? + BEFORE.len();
        let end = self.text.after(at).find(']').map_or(self.text.len(), |length| at + length);
        let inner = statement(self.text.within(at, end), 0).filter(|inner| inner.stage == Stage::Connect)?;
        let span = inner.spans.iter().find(|span| span.field == "cause");
        let span = span.map(|span| (span.start + at, span.end + at));
        Some(Stated { cause: inner.cause, stage: inner.stage, written_by: WrittenBy::Sender, span })
    }

    /// Whether a text tells how software behaves, not what happened: it names nothing that was tried, and speaks of what
    /// is set or would be.
    fn is_documentation(&self, stated: &Stated) -> bool {
        const MODAL: &str = "default value\nby default\nwhich means\nthe server will\nwill try\nthis setting\n\
             this option\nthis parameter\nspecifies\nyou can \nshould be set\nis set to\n\
             before giving up\nthe maximum time\nconfiguration option\nin case of\ncan be caused by\n\
             may be caused by\nusually means\nmeans that\nsignifica que\nbedeutet, dass\nsignifie que\n\
             означает, что\ncauses of\ncommon causes\nursachen\ncausas";
        static MARKS: Marks = Marks::new();
        // "If the server does not respond, …": what would happen.
        const IF: &str =
            "if the \nif a \nif your \nwhen a \nfalls \nwenn der \nwenn die \nsi le \nsi el \nесли ";
        let sentence = stated.span.map_or("", |(start, _)| {
            self.lower.before(start).rsplit(['.', '\n', ':', '!']).next().unwrap_or_default().trim_start()
        });
        let conditional = sentence.begins(IF);
        let sayable = matches!(
            stated.cause.family(),
            SymptomFamily::Expired | SymptomFamily::Busy | SymptomFamily::NoAnswer | SymptomFamily::Dns
        );
        sayable
            && stated.written_by != WrittenBy::Remote
            && self.replies.is_empty()
            && self.statuses.is_empty()
            && !self.lower.contains('@')
            && (conditional || !MARKS.find(MODAL.lines(), &self.lower).is_empty())
            && tokens::system_error(&self.lower).is_none()
            && tokens::remote(&self.text, &self.lower, None).address.is_none()
            && tokens::time(&self.text).is_none()
    }

    fn is_success(&self) -> bool {
        self.lower.contains("status=sent") || self.lower.contains("stat=sent")
    }
}
