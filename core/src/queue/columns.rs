//! The listing in columns that Sendmail began and Postfix keeps: `mailq`, `postqueue -p`, `sendmail -bp`.
//!
//! A message's line begins at the margin: identifier and mark, size, date, sender. Below it stand a reason in brackets and
//! the recipients that it is about.

use super::group::{Destination, Groups, Message};
use super::{Setting, time};
use crate::timestamp::Timestamp;

/// A message that is being read.
struct Open<'a> {
    id: &'a str,
    arrived: Option<Timestamp>,
    held: bool,
    reason: Option<&'a str>,
    recipients: Vec<(&'a str, Option<&'a str>)>,
}

impl Open<'_> {
    fn close(self, groups: &mut Groups) {
        let Self { id, arrived, held, recipients, .. } = self;
        let message = Message { id, count: 1, arrived, expires: None, held };
        groups
            .add(&message, recipients.into_iter().map(|(address, reason)| Destination::of(address, reason)));
    }
}

pub(super) fn read(text: &str, setting: &Setting, groups: &mut Groups) {
    let mut open: Option<Open<'_>> = None;
    for line in text.lines() {
        if let Some(next) = begins(line, setting) {
            if let Some(done) = open.replace(next) {
                done.close(groups);
            }
            continue;
        }
        let Some(message) = &mut open else { continue };
        let words = line.trim();
        if let Some(reason) = reason(words) {
            message.reason = Some(reason);
        } else if line.starts_with([' ', '\t']) && is_recipient(words) {
            message.recipients.push((words, message.reason));
        }
    }
    if let Some(done) = open {
        done.close(groups);
    }
}

/// The message that begins on `line`.
fn begins<'a>(line: &'a str, setting: &Setting) -> Option<Open<'a>> {
    if !line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let mut words = line.split_whitespace();
    let (id, size) = (words.next()?, words.next()?);
    let name = id.trim_end_matches(['*', '!', '#', '-', 'X']);
    // Sendmail says so while a message comes in, and writes no more of it.
    if size == "(job" || size == "(no" {
        return Some(Open { id: name, arrived: None, held: false, reason: None, recipients: Vec::new() });
    }
    size.parse::<u64>().ok()?;
    let _weekday = words.next()?;
    let (month, day, clock) = (words.next()?, words.next()?, words.next()?);
    let arrived = time::without_year(month, day, clock, setting)?;
    let held = id.ends_with('!');
    Some(Open { id: name, arrived: Some(arrived), held, reason: None, recipients: Vec::new() })
}

/// The reason in brackets; Sendmail may write the body's type before it.
fn reason(words: &str) -> Option<&str> {
    let words = words.strip_prefix("8BITMIME").or(words.strip_prefix("7BIT")).unwrap_or(words).trim_start();
    let inner = words.strip_prefix('(')?;
    Some(inner.strip_suffix(')').unwrap_or(inner))
}

/// Whether the words of a line below a message are an address, and not a summary.
fn is_recipient(words: &str) -> bool {
    let spaced = words.contains(' ') && !words.contains('"');
    !words.is_empty() && !spaced && !words.starts_with("--") && !matches!(words, "8BITMIME" | "7BIT")
}
