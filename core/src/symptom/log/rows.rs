//! The rows of a log's table, and the messages that they are about, in memory that has an end.

use super::hours::{Hours, MOST as HOURS, OPERATORS, hour_of};
use super::whose::Whose;
use crate::address::Family;
use crate::keyed::Keyed;
use crate::operator::operator_of;
use crate::symptom::finality::finality;
use crate::symptom::hash::mixed;
use crate::symptom::model::{Finality, Symptom};
use crate::symptom::retry::{self, CountsFrom};
use crate::symptom::table::{self, Row};
use crate::timestamp::Timestamp;
use std::time::Duration;

/// At most this many rows; what comes later is counted in none.
const MOST: usize = 2_000;

/// At most this many messages are followed at a time.
const MESSAGES: usize = 50_000;

/// At most this many attempts wait for the line that names their message.
const PENDING: usize = 1_000;

/// The table as it grows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    places: Keyed<usize>,
    rows: Vec<Growing>,
    /// Messages that failed and whose end has not come, by identifier and recipient's domain.
    messages: Keyed<Message>,
    /// Rows of attempts whose line names no recipient, by process or message: the next line of the same names it.
    pending: Keyed<Vec<usize>>,
    /// Who took mail, by hour.
    hours: Hours,
    operators: Keyed<(usize, u64)>,
}

#[derive(Debug)]
struct Growing {
    row: Row,
    operator: String,
    /// Whether lines name different domains.
    several: bool,
    /// What the destination had taken before.
    taken: u64,
    hours: Vec<i64>,
    families: [bool; 2],
}

#[derive(Debug, Default)]
struct Message {
    rows: Vec<usize>,
    until: Option<Timestamp>,
}

impl Rows {
    /// Counts a failure.
    pub(super) fn failed(&mut self, symptom: &Symptom, operator: &str, whose: Whose) {
        let Some(place) = self.place(symptom, operator) else { return };
        let domain = symptom.recipient_domain.as_deref();
        let Some(key) = whose.message.zip(domain).map(|(message, domain)| key_of(message, domain)) else {
            // A line that names no recipient belongs to the next one of its message or process.
            if let Some(owner) = whose.message.or(whose.process).map(u64::to_be_bytes)
                && (self.pending.len() < PENDING || self.pending.contains(&owner))
            {
                let rows = self.pending.get_or_insert_with(&owner, Vec::new);
                if rows.len() < 8 && !rows.contains(&place) {
                    rows.push(place);
                }
            }
            return;
        };
        let mut rows = self.attempts_of(whose);
        rows.push(place);
        if !self.messages.contains(&key) && self.messages.len() >= MESSAGES {
            return;
        }
        let message = self.messages.get_or_insert_with(&key, Message::default);
        for place in rows {
            if !message.rows.contains(&place) {
                message.rows.push(place);
                self.rows[place].row.messages += 1;
            }
        }
        message.until = ends(symptom).or(message.until);
        if finality(symptom) == Some(Finality::Failed)
            && let Some(message) = self.messages.remove(&key)
        {
            message.rows.iter().for_each(|place| self.rows[*place].row.given_up += 1);
        }
    }

    /// Whether a delivery may settle something.
    pub(super) fn follows(&self) -> bool {
        !self.messages.is_empty() || !self.pending.is_empty()
    }

    /// A delivery to `domain`: the matter of its message is settled.
    pub(super) fn delivered(&mut self, whose: Whose, domain: &str) {
        let mut rows = self.attempts_of(whose);
        rows.iter().for_each(|place| self.rows[*place].row.messages += 1);
        if let Some(message) = whose.message
            && let Some(message) = self.messages.remove(&key_of(message, domain))
        {
            for place in message.rows {
                if rows.contains(&place) {
                    self.rows[place].row.messages -= 1;
                } else {
                    rows.push(place);
                }
            }
        }
        rows.iter().for_each(|place| self.rows[*place].row.settled += 1);
    }

    /// Counts a mail that `operator` took; at `hour`, where it was on port 25 and the hour is known.
    pub(super) fn taken(&mut self, operator: &str, hour: Option<i64>, family: Option<Family>) {
        let next = self.operators.len();
        if next >= OPERATORS && !self.operators.contains(operator.as_bytes()) {
            return;
        }
        let (number, count) = self.operators.get_or_insert_with(operator.as_bytes(), || (next, 0));
        *count += 1;
        if let (Some(hour), Some(family)) = (hour, family) {
            self.hours.took(hour, family, *number);
        }
    }

    /// The rows of attempts that were told before the line that names their message.
    fn attempts_of(&mut self, whose: Whose) -> Vec<usize> {
        let owners = [whose.process, whose.message].into_iter().flatten();
        owners.filter_map(|owner| self.pending.remove(&owner.to_be_bytes())).flatten().collect()
    }

    fn place(&mut self, symptom: &Symptom, operator: &str) -> Option<usize> {
        let key = [&[symptom.cause as u8], operator.as_bytes()].concat();
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.rows.len() >= MOST => return None,
            None => {
                let place = self.rows.len();
                self.rows.push(Growing {
                    row: empty(symptom),
                    operator: operator.to_owned(),
                    several: false,
                    taken: self.operators.get(operator.as_bytes()).map_or(0, |(_, count)| *count),
                    hours: Vec::new(),
                    families: [false; 2],
                });
                self.places.get_or_insert_with(&key, || place);
                place
            }
        };
        self.rows[place].count(symptom);
        Some(place)
    }

    /// The table, the worst first; deadlines that have passed at `now` are left out.
    pub(super) fn into_table(mut self, now: Option<Timestamp>) -> Vec<Row> {
        for (_, message) in self.messages.iter() {
            let Some(until) = message.until.filter(|until| now.is_none_or(|now| *until > now)) else {
                continue;
            };
            for place in &message.rows {
                let row = &mut self.rows[*place].row;
                row.until = row.until.into_iter().chain([until]).min();
            }
        }
        let mut rows: Vec<Row> = Vec::with_capacity(self.rows.len());
        for growing in self.rows {
            let known = self.operators.get(growing.operator.as_bytes());
            let others =
                self.hours.others(&growing.hours, growing.families, known.map(|(number, _)| *number));
            let delivered = known.map_or(0, |(_, count)| count - growing.taken);
            rows.push(Row { destination: growing.destination(), delivered, others, ..growing.row });
        }
        table::worst_first(&mut rows);
        rows
    }
}

impl Growing {
    fn count(&mut self, symptom: &Symptom) {
        let row = &mut self.row;
        row.count += symptom.count.unwrap_or(1);
        row.first = row.first.into_iter().chain(symptom.at).min();
        row.last = row.last.max(symptom.last_at).max(symptom.at);
        if let Some(address) = symptom.remote_address {
            self.families[usize::from(Family::of(address) == Family::Ipv6)] = true;
        }
        if let Some(hour) = symptom.at.map(hour_of)
            && self.hours.last() != Some(&hour)
            && self.hours.len() < HOURS
        {
            self.hours.push(hour);
        }
        let shown = &mut row.symptom;
        let domain = symptom.recipient_domain.as_ref();
        self.several |=
            domain.is_some_and(|domain| shown.recipient_domain.as_ref().is_some_and(|shown| shown != domain));
        // What one line leaves out, another of the same host says.
        if shown.remote_address == symptom.remote_address || shown.remote_address.is_none() {
            shown.recipient_domain = shown.recipient_domain.take().or_else(|| domain.cloned());
            shown.remote_host = shown.remote_host.take().or_else(|| symptom.remote_host.clone());
            shown.remote_address = shown.remote_address.or(symptom.remote_address);
            shown.port = shown.port.or(symptom.port);
            shown.enhanced_status = shown.enhanced_status.or(symptom.enhanced_status);
            shown.mta = shown.mta.take().or_else(|| symptom.mta.clone());
            shown.finality = shown.finality.or(symptom.finality);
        }
        shown.expired |= symptom.expired;
    }

    fn destination(&self) -> Option<String> {
        let shown = &self.row.symptom;
        let domain = shown.recipient_domain.clone().filter(|_| !self.several);
        let operator = || Some(self.operator.clone()).filter(|operator| !operator.is_empty());
        domain.or_else(operator).or_else(|| shown.remote_address.map(|address| address.to_string()))
    }
}

fn empty(symptom: &Symptom) -> Row {
    Row {
        destination: None,
        cause: symptom.cause,
        count: 0,
        messages: 0,
        settled: 0,
        given_up: 0,
        delivered: 0,
        others: 0,
        first: None,
        last: None,
        until: None,
        symptom: Symptom { spans: Vec::new(), count: None, ..symptom.clone() },
    }
}

/// A message to one recipient's domain.
fn key_of(message: u64, domain: &str) -> [u8; 8] {
    mixed(message, domain.as_bytes()).to_be_bytes()
}

/// When the message of `symptom` is given up: its own word, or counted from when it arrived.
fn ends(symptom: &Symptom) -> Option<Timestamp> {
    let policy = symptom.mta.as_deref().and_then(retry::policy_of);
    let policy = policy.filter(|policy| policy.counts_from == CountsFrom::Arrival);
    let counted = || {
        let left = policy?.gives_up_after_s.saturating_sub(symptom.queued_s?);
        Some(symptom.at?.after(Duration::from_secs(left)))
    };
    symptom.retry_until.or_else(counted)
}

/// The rows of failures that stand in no log: a queue's, or those of a pasted text.
pub(super) fn of_symptoms(symptoms: &[Symptom], now: Option<Timestamp>) -> Vec<Row> {
    let mut rows = Rows::default();
    for symptom in symptoms {
        let host = symptom.remote_host.as_deref().or(symptom.recipient_domain.as_deref());
        let operator = host.map_or_else(String::new, |host| operator_of(host).to_owned());
        let Some(place) = rows.place(symptom, &operator) else { continue };
        let until = ends(symptom).filter(|until| now.is_none_or(|now| *until > now));
        let row = &mut rows.rows[place].row;
        row.until = row.until.into_iter().chain(until).min();
    }
    rows.into_table(now)
}
