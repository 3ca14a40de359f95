//! What the sender states of its own attempt.

use super::findings::Findings;
use crate::smtp::Stage;
use crate::symptom::cause::{Cause, SymptomFamily};
use crate::symptom::phrases::Tells;
use crate::symptom::reply;
use crate::symptom::tokens;

/// What stands before a name whose failure follows it.
pub(in crate::symptom) const PARTED: &[&str] = &[
    "connection to ",
    "connection with ",
    "connecting to ",
    "connect to ",
    "verbindung zu",
    "verbindung mit ",
    "connexion à ",
    "connexion au ",
    "conexión con ",
    "conexión a",
    "connessione a",
    "conexão com ",
    "подключени",
    "соединени",
];

/// What a program does that reads from a session: what ended then ended no connection attempt.
const READS: &[&str] = &[
    "read tcp ",
    "write tcp ",
    "network read error",
    "exception reading response",
    "readserverresponse",
    "smtpreplyreader",
    "readahead",
    "recv_response",
    "rbuf_fill",
    "in getreply",
];

/// Every word of [`READS`] that can stand within a name.
pub(super) const READS_IN_NAMES: &[&str] =
    &["readserverresponse", "smtpreplyreader", "readahead", "recv_response", "rbuf_fill"];

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
        let crossed = || self.crossed().map(|(cause, span)| (cause, None, span));
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
        let connects = ["dial", "connect"].iter().any(|word| self.lower.contains(word));
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
            (" has failed", Cause::ConnectFailed),
            (" failed", Cause::ConnectFailed),
            (" could not be established", Cause::ConnectFailed),
            (" abgelehnt", Cause::ConnectRefused),
            (" unterbrochen", Cause::SessionDropped),
            (" fehlgeschlagen", Cause::ConnectFailed),
            (" hergestellt werden", Cause::ConnectFailed),
            (" a expiré", Cause::ConnectTimedOut),
            (" refusée", Cause::ConnectRefused),
            (" perdue", Cause::SessionDropped),
            (" échoué", Cause::ConnectFailed),
            (" agotad", Cause::ConnectTimedOut),
            (" rechazad", Cause::ConnectRefused),
            (" perdid", Cause::SessionDropped),
            (" fallado", Cause::ConnectFailed),
            (" falló", Cause::ConnectFailed),
            (" scadut", Cause::ConnectTimedOut),
            (" rifiutat", Cause::ConnectRefused),
            (" interrott", Cause::SessionDropped),
            (" non riuscit", Cause::ConnectFailed),
            (" fallit", Cause::ConnectFailed),
            (" expirou", Cause::ConnectTimedOut),
            (" recusad", Cause::ConnectRefused),
            (" falhou", Cause::ConnectFailed),
            (" отклонен", Cause::ConnectRefused),
            (" прерван", Cause::SessionDropped),
            (" разорван", Cause::SessionDropped),
            (" не удалось", Cause::ConnectFailed),
        ];
        const FAR: usize = 120;
        PARTED.iter().find_map(|mark| {
            let start = self.lower.find(mark)?;
            let name = start + mark.len();
            let mut end = self.lower.len().min(name + FAR);
            while !self.lower.is_char_boundary(end) {
                end -= 1;
            }
            let near = &self.lower[name..end];
            // PHP's stream of Symfony names a read so that did not end: `Connection to "ssl://HOST:465" timed out`.
            let quoted = near.find("\" timed out").map(|at| (at, Cause::SessionTimedOut, 11));
            let after = AFTER
                .iter()
                .filter_map(|(words, cause)| Some((near.find(words)?, *cause, words.len())))
                .min_by_key(|found| found.0);
            let (at, cause, length) = quoted.or(after)?;
            // Another sentence speaks of something else, and a setting of nothing that happened.
            let rest = &near[at + length..];
            let set = near[..at + length].ends_with("timeout")
                && !(rest.is_empty() || rest.starts_with(['.', ')', ']', '"', '\'', '!']));
            if set || near[..at].contains(". ") || near[..at].contains('\n') || near[..at].contains("connect")
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
        const SERVERS: &[&str] =
            &["サーバ", "ホスト", "serveur", "hôte", "servidor", "server", "host", "smtp"];
        const NEAR: usize = 90;
        let is_of_server = |start: usize, end: usize| {
            let from = (start.saturating_sub(NEAR)..=start).find(|at| self.lower.is_char_boundary(*at));
            let to =
                (end..=self.lower.len()).filter(|at| self.lower.is_char_boundary(*at)).nth(8).unwrap_or(end);
            let near = &self.lower[from.unwrap_or(start)..to];
            !OF_ANYTHING.contains(&&self.lower[start..end])
                || !near.contains('@') && SERVERS.iter().any(|word| near.contains(word))
        };
        self.found.iter().find_map(|one| match one.tells {
            Tells::Consequence(Cause::NoSuchDomain) if !is_of_server(one.start, one.end) => None,
            Tells::Consequence(cause) => Some((cause, (one.start, one.end))),
            _ => None,
        })
    }

    /// The same cause means another thing in another stage: lost while greeting is dropped at the greeting.
    pub(super) fn in_stage(&self, cause: Cause, usual: Stage) -> (Cause, Stage) {
        let reads = cause == Cause::ConnectTimedOut && READS.iter().any(|words| self.lower.contains(words));
        let (cause, usual) = if reads {
            (Cause::SessionTimedOut, Cause::SessionTimedOut.usual_stage())
        } else {
            (cause, usual)
        };
        let stated = self.found.iter().rev().find_map(|one| match one.tells {
            Tells::At(stage) | Tells::Fact(Cause::GreetingTimedOut, Some(stage)) => Some(stage),
            _ => None,
        });
        let Some(stage) = stated.or_else(|| tokens::stage_of_field(&self.lower)) else {
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
