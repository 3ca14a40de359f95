//! The registry of codes: enhanced status codes (IANA, RFC 3463, RFC 5248 and later), reply codes (RFC 5321), codes that
//! no RFC knows, Microsoft's, and the operating systems' error numbers.
//!
//! Enhanced status codes complete as of 2024-12-06, the date of the IANA registry that was read.

use super::{EnhancedStatus, ReplyCode};
use serde::Serialize;

/// The table: code or codes, title, meaning, source; one a line, tab-separated.
const TABLE: &str = include_str!("registry.tsv");

/// What a code means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The code as it was asked for.
    pub code: String,
    /// Its title in the registry.
    pub title: &'static str,
    /// What it means, in plain words.
    pub meaning: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    /// Whether to try again.
    pub retry: Retry,
    /// What to do.
    #[serde(rename = "do")]
    pub action: &'static str,
}

/// Whether trying again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It is temporary: the mail software tries again by itself.
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
            Self::Helps => "Temporary: the mail software tries again by itself.",
            Self::DoesNotHelp => "Permanent: trying again does not help until something is changed.",
            Self::NotNeeded => "Not a failure.",
            Self::Depends => "Whether trying again helps depends on what stands beside it.",
        }
    }
}

/// One row of the table.
struct Row {
    codes: &'static str,
    title: &'static str,
    meaning: &'static str,
    source: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Row {
            codes: fields.next()?,
            title: fields.next()?,
            meaning: fields.next()?,
            source: fields.next()?,
        })
    })
}

/// What `code` means: `441`, `4.4.1`, `4.7.5`, `10060`, `ETIMEDOUT`. `None` for what is no code, or none that is known.
pub fn lookup(code: &str) -> Option<Entry> {
    let code = code.trim();
    if let Ok(status) = code.parse::<EnhancedStatus>() {
        return enhanced(status);
    }
    let row = rows().find(|row| row.codes.split('|').any(|one| one.eq_ignore_ascii_case(code)))?;
    let number = code.parse::<u16>().ok().filter(|number| *number < 1_000).map(ReplyCode);
    Some(entry(
        code.to_owned(),
        row,
        number.map(|number| number.0 / 100),
        number.map_or(0, |number| number.0),
    ))
}

/// A vendor's code by itself, or the registry's row for every class.
fn enhanced(status: EnhancedStatus) -> Option<Entry> {
    let (whole, any) = (status.to_string(), format!("X.{}.{}", status.subject, status.detail));
    let row = rows().find(|row| row.codes == whole).or_else(|| rows().find(|row| row.codes == any))?;
    Some(entry(whole, row, Some(status.class.into()), status.subject * 10 + status.detail.min(9)))
}

/// Every code of the registry, in its order; enhanced status codes as class 4 where they have no class of their own.
pub fn all() -> Vec<Entry> {
    rows()
        .filter_map(|row| {
            let first = row.codes.split('|').next().unwrap_or(row.codes);
            lookup(&first.replacen("X.", "4.", 1))
        })
        .collect()
}

fn entry(code: String, row: Row, class: Option<u16>, detail: u16) -> Entry {
    let retry = match class {
        Some(2 | 3) => Retry::NotNeeded,
        Some(4) => Retry::Helps,
        Some(5) => Retry::DoesNotHelp,
        _ => Retry::Depends,
    };
    let network = row.codes.starts_with("X.4.") || matches!(row.codes, "441" | "442" | "447" | "420");
    let action = match (class, detail) {
        (Some(2 | 3), _) => "Nothing need be done.",
        _ if network => {
            "Find out where it breaks: look from the sending server (noanswer check DOMAIN), whose controls tell your side from theirs."
        }
        (_, 10..=19) if row.codes.starts_with("X.1.") => {
            "Check the address for typing errors, and ask the recipient for the right one."
        }
        (_, 20..=29) if row.codes.starts_with("X.2.") => {
            "Tell the recipient by another way: the mailbox is full, closed or restricted."
        }
        _ if row.codes.starts_with("X.7.") => {
            "Read the words beside the code: they name the policy, list or check that refused, and how to meet it."
        }
        _ if class.is_none() => {
            "Look at which address it was for, and from where: the number alone does not say who is at fault."
        }
        _ => "Read the words beside the code: the server says there what it wants.",
    };
    Entry { code, title: row.title, meaning: row.meaning, source: row.source, retry, action }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_what_people_ask() {
        let entry = lookup("441").unwrap();
        assert!(entry.meaning.contains("in no RFC") && entry.retry == Retry::Helps, "{entry:?}");
        assert_eq!(lookup("4.4.1").unwrap().title, "No answer from host");
        assert_eq!(lookup("5.4.1").unwrap().retry, Retry::DoesNotHelp);
        assert_eq!(lookup("4.7.5").unwrap().title, "Cryptographic failure");
        assert_eq!(
            lookup("10060").unwrap(),
            Entry { code: "10060".to_owned(), ..lookup("etimedout").unwrap() }
        );
        for none in ["", "4.4", "hello", "9.9.9", "999", "4.99.99"] {
            assert_eq!(lookup(none), None, "{none}");
        }
    }

    #[test]
    fn every_row_can_be_looked_up_and_says_something() {
        let all = all();
        assert_eq!(all.len(), TABLE.lines().count());
        assert!(all.iter().all(|entry| !entry.title.is_empty() && !entry.source.is_empty()));
    }
}
