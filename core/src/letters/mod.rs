//! The letters of a report, ready to send: to the customer who asks, to the provider, to the postmaster; in four languages.
//!
//! What was observed stands in them as it is on the wire, for both sides read that. English letters to a postmaster or a
//! provider are the verdict's own.

mod language;
mod texts;

pub use language::Language;

use crate::evidence::{Attempt, Evidence, Outcome, Sight};
use crate::report::Report;
use crate::symptom::{self, Finality};
use crate::timestamp::Timestamp;
use crate::verdict::{Fault, Message, NamedFault, Party, Status};
use crate::words;
use serde::{Deserialize, Serialize};
use texts::{Texts, texts};

/// Whom a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A user who asks where the mail is.
    Customer,
    /// The sender's provider.
    Provider,
    /// The recipient's postmaster.
    Postmaster,
}

impl Recipient {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Provider => "provider",
            Self::Postmaster => "postmaster",
        }
    }
}

/// Every letter that the report carries. There is always one to the customer; one to a provider or a postmaster only
/// where the verdict says that they must act.
pub fn letters(report: &Report, language: Language) -> Vec<Message> {
    let all = [Recipient::Customer, Recipient::Provider, Recipient::Postmaster];
    all.into_iter().filter_map(|to| letter(report, to, language)).collect()
}

/// The letter to one recipient; `None` where the report carries none.
pub fn letter(report: &Report, to: Recipient, language: Language) -> Option<Message> {
    if to == Recipient::Customer {
        return Some(customer(report, texts(language)));
    }
    let own = report.verdict.messages.iter().find(|message| message.to == to.name())?;
    Some(if language == Language::En { own.clone() } else { technical(report, to, texts(language)) })
}

fn filled(text: &str, report: &Report) -> String {
    text.replace("{domain}", domain(report)).replace("{when}", &moment(report.asked.at))
}

/// The domain as people write it.
fn domain(report: &Report) -> &str {
    report.plan.domain_unicode.as_deref().unwrap_or(&report.asked.domain)
}

/// To the minute, in a form that no language writes otherwise: `2026-11-26 15:24 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

/// A letter to somebody who reads what was observed.
fn technical(report: &Report, to: Recipient, texts: &Texts) -> Message {
    let ((subject, opening), ask) = match to {
        Recipient::Provider => (texts.provider, texts.provider_ask),
        _ => (texts.postmaster, texts.postmaster_ask),
    };
    let mut lines = vec![texts.hello.to_owned(), String::new(), filled(opening, report), String::new()];
    let observed = observed(report, to);
    if !observed.is_empty() {
        lines.push(filled(texts.observed, report));
        lines.extend(observed);
    }
    lines.extend(own_words(report, texts));
    lines.extend([String::new(), ask.to_owned(), String::new()]);
    if to == Recipient::Postmaster {
        lines.extend([texts.no_mail_sent.to_owned(), String::new()]);
    }
    lines.push(texts.thanks.to_owned());
    message(to, filled(subject, report), &lines)
}

fn message(to: Recipient, subject: String, lines: &[String]) -> Message {
    Message { to: to.name().to_owned(), subject, body: lines.join("\n") + "\n" }
}

/// What was observed, in the words of the wire: to a provider the controls, to a postmaster their host.
fn observed(report: &Report, to: Recipient) -> Vec<String> {
    let for_provider = to == Recipient::Provider;
    let mut lines = Vec::new();
    for one in report.evidence.iter().filter(|one| counts(one) != for_provider) {
        let name = if one.place.is_empty() { &one.vantage } else { &one.place };
        let controls = one.controls.iter().map(|control| &control.attempt);
        let attempts: Vec<_> = if for_provider { controls.collect() } else { one.attempts.iter().collect() };
        lines.extend(attempts.into_iter().map(|attempt| format!("- {name}: {}", seen(attempt))));
    }
    lines
}

fn counts(evidence: &Evidence) -> bool {
    evidence.failure.is_none() && matches!(evidence.sight, Sight::Clear | Sight::Partial)
}

fn seen(attempt: &Attempt) -> String {
    let after = attempt.ended_ms.map_or(String::new(), |ms| {
        let tenths = (ms / 100.0).round() as u64;
        format!(" ({}.{} s)", tenths / 10, tenths % 10)
    });
    let what = match (attempt.refusal(), attempt.outcome) {
        (Some(words), _) => words,
        (_, Outcome::Completed | Outcome::NotTried) => words::plain(&attempt.outcome),
        (_, outcome) => format!("{} ({})", words::plain(&outcome), words::plain(&attempt.stage)),
    };
    format!("{} [{}]:{}: {what}{after}", attempt.exchange, attempt.address, attempt.port)
}

/// What the sender's own mail software wrote, where the user gave it: codes, host and time, never the text.
fn own_words(report: &Report, texts: &Texts) -> Option<String> {
    let symptom = report.symptoms.first()?;
    let codes = [
        symptom.reply_code.map(|code| code.to_string()),
        symptom.enhanced_status.map(|status| status.to_string()),
        Some(words::plain(&symptom.cause)),
    ];
    let mut said: Vec<String> = codes.into_iter().flatten().collect();
    said.extend(symptom.remote_host.as_ref().map(ToString::to_string));
    said.extend(symptom.at.map(moment));
    Some(format!("\n{}", texts.wrote.replace("{words}", &said.join(", "))))
}

/// A letter to a user who asks where the mail is.
fn customer(report: &Report, texts: &Texts) -> Message {
    let (subject, opening) = texts.customer;
    let mut lines = vec![
        texts.hello.to_owned(),
        String::new(),
        filled(opening, report),
        filled(state(report, texts), report),
    ];
    lines.extend(fate(report, texts).map(str::to_owned));
    let deadline = report.symptoms.iter().filter_map(|one| symptom::explain(one).deadline).max();
    if let Some(until) = deadline.filter(|until| *until > report.asked.at && report.exit_code() > 0) {
        lines.push(texts.until.replace("{until}", &moment(until)));
    }
    lines.extend(own_words(report, texts));
    message(Recipient::Customer, filled(subject, report), &lines)
}

/// What becomes of the message, and what that asks of the customer; nothing where the address itself is the matter.
fn fate<'a>(report: &Report, texts: &'a Texts) -> Option<&'a str> {
    let of_the_address = |named: &NamedFault| matches!(named.fault, Fault::NoSuchDomain | Fault::NullMx);
    if report.verdict.faults.iter().any(of_the_address) {
        return None;
    }
    let mut said = report.symptoms.iter().filter_map(symptom::finality);
    // Where one message was given up and another waits, nobody knows which the customer asks about.
    let finality = said.next().filter(|first| said.all(|one| one == *first));
    let can_be_reached =
        matches!(report.verdict.status, Status::Healthy | Status::Named) && report.exit_code() < 2;
    Some(match finality {
        Some(Finality::Failed) if can_be_reached => texts.again,
        Some(Finality::Failed) => texts.given_up,
        _ if can_be_reached => texts.next_try,
        Some(Finality::Delayed) => texts.waits,
        None => texts.either,
    })
}

fn state<'a>(report: &Report, texts: &'a Texts) -> &'a str {
    let verdict = &report.verdict;
    let is = |wanted: Fault| verdict.faults.iter().any(|named| named.fault == wanted);
    // Whose fault holds the mail up; one that mail passes in spite of is not what the customer asks about.
    let party =
        |wanted: Party| verdict.faults.iter().any(|named| named.party == wanted && !report.passes(named));
    let several = [Party::You, Party::Between, Party::Them].into_iter().filter(|one| party(*one)).count() > 1;
    match verdict.status {
        Status::Healthy => texts.customer_well,
        Status::Named if report.exit_code() < 2 => texts.customer_well,
        Status::Named if is(Fault::NoSuchDomain) => texts.no_such_domain,
        Status::Named if is(Fault::NullMx) => texts.null_mx,
        Status::Named if several => texts.customer_between,
        Status::Named if party(Party::You) => texts.customer_you,
        Status::Named if party(Party::Between) => texts.customer_between,
        Status::Named if party(Party::Them) => texts.customer_them,
        _ => texts.customer_open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A placeholder that one language lacks is a fact that its reader misses.
    #[test]
    fn every_language_fills_in_the_same() {
        let holders = |texts: &Texts| {
            let all = [
                texts.postmaster.0,
                texts.postmaster.1,
                texts.customer.0,
                texts.customer.1,
                texts.observed,
                texts.customer_them,
                texts.customer_open,
                texts.customer_well,
                texts.waits,
                texts.given_up,
                texts.either,
                texts.again,
                texts.next_try,
                texts.until,
                texts.no_such_domain,
                texts.null_mx,
                texts.wrote,
            ];
            let names = ["{domain}", "{when}", "{until}", "{words}"];
            all.map(|text| {
                assert!(!text.is_empty());
                names.map(|name| text.matches(name).count())
            })
        };
        for language in Language::ALL {
            assert_eq!(holders(texts(language)), holders(texts(Language::En)), "{language:?}");
        }
    }
}
