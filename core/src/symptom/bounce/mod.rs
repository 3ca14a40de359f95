//! A bounce: a mail that says that a mail was not delivered, as a DSN (RFC 3464) or in words.

mod parts;
mod recipients;
mod status;

use super::classify::{Stated, from_stated, statement};
use super::marks::Marks;
use super::{Symptom, WrittenBy, mta, plain, reply};
use crate::smtp::Stage;

/// Whether `text` is a whole mail or a delivery status.
pub(super) fn is_bounce(text: &str) -> bool {
    let mut end = text.len().min(64 * 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].to_ascii_lowercase();
    let field = |name: &str| head.starts_with(name) || head.contains(&format!("\n{name}"));
    field("final-recipient:")
        || field("diagnostic-code:")
        || (field("subject:") && field("from:"))
        || (field("received:") && field("subject:"))
}

/// Reads a bounce.
pub(super) fn read(text: &str) -> Vec<Symptom> {
    let report = parts::report(text);
    let groups = status::groups(&report.fields);
    let words = statement_of_words(&report.words).or_else(|| refusal_in_words(&report.words));
    let mut symptoms: Vec<Symptom> = if groups.is_empty() {
        recipients::from_words(&report.words, words)
    } else {
        let alone = groups.len() == 1;
        let read = |group| status::from_group(text, group, words.as_ref(), alone, &report.words);
        let mut symptoms: Vec<Symptom> = groups.iter().filter_map(read).collect();
        symptoms.dedup_by(|one, other| {
            one.recipient_domain == other.recipient_domain
                && one.cause == other.cause
                && one.remote_host == other.remote_host
        });
        symptoms
    };
    // Who wrote it is said once, for all recipients; a server that is quoted may say another's name.
    if let Some(writer) = mta::of(&report.frame().to_lowercase()).filter(|_| !symptoms.is_empty()) {
        symptoms.iter_mut().for_each(|symptom| symptom.mta = Some(writer.to_owned()));
    }
    symptoms
}

/// A bounce that says without a code, and without a server's reply, why a mail was not taken.
fn refusal_in_words(words: &str) -> Option<Symptom> {
    const UNDELIVERED: &[&str] = &[
        "not be delivered",
        "undeliver",
        "not be reached",
        "unable to deliver",
        "not reach the following",
        "delivery failed",
        "delivery has failed",
        "failed permanently",
        "no delivery",
    ];
    static MARKS: Marks = Marks::new();
    let lower = cut(words).to_ascii_lowercase();
    if MARKS.find(UNDELIVERED.iter().copied(), &lower).is_empty() {
        return None;
    }
    let cause = reply::refusal(&lower)?;
    let stated = Stated { cause, stage: Stage::Rcpt, written_by: WrittenBy::Unknown, span: None };
    let mut symptom = from_stated(cut(words), stated);
    symptom.spans.clear();
    Some(symptom)
}

/// How much of the words is read, in bytes.
fn cut(words: &str) -> &str {
    let mut end = words.len().min(16 * 1024);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    &words[..end]
}

/// A wrapped text as one statement. Its spans do not fit the mail, whose parts may be encoded: they are left out.
fn statement_of_words(words: &str) -> Option<Symptom> {
    let joined = cut(words).split_whitespace().collect::<Vec<_>>().join(" ");
    let joined = plain::plain(&joined).map_or(joined, |plain| plain.text);
    let mut symptom = statement(&joined, 0)?;
    symptom.spans.clear();
    Some(symptom)
}
