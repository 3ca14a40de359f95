//! The letters of a report, ready to send: to the customer who asks, to the provider, to the postmaster; in four languages.
//!
//! Those to a postmaster or a provider are the verdict's own (`core/src/verdict/letter`).

mod texts;

pub use crate::language::Language;

use crate::report::Report;
use crate::symptom::{self, Finality};
use crate::verdict::letter::{self, Told, moment};
use crate::verdict::{Fault, Message, NamedFault, Party, Status};
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
        return Some(customer(report, language));
    }
    report.verdict.messages.iter().find(|message| message.to == to.name())?;
    let told = Told {
        domain: domain(report),
        at: Some(report.asked.at),
        evidence: &report.evidence,
        symptoms: &report.symptoms,
        faults: &report.verdict.faults,
    };
    Some(match to {
        Recipient::Provider => letter::to_provider(&told, language),
        _ => letter::to_postmaster(&told, language),
    })
}

fn filled(text: &str, report: &Report) -> String {
    text.replace("{domain}", domain(report)).replace("{when}", &moment(report.asked.at))
}

/// The domain as people write it.
fn domain(report: &Report) -> &str {
    report.plan.domain_unicode.as_deref().unwrap_or(&report.asked.domain)
}

/// A letter to a user who asks where the mail is.
fn customer(report: &Report, language: Language) -> Message {
    let (common, texts) = (letter::texts(language), texts(language));
    let (subject, opening) = texts.customer;
    let mut lines = vec![
        common.hello.to_owned(),
        String::new(),
        filled(opening, report),
        filled(state(report, texts), report),
    ];
    lines.extend(fate(report, texts).map(str::to_owned));
    let deadline = report.symptoms.iter().filter_map(|one| symptom::explain(one).deadline).max();
    if let Some(until) = deadline.filter(|until| *until > report.asked.at && report.exit_code() > 0) {
        lines.push(texts.until.replace("{until}", &moment(until)));
    }
    lines.extend(report.symptoms.first().map(|one| format!("\n{}", letter::own_words(one, common))));
    let (to, subject) = (Recipient::Customer.name().to_owned(), filled(subject, report));
    Message { to, subject, body: lines.join("\n") + "\n" }
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
                texts.customer.0,
                texts.customer.1,
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
            ];
            let names = ["{domain}", "{when}", "{until}"];
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
