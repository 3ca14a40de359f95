//! What holds whatever remains open, in sentences.

use crate::address::Family;
use crate::sorted::Set;
use crate::verdict::fault::Party;
use crate::verdict::observe::text::Beyond;
use crate::verdict::observe::{Observation, OutcomeClass, Scene, text};
use crate::verdict::types::{NamedFault, Standing};

/// A party that is at fault for certain, whichever fault it is.
pub(in crate::verdict) fn established<'a>(
    party: Party,
    faults: impl Iterator<Item = &'a NamedFault>,
) -> String {
    let mut titles: Vec<String> = Vec::new();
    let faults: Vec<&NamedFault> = faults.filter(|named| named.party == party).collect();
    // Where none of its faults is certain, the party is: it is one of them.
    let certain = faults.iter().any(|named| named.standing == Standing::Established);
    for named in faults.iter().filter(|named| !certain || named.standing == Standing::Established) {
        let title = lower(named.fault.title());
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let whose = match party {
        Party::You => "It is on your side",
        Party::Them => "It is on their side",
        Party::Between => "It is between you",
        Party::Nobody => "Nobody need act",
    };
    format!("{whose}: {}", titles.join(", or "))
}

/// Why the recipient's host and DNS are cleared: every address that was tried served somebody. A filter that keeps the sender
/// alone out may still be theirs: `filtered` says whether one is possible.
pub(in crate::verdict) fn them_cleared(scene: &Scene<'_>, filtered: bool) -> Option<String> {
    // The sender's mail may not come to what served: its own resolver may be the one that is right.
    if scene.case.met_where_own_resolver_leads().any(|attempt| !attempt.went_well()) {
        return None;
    }
    // What takes a message and does not answer is seen by no check.
    if text::of_this_domain(&scene.case, text::is_stalled_message)
        || text::beyond_a_check(&scene.case) == Some(Beyond::Deferral)
    {
        return None;
    }
    let served = || scene.counting().filter(|one| one.served());
    let reached: Set<_> = served().filter_map(|one| one.place()).collect();
    let tried: Set<_> = scene.counting().filter_map(|one| one.place()).collect();
    // Behind one address stands more than one machine, as it may be: who served one need not have met another.
    let by_a_machine = |one: &Observation<'_>| {
        use OutcomeClass::*;
        let own_side = one.of_sender() && one.origin.is_own_side();
        matches!(one.class, Refused | NotYetGreeted | NeverGreeted | Busy | Refusing | EhloRefused)
            && !own_side
    };
    // An address that fails for other places too, or at times, is not up for everybody by its own doing alone.
    let fails_elsewhere = |one: &Observation<'_>| {
        one.class == OutcomeClass::Mixed || !one.of_sender() && one.asks() && !one.served()
    };
    if reached.is_empty()
        || reached != tried
        || scene.counting().any(|one| by_a_machine(one) || fails_elsewhere(one))
    {
        return None;
    }
    let by: Set<&str> =
        served().map(|one| if one.of_sender() { "your server" } else { one.by.vantage.as_str() }).collect();
    let by: Vec<&str> = by.into_iter().collect();
    let by = by.join(", ");
    Some(match filtered {
        true => format!("Their mail server is up: it served {by}"),
        false => format!("Not their mail server: it served {by}"),
    })
}

/// Why the sender's own side is cleared: its controls answer, and nothing that it met is of its own making.
pub(in crate::verdict) fn you_cleared(scene: &Scene<'_>) -> Option<String> {
    let sender = scene.case.sender()?;
    // Its relay is its own, and was not asked.
    if text::beyond_a_check(&scene.case) == Some(Beyond::Relay) {
        return None;
    }
    let lost = !scene.targets.is_empty() && !scene.case.own_resolver_finds_mail();
    if scene.served_beside_the_mail() || lost {
        // Its own resolver may be what holds the mail up.
        return None;
    }
    // Who is turned away for its own address or name has something of its own to mend, as a rule.
    if scene.of_sender().any(|one| one.asks() && one.of_client) {
        return None;
    }
    // Connections that come about at times alone may be lost on its own side, where no other place loses any.
    if scene.comes_and_goes_for_the_sender_alone() {
        return None;
    }
    // Who misses hosts that other places reach may lose others, too, on its own side.
    if scene.misses_controls() {
        return None;
    }
    let served = scene.mail_is_served();
    // What stands in its provider's network is met by every vantage there: controls that are let through clear nothing.
    let mut others = scene.case.clear_regions().peekable();
    let looked = others.peek().is_some();
    if !served && looked && !others.any(|one| sender.network.is_empty() || one.network != sender.network) {
        return None;
    }
    let mut reached = Set::new();
    for family in Family::ALL {
        let controls = scene.controls(sender, family);
        reached.extend(controls.reached.iter().copied());
        // Who misses most of the hosts that it asks has something on its own side, be it chance.
        if !served && !controls.no_family() && controls.failed.len() > controls.reached.len() {
            return None;
        }
    }
    match (served, reached.len()) {
        (true, _) => Some("Not your side: the mail server served your server".to_owned()),
        (false, 0 | 1) => None,
        (false, count) => {
            Some(format!("Not your side: your server reached {count} other operators on port 25"))
        }
    }
}

/// A title inside a sentence: "IPv6 is …" keeps its capital.
pub(in crate::verdict) fn lower(title: &str) -> String {
    if title.starts_with("IPv") {
        return title.to_owned();
    }
    let mut words = title[..1].to_ascii_lowercase();
    words.push_str(&title[1..]);
    words
}
