//! The delivery status of a bounce (RFC 3464), by recipient.

use super::words::{domain_of, statement_of_words};
use crate::cut::Cut as _;
use crate::smtp::Stage;
use crate::symptom::cause::{Cause, SymptomFamily};
use crate::symptom::classify::statement;
use crate::symptom::model::{Finality, Symptom, WrittenBy};
use crate::symptom::{line, reply, tokens};
use std::ops::Range;

/// How far the words of a bounce are searched for each recipient, in bytes: more is no report but the mail itself.
const WORDS: usize = 64 * 1024;

/// What the status says of one recipient.
#[derive(Default)]
pub(super) struct Group {
    /// Final-Recipient, or Original-Recipient where that alone stands: where the mail went at last (RFC 3464 s2.3.2).
    recipient: Option<String>,
    diagnostic: Option<(String, Range<usize>)>,
    status: Option<String>,
    action: Option<String>,
    remote: Option<String>,
    retry_until: Option<String>,
    attempted: Option<String>,
}

/// The fields by recipient. A recipient's group begins with its Final-Recipient or Original-Recipient, in either order.
pub(super) fn groups(fields: &[(String, String, Range<usize>)]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for (name, value, range) in fields {
        let names_recipient = matches!(name.as_str(), "final-recipient" | "original-recipient");
        let begun =
            groups.last().is_some_and(|group| group.recipient.is_some() && group.has_more_than_a_name());
        if groups.len() == line::MOST {
            break;
        }
        if names_recipient && (groups.is_empty() || begun || named.contains(&name.as_str())) {
            groups.push(Group::default());
            named.clear();
        } else if groups.is_empty() && matches!(name.as_str(), "diagnostic-code" | "status" | "action") {
            groups.push(Group::default());
        }
        if names_recipient {
            named.push(name);
        }
        let Some(group) = groups.last_mut() else { continue };
        let value = value.clone();
        match name.as_str() {
            "final-recipient" => group.recipient = Some(value),
            "original-recipient" => group.recipient = group.recipient.take().or(Some(value)),
            "diagnostic-code" => group.diagnostic = Some((value, range.clone())),
            "status" => group.status = Some(value),
            "action" => group.action = Some(value.to_ascii_lowercase()),
            "remote-mta" => group.remote = Some(value),
            "will-retry-until" => group.retry_until = Some(value),
            "last-attempt-date" => group.attempted = Some(value),
            _ => {}
        }
    }
    groups
}

impl Group {
    fn has_more_than_a_name(&self) -> bool {
        self.diagnostic.is_some() || self.status.is_some() || self.action.is_some()
    }
}

pub(super) fn from_group(
    text: &str,
    group: &Group,
    words: Option<&Symptom>,
    alone: bool,
    said: &str,
) -> Option<Symptom> {
    if matches!(group.action.as_deref(), Some("delivered" | "relayed" | "expanded")) {
        return None;
    }
    let recipient = group.recipient.as_deref().and_then(domain_of);
    let diagnostic = group.diagnostic.as_ref().and_then(|(value, range)| {
        // Fields that are not folded stand in the mail as they are, so their spans fit.
        let raw = &text[range.clone()];
        let at = raw.find(value.as_str());
        let mut symptom = statement(&typed(value), at.map_or(0, |at| range.start + at))?;
        if at.is_none() {
            symptom.spans.clear();
        }
        Some(symptom)
    });
    let own_words = if alone { words.cloned() } else { words_about(said, group.recipient.as_deref()) };
    let beside = own_words.clone();
    let mut symptom = choose(diagnostic, own_words).or_else(|| by_status(group))?;
    if recipient.is_some() && recipient != symptom.recipient_domain {
        symptom.recipient_domain = recipient;
        // What the diagnostic code says of another address is not where this one was read.
        symptom.spans.retain(|span| span.field != "recipient_domain");
    }
    if symptom.remote_host.is_none() {
        symptom.remote_host = group
            .remote
            .as_deref()
            .and_then(|value| tokens::host(value.rsplit(';').next()?.split_whitespace().next()?));
    }
    // What one leaves out, the other may say of the same host.
    let same_host = |beside: &Symptom| {
        beside.cause == symptom.cause
            && (symptom.remote_host.is_none() || beside.remote_host == symptom.remote_host)
    };
    if let Some(beside) = beside.filter(same_host) {
        symptom.remote_host = symptom.remote_host.or(beside.remote_host);
        symptom.remote_address = symptom.remote_address.or(beside.remote_address);
        symptom.port = symptom.port.or(beside.port);
        symptom.reply_code = symptom.reply_code.or(beside.reply_code);
        symptom.system_error = symptom.system_error.or(beside.system_error);
        // The words say what the reply was to; a diagnostic code is the reply alone.
        if beside.written_by == WrittenBy::Remote && symptom.stage == Stage::Rcpt {
            symptom.stage = beside.stage;
        }
    }
    // RFC 3464 s2.3.6: beside a Remote-MTA a reply is what that said; what senders make up themselves is read as theirs.
    if group.remote.is_some() && symptom.written_by == WrittenBy::Unknown && symptom.reply_code.is_some() {
        symptom.written_by = WrittenBy::Remote;
    }
    if symptom.enhanced_status.is_none() {
        symptom.enhanced_status = group
            .status
            .as_deref()
            .and_then(|value| value.split_whitespace().next())
            .and_then(|value| value.parse().ok());
    }
    symptom.finality = match group.action.as_deref().map(str::trim) {
        Some("failed") => Some(Finality::Failed),
        Some("delayed") => Some(Finality::Delayed),
        _ => symptom.finality,
    };
    symptom.retry_until = group.retry_until.as_deref().and_then(tokens::header_date);
    symptom.at = symptom.at.or_else(|| group.attempted.as_deref().and_then(tokens::header_date));
    if group.status.as_deref().is_some_and(|status| status.contains(".4.7"))
        && matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Busy)
    {
        symptom.expired = group.action.as_deref() != Some("delayed") || symptom.expired;
    }
    // A notice of a delay calls the wait expired, too.
    symptom.expired &= symptom.finality != Some(Finality::Delayed);
    Some(symptom)
}

/// What a diagnostic code says is the fact, unless it says less than the words beside it.
fn choose(diagnostic: Option<Symptom>, words: Option<Symptom>) -> Option<Symptom> {
    let says_little = |symptom: &Symptom| {
        matches!(symptom.cause, Cause::Expired | Cause::Unknown | Cause::RejectedOther | Cause::ConnectFailed)
    };
    match (diagnostic, words) {
        // Postfix leaves out of the diagnostic code that the refusal was the greeting.
        (Some(diagnostic), Some(words))
            if words.cause == Cause::RefusedAtGreeting
                && matches!(diagnostic.family, SymptomFamily::Rejected | SymptomFamily::Busy) =>
        {
            Some(words)
        }
        (Some(diagnostic), Some(words))
            if says_little(&diagnostic)
                && !says_little(&words)
                && words.family != SymptomFamily::Rejected =>
        {
            let expired = diagnostic.expired || words.expired || diagnostic.cause == Cause::Expired;
            Some(Symptom { expired, ..words })
        }
        (Some(diagnostic), words) => {
            let expired = diagnostic.expired || words.is_some_and(|words| words.expired);
            Some(Symptom { expired: expired && diagnostic.family != SymptomFamily::Rejected, ..diagnostic })
        }
        (None, words) => words,
    }
}

/// The words that stand after the recipient's address.
fn words_about(said: &str, recipient: Option<&str>) -> Option<Symptom> {
    let address = recipient?.rsplit(';').next()?.trim().trim_matches(['<', '>']);
    let mut head = said.len().min(WORDS);
    while !said.is_char_boundary(head) {
        head -= 1;
    }
    let at = said.before(head).find(address)? + address.len();
    let mut end = said.len().min(at + 2_000);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    statement_of_words(said.within(at, end))
}

/// Where nothing else speaks, the status does: it is the sender's word.
fn by_status(group: &Group) -> Option<Symptom> {
    let status = group.status.as_deref()?;
    // A comment may say more: `5.4.4 (Illegal host/domain name found)`.
    let mut symptom = statement(status, 0)?;
    symptom.spans.clear();
    symptom.written_by = WrittenBy::Sender;
    symptom.stage = symptom.cause.usual_stage();
    // RFC 3464 s2.3.6: what stands behind `smtp;` is a server's, though its code was left out.
    let said = group.diagnostic.as_ref().map(|(value, _)| value.to_ascii_lowercase());
    let reason = said.as_deref().and_then(|said| reply::refusal_in(said.strip_prefix("smtp;")?));
    if let Some(cause) = reason.filter(|_| symptom.cause == Cause::RejectedOther) {
        let family = cause.family();
        symptom = Symptom { cause, family, stage: Stage::Rcpt, written_by: WrittenBy::Remote, ..symptom };
    }
    Some(symptom)
}

/// Without the type that a diagnostic code begins with (RFC 3464 s2.3.6), byte for byte.
fn typed(value: &str) -> String {
    match value.split_once(';') {
        Some((kind, rest)) if kind.len() < 16 && !kind.contains(' ') => {
            format!("{}{rest}", " ".repeat(kind.len() + 1))
        }
        _ => value.to_owned(),
    }
}
