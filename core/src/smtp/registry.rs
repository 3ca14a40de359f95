//! The registry of codes: enhanced status codes (IANA, RFC 3463, RFC 5248 and later), reply codes (RFC 5321), codes that
//! no RFC knows, Microsoft's, and the operating systems' error numbers. The table is [`Table::Codes`].
//!
//! Enhanced status codes complete as of 2024-12-06, the date of the IANA registry that was read.

use super::{EnhancedStatus, ReplyCode};
use crate::facts::{Row, Table};
use serde::Serialize;

/// What a code means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The code as it was asked for.
    pub code: String,
    /// What kind of code it is.
    pub kind: Kind,
    /// Its title in the registry.
    pub title: &'static str,
    /// What it means, in plain words.
    pub meaning: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    /// Whether to try again.
    pub retry: Retry,
    /// The classes in which its definition knows it, where it has another class here: `permanent failures`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_for: Option<&'static str>,
    /// What to do.
    #[serde(rename = "do")]
    pub action: &'static str,
}

impl Entry {
    /// Whether trying again helps, as a sentence.
    pub fn again(&self) -> String {
        match self.known_for {
            Some(known_for) => format!(
                "Its definition ({}) knows this code for {known_for} only: believe the words beside it.",
                self.source
            ),
            None if self.is_expiry() => EXPIRED.to_owned(),
            None => self.retry.words().to_owned(),
        }
    }

    /// Whether it says that the sending server gave up: no server refused anything.
    fn is_expiry(&self) -> bool {
        self.retry == Retry::DoesNotHelp
            && (self.title.starts_with("Message expired") || self.title == "Delivery time expired")
    }
}

const EXPIRED: &str = "Given up: the sending server tries no more.";

/// The kinds of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An enhanced status code of the IANA registry.
    Enhanced,
    /// An enhanced status code that a vendor gives a meaning of its own.
    Vendor,
    /// A reply code that an RFC defines.
    Reply,
    /// A reply code that no RFC defines.
    Unregistered,
    /// An operating system's error.
    System,
}

impl Kind {
    fn of(word: &str) -> Self {
        match word {
            "enhanced" => Self::Enhanced,
            "vendor" => Self::Vendor,
            "reply" => Self::Reply,
            "system" => Self::System,
            _ => Self::Unregistered,
        }
    }
}

/// Whether trying again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It is temporary: the mail software tries again by itself, until it gives up.
    Helps,
    /// It is permanent: something must change first.
    DoesNotHelp,
    /// It is no failure.
    NotNeeded,
    /// The code alone does not tell.
    Depends,
}

impl Retry {
    /// A sentence for people.
    pub fn words(self) -> &'static str {
        match self {
            // RFC 3463 s2: a class 4 code may accompany a failure report; then the attempts are over.
            Self::Helps => {
                "Temporary: in a delay notice or a log, the mail software tries again by itself; in a failure report it has given up, and sending again later may succeed."
            }
            Self::DoesNotHelp => "Permanent: trying again does not help until something is changed.",
            Self::NotNeeded => "Not a failure.",
            Self::Depends => "Whether trying again helps depends on what stands beside it.",
        }
    }
}

/// The columns of the table.
mod column {
    pub(super) const CODES: usize = 0;
    pub(super) const KIND: usize = 1;
    pub(super) const TITLE: usize = 2;
    pub(super) const MEANING: usize = 3;
    /// The classes that the definition allows: `4`, `4,5`, or `any`.
    pub(super) const CLASSES: usize = 4;
    /// The reply codes that IANA associates with an enhanced status code.
    pub(super) const BASIC: usize = 5;
    pub(super) const DEFINED: usize = 6;
}

fn row(code: &str) -> Option<Row> {
    Table::Codes.rows().find(|row| row.is(code))
}

/// What `code` means: `441`, `4.4.1`, `4.7.5`, `10060`, `ETIMEDOUT`. `None` for what is no code, or none that is known.
pub fn lookup(code: &str) -> Option<Entry> {
    let code = code.trim();
    if code.contains('|') {
        return None;
    }
    if let Ok(status) = code.parse::<EnhancedStatus>() {
        return enhanced(status);
    }
    let row = row(code).filter(|row| Kind::of(row.cell(column::KIND)) != Kind::Enhanced)?;
    let number = code.parse::<u16>().ok().filter(|_| Kind::of(row.cell(column::KIND)) != Kind::System);
    let number = number.filter(|number| *number < 1_000).map(ReplyCode);
    Some(entry(code.to_owned(), row, number.map(|number| number.0 / 100), 0))
}

/// A vendor's code by itself, or the registry's row for every class.
fn enhanced(status: EnhancedStatus) -> Option<Entry> {
    let (whole, any) = (status.to_string(), format!("X.{}.{}", status.subject, status.detail));
    let row = row(&whole).or_else(|| row(&any))?;
    Some(entry(whole, row, Some(status.class.into()), status.subject))
}

/// Every code of the registry, in its order; an enhanced status code in the class that its definition, or the reply codes
/// associated with it, give it.
pub fn all() -> Vec<Entry> {
    Table::Codes
        .rows()
        .filter_map(|row| {
            let first = row.list(column::CODES).next()?;
            lookup(&first.replacen('X', usual_class(row), 1))
        })
        .collect()
}

/// The class in which a code of the registry is usually met.
fn usual_class(row: Row) -> &'static str {
    let classes = row.cell(column::CLASSES);
    let from = if classes == "any" { row.cell(column::BASIC) } else { classes };
    let all = |class: char| from.split(',').all(|code| code.starts_with(class));
    match from {
        "" => "4",
        _ if all('5') => "5",
        _ if all('2') => "2",
        _ if from.contains('4') => "4",
        _ => &from[..1],
    }
}

/// What the definition of `row` knows its code for, where that is not `class`.
fn known_for(row: Row, class: u16) -> Option<&'static str> {
    let classes = row.cell(column::CLASSES);
    let allowed = classes == "any" || classes.split(',').any(|one| one.parse() == Ok(class));
    if allowed {
        return None;
    }
    Some(match classes {
        "2" => "successes",
        "4" => "temporary failures",
        "5" => "permanent failures",
        "4,5" => "failures",
        "2,5" => "successes and permanent failures",
        _ => "other classes",
    })
}

/// What a code asks for that the rest of its subject does not.
fn own_action(code: &str, subject: u16, detail: u16) -> Option<&'static str> {
    Some(match (code, subject, detail) {
        (_, 1, 7 | 8) | (_, 7, 27) => {
            "Check the sender's address and its domain: it is they that were refused, not the recipient's."
        }
        (_, 1, 9) => "Nothing was refused: ask the recipient by another way whether it came.",
        (_, 2, 3) => "Send it smaller, or by another way: this mailbox takes no message of that size.",
        (_, 4, 6 | 14) => {
            "Look for what sends it round: the domain's MX, and forwardings that point to each other."
        }
        (_, 6, 1..=5 | 7..=10) => "Send it as plain text, between addresses in ASCII.",
        ("534" | "535", ..) | (_, 5, 6) | (_, 7, 8 | 9) => {
            "Check the login in the mail software's settings, and which method the server's operator asks for."
        }
        ("432", ..) | (_, 7, 12) => "Log in once with the method PLAIN, over TLS, then again as before.",
        ("523" | "530" | "538", ..) | (_, 7, 10 | 11) => {
            "Have the mail software use TLS there, and log in where it is your own relay."
        }
        ("525", ..) | (_, 7, 13) => "Ask the account's administrator why it is disabled.",
        (_, 7, 17..=19) => "Ask the recipient by another way whether the address is still theirs.",
        (_, 7, 25) => "Give the sending server's address a reverse name (PTR) that leads back to it.",
        _ => return None,
    })
}

fn entry(code: String, row: Row, class: Option<u16>, subject: u16) -> Entry {
    let known_for = class.and_then(|class| known_for(row, class));
    let retry = match class {
        _ if known_for.is_some() => Retry::Depends,
        Some(2 | 3) => Retry::NotNeeded,
        Some(4) => Retry::Helps,
        Some(5) => Retry::DoesNotHelp,
        _ => Retry::Depends,
    };
    let kind = Kind::of(row.cell(column::KIND));
    let network =
        subject == 4 && kind == Kind::Enhanced || matches!(code.as_str(), "441" | "442" | "447" | "420");
    let detail = code.rsplit('.').next().filter(|_| matches!(kind, Kind::Enhanced | Kind::Vendor));
    let own = own_action(&code, subject, detail.and_then(|detail| detail.parse().ok()).unwrap_or(0));
    let action = match class {
        Some(2 | 3) => "Nothing need be done.",
        _ if own.is_some() => own.unwrap_or_default(),
        _ if network => {
            "Find out where it breaks: look from the sending server (noanswer check DOMAIN), whose controls tell your side from theirs."
        }
        _ if subject == 1 => "Check the address for typing errors, and ask the recipient for the right one.",
        _ if subject == 2 => "Tell the recipient by another way: the mailbox is full, closed or restricted.",
        _ if subject == 7 => {
            "Read the words beside the code: they name the policy, list or check that refused, and how to meet it."
        }
        _ if kind == Kind::System => {
            "Look at which address it was for, and from where: the number alone does not say who is at fault."
        }
        _ => "Read the words beside the code: the server says there what it wants.",
    };
    let entry = Entry {
        code,
        kind,
        title: row.cell(column::TITLE),
        meaning: row.cell(column::MEANING),
        source: row.cell(column::DEFINED),
        retry,
        known_for,
        action,
    };
    match entry.is_expiry() {
        true => Entry {
            action: "Find the cause, which the words beside the code often name, and send it again once that is gone.",
            ..entry
        },
        false => entry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_what_people_ask() {
        let entry = lookup("441").unwrap();
        assert!(entry.meaning.contains("in no RFC") && entry.retry == Retry::Helps, "{entry:?}");
        assert_eq!(lookup("4.4.1").unwrap().title, "No answer from host");
        assert_eq!(lookup("4.7.5").unwrap().title, "Cryptographic failure");
        for (code, asks) in
            [("5.2.3", "smaller"), ("5.1.8", "sender's address"), ("534", "the login"), ("5.7.25", "PTR")]
        {
            assert!(lookup(code).unwrap().action.contains(asks), "{code}");
        }
        assert_eq!(lookup("2.1.9").unwrap().action, "Nothing need be done.");
        assert_eq!(
            lookup("10060").unwrap(),
            Entry { code: "10060".to_owned(), ..lookup("etimedout").unwrap() }
        );
        for none in ["", "4.4", "hello", "9.9.9", "999", "4.99.99", "X.4.1", "-", "10060|ETIMEDOUT"] {
            assert_eq!(lookup(none), None, "{none}");
        }
    }

    /// 5.4.1 is what Exchange Online says of an unknown address; 111 is Linux's number, not a reply of a server.
    #[test]
    fn a_number_is_not_taken_for_another_kind() {
        assert!(lookup("5.4.1").unwrap().meaning.contains("not \"no answer\""));
        assert_eq!(lookup("110").unwrap().kind, Kind::System);
        assert_eq!(lookup("111").unwrap().title, "Connection refused");
        assert_eq!(lookup("111").unwrap().retry, Retry::Depends);
        assert_eq!(lookup("523").unwrap().title, "Encryption needed");
    }

    #[test]
    fn every_row_can_be_looked_up_and_says_something() {
        let all = all();
        assert_eq!(all.len(), Table::Codes.rows().count());
        assert!(all.iter().all(|entry| !entry.title.is_empty() && !entry.source.is_empty()));
    }

    /// A code that its definition knows for permanent failures alone is never called temporary, nor the reverse.
    #[test]
    fn no_explanation_contradicts_its_class() {
        for row in Table::Codes.rows().filter(|row| row.cell(column::KIND) == "enhanced") {
            let classes = row.cell(column::CLASSES);
            for class in [2, 4, 5_u16] {
                let entry = lookup(&row.cell(column::CODES).replacen('X', &class.to_string(), 1)).unwrap();
                if entry.kind == Kind::Vendor {
                    continue;
                }
                let allowed = classes == "any" || classes.contains(&class.to_string());
                assert_eq!(entry.known_for.is_none(), allowed, "{}", entry.code);
                assert_eq!(entry.retry == Retry::Depends, !allowed, "{}", entry.code);
                let says_permanent = entry.meaning.contains("only useful for permanent")
                    || entry.meaning.contains("useful only as a permanent")
                    || entry.meaning.contains("used as a permanent");
                assert!(!says_permanent || class == 5 || entry.known_for == Some("permanent failures"));
                let says_temporary = entry.meaning.contains("only as a persistent transient")
                    || entry.meaning.contains("used as a persistent transient");
                assert!(!says_temporary || class == 4 || entry.known_for == Some("temporary failures"));
            }
        }
        assert!(
            all().iter().filter(|entry| entry.kind == Kind::Enhanced).all(|entry| entry.known_for.is_none())
        );
    }

    /// Nobody refused what was given up: the server has no words, and the same message may pass later.
    #[test]
    fn what_expired_is_no_refusal() {
        for code in ["5.4.7", "5.4.300", "5.4.312", "5.4.316"] {
            let entry = lookup(code).unwrap();
            assert!(
                entry.again().starts_with("Given up") && entry.action.contains("send it again"),
                "{entry:?}"
            );
        }
        assert!(lookup("5.4.4").unwrap().again().starts_with("Permanent"));
    }

    /// The five reply codes of RFC 5248 that lists of mail errors give other meanings, and the ones that no RFC has.
    #[test]
    fn a_code_of_an_rfc_is_not_called_unregistered() {
        for code in ["422", "430", "523", "524", "525", "533"] {
            assert_eq!(lookup(code).unwrap().kind, Kind::Reply, "{code}");
        }
        for entry in all().iter().filter(|entry| entry.kind == Kind::Unregistered) {
            assert!(entry.source.contains("no RFC"), "{entry:?}");
        }
    }
}
