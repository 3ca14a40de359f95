//! A bounce: a mail that says that a mail was not delivered, as a DSN (RFC 3464) or in words.

mod parts;
mod recipients;
mod status;
mod words;

use super::classify::{Stated, from_stated};
use super::model::{Finality, Symptom, WrittenBy};
use super::{finality, lines, mta, reply, tokens};
use crate::cut::Cut as _;
use crate::smtp::Stage;
use words::{cut, statement_of_words};

/// Whether `text` is a whole mail or a delivery status.
pub(super) fn is_bounce(text: &str) -> bool {
    let mut end = text.len().min(64 * 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.before(end).to_ascii_lowercase();
    let field = |name: &str| head.starts_with(name) || head.contains(&format!("\n{name}"));
    field("final-recipient:")
        || field("diagnostic-code:")
        || (field("subject:") && field("from:"))
        || (field("received:") && field("subject:"))
}

/// How deep a bounce may lie within others.
const DEPTH: usize = 3;

/// Reads a bounce.
pub(super) fn read(text: &str) -> Vec<Symptom> {
    let end = parts::log_before(text);
    if end == 0 {
        return read_to(text, DEPTH);
    }
    // Byte for byte, so that spans still fit.
    let rest = format!("{}{}", " ".repeat(end), text.after(end));
    let mut symptoms = lines::read(text.before(end));
    symptoms.extend(read_to(&rest, DEPTH));
    symptoms
}

/// Whether a mail is a report of a mail system: an attached one may be the mail that came back.
pub(super) fn is_report(mail: &str) -> bool {
    let head = cut(mail).to_ascii_lowercase();
    let head = head.split_once("\n\n").map_or(head.as_str(), |(head, _)| head);
    head.has("report-type=delivery-status\nmailer-daemon@\nfrom: postmaster@")
}

fn read_to(text: &str, depth: usize) -> Vec<Symptom> {
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
    // A bounce that was passed on as an attachment, with nothing to say beside it.
    if symptoms.is_empty()
        && depth > 0
        && let Some(attached) = report.attached.and_then(|at| text.get(at..)).filter(|text| is_report(text))
    {
        let mut inner = read_to(attached, depth - 1);
        inner.iter_mut().for_each(|symptom| symptom.spans.clear());
        return inner;
    }
    if symptoms.is_empty() {
        return symptoms;
    }
    let frame = report.frame().to_ascii_lowercase();
    // Who wrote it is said once, for all recipients; a server that is quoted may say another's name.
    if let Some(writer) = mta::of(&frame) {
        symptoms.iter_mut().for_each(|symptom| symptom.mta = Some(writer.to_owned()));
    }
    // A report without a machine-readable part says once whether the message is still tried; one with it has an action a
    // recipient, which `from_group` took.
    let said = finality::said(&format!("{}\n{frame}", subject(text)));
    let arrived = report.fields.iter().find(|(name, ..)| name == "arrival-date");
    let arrived = arrived.and_then(|(_, value, _)| tokens::header_date(value));
    for symptom in &mut symptoms {
        symptom.finality = if groups.is_empty() { said } else { symptom.finality.or(said) };
        symptom.expired &= symptom.finality != Some(Finality::Delayed);
        let age = arrived.zip(symptom.at).filter(|(arrived, at)| arrived <= at);
        symptom.queued_s = age.map(|(arrived, at)| at.since(arrived).as_secs());
    }
    symptoms
}

/// The mail's own subject, in lower case.
fn subject(text: &str) -> String {
    let head = text.trim_start().split("\n\n").next().unwrap_or_default();
    let line = cut(head)
        .lines()
        .find(|line| line.get(..8).is_some_and(|name| name.eq_ignore_ascii_case("subject:")));
    line.unwrap_or_default().to_ascii_lowercase()
}

/// A bounce that says without a code, and without a server's reply, why a mail was not taken.
pub(super) fn refusal_in_words(words: &str) -> Option<Symptom> {
    const UNDELIVERED: &str = "not be delivered\nnot delivered to\nundeliver\nnot be reached\nunable to deliver\n\
         not reach the following\ndelivery failed\ndelivery has failed\nfailed permanently\n\
         no delivery\nnicht versendet\nnicht zugestellt\nno se pudo entregar\n\
         n'a pas pu être remis\nnie została dostarczona\nне удалось доставить";
    let lower = cut(words).to_ascii_lowercase();
    if !lower.has(UNDELIVERED) {
        return None;
    }
    let cause = reply::refusal_in(&lower)?;
    let stated = Stated { cause, stage: Stage::Rcpt, written_by: WrittenBy::Unknown, span: None };
    let mut symptom = from_stated(cut(words), stated);
    symptom.spans.clear();
    Some(symptom)
}
