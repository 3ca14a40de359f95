//! A server's reply: why it said no, by its words, then its enhanced status, then its code.

use super::cause::Cause;
use super::phrases::{self, Found, Tells};
use crate::cut::Cut as _;
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};

/// Words of a reply, in lower case, with the phrases that were found in them: they are looked for once a statement.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    lower: &'a str,
    found: &'a [Found],
}

impl<'a> Words<'a> {
    /// The words of `lower` from `start`, in which `found` are all phrases.
    pub(super) fn from(lower: &'a str, found: &'a [Found], start: usize) -> Self {
        let first = found.partition_point(|one| one.start < start);
        Self { lower: lower.after(start), found: found.get(first..).unwrap_or_default() }
    }

    fn any(&self, tells: impl Fn(Tells) -> bool) -> bool {
        self.found.iter().any(|one| tells(one.tells))
    }

    /// Whether words mean `cause`.
    fn mean(&self, cause: Cause) -> bool {
        self.any(|tells| tells == Tells::Refusal(cause))
    }

    pub(super) fn contains(&self, word: &str) -> bool {
        self.lower.contains(word)
    }

    /// Whether any of `words`, one a line, stands in them.
    fn has(&self, words: &str) -> bool {
        self.lower.has(words)
    }

    /// Whether they are a greeting (RFC 5321 s4.2): the code, the server's own name, and what it speaks.
    pub(super) fn greets(&self) -> bool {
        let word = self.lower.get(4..).unwrap_or_default().split([' ', '\n']).nth(1);
        self.names_itself() && word.is_some_and(|word| matches!(word, "esmtp" | "smtp" | "bizsmtp"))
    }

    /// Whether a host's name follows the code at once, as in a greeting.
    pub(super) fn names_itself(&self) -> bool {
        let name = self.lower.get(4..).unwrap_or_default().split([' ', '\n']).next().unwrap_or_default();
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        name.contains('.') && name.chars().all(is_of_name) && name.chars().any(|c| c.is_ascii_alphabetic())
    }
}

/// The cause that a reply states.
pub(super) fn cause(code: ReplyCode, status: Option<EnhancedStatus>, said: Words, stage: Stage) -> Cause {
    if stage == Stage::Greeting && code.0 >= 500 {
        return Cause::RefusedAtGreeting;
    }
    if tells_of_idleness(code, status, said) {
        return Cause::SessionTimedOut;
    }
    let loops = said.any(|tells| matches!(tells, Tells::Fact(Cause::MailLoop, _)));
    if loops && status.is_none_or(|status| status.subject != 7) {
        return Cause::MailLoop;
    }
    if said.has("unrouteable address\nunroutable address\nunroutable email") {
        return Cause::Mailbox;
    }
    // A protocol error is one, whatever else is spoken of.
    if matches!(code.0, 500..=504 | 555) && said.mean(Cause::Syntax) {
        return Cause::Syntax;
    }
    // RFC 5248 s2.4: the account is the one that logged in.
    if code.0 == 525 {
        return Cause::Authentication;
    }
    let refusal = refusal(said);
    // "Service not available" for good is no want of time where a reason stands beside it.
    let policy = code.0 >= 500 && refusal == Some(Cause::TooBusy) && said.mean(Cause::Policy);
    let refusal = if policy { Some(Cause::Policy) } else { refusal };
    if refusal.is_none() && matches!(code.0, 450 | 451) && said.has("try again\ntry later") {
        return Cause::Greylisted;
    }
    // A policy about names and addresses says "not found" of them as well.
    if matches!(refusal, Some(Cause::Mailbox))
        && status.is_some_and(|status| status.subject == 7)
        && said.mean(Cause::Policy)
    {
        return Cause::Policy;
    }
    // Guidelines name what they ask for, authentication among it.
    let refusal = match refusal {
        Some(Cause::Authentication) if said.contains("guidelines") && said.contains("ptr record") => {
            Some(Cause::Policy)
        }
        // Whose address is banned, whatever for.
        Some(Cause::Content) if said.has("ip address has been\nip has been") && said.mean(Cause::Policy) => {
            Some(Cause::Policy)
        }
        other => other,
    };
    // A server that says its own settings are wrong (X.3.5) names the address that it was asked about.
    if status.is_some_and(|status| (status.subject, status.detail) == (3, 5))
        && matches!(refusal, Some(Cause::Mailbox | Cause::Policy | Cause::Greylisted))
    {
        return Cause::RejectedOther;
    }
    // The message's form (RFC 3463 s3.7, RFC 6531), which is no spam, though it be "not permitted".
    if status.is_some_and(|status| status.subject == 6 && matches!(status.detail, 1..=5 | 7..=10))
        && refusal != Some(Cause::Content)
    {
        return Cause::RejectedOther;
    }
    // A notice (RFC 3886 s3.3.4): "relayed" is no refusal to relay.
    if status.is_some_and(|status| (status.subject, status.detail) == (1, 9)) {
        return Cause::RejectedOther;
    }
    // Words first, but a code of RFC 3463 that names a subject beats a word that many refusals share.
    match (refusal, status.and_then(|status| by_status(code, status))) {
        (
            Some(Cause::Policy | Cause::RejectedOther),
            Some(sharper @ (Cause::Mailbox | Cause::Size | Cause::MailLoop)),
        ) if code.0 >= 500 && status.is_some_and(|status| status.detail > 0) => sharper,
        (Some(cause), _) => temporary(cause, code),
        (None, Some(cause)) => temporary(cause, code),
        (None, None) => by_code(code),
    }
}

/// A server that closes an idle session says so (RFC 5321 s3.8, s4.5.3.2): the session stood.
pub(super) fn tells_of_idleness(code: ReplyCode, status: Option<EnhancedStatus>, said: Words) -> bool {
    const IDLE: &str = "timeout exceeded\ntimed out\ntimeout waiting\ntimeout while\ntime out waiting\n\
             idle timeout\ntimeout, clos\nidle too long\ntimeout - closing\ntimeout;\ncommand timeout\n\
             inactivity\ntimeout on ";
    let own = match status {
        Some(status) => (status.class, status.subject) == (4, 4) && matches!(status.detail, 1 | 2),
        None => true,
    };
    // Other codes are of a session as well where their status says so (X.4.2).
    let of_session = said.has("from client\nclient input")
        || status.is_some_and(|status| (status.subject, status.detail) == (4, 2));
    (code.0 == 421 || code.0 == 451 && of_session) && own && said.has(IDLE)
}

/// A refusal that a server does not mean for good is a request for patience.
fn temporary(cause: Cause, code: ReplyCode) -> Cause {
    match cause {
        Cause::RejectedOther if code.0 < 500 => by_code(code),
        other => other,
    }
}

/// Why a server refuses, by its words. The most telling word wins, not the first.
pub(super) fn refusal(said: Words) -> Option<Cause> {
    const ORDER: &[Cause] = &[
        Cause::Greylisted,
        Cause::Relaying,
        Cause::RateLimited,
        Cause::TooBusy,
        Cause::Mailbox,
        Cause::Size,
        Cause::Authentication,
        Cause::Content,
        Cause::Policy,
        Cause::Syntax,
    ];
    ORDER.iter().copied().find(|cause| said.mean(*cause))
}

/// [`refusal`] of words that were not searched yet.
pub(super) fn refusal_in(lower: &str) -> Option<Cause> {
    refusal(Words::from(lower, &phrases::find(lower), 0))
}

/// By the enhanced status code (RFC 3463 s3).
fn by_status(code: ReplyCode, status: EnhancedStatus) -> Option<Cause> {
    Some(match (status.class, status.subject, status.detail) {
        // RFC 7505 s4.2 has 556 beside it; Exchange says 550 of a recipient that it does not find.
        (_, 1, 10) if code.0 == 550 => Cause::Mailbox,
        (_, 1, 10) => Cause::NullMx,
        // The sender's address, not the recipient's.
        (_, 1, 7 | 8) => Cause::Policy,
        (_, 2, 3) => Cause::Size,
        (_, 1 | 2, _) => Cause::Mailbox,
        (_, 3, 4) => Cause::Size,
        (4, 3, _) => Cause::TooBusy,
        (5, 3, _) => Cause::RejectedOther,
        (_, 4, 6 | 14) => Cause::MailLoop,
        (5, 4, 1) => Cause::Policy,
        // RFC 4954 s6: Gmail gives a protocol error's status beside it.
        (_, 5, _) if code.0 == 530 => Cause::Authentication,
        (_, 5, _) => Cause::Syntax,
        (_, 6, _) => Cause::Content,
        (4, 7, 0 | 500..=999) | (_, 7, 28) => Cause::RateLimited,
        // Exchange Online of a domain whose SPF, DKIM and DMARC do not meet its level; X.7.25 is of the reverse name.
        (_, 7, 8..=9 | 12 | 13 | 20..=24 | 26) | (5, 7, 515) => Cause::Authentication,
        (_, 7, _) => Cause::Policy,
        _ => return None,
    })
}

fn by_code(code: ReplyCode) -> Cause {
    match code.0 {
        421 => Cause::TooBusy,
        450..=452 => Cause::TooBusy,
        500..=504 => Cause::Syntax,
        432 | 523 | 525 | 530 | 534 | 535 | 538 => Cause::Authentication,
        521 => Cause::RefusedAtGreeting,
        552 => Cause::Size,
        _ if code.0 < 500 => Cause::TooBusy,
        _ => Cause::RejectedOther,
    }
}

/// What a sender says of its own attempt by a status code alone (RFC 3463 s3.5), where no server is quoted.
pub(super) fn by_own_status(code: Option<ReplyCode>, status: Option<EnhancedStatus>) -> Option<Cause> {
    // 441 is in no RFC: Exchange writes it of its own attempt, whatever ended that.
    if code == Some(ReplyCode(441)) {
        return Some(Cause::ConnectFailed);
    }
    let status = status?;
    Some(match (status.class, status.subject, status.detail) {
        (4, 4, 0 | 1) => Cause::ConnectFailed,
        (4, 4, 2) => Cause::SessionDropped,
        (4 | 5, 4, 3) => Cause::DnsFailed,
        (5, 4, 4) => Cause::NoMailHost,
        (4, 4, 4) => Cause::DnsFailed,
        (_, 4, 6) => Cause::MailLoop,
        (_, 4, 7) => Cause::Expired,
        (_, 4, 318) => Cause::SessionDropped,
        (_, 4, 310) => Cause::NoSuchDomain,
        (_, 4, 312) => Cause::DnsFailed,
        (_, 4, 315) => Cause::ConnectTimedOut,
        (_, 4, 316) => Cause::ConnectRefused,
        (_, 4, 317) => Cause::TlsFailed,
        (_, 1, 2) => Cause::NoSuchDomain,
        (_, 1, 10) if code != Some(ReplyCode(550)) => Cause::NullMx,
        // Exchange Online's DANE and MTA-STS: what it says of its own handshake.
        (_, 7, 320..=323 | 325) => Cause::TlsFailed,
        (_, 7, 324) => Cause::DnsFailed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Cause, read};

    #[test]
    fn a_reply_is_told_by_its_sharpest_word() {
        for (text, cause) in [
            ("550 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException", Cause::Policy),
            ("525 5.7.13 Account disabled", Cause::Authentication),
            ("421 mx.example.org your ip address has been banned due to spam", Cause::Policy),
            ("Status code: 550 5.1.10 RESOLVER.ADR.RecipientNotFound", Cause::Mailbox),
        ] {
            assert_eq!(read(text)[0].cause, cause, "{text}");
        }
    }
}
