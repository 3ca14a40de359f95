//! What holds whatever remains open, in sentences.

use crate::address::Family;
use crate::verdict::fault::Party;
use crate::verdict::observe::Scene;
use crate::verdict::types::NamedFault;
use std::collections::BTreeSet;

/// A party that is at fault for certain, whichever fault it is.
pub(in crate::verdict) fn established<'a>(
    party: Party,
    faults: impl Iterator<Item = &'a NamedFault>,
) -> String {
    let mut titles: Vec<String> = Vec::new();
    for named in faults.filter(|named| named.party == party) {
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

/// Why the recipient's host and DNS are cleared: every address that was tried served somebody.
pub(in crate::verdict) fn them_cleared(scene: &Scene<'_>) -> Option<String> {
    let served = || scene.counting().filter(|one| one.served());
    let reached: BTreeSet<_> = served().filter_map(|one| one.place()).collect();
    let tried: BTreeSet<_> = scene.counting().filter_map(|one| one.place()).collect();
    if reached.is_empty() || reached != tried {
        return None;
    }
    let by: BTreeSet<&str> =
        served().map(|one| if one.of_sender() { "your server" } else { one.by.vantage.as_str() }).collect();
    let by: Vec<&str> = by.into_iter().collect();
    Some(format!("Not their mail server: it served {}", by.join(", ")))
}

/// Why the sender's own side is cleared: its controls answer, and nothing that it met is of its own making.
pub(in crate::verdict) fn you_cleared(scene: &Scene<'_>) -> Option<String> {
    let sender = scene.case.sender()?;
    if scene.served_beside_the_mail() {
        // Its own resolver may be what holds the mail up.
        return None;
    }
    let served = scene.of_mail().any(|one| one.served());
    let mut reached = BTreeSet::new();
    for family in Family::ALL {
        reached.extend(scene.controls(sender, family).reached.iter().copied());
    }
    match (served, reached.len()) {
        (true, _) => Some("Not your side: the mail server served your server".to_owned()),
        (false, 0) => None,
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
