//! A reply without a word of who said it.

use super::findings::{Findings, Stated};
use crate::cut::Cut as _;
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};
use crate::symptom::cause::Cause;
use crate::symptom::model::WrittenBy;
use crate::symptom::{reply, tokens};

impl Findings<'_> {
    /// Whether a reply of the text gives a reason to refuse, in words or by its status.
    pub(super) fn refuses(&self) -> bool {
        let worded = self
            .replies
            .iter()
            .any(|code| code.value.0 >= 400 && reply::refusal(self.words(code.start)).is_some());
        worded
            || self.statuses.iter().any(|status| {
                matches!((status.value.subject, status.value.detail), (1, 0 | 1 | 3..=9) | (2 | 7, _))
                    && status.value.class > 2
            })
    }

    /// A reply without a word of who said it.
    pub(super) fn bare_reply(&self) -> Option<Stated> {
        let code = self.replies.iter().find(|reply| reply.value.0 >= 400);
        let status = self.statuses.iter().find(|status| status.value.class != 2);
        let start = code.map(|code| code.start).or(status.map(|status| status.start))?;
        // A number in running words is no code: `4.4.1` counts where something of mail stands beside it.
        if code.is_none() && !self.is_about_mail(start) {
            return None;
        }
        let said = self.words(start);
        let span =
            code.map(|code| (code.start, code.end)).or(status.map(|status| (status.start, status.end)));
        let value = status.map(|status| status.value);
        // 441 is in no RFC: it is what Exchange writes of its own attempt. X.4.x in a text without a quoted reply too.
        let own = reply::by_own_status(code.map(|code| code.value), value);
        let refused = reply::refusal(said);
        // A server that closes an idle session: what it calls X.4.2 is no word of the sender's.
        if let Some(code) = code.filter(|code| reply::tells_of_idleness(code.value, value, said)) {
            let span = Some((code.start, code.end));
            let cause = Cause::SessionTimedOut;
            return Some(Stated { cause, stage: cause.usual_stage(), written_by: WrittenBy::Unknown, span });
        }
        if let (Some(cause), None) = (own, refused) {
            return Some(Stated { cause, stage: cause.usual_stage(), written_by: WrittenBy::Sender, span });
        }
        // "Other": a log line that gives no reason (`dsn=4.0.0, stat=Deferred`) accuses nobody.
        let says_nothing = EnhancedStatus { class: 4, subject: 0, detail: 0 };
        if code.is_none() && refused.is_none() && value == Some(says_nothing) {
            return None;
        }
        let code = match (code, value) {
            (Some(code), _) => code.value,
            (None, Some(status)) => ReplyCode(if status.class == 4 { 450 } else { 550 }),
            (None, None) => return None,
        };
        // What is said of connections is said before any command.
        let greets = code.0 == 421 && said.contains("connections") || value.is_none() && said.greets();
        let named = || tokens::stage_of_command(&self.lower).or_else(|| tokens::stage_of_field(&self.lower));
        let stage = if greets { Stage::Greeting } else { named().unwrap_or(Stage::Rcpt) };
        let cause = reply::cause(code, value, said, if code.0 == 421 { Stage::Rcpt } else { stage });
        Some(Stated { cause, stage, written_by: WrittenBy::Unknown, span })
    }

    /// A greeting that refuses (RFC 5321 s3.1): the code, the server's own name, and its reason. "Connection refused" is
    /// then the server's word, and no system's.
    pub(super) fn refused_in_greeting(&self) -> Option<Stated> {
        let code = self.replies.first().filter(|code| code.value.0 >= 400)?;
        let said = self.words(code.start);
        let begins = self.text.before(code.start).trim().is_empty();
        let refuses = said.greets() || said.names_itself() && said.contains("refused from");
        if !begins || !refuses {
            return None;
        }
        let cause = reply::cause(code.value, None, said, Stage::Greeting);
        let span = Some((code.start, code.end));
        Some(Stated { cause, stage: Stage::Greeting, written_by: WrittenBy::Remote, span })
    }

    fn is_about_mail(&self, start: usize) -> bool {
        const NEAR: &str = "dsn\nstatus\nsmtp\nerror\ncode\ndeliver\nmail\nhost\nserver\ndefer\nremote";
        let before = self.text.before(start).trim_end();
        // `4.2.0 <user@example.org>: …`: nobody puts an address after a number in running words.
        let next = self.text.after(start).split_whitespace().nth(1);
        let heads = next.is_some_and(|word| word.starts_with('<') && word.contains('@'));
        heads || before.is_empty() || before.ends_with(['#', '=', ';', ':', '(']) || self.lower.has(NEAR)
    }
}
