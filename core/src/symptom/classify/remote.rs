//! A server spoke: its reply decides, and its words never make a silence of it.

use super::findings::{Findings, Stated};
use crate::cut::Cut as _;
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};
use crate::symptom::cause::Cause;
use crate::symptom::model::WrittenBy;
use crate::symptom::phrases::Tells;
use crate::symptom::reply;
use crate::symptom::tokens::{self, Read};

impl Findings<'_> {
    /// A remote server spoke: its reply decides, and its words never make a silence of it.
    pub(super) fn spoken_by_remote(&self) -> Option<Stated> {
        let mark = self.found.iter().find_map(|one| match one.tells {
            Tells::RemoteSpeaks(stage) => Some((one.end, stage)),
            _ => None,
        })?;
        let before = self.found.iter().any(|one| {
            one.end <= mark.0 && matches!(one.tells, Tells::Fact(cause, _) if cause != Cause::SessionDropped)
        });
        if before && self.lower.before(mark.0).ends_with("<<< ") {
            return None;
        }
        // Sendmail and others quote a session in which they then lost the connection: their last word is their own.
        let stage = self.found.iter().find_map(|one| match one.tells {
            Tells::RemoteSpeaks(Some(stage)) => Some(stage),
            _ => None,
        });
        let mut refusals = self.replies.iter().filter(|reply| reply.value.0 >= 400);
        if refusals.clone().next().is_none() {
            return self.spoken_without_code(mark.0, stage);
        }
        let code = if self.lower.before(mark.0).ends_with("<<< ") {
            // A transcript marks every line of the server: other codes in it are the sender's.
            refusals.find(|reply| self.lower.before(reply.start).ends_with("<<< "))?
        } else {
            let code = refusals.clone().find(|reply| reply.start >= mark.0).or_else(|| refusals.next())?;
            // Nodemailer gives a reply with its words, and its code again.
            let same = |other: &&Read<ReplyCode>| {
                other.value == code.value && reply::refusal(self.words(other.start)).is_some()
            };
            self.replies.iter().find(same).unwrap_or(code)
        };
        let said = self.words(code.start);
        // Momentum marks its own words where a server's would stand.
        if said.contains("[internal]") {
            return None;
        }
        let status =
            self.statuses.iter().find(|status| status.start >= code.start).map(|status| status.value);
        let stage = stage.or_else(|| tokens::stage_of_command(&self.lower)).unwrap_or(Stage::Rcpt);
        let cause = reply::cause(code.value, status, said, stage);
        Some(Stated { cause, stage, written_by: WrittenBy::Remote, span: Some((code.start, code.end)) })
    }

    /// Client libraries give a server's words without the code before them: `SmtpCommandException: 4.4.2 Error: timeout exceeded`.
    fn spoken_without_code(&self, from: usize, stage: Option<Stage>) -> Option<Stated> {
        let stage = stage.or_else(|| tokens::stage_of_command(&self.lower)).unwrap_or(Stage::Rcpt);
        let status = self.statuses.iter().find(|status| status.start >= from && status.value.class >= 4);
        let Some(status) = status else {
            let cause = reply::refusal(self.words(from)).filter(|_| self.statuses.is_empty())?;
            return Some(Stated { cause, stage, written_by: WrittenBy::Remote, span: None });
        };
        let code = match (status.value.class, status.value.subject) {
            (4, 4) => 421,
            (4, _) => 450,
            _ => 550,
        };
        let code = ReplyCode(code);
        let cause = reply::cause(code, Some(status.value), self.words(status.start), stage);
        Some(Stated { cause, stage, written_by: WrittenBy::Remote, span: Some((status.start, status.end)) })
    }

    /// A reply whose status names the mailbox, the sender or a policy, with words that refuse: a server spoke, even where
    /// nobody says so and its words sound like a failed connection ("554 5.7.1 Connection refused, see …").
    pub(super) fn plainly_refused(&self) -> Option<Stated> {
        let status = self.statuses.iter().find(|status| {
            let EnhancedStatus { class, subject, detail } = status.value;
            class >= 4 && matches!((subject, detail), (1, 0 | 1 | 3..=9) | (2, _) | (7, 0..=30))
        })?;
        let code = self.replies.iter().rfind(|code| code.end <= status.start && status.start <= code.end + 2);
        // Client libraries give the reply without its code: then words follow, and none of the sender's own fields.
        let worded = || {
            status.value.subject == 7
                && self.replies.is_empty()
                && self.lower.after(status.end).starts_with(' ')
        };
        let begins = code.map(|code| code.start).or_else(|| worded().then_some(status.start))?;
        let tried = self.lower.before(begins).has("connect to \nwinsock\nwhile connecting");
        reply::refusal(self.words(begins)).filter(|_| !tried)?;
        self.bare_reply().filter(|stated| stated.written_by == WrittenBy::Unknown)
    }

    /// A text that begins with a reply which gives a reason to refuse: a server's own words, quoted without saying so.
    /// They may say "connection refused" or "domain not found" of the sender, and are no silence for it.
    pub(super) fn refused_outright(&self) -> Option<Stated> {
        let code = self.replies.iter().find(|reply| reply.value.0 >= 400)?;
        let before = self.text.before(code.start).trim_start();
        // What follows a number of the operating system, or the sender's own mark, is the sender's.
        const OWN: &str = "winsock\nsocket error\n[internal]\n internal: \nhost unknown";
        // Exchange quotes a server so, and itself too: then without a status of a refusal.
        let quoted = before.ends_with("returned '");
        if !(before.is_empty() || quoted) || self.lower.has(OWN) {
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
        let said = self.words(code.start);
        let by_words = matches!(
            reply::refusal(said),
            Some(
                Cause::Policy
                    | Cause::Authentication
                    | Cause::Content
                    | Cause::Relaying
                    | Cause::Greylisted
                    | Cause::RateLimited
                    | Cause::TooBusy
            )
        ) && !tls;
        // "not found" may be said of a host as well: of a mailbox it is where the word stands.
        let by_words = by_words || (said.contains("mailbox") && reply::refusal(said) == Some(Cause::Mailbox));
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
}
