//! The whole verdict in few sentences: whether the sender is served first, then what is known, then what is open.

use super::known::lower;
use crate::evidence::Attempt;
use crate::verdict::fault::{Fault, Party};
use crate::verdict::observe::text::{self, Beyond, spoke_in_log_of_now, tells_of_rejection};
use crate::verdict::observe::{Observation, OutcomeClass, Scene};
use crate::verdict::types::{NamedFault, Served, Standing, Status, Verdict, is_absence};

/// The headline of a verdict.
pub(super) fn headline(scene: &Scene<'_>, served: Served, verdict: &Verdict) -> String {
    let domain = scene.case.domain;
    let rest = match verdict.status {
        Status::Undetermined => format!(
            "Undetermined: what could be observed does not tell whether it is you, {domain}, or the path between."
        ),
        Status::Healthy if scene.case.sender().is_some() && tells_of_rejection(scene.case.symptoms) => {
            "The connection works; the text tells of a refusal in words, which a check does not repeat."
                .to_owned()
        }
        Status::Healthy if scene.case.sender().is_some() => "Nothing is wrong now.".to_owned(),
        Status::Healthy => format!(
            "Nothing is wrong now at {domain} as seen from {}. Your own server was not looked at.",
            places(scene)
        ),
        Status::Named => named(domain, &verdict.faults),
        Status::Ambiguous => match beyond(scene, verdict) {
            Some(words) => words.to_owned(),
            None => ambiguous(domain, verdict),
        },
    };
    match of_the_sender(scene, served, verdict) {
        Some(first) => format!("{first} {rest}"),
        None => rest,
    }
}

/// What there is to say where all that is open is what the text tells of and no check asks.
fn beyond(scene: &Scene<'_>, verdict: &Verdict) -> Option<&'static str> {
    if verdict.faults.iter().any(|named| named.fault != Fault::NothingWrongNow) {
        return None;
    }
    Some(match text::beyond_a_check(&scene.case)? {
        Beyond::Relay => "The text tells of the relay that mail is handed to, which this check did not ask.",
        Beyond::Deferral => {
            "The connection works; the text tells of what their server answered to a message, which a check does not send."
        }
    })
}

/// Whether the sender itself is served: the first thing that people want to know.
fn of_the_sender(scene: &Scene<'_>, served: Served, verdict: &Verdict) -> Option<String> {
    let domain = scene.case.domain;
    scene.case.sender()?;
    let mine: Vec<&Observation<'_>> = scene.of_mail().collect();
    if mine.is_empty() && scene.case.met_where_own_resolver_leads().next().is_none() {
        return None;
    }
    let any = |wanted: fn(&Observation<'_>) -> bool| mine.iter().any(|one| wanted(one));
    Some(if scene.mail_is_served() {
        match scene.case.own_resolver_finds_mail() {
            true if served == Served::True => format!("Your server is served by {domain}."),
            true => format!("Your server is answered by {domain}, or by something in its place."),
            false => format!("{domain} answers your server, but its own resolver does not find {domain}."),
        }
    } else if any(|one| one.prober_lacks()) {
        format!("Your server is greeted by {domain}, whose TLS asks for what noanswer does not have.")
    } else if any(|one| one.attempt.is_some_and(Attempt::went_well) && one.class != OutcomeClass::Mixed) {
        format!("Your server is answered by {domain}, or by something in its place.")
    } else if any(|one| one.class == OutcomeClass::Mixed) {
        format!("Your server is served by {domain} at one time and not at another.")
    } else if any(|one| one.class == OutcomeClass::NotYetGreeted) && !verdict.is_intercepted() {
        format!(
            "Your server waits for the greeting of {domain}: none came in this check, and mail servers wait five minutes for it."
        )
    } else if served == Served::Unknown && any(|one| one.attempt.is_some_and(Attempt::may_yet_answer)) {
        format!(
            "Your server is greeted by {domain}, and waits for the answer to its name (EHLO): none came in this check, and mail servers wait five minutes for it."
        )
    } else if served == Served::Unknown && !spoke_in_log_of_now(&scene.case).is_empty() {
        "This check does not come through, and the mail server's own log of the same hour tells of others that spoke to it."
            .to_owned()
    } else if served == Served::Unknown {
        format!(
            "Your server is not served by {domain} where it was tried; its own resolver names other addresses, which were not."
        )
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
        let part = match named.fault {
            // Whose load or loss it is, connections that disagree do not tell.
            Fault::Intermittent => place,
            // That is how the server is set up, and no fault of anybody's.
            _ if is_absence(named.fault, &named.modes) => place,
            _ => format!("{}: {place}", whose(named.party)),
        };
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
    // How the server is set up, which is no fault of anybody's.
    let absent = |named: &&NamedFault| {
        named.standing == Standing::Established && is_absence(named.fault, &named.modes)
    };
    if let Some(absent) = verdict.faults.iter().find(absent)
        && verdict.known.iter().all(|known| known.party != Party::You)
    {
        words.push_str(&format!("{}. ", absent.title()));
    }
    let mut titles: Vec<String> = Vec::new();
    for named in verdict.faults.iter().filter(|named| named.standing == Standing::Possible) {
        let title = lower(&named.title());
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
