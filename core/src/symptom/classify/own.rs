//! What the sender states of its own attempt.

use super::findings::Findings;
use crate::cut::Cut as _;
use crate::smtp::Stage;
use crate::symptom::cause::{Cause, SymptomFamily};
use crate::symptom::phrases::Tells;
use crate::symptom::reply;
use crate::symptom::tokens;

/// What stands before a name whose failure follows it.
pub(in crate::symptom) const PARTED: &str = "connection to \nconnection with \nconnecting to \nconnect to ";

/// What a program does that reads from a session: what ended then ended no connection attempt.
const READS: &str = "read tcp \nwrite tcp \nnetwork read error\nexception reading response\nreadserverresponse\n\
     smtpreplyreader\nreadahead\nrecv_response\nrbuf_fill\nin getreply";

/// Calls of client libraries that a trace leads through, innermost first: what was spoken of when a read ended.
///
/// Angus Mail and Jakarta Mail (SMTPTransport), .NET's System.Net.Mail, MailKit, Python's smtplib, Ruby's net/smtp.
const FRAMES: &[(Stage, &str)] = &[
    (Stage::Data, ".finishdata(\n.data("),
    (Stage::Rcpt, ".rcptto("),
    (Stage::Mail, ".mailfrom("),
    (Stage::Starttls, ".starttls("),
    (Stage::Ehlo, ".ehlo(\n.helo("),
    (Stage::Greeting, ".openserver("),
    (Stage::Data, "datastopcommand\ndatacommand"),
    (Stage::Rcpt, "recipientcommand"),
    (Stage::Mail, "mailcommand"),
    (Stage::Starttls, "starttlscommand"),
    (Stage::Ehlo, "hellocommand"),
    (Stage::Greeting, "smtpconnection.getconnection"),
    (Stage::Data, "smtpclient.data\nsmtpclient.messagedata\nsmtpclient.bdat"),
    (Stage::Rcpt, "smtpclient.rcptto"),
    (Stage::Mail, "smtpclient.mailfrom"),
    (Stage::Ehlo, "smtpclient.authenticate\nsendehlo"),
    (Stage::Data, "in data\nin `data'\nnet::smtp#data'"),
    (Stage::Rcpt, "in rcpt\nin `rcptto'\nnet::smtp#rcptto'"),
    (Stage::Mail, "in mail\nin `mailfrom'\nnet::smtp#mailfrom'"),
    (Stage::Starttls, "in starttls\nin `starttls'"),
    (Stage::Ehlo, "in ehlo\nin `ehlo'\nnet::smtp#ehlo'\nin helo\nin `helo'\nin login"),
    (Stage::Greeting, "block in do_start\nblock in net::smtp#do_start"),
];

/// Every word of [`READS`] that can stand within a name.
pub(super) const READS_IN_NAMES: &str =
    "readserverresponse\nsmtpreplyreader\nreadahead\nrecv_response\nrbuf_fill";

impl Findings<'_> {
    /// The first fact that the sender states; a sharper one beside it wins over "could not connect".
    pub(super) fn fact(&self) -> Option<(Cause, Stage, (usize, usize))> {
        let facts = || {
            self.found.iter().filter_map(|one| match one.tells {
                Tells::Fact(cause, stage) => Some((cause, stage, (one.start, one.end))),
                _ => None,
            })
        };
        let vague = |cause| matches!(cause, Cause::ConnectFailed);
        let whole = facts().find(|(cause, ..)| !vague(*cause));
        let crossed =
            || self.crossed().filter(|(cause, _)| !vague(*cause)).map(|(cause, span)| (cause, None, span));
        let (cause, stage, span) =
            whole.or_else(|| self.parted()).or_else(crossed).or_else(|| facts().next())?;
        // By number before words: `450 4.4.317 Cannot connect to remote server` is a handshake that failed.
        let status =
            self.statuses.iter().find(|status| status.value.subject == 4 && status.value.detail >= 300);
        let sharper = status
            .filter(|_| vague(cause))
            .and_then(|status| Some((reply::by_own_status(None, Some(status.value))?, status)))
            .filter(|(cause, _)| cause.family() == SymptomFamily::NoAnswer);
        if let Some((cause, status)) = sharper {
            return Some((cause, cause.usual_stage(), (status.start, status.end)));
        }
        // RFC 3463 s3.5: X.4.2 is of a connection that stood.
        let stood = self.statuses.iter().any(|status| (status.value.subject, status.value.detail) == (4, 2));
        let connects = self.lower.has("dial\nconnect");
        let stood = stood && !connects;
        let cause = if stood && cause == Cause::ConnectTimedOut { Cause::SessionTimedOut } else { cause };
        let stage = stage.filter(|_| cause != Cause::SessionTimedOut || !stood);
        let (cause, stage) = self.in_stage(cause, stage.unwrap_or_else(|| cause.usual_stage()));
        Some((cause, stage, span))
    }

    /// What stands on both sides of a name: `Connection to HOST timed out`, `Connecting to HOST:25 … refused`.
    fn parted(&self) -> Option<(Cause, Option<Stage>, (usize, usize))> {
        const AFTER: &[(&str, Cause)] = &[
            (" timed out", Cause::ConnectTimedOut),
            (" timed-out", Cause::ConnectTimedOut),
            (" timeout", Cause::ConnectTimedOut),
            (" refused", Cause::ConnectRefused),
            (" was reset", Cause::SessionDropped),
            (" was lost", Cause::SessionDropped),
            (" was closed", Cause::SessionDropped),
            (" closed by", Cause::SessionDropped),
            (" has failed", Cause::ConnectFailed),
            (" failed", Cause::ConnectFailed),
            (" could not be established", Cause::ConnectFailed),
        ];
        const FAR: usize = 120;
        PARTED.lines().find_map(|mark| {
            let start = self.lower.find(mark)?;
            let name = start + mark.len();
            let mut end = self.lower.len().min(name + FAR);
            while !self.lower.is_char_boundary(end) {
                end -= 1;
            }
            let near = self.lower.within(name, end);
            // PHP's stream of Symfony names a read so that did not end: `Connection to "ssl://HOST:465" timed out`.
            let quoted = near.find("\" timed out").map(|at| (at, Cause::SessionTimedOut, 11));
            let after = AFTER
                .iter()
                .filter_map(|(words, cause)| Some((near.find(words)?, *cause, words.len())))
                .min_by_key(|found| found.0);
            let (at, cause, length) = quoted.or(after)?;
            // Another sentence speaks of something else, and a setting of nothing that happened.
            let rest = near.after(at + length);
            let set = near.before(at + length).ends_with("timeout")
                && !(rest.is_empty() || rest.starts_with(['.', ')', ']', '"', '\'', '!']));
            if set
                || near.before(at).contains(". ")
                || near.before(at).contains('\n')
                || near.before(at).contains("connect")
            {
                return None;
            }
            Some((cause, None, (start, name + at + length)))
        })
    }

    pub(super) fn consequence(&self) -> Option<(Cause, (usize, usize))> {
        // "Not found" is said of a server where one is named before it.
        const OF_ANYTHING: &[&str] =
            &["見つかりません", "est introuvable", "não foi encontrado", "impossibile trovare"];
        const SERVERS: &str = "サーバ\nホスト\nserveur\nhôte\nservidor\nserver\nhost\nsmtp";
        const NEAR: usize = 90;
        let is_of_server = |start: usize, end: usize| {
            let from = (start.saturating_sub(NEAR)..=start).find(|at| self.lower.is_char_boundary(*at));
            let to =
                (end..=self.lower.len()).filter(|at| self.lower.is_char_boundary(*at)).nth(8).unwrap_or(end);
            let near = self.lower.within(from.unwrap_or(start), to);
            !OF_ANYTHING.contains(&self.lower.within(start, end)) || !near.contains('@') && near.has(SERVERS)
        };
        self.found.iter().find_map(|one| match one.tells {
            Tells::Consequence(Cause::NoSuchDomain) if !is_of_server(one.start, one.end) => None,
            // "Connection errors" are spoken of, and no one of them.
            Tells::Consequence(Cause::ConnectFailed) if self.lower.after(one.end).starts_with("s ") => None,
            Tells::Consequence(cause) => Some((cause, (one.start, one.end))),
            _ => None,
        })
    }

    /// The same cause means another thing in another stage: lost while greeting is dropped at the greeting.
    pub(super) fn in_stage(&self, cause: Cause, usual: Stage) -> (Cause, Stage) {
        let in_session = self.lower.has(READS);
        let reads = cause == Cause::ConnectTimedOut && in_session;
        let (cause, usual) = if reads {
            (Cause::SessionTimedOut, Cause::SessionTimedOut.usual_stage())
        } else {
            (cause, usual)
        };
        let stated = self.found.iter().rev().find_map(|one| match one.tells {
            Tells::At(stage) | Tells::Fact(Cause::GreetingTimedOut, Some(stage)) => Some(stage),
            _ => None,
        });
        let frame =
            || FRAMES.iter().find(|(_, calls)| in_session && self.lower.has(calls)).map(|(stage, _)| *stage);
        let Some(stage) = frame().or(stated).or_else(|| tokens::stage_of_field(&self.lower)) else {
            return (cause, usual);
        };
        let cause = match (cause, stage) {
            (Cause::SessionTimedOut | Cause::ConnectTimedOut, Stage::Greeting) => Cause::GreetingTimedOut,
            (Cause::SessionDropped, Stage::Greeting | Stage::Connect) => Cause::DroppedAtGreeting,
            (Cause::SessionTimedOut, Stage::Connect) => Cause::ConnectTimedOut,
            // What the sender met on its way to a resolver says nothing of the mail host.
            (_, Stage::Dns) if cause.family() == SymptomFamily::NoAnswer => Cause::DnsFailed,
            (
                Cause::ConnectTimedOut,
                Stage::Ehlo | Stage::Starttls | Stage::Mail | Stage::Rcpt | Stage::Data,
            ) => Cause::SessionTimedOut,
            (Cause::SessionDropped | Cause::SessionTimedOut, Stage::Starttls) => cause,
            _ => cause,
        };
        (cause, stage)
    }
}
