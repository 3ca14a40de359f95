//! The whole verdict in few sentences: whether the sender is served first, then what is known, then what is open.

use super::known::lower;
use crate::verdict::fault::{Fault, Party};
use crate::verdict::observe::{Observation, Scene};
use crate::verdict::types::{NamedFault, Standing, Status, Verdict};

/// The headline of a verdict.
pub(super) fn of(scene: &Scene<'_>, verdict: &Verdict) -> String {
    let domain = scene.case.domain;
    let rest = match verdict.status {
        Status::Undetermined => format!(
            "Undetermined: what could be observed does not tell whether it is you, {domain}, or the path between."
        ),
        Status::Healthy if scene.case.sender().is_some() => "Nothing is wrong now.".to_owned(),
        Status::Healthy => format!(
            "Nothing is wrong now at {domain} as seen from {}. Your own server was not looked at.",
            places(scene)
        ),
        Status::Named => named(domain, &verdict.faults),
        Status::Ambiguous => ambiguous(domain, verdict),
    };
    match served(scene) {
        Some(served) => format!("{served} {rest}"),
        None => rest,
    }
}

/// Whether the sender itself is served: the first thing that people want to know.
fn served(scene: &Scene<'_>) -> Option<String> {
    let domain = scene.case.domain;
    scene.case.sender()?;
    let mut mine = scene.of_mail().peekable();
    mine.peek()?;
    Some(if mine.any(Observation::served) {
        format!("Your server is served by {domain}.")
    } else {
        format!("Your server is not served by {domain}.")
    })
}

fn places(scene: &Scene<'_>) -> String {
    match scene.case.clear_regions().count() {
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

/// What is known first, then what is not yet told apart.
fn ambiguous(domain: &str, verdict: &Verdict) -> String {
    let mut words = String::new();
    for known in &verdict.known {
        words.push_str(&known.because);
        words.push_str(". ");
    }
    let mut titles: Vec<String> = Vec::new();
    for named in verdict.faults.iter().filter(|named| named.standing == Standing::Possible) {
        let title = lower(named.fault.title());
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    match titles.as_slice() {
        [one] => words.push_str(&format!("Possible for {domain}, and not certain: {one}.")),
        _ => words.push_str(&format!("Not yet told apart for {domain}: {}.", titles.join(", or "))),
    }
    words
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
    let mut words = lower(&named.title());
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
