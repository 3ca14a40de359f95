//! What a log is grouped by, in memory that has an end: a hostile log must not make it grow.

use crate::address::Family;
use crate::keyed::Keyed;
use crate::order;
use crate::symptom::cause::Cause;
use crate::symptom::controls::{LogControls, LogDestination};
use crate::symptom::model::Symptom;
use std::cmp::Reverse;

/// At most this many operators are told apart, and this many groups.
const MOST: usize = 2_000;

/// Failures by cause, destination operator and address family.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Keyed<Symptom>,
    /// Where keys are made.
    key: Vec<u8>,
}

impl Groups {
    /// Counts a failure in its group. Once there are too many groups, in the one of its cause without a destination.
    pub(super) fn add(&mut self, symptom: Symptom, operator: &str, family: Option<Family>) {
        self.key.clear();
        put_key(&mut self.key, symptom.cause, operator, family);
        if let Some(group) = self.groups.get_mut(&self.key) {
            return count(group, &symptom);
        }
        if self.groups.len() < MOST {
            self.groups.get_or_insert_with(&self.key, || first(symptom));
            return;
        }
        self.key.clear();
        put_key(&mut self.key, symptom.cause, "", family);
        if let Some(group) = self.groups.get_mut(&self.key) {
            count(group, &symptom);
        } else {
            let anyone = Symptom {
                recipient_domain: None,
                remote_host: None,
                remote_address: None,
                port: None,
                ..symptom
            };
            self.groups.get_or_insert_with(&self.key, || first(anyone));
        }
    }

    /// One symptom a group, the most frequent first.
    pub(super) fn into_symptoms(self) -> Vec<Symptom> {
        most_first(self.groups.into_values(), |symptom| (symptom.count.unwrap_or(0), 0))
    }
}

/// Puts the key of a group to `key`: by cause, then by operator, then by family.
fn put_key(key: &mut Vec<u8>, cause: Cause, operator: &str, family: Option<Family>) {
    key.push(cause as u8);
    key.extend_from_slice(operator.as_bytes());
    key.extend_from_slice(&[0, family.map_or(0, |family| 1 + family as u8)]);
}

/// The first of a group stands for it. Its spans are those of a line that nobody has.
fn first(symptom: Symptom) -> Symptom {
    Symptom { count: Some(1), last_at: symptom.at, spans: Vec::new(), ..symptom }
}

fn count(group: &mut Symptom, symptom: &Symptom) {
    group.count = group.count.map(|count| count + 1);
    group.expired |= symptom.expired;
    // Of many messages, some may be tried still: then nothing is said of all.
    group.finality = group.finality.filter(|finality| symptom.finality == Some(*finality));
    group.queued_s = None;
    group.at = group.at.into_iter().chain(symptom.at).min();
    group.last_at = group.last_at.max(symptom.at);
}

/// `all`, those first of which there is most; what is equal stays in its order.
fn most_first<T>(mut all: Vec<T>, how_much: impl Fn(&T) -> (u64, u64)) -> Vec<T> {
    order::sort_by_key(&mut all, |one| Reverse(how_much(one)));
    all
}

/// How destinations fared: by operator, then by family, the last for lines without an address.
#[derive(Debug, Default)]
pub(super) struct Destinations(Keyed<[Tally; 3]>);

/// What is counted of one destination.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    unreached: u64,
    spoke: u64,
}

const FAMILIES: [Option<Family>; 3] = [Some(Family::Ipv4), Some(Family::Ipv6), None];

impl Destinations {
    /// No connection came about.
    pub(super) fn unreached(&mut self, operator: &str, family: Option<Family>) {
        if let Some(tally) = self.of(operator, family) {
            tally.unreached += 1;
        }
    }

    /// A server spoke.
    pub(super) fn spoke(&mut self, operator: &str, family: Option<Family>) {
        if let Some(tally) = self.of(operator, family) {
            tally.spoke += 1;
        }
    }

    /// Looked up before it is stored: a busy log has few destinations, and no line need allocate.
    fn of(&mut self, operator: &str, family: Option<Family>) -> Option<&mut Tally> {
        let index = FAMILIES.iter().position(|one| *one == family)?;
        if self.0.len() >= MOST && !self.0.contains(operator.as_bytes()) {
            return None;
        }
        Some(&mut self.0.get_or_insert_with(operator.as_bytes(), Default::default)[index])
    }

    /// The destinations that say most. Both kinds are among them: what worked must not be crowded out by what failed.
    pub(super) fn into_controls(self) -> LogControls {
        let destinations: Vec<LogDestination> = self
            .0
            .iter()
            .flat_map(|(operator, tallies)| {
                FAMILIES.into_iter().zip(*tallies).filter(|(_, tally)| tally.unreached + tally.spoke > 0).map(
                    move |(family, Tally { unreached, spoke })| LogDestination {
                        operator: String::from_utf8_lossy(operator).into_owned(),
                        family,
                        unreached,
                        spoke,
                    },
                )
            })
            .collect();
        let destinations = most_first(destinations, |one| (one.unreached, one.spoke));
        let (failed, worked): (Vec<_>, Vec<_>) = destinations.into_iter().partition(|one| one.unreached > 0);
        let half = LogControls::LIMIT / 2;
        let destinations = failed.into_iter().take(half).chain(worked.into_iter().take(half)).collect();
        LogControls { destinations, first: None, last: None }
    }
}
