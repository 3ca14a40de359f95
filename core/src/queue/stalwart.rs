//! Stalwart: its API (`/api/queue/messages?values=1`), and the table of `stalwart-cli queue list`
//! (crates/cli/src/modules/queue.rs of 0.12), which tells no reasons. Both ended with 0.15: from 0.16 on the queue is
//! managed over JMAP.

use super::group::{Destination, Groups, Message, domain_of};
use crate::timestamp::Timestamp;
use serde_json::Value;

/// Whether `text` is a list of Stalwart's messages.
pub(super) fn is_listing(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(4_096)];
    let json = head.trim_start().starts_with(['{', '[']) && head.contains("\"return_path\"");
    json || head.lines().any(|line| line.starts_with('|') && line.contains("| Delivery Due"))
}

pub(super) fn read(text: &str, groups: &mut Groups) {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let items = [&value["data"]["items"], &value["items"], &value["data"], &value];
            let items = items.into_iter().find_map(Value::as_array);
            match items {
                Some(items) => items.iter().for_each(|one| message(one, groups)),
                None => message(if value["data"].is_object() { &value["data"] } else { &value }, groups),
            }
        }
        Err(_) => table(text, groups),
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    Timestamp::parse(value.as_str()?)
}

/// What a status says: `"scheduled"`, or `{"temp_fail": "…"}`; `None` for one that waits no more.
fn waiting(status: &Value) -> Option<Option<&str>> {
    match status {
        Value::Object(one) => one.get("temp_fail").map(|reason| reason.as_str()),
        _ => Some(None),
    }
}

fn message(value: &Value, groups: &mut Groups) {
    let id = value["id"].as_u64().map_or(String::new(), |id| format!("{id:X}"));
    let mut expires = Vec::new();
    let mut to: Vec<Destination<'_>> = Vec::new();
    // Until 0.12 recipients stood below their domain, with its status.
    let none = Vec::new();
    let domains = value["domains"].as_array().unwrap_or(&none).iter().map(|domain| {
        let name = domain["name"].as_str().map(|name| format!("@{name}"));
        (name, &domain["status"], &domain["expires"])
    });
    let recipients = value["recipients"]
        .as_array()
        .unwrap_or(&none)
        .iter()
        .map(|one| (one["address"].as_str().map(str::to_owned), &one["status"], &one["expires"]));
    for (address, status, ends) in domains.chain(recipients) {
        let (Some(address), Some(reason)) = (address, waiting(status)) else { continue };
        expires.extend(moment(ends));
        to.push(Destination::of(&address, reason));
    }
    if to.is_empty() {
        return;
    }
    let arrived = moment(&value["created"]);
    let entry = Message { id: &id, count: 1, arrived, expires: expires.into_iter().min(), held: false };
    groups.add(&entry, to);
}

/// `| 1F2 | Thu, 26 Nov 2026 18:00:00 +0000 | s@example.org | a@example.net (tempfail) | 293 B |`; further recipients stand
/// below, beside empty cells.
fn table(text: &str, groups: &mut Groups) {
    let mut open: Option<(&str, Vec<&str>)> = None;
    let mut close = |done: Option<(&str, Vec<&str>)>| {
        let Some((id, recipients)) = done else { return };
        let entry = Message { id, count: 1, arrived: None, expires: None, held: false };
        let waits = recipients.iter().filter_map(|one| one.split_once(" (")).filter(|(address, status)| {
            domain_of(address).is_some()
                && !status.starts_with("delivered")
                && !status.starts_with("permfail")
        });
        groups.add(&entry, waits.map(|(address, _)| Destination::of(address, None)));
    };
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, _, _, recipient, ..] = cells[..] else { continue };
        if id == "ID" {
            continue;
        }
        if id.is_empty() {
            open.iter_mut().for_each(|(_, recipients)| recipients.push(recipient));
        } else {
            close(open.replace((id, vec![recipient])));
        }
    }
    close(open);
}
