//! Exchange: `Get-Queue` and `Get-Message`, as table, list, CSV or JSON (Microsoft's documentation, "Queue properties in
//! Exchange Server" and "Properties of messages in queues").

use super::group::{Destination, Groups, Message, Waits, domain_of};
use super::record::{self, Record};
use super::{Setting, time};
use crate::dns::DomainName;
use crate::symptom::Log;

/// Whether a queue holds copies that wait for nothing but another server's failure.
fn is_shadow(record: &Record<'_>) -> bool {
    field(record, "DeliveryType").starts_with("ShadowRed") || field(record, "Identity").contains("\\Shadow\\")
}

pub(super) fn read(text: &str, setting: &Setting, groups: &mut Groups) {
    record::read(text, |record| {
        if record.contains_key("NextHopDomain") || record.contains_key("MessageCount") {
            queue(record, groups);
        } else {
            message(record, setting, groups);
        }
    });
}

/// Whether `text` is Exchange's message tracking log: what it defers and does not send later waits still.
pub(super) fn is_tracking(text: &str) -> bool {
    text[..text.floor_char_boundary(4_096)].contains("Log-type: Message Tracking Log")
}

/// What waits at the end of a message tracking log.
pub(super) fn of_tracking(text: &str, setting: &Setting, groups: &mut Groups) {
    let mut log = Log::as_of(setting.now);
    log.push(text.as_bytes());
    for row in log.finish().table.into_iter().filter(|row| row.waiting() > 0) {
        let Some(name) = row.destination.clone() else { continue };
        let message =
            Message { id: "", count: row.waiting(), arrived: row.first, expires: row.until, held: false };
        groups.add_read(&message, Destination { name, waits: Waits::Domain, reason: None }, row.symptom);
    }
}

fn field<'r>(record: &'r Record<'_>, name: &str) -> &'r str {
    record.get(name).map_or("", |value| value.trim())
}

/// A queue: everything in it waits for one next hop.
fn queue(record: &Record<'_>, groups: &mut Groups) {
    let Ok(count) = field(record, "MessageCount").parse::<u64>() else { return };
    if count == 0 || is_shadow(record) {
        return;
    }
    // `ConvertTo-Json` writes some as numbers: then the name says what it is.
    let delivery = field(record, "DeliveryType").trim_start_matches(|c: char| c.is_ascii_digit());
    let next_hop = field(record, "NextHopDomain").trim_matches(['[', ']']).to_lowercase();
    let name = if next_hop.is_empty() { field(record, "Identity").to_owned() } else { next_hop };
    let waits = if delivery.starts_with("DnsConn") && DomainName::from_dns(&name).is_ok() {
        Waits::Domain
    } else if delivery.starts_with("SmartHost") {
        Waits::Relay
    } else if delivery.is_empty() && name.contains('.') && DomainName::from_dns(&name).is_ok() {
        Waits::Domain
    } else {
        Waits::Local
    };
    let message = Message {
        id: field(record, "Identity"),
        count,
        arrived: None,
        expires: None,
        held: field(record, "Status") == "Suspended",
    };
    let error = field(record, "LastError");
    let reason = (!error.is_empty()).then_some(error);
    groups.add(&message, [Destination { name, waits, reason }]);
}

/// A message, whose recipients are listed where they were asked for (`-IncludeRecipientInfo`).
fn message(record: &Record<'_>, setting: &Setting, groups: &mut Groups) {
    let identity = field(record, "Identity");
    let queue = field(record, "Queue");
    if identity.is_empty() && queue.is_empty() || identity.contains("\\Shadow\\") {
        return;
    }
    let entry = Message {
        id: identity,
        count: 1,
        arrived: time::of_powershell(field(record, "DateReceived"), setting),
        expires: time::of_powershell(field(record, "ExpirationTime"), setting),
        held: field(record, "Status") == "Suspended",
    };
    let error = field(record, "LastError");
    let reason = (!error.is_empty()).then_some(error);
    let mut domains: Vec<String> = recipients(field(record, "Recipients"));
    if domains.is_empty() {
        domains.extend(next_hop(error));
    }
    if domains.is_empty() {
        let name = if queue.is_empty() { identity } else { queue };
        groups.add(&entry, [Destination { name: name.to_owned(), waits: Waits::Local, reason }]);
        return;
    }
    groups.add(&entry, domains.into_iter().map(|name| Destination { name, waits: Waits::Domain, reason }));
}

/// The domains of `{a@example.org;2;2;[…];0;…, b@example.net;…}`, each once.
fn recipients(text: &str) -> Vec<String> {
    let words = text.split([';', ',', '{', '}', ' ', '<', '>']);
    let mut domains: Vec<String> = words
        .filter(|word| word.contains('@'))
        .filter_map(domain_of)
        .filter(|one| one.contains('.'))
        .collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// The next hop that an error names: `{FQDN=example.org}`.
fn next_hop(error: &str) -> Option<String> {
    let (_, rest) = error.split_once("FQDN=")?;
    let name = rest.split(['}', ';']).next()?.trim().to_lowercase();
    DomainName::from_dns(&name).is_ok().then_some(name)
}
