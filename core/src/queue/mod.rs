//! A mail server's queue listing: what waits, for which destination, since when, and what the queue says of it.
//!
//! Facts alone. Whether the queue is right is for a check to say.

mod columns;
mod exchange;
mod exim;
mod group;
mod opensmtpd;
mod postfix;
mod qmail;
mod record;
mod time;

pub use group::{Listing, Row, Waits};

use crate::symptom::retry;
use crate::timestamp::Timestamp;
use group::Groups;
use serde::Serialize;
use std::time::Duration;

/// The mail software whose queue was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Software {
    /// `postqueue -j`, `postqueue -p`, `mailq`.
    Postfix,
    /// `exim -bp`, `exim -bpr`, `mailq`.
    Exim,
    /// `mailq`, `sendmail -bp`.
    Sendmail,
    /// `smtpctl show queue`, `mailq`.
    #[serde(rename = "opensmtpd")]
    OpenSmtpd,
    /// `qmail-qread`.
    Qmail,
    /// `Get-Queue`, `Get-Message`.
    Exchange,
}

impl Software {
    /// Its name, as [`Symptom::mta`](crate::symptom::Symptom::mta) writes it.
    pub const fn mta(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
            Self::Exim => "exim",
            Self::Sendmail => "sendmail",
            Self::OpenSmtpd => "opensmtpd",
            Self::Qmail => "qmail",
            Self::Exchange => "exchange",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        retry::policy_of(self.mta()).map_or(self.mta(), |policy| policy.name)
    }

    /// The command that has it try what waits for `destination` again, now. Where the software cannot choose, all that
    /// waits is tried.
    ///
    /// `None` where `destination` cannot stand in a command line as it is.
    pub fn flush(self, destination: &str) -> Option<String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if destination.is_empty() || destination.starts_with('-') || !destination.bytes().all(plain) {
            return None;
        }
        Some(match self {
            Self::Postfix => format!("postqueue -s {destination}"),
            // -R selects by a part of the recipients' addresses, ff overrides retry times and frozen messages.
            Self::Exim => format!("exim -Rff @{destination}"),
            Self::Sendmail => format!("sendmail -qR@{destination}"),
            Self::OpenSmtpd => "smtpctl schedule all".to_owned(),
            Self::Qmail => "svc -a /service/qmail-send".to_owned(),
            Self::Exchange => {
                format!("Get-Queue -Filter \"NextHopDomain -eq '{destination}'\" | Retry-Queue")
            }
        })
    }
}

/// What a listing does not say itself.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// When it was taken.
    pub now: Timestamp,
    /// How far its local times are ahead of UTC, in seconds.
    pub utc_offset_s: i32,
    /// How long the server keeps a message; its default where this is not known.
    pub lifetime: Option<Duration>,
}

impl Setting {
    /// A listing taken at `now` by a server that writes UTC.
    pub fn utc(now: Timestamp) -> Self {
        Self { now, utc_offset_s: 0, lifetime: None }
    }
}

/// Reads a queue listing. `None` where `text` is none that is known; what is not a listing's own line, such as a
/// prompt, is passed over.
pub fn read(text: &str, setting: &Setting) -> Option<Listing> {
    let text = text.trim_start_matches('\u{feff}');
    let software = software_of(text)?;
    let mut groups = Groups::new(software, setting);
    match software {
        Software::Postfix if is_json_lines(text) => postfix::read(text, &mut groups),
        Software::Postfix | Software::Sendmail => columns::read(text, setting, &mut groups),
        Software::Exim => exim::read(text, setting, &mut groups),
        Software::OpenSmtpd => opensmtpd::read(text, &mut groups),
        Software::Qmail => qmail::read(text, &mut groups),
        Software::Exchange => exchange::read(text, setting, &mut groups),
    }
    Some(groups.finish())
}

/// How many lines may stand before a listing begins: a prompt, a message of the day.
const BEFORE: usize = 50;

/// Whose listing `text` is, by its first line that only one of them writes.
fn software_of(text: &str) -> Option<Software> {
    if record::is_exchange(text) {
        return Some(Software::Exchange);
    }
    text.lines().filter(|line| !line.trim().is_empty()).take(BEFORE).find_map(|line| {
        if line.starts_with("-Queue ID-") || line.trim() == "Mail queue is empty" || postfix::is_entry(line) {
            Some(Software::Postfix)
        } else if line.contains("-----Q-ID-----")
            || line.trim_end().ends_with(" is empty") && line.starts_with('/')
        {
            Some(Software::Sendmail)
        } else if opensmtpd::is_entry(line) {
            Some(Software::OpenSmtpd)
        } else if qmail::is_entry(line) {
            Some(Software::Qmail)
        } else {
            exim::is_entry(line).then_some(Software::Exim)
        }
    })
}

fn is_json_lines(text: &str) -> bool {
    text.lines().take(BEFORE).any(postfix::is_entry)
}

/// The domain of a mail address, lower case: the part behind the last `@`, without brackets around the address.
/// `None` for a local user.
fn domain_of(address: &str) -> Option<String> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let (_, domain) = address.rsplit_once('@')?;
    let domain = domain.trim_end_matches('.');
    (!domain.is_empty()).then(|| domain.to_lowercase())
}
