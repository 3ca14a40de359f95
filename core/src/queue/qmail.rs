//! qmail: `qmail-qread` (qmail-qread(8)). `26 Nov 2026 10:00:00 GMT  #1234567  333  <sender@example.org>`, then
//! `remote` or `local` and the recipient. Why a message waits stands in qmail-send's log, not here.

use super::group::{Destination, Groups, Message};
use super::time;
use crate::timestamp::Timestamp;

/// Whether a line begins a message of qmail's.
pub(super) fn is_entry(line: &str) -> bool {
    parts(line).is_some()
}

fn parts(line: &str) -> Option<(Timestamp, &str)> {
    let (date, rest) = line.split_once(" GMT")?;
    let id = rest.trim_start().strip_prefix('#')?.split_whitespace().next()?;
    Some((time::day_month_year(date)?, id))
}

pub(super) fn read(text: &str, groups: &mut Groups) {
    let mut open: Option<(Timestamp, &str, Vec<&str>)> = None;
    let mut close = |done: Option<(Timestamp, &str, Vec<&str>)>| {
        let Some((arrived, id, recipients)) = done else { return };
        let message = Message { id, count: 1, arrived: Some(arrived), expires: None, held: false };
        groups.add(&message, recipients.into_iter().map(|one| Destination::of(one, None)));
    };
    for line in text.lines() {
        if let Some((arrived, id)) = parts(line) {
            close(open.replace((arrived, id, Vec::new())));
        } else if let Some((_, _, recipients)) = &mut open {
            // `done` before it marks a recipient that is through.
            match line.trim().split_once(char::is_whitespace) {
                Some(("remote", address)) => recipients.push(address.trim()),
                Some(("local", address)) => {
                    recipients.push(address.split('@').next().unwrap_or_default().trim())
                }
                _ => {}
            }
        }
    }
    close(open);
}
