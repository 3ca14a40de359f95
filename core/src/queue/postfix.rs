//! Postfix: `postqueue -j`, one JSON object a message (postqueue(1), since Postfix 3.1).

use super::group::{Destination, Groups, Message};
use crate::timestamp::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    queue_name: Cow<'a, str>,
    #[serde(borrow)]
    queue_id: Cow<'a, str>,
    /// Seconds since the epoch.
    arrival_time: i64,
    #[serde(borrow, default)]
    recipients: Vec<Recipient<'a>>,
}

#[derive(Deserialize)]
struct Recipient<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow, default)]
    delay_reason: Option<Cow<'a, str>>,
}

/// Whether a line is a message of `postqueue -j`.
pub(super) fn is_entry(line: &str) -> bool {
    line.trim_start().starts_with('{') && line.contains("\"queue_id\"")
}

pub(super) fn read(text: &str, groups: &mut Groups) {
    for line in text.lines().filter(|line| is_entry(line)) {
        let Ok(entry) = serde_json::from_str::<Entry<'_>>(line) else { continue };
        let message = Message {
            id: &entry.queue_id,
            count: 1,
            arrived: Some(Timestamp::from_unix(entry.arrival_time)),
            expires: None,
            held: entry.queue_name == "hold",
        };
        let recipients = entry.recipients.iter();
        groups
            .add(&message, recipients.map(|one| Destination::of(&one.address, one.delay_reason.as_deref())));
    }
}
