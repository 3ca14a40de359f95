//! The whole verdict in one sentence.

use super::fault::{Fault, Party};
use super::judge::Case;
use super::{NamedFault, Status};

/// The headline of a verdict.
pub(super) fn of(case: &Case<'_>, status: Status, faults: &[NamedFault]) -> String {
    let domain = case.domain;
    match status {
        Status::Undetermined => format!(
            "Undetermined: what could be observed does not tell whether it is you, {domain}, or the road between."
        ),
        Status::Healthy if case.sender().is_some() => {
            format!(
                "Nothing is wrong now: this server and every other place that sees port 25 reach {domain}."
            )
        }
        Status::Healthy => format!(
            "Nothing is wrong now at {domain} as seen from {}. Your own server was not looked at.",
            places(case)
        ),
        Status::Named => named(domain, faults),
        Status::Ambiguous => ambiguous(domain, faults),
    }
}

fn places(case: &Case<'_>) -> String {
    match case.clear_regions().count() {
        1 => "one place".to_owned(),
        n => format!("{n} places"),
    }
}

fn named(domain: &str, faults: &[NamedFault]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for named in faults {
        // The same fault in both families is one sentence.
        let twin = faults.iter().any(|other| {
            other.fault == named.fault && other.exchange == named.exchange && other.family != named.family
        });
        let place = if twin { place(&NamedFault { family: None, ..named.clone() }) } else { place(named) };
        let part = format!("{}: {place}", whose(named.party));
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    format!("Mail to {domain}: {}.", parts.join("; "))
}

fn ambiguous(domain: &str, faults: &[NamedFault]) -> String {
    let mut titles: Vec<&str> = Vec::new();
    for named in faults {
        if !titles.contains(&named.fault.title()) {
            titles.push(named.fault.title());
        }
    }
    format!("Not yet told apart for {domain}: {}.", titles.join(", or "))
}

fn whose(party: Party) -> &'static str {
    match party {
        Party::You => "it is on your side",
        Party::Them => "it is on their side",
        Party::Between => "it is between you",
        Party::Nobody => "nobody need act",
    }
}

fn place(named: &NamedFault) -> String {
    let title = named.title();
    let mut words = title[..1].to_ascii_lowercase();
    words.push_str(&title[1..]);
    // "IPv6 is …" keeps its capital.
    if title.starts_with("IPv6") {
        title.as_ref().clone_into(&mut words);
    }
    let says_family = matches!(named.fault, Fault::SenderIpv6Broken | Fault::RecipientIpv6Broken)
        || named.title() != named.fault.title();
    if let Some(family) = named.family.filter(|_| !says_family) {
        words.push_str(&format!(" ({})", family.label()));
    }
    if let Some(exchange) = &named.exchange {
        words.push_str(&format!(" ({exchange})"));
    }
    words
}
