//! Exim: `exim -bp`, `exim -bpr` (the Exim specification, 5.2 "Command line options").
//!
//! ` 25m  2.9K 1tFabc-0004gI-6W <sender@example.org>`, then one recipient a line; `D` marks those that are done. Why a
//! message waits stands in its own log (`exim -Mvl`), not here.

use super::group::{Destination, Groups, Message};
use super::{Setting, time};
use crate::timestamp::Timestamp;

struct Open<'a> {
    id: &'a str,
    arrived: Timestamp,
    frozen: bool,
    recipients: Vec<&'a str>,
}

impl Open<'_> {
    fn close(self, groups: &mut Groups) {
        let message =
            Message { id: self.id, count: 1, arrived: Some(self.arrived), expires: None, held: self.frozen };
        groups.add(&message, self.recipients.into_iter().map(|one| Destination::of(one, None)));
    }
}

/// Whether a line begins a message of Exim's.
pub(super) fn is_entry(line: &str) -> bool {
    parts(line).is_some()
}

/// Age, identifier and the rest.
fn parts(line: &str) -> Option<(std::time::Duration, &str, &str)> {
    let mut words = line.split_whitespace();
    let (age, size, id) = (time::age(words.next()?)?, words.next()?, words.next()?);
    let sized = size.trim_end_matches(['K', 'M', 'G']).parse::<f64>().is_ok();
    let rest = line.split_once(id)?.1.trim_start();
    (sized && is_id(id) && rest.starts_with('<')).then_some((age, id, rest))
}

/// `1tFabc-0004gI-6W`; since 4.97 `1tFabc-00000004gI0-6W1a`.
fn is_id(word: &str) -> bool {
    let lengths: Vec<usize> = word
        .split('-')
        .map(|part| if part.bytes().all(|byte| byte.is_ascii_alphanumeric()) { part.len() } else { 0 })
        .collect();
    matches!(lengths[..], [6, 6, 2] | [6, 11, 4])
}

pub(super) fn read(text: &str, setting: &Setting, groups: &mut Groups) {
    let mut open: Option<Open<'_>> = None;
    for line in text.lines() {
        if let Some((age, id, rest)) = parts(line) {
            let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
            let arrived = Timestamp::from_unix(setting.now.unix().saturating_sub(age));
            let next = Open { id, arrived, frozen: rest.contains("*** frozen ***"), recipients: Vec::new() };
            if let Some(done) = open.replace(next) {
                done.close(groups);
            }
        } else if let Some(message) = &mut open {
            let words = line.trim();
            // Below the margin an address; one that is done, or was made out of another, has a mark before it.
            if line.starts_with("  ")
                && !words.is_empty()
                && !words.starts_with("D ")
                && !words.starts_with("+D ")
            {
                message.recipients.push(words);
            }
        }
    }
    if let Some(done) = open {
        done.close(groups);
    }
}
