//! The rows of a listing: one a destination and cause.

use super::{Setting, Software};
use crate::dns::DomainName;
use crate::symptom::retry::{self, CountsFrom};
use crate::symptom::{self, Cause, Forms, Symptom};
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

/// How many reasons are remembered as they are: many messages have the same, to the letter.
const REMEMBERED: usize = 10_000;

/// The longest reason that is read and shown, in bytes.
const REASON: usize = 2_000;

/// A queue, by destination and cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Whose queue it is.
    pub software: Software,
    /// When it was taken.
    pub as_of: Timestamp,
    /// How many messages wait.
    pub messages: u64,
    /// What waits, most messages first.
    pub rows: Vec<Row>,
}

/// What waits for one destination, with one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The recipients' domain, lower case; the next hop, where the queue names that instead.
    pub destination: String,
    /// Whether the destination is one that mail exchanges are looked up for.
    pub waits: Waits,
    /// The cause that the queue states; none where it states none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// How many messages.
    pub messages: u64,
    /// How many of them an administrator has put on hold, or the server has frozen.
    #[serde(skip_serializing_if = "is_zero")]
    pub held: u64,
    /// When the oldest came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// When the first is given up: by the queue's own word, the server's setting, or its default where that counts from
    /// when a message came (Exim's does not).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_to_expire: Option<Timestamp>,
    /// What the queue says of it, as first met. Remote words may stand in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// What that means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symptom: Option<Box<Symptom>>,
    /// The queue's name of the oldest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_id: Option<String>,
}

/// What a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// A recipients' domain: its exchanges can be checked.
    Domain,
    /// A smart host: all mail goes there, whomever it is for.
    Relay,
    /// The server itself: a local user, a mailbox database, a queue of its own.
    Local,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Row {
    /// Gives the row what was said of it elsewhere, where the listing has no reasons: in a message's own log.
    pub fn explain(&mut self, says: &str, symptom: Symptom) {
        self.says = Some(says.to_owned());
        self.cause = Some(symptom.cause);
        self.symptom = Some(Box::new(symptom));
    }
}

/// A message in a queue, or several alike.
pub(super) struct Message<'a> {
    /// The queue's name of it.
    pub(super) id: &'a str,
    /// How many: more than one in a listing of queues.
    pub(super) count: u64,
    pub(super) arrived: Option<Timestamp>,
    /// When it is given up, where the listing says so.
    pub(super) expires: Option<Timestamp>,
    pub(super) held: bool,
}

/// Somebody that a message waits for.
pub(super) struct Destination<'a> {
    pub(super) name: String,
    pub(super) waits: Waits,
    /// The queue's own words.
    pub(super) reason: Option<&'a str>,
}

impl<'a> Destination<'a> {
    /// The destination of a recipient's address.
    pub(super) fn of(address: &str, reason: Option<&'a str>) -> Self {
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        match domain_of(address) {
            Some(name) => {
                let waits = if DomainName::from_dns(&name).is_ok() { Waits::Domain } else { Waits::Relay };
                Self { name, waits, reason }
            }
            None => Self { name: address.trim().to_owned(), waits: Waits::Local, reason },
        }
    }
}

/// Rows as they come about.
pub(super) struct Groups {
    software: Software,
    setting: Setting,
    lifetime: Option<Duration>,
    messages: u64,
    rows: Vec<Row>,
    by_key: HashMap<(String, Option<Cause>), usize>,
    forms: Forms,
    /// The causes of reasons that came before.
    reasons: HashMap<String, Option<Cause>>,
    /// The message that a row was last given, so that two recipients of it count once.
    last: Vec<u64>,
}

impl Groups {
    pub(super) fn new(software: Software, setting: &Setting) -> Self {
        // Exim counts from when the host first failed, which no listing tells.
        let default = retry::policy_of(software.mta())
            .filter(|policy| policy.counts_from == CountsFrom::Arrival)
            .map(|policy| Duration::from_secs(policy.gives_up_after_s));
        Self {
            software,
            setting: *setting,
            lifetime: setting.lifetime.or(default),
            messages: 0,
            rows: Vec::new(),
            by_key: HashMap::new(),
            forms: Forms::of_reasons(),
            reasons: HashMap::new(),
            last: Vec::new(),
        }
    }

    /// Adds a message that waits for `destinations`.
    pub(super) fn add<'d>(
        &mut self,
        message: &Message<'_>,
        destinations: impl IntoIterator<Item = Destination<'d>>,
    ) {
        self.messages += message.count;
        let number = self.messages;
        let age_out = message.arrived.zip(self.lifetime).map(|(arrived, lifetime)| arrived.after(lifetime));
        let expires = message.expires.or(age_out);
        for destination in destinations {
            let cause = destination.reason.and_then(|reason| self.cause(reason));
            self.put(message, destination, cause, None, number, expires);
        }
    }

    /// Adds messages that wait for one destination, whose reason was read elsewhere.
    pub(super) fn add_read(&mut self, message: &Message<'_>, destination: Destination<'_>, symptom: Symptom) {
        self.messages += message.count;
        let age_out = message.arrived.zip(self.lifetime).map(|(arrived, lifetime)| arrived.after(lifetime));
        let expires = message.expires.or(age_out);
        self.put(message, destination, Some(symptom.cause), Some(symptom), self.messages, expires);
    }

    /// Puts a message to the row of its destination and cause, of which `symptom` says more, where it was read already;
    /// `number` is the message's own.
    fn put(
        &mut self,
        message: &Message<'_>,
        destination: Destination<'_>,
        cause: Option<Cause>,
        symptom: Option<Symptom>,
        number: u64,
        expires: Option<Timestamp>,
    ) {
        let key = (destination.name, cause);
        let at = match self.by_key.get(&key) {
            Some(at) => *at,
            None => {
                let symptom = symptom.or_else(|| self.symptom(destination.reason?));
                let row = Row {
                    destination: key.0.clone(),
                    waits: destination.waits,
                    cause: key.1,
                    messages: 0,
                    held: 0,
                    oldest: None,
                    first_to_expire: None,
                    says: None,
                    symptom: symptom.map(Box::new),
                    oldest_id: None,
                };
                self.rows.push(row);
                self.last.push(0);
                self.by_key.insert(key, self.rows.len() - 1);
                self.rows.len() - 1
            }
        };
        let row = &mut self.rows[at];
        if row.says.is_none() {
            row.says = destination.reason.map(|reason| cut(reason.trim()).to_owned());
        }
        if std::mem::replace(&mut self.last[at], number) == number {
            return;
        }
        row.messages += message.count;
        row.held += if message.held { message.count } else { 0 };
        if row.oldest_id.is_none() || earlier(message.arrived, row.oldest) {
            row.oldest_id = (!message.id.is_empty()).then(|| message.id.to_owned());
        }
        row.oldest = [row.oldest, message.arrived].into_iter().flatten().min();
        row.first_to_expire = [row.first_to_expire, expires].into_iter().flatten().min();
    }

    /// The cause that a reason states; none where nothing could be read.
    fn cause(&mut self, reason: &str) -> Option<Cause> {
        if let Some(known) = self.reasons.get(reason) {
            return *known;
        }
        let cause = self.forms.cause(cut(reason), read);
        if self.reasons.len() < REMEMBERED {
            self.reasons.insert(reason.to_owned(), cause);
        }
        cause
    }

    /// What a reason says; none where nothing could be read.
    fn symptom(&mut self, reason: &str) -> Option<Symptom> {
        let mut symptom = self.forms.read(cut(reason), read)?;
        symptom.spans.clear();
        symptom.mta.get_or_insert_with(|| self.software.mta().to_owned());
        Some(symptom)
    }

    pub(super) fn finish(mut self) -> Listing {
        self.rows.sort_by(|one, other| {
            let key = |row: &Row| (Reverse(row.messages), row.oldest);
            key(one).cmp(&key(other)).then_with(|| one.destination.cmp(&other.destination))
        });
        Listing { software: self.software, as_of: self.setting.now, messages: self.messages, rows: self.rows }
    }
}

/// What a reason says by itself.
fn read(reason: &str) -> Option<Symptom> {
    symptom::read(reason).into_iter().next()
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one < other,
        (one, _) => one.is_some(),
    }
}

/// At most [`REASON`] bytes of a reason.
fn cut(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON)]
}

/// The domain of a mail address, lower case: the part behind the last `@`, without brackets around the address.
/// `None` for a local user.
pub(super) fn domain_of(address: &str) -> Option<String> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let (_, domain) = address.rsplit_once('@')?;
    let domain = domain.trim_end_matches('.');
    (!domain.is_empty()).then(|| domain.to_lowercase())
}
