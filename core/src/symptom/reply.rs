//! A server's reply: why it said no, by its words, then its enhanced status, then its code.

use super::Cause;
use super::phrases::{self, Tells};
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};

/// The cause that a reply states.
pub(super) fn cause(code: ReplyCode, status: Option<EnhancedStatus>, said: &str, stage: Stage) -> Cause {
    if stage == Stage::Greeting && code.0 >= 500 {
        return Cause::RefusedAtGreeting;
    }
    let loops = phrases::find(said).iter().any(|one| matches!(one.tells, Tells::Fact(Cause::MailLoop, _)));
    if loops && status.is_none_or(|status| status.subject != 7) {
        return Cause::MailLoop;
    }
    if said.contains("unrouteable address") || said.contains("unroutable address") {
        return Cause::Mailbox;
    }
    if refusal(said).is_none()
        && matches!(code.0, 450 | 451)
        && (said.contains("try again") || said.contains("try later"))
    {
        return Cause::Greylisted;
    }
    // A policy about names and addresses says "not found" of them as well.
    if matches!(refusal(said), Some(Cause::Mailbox))
        && status.is_some_and(|status| status.subject == 7)
        && means(said, Cause::Policy)
    {
        return Cause::Policy;
    }
    // Words first, but a code of RFC 3463 that names a subject beats a word that many refusals share.
    match (refusal(said), status.and_then(by_status)) {
        (
            Some(Cause::Policy | Cause::RejectedOther),
            Some(sharper @ (Cause::Mailbox | Cause::Size | Cause::MailLoop)),
        ) if code.0 >= 500 => sharper,
        (Some(cause), _) => temporary(cause, code),
        (None, Some(cause)) => temporary(cause, code),
        (None, None) => by_code(code),
    }
}

/// A refusal that a server does not mean for good is a request for patience.
fn temporary(cause: Cause, code: ReplyCode) -> Cause {
    match cause {
        Cause::RejectedOther if code.0 < 500 => by_code(code),
        other => other,
    }
}

/// Why a server refuses, by its words. The most telling word wins, not the first.
pub(super) fn refusal(said: &str) -> Option<Cause> {
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
    let found = phrases::find(said);
    let means = |cause: &&Cause| found.iter().any(|one| one.tells == Tells::Refusal(**cause));
    ORDER.iter().find(means).copied()
}

/// Whether words of `said` mean `cause`.
fn means(said: &str, cause: Cause) -> bool {
    phrases::find(said).iter().any(|one| one.tells == Tells::Refusal(cause))
}

/// By the enhanced status code (RFC 3463 s3).
fn by_status(status: EnhancedStatus) -> Option<Cause> {
    Some(match (status.class, status.subject, status.detail) {
        (_, 1, 10) => Cause::NullMx,
        (_, 2, 3) => Cause::Size,
        (_, 1 | 2, _) => Cause::Mailbox,
        (_, 3, 4) => Cause::Size,
        (4, 3, _) => Cause::TooBusy,
        (5, 3, _) => Cause::RejectedOther,
        (_, 4, 6 | 14) => Cause::MailLoop,
        (5, 4, 1) => Cause::Policy,
        (_, 5, _) => Cause::Syntax,
        (_, 6, _) => Cause::Content,
        (4, 7, 0 | 500..=999) => Cause::RateLimited,
        (_, 7, 8 | 9 | 20..=26) => Cause::Authentication,
        (_, 7, _) => Cause::Policy,
        _ => return None,
    })
}

fn by_code(code: ReplyCode) -> Cause {
    match code.0 {
        421 => Cause::TooBusy,
        450..=452 => Cause::TooBusy,
        500..=504 => Cause::Syntax,
        530 | 534 | 535 => Cause::Authentication,
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
        (_, 1, 10) => Cause::NullMx,
        (5, 7, 27) => Cause::NullMx,
        // Exchange Online's DANE and MTA-STS: what it says of its own handshake.
        (_, 7, 320..=323 | 325) => Cause::TlsFailed,
        (_, 7, 324) => Cause::DnsFailed,
        _ => return None,
    })
}
