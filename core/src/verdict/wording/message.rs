//! Letters ready to send: what was seen, by whom, and when. No letter where mail passes.

use crate::address::{AddressPolicy, Reachability};
use crate::evidence::Evidence;
use crate::verdict::fault::{Fault, Party};
use crate::verdict::observe::{Observation, Scene};
use crate::verdict::types::{Message, NamedFault, Standing, Status, Verdict};
use std::fmt::Write as _;
use std::net::IpAddr;

/// The letters for a verdict: to the sender's provider, to the recipient's postmaster, where they must act.
pub(super) fn letters(scene: &Scene<'_>, verdict: &Verdict) -> Vec<Message> {
    if verdict.status != Status::Named || mail_passes(scene) {
        return Vec::new();
    }
    let about = |wanted: &dyn Fn(&NamedFault) -> bool| -> Vec<&NamedFault> {
        let established = verdict.faults.iter().filter(|one| one.standing == Standing::Established);
        established.filter(|one| !one.fault.mail_passes() && wanted(one)).collect()
    };
    let provider = about(&|one| {
        matches!(
            one.fault,
            Fault::OutboundPort25Blocked | Fault::OutboundPort25Intercepted | Fault::SenderPathMtu
        ) && one.modes.iter().all(|mode| mode.id != "sender.host_rule")
    });
    let postmaster = about(&|one| {
        one.party == Party::Them && !matches!(one.fault, Fault::NoSuchDomain | Fault::NullMx)
            || matches!(one.fault, Fault::SenderFiltered | Fault::RegionalOutage)
    });
    let mut messages = Vec::new();
    if !provider.is_empty() {
        messages.push(to_provider(scene, &provider));
    }
    if !postmaster.is_empty() {
        messages.push(to_postmaster(scene, &postmaster));
    }
    messages
}

/// Whether the sender itself is served by some address of the domain.
fn mail_passes(scene: &Scene<'_>) -> bool {
    scene.of_sender().any(Observation::served)
}

fn to_provider(scene: &Scene<'_>, faults: &[&NamedFault]) -> Message {
    let mut body = String::from("Hello,\n\nthis was observed at my server:\n");
    list(&mut body, faults);
    when(scene, &mut body);
    own_words(scene, &mut body);
    addresses(scene, &mut body);
    let wish = if faults.iter().any(|one| one.fault == Fault::SenderPathMtu) {
        "Please look why large packets are lost, and whether ICMP \"fragmentation needed\" is filtered."
    } else {
        "Please tell me whether outbound TCP port 25 is filtered or redirected for my server, and how that is lifted."
    };
    let _ = writeln!(body, "\n{wish}");
    let blocked = faults.iter().any(|one| one.fault == Fault::OutboundPort25Blocked);
    let cloud = scene.case.sender().filter(|_| blocked).and_then(Evidence::cloud);
    if let Some((cloud, _)) = cloud {
        let _ = writeln!(body, "\nAs far as I know, {} (as of {}).", cloud.policy, cloud.as_of);
        if let Some(particulars) = cloud.particulars(public_addresses(scene).next()) {
            let _ = write!(body, "\n{particulars}");
        }
    }
    body.push_str("\nThank you\n");
    Message { to: "provider".to_owned(), subject: "Outbound TCP port 25 from my server".to_owned(), body }
}

fn to_postmaster(scene: &Scene<'_>, faults: &[&NamedFault]) -> Message {
    let domain = scene.case.domain;
    let mut body = format!("Hello,\n\nthis was observed of the mail servers of {domain}:\n");
    list(&mut body, faults);
    when(scene, &mut body);
    let places: Vec<&str> = scene
        .case
        .clear_regions()
        .map(|one| if one.place.is_empty() { one.vantage.as_str() } else { one.place.as_str() })
        .collect();
    if !places.is_empty() {
        let _ = writeln!(body, "\nLooked at from: {}", places.join(", "));
    }
    their_words(scene, &mut body);
    own_words(scene, &mut body);
    let any = |fault: Fault| faults.iter().any(|one| one.fault == fault);
    // Who was turned away by name or address is found in their log by it.
    if any(Fault::SenderFiltered) || any(Fault::Refusing) || any(Fault::TooBusy) {
        addresses(scene, &mut body);
    }
    if any(Fault::SenderFiltered) {
        body.push_str("\nIs my server filtered at your side?\n");
    }
    body.push_str("\nNo message was sent for this: the greeting was read, then only EHLO (or HELO), STARTTLS and QUIT were said.\n\nThank you\n");
    Message { to: "postmaster".to_owned(), subject: format!("Mail to {domain}"), body }
}

/// When it was seen.
fn when(scene: &Scene<'_>, body: &mut String) {
    if let Some(at) = scene.case.as_of {
        let _ = writeln!(body, "\nObserved at {at} (UTC).");
    }
}

/// What their servers said to the sender's server, where one turned it away in words.
fn their_words(scene: &Scene<'_>, body: &mut String) {
    let mut said: Vec<String> = Vec::new();
    for attempt in scene.of_sender().filter(|one| !one.served()).filter_map(|one| one.attempt) {
        if let Some(words) = attempt.refusal() {
            let line = format!("{} ({}) said: {words}", attempt.exchange, attempt.address);
            if !said.contains(&line) {
                said.push(line);
            }
        }
    }
    for line in said.iter().take(3) {
        let _ = writeln!(body, "\n{line}");
    }
}

/// What the sender's own mail software wrote, where the user gave it.
fn own_words(scene: &Scene<'_>, body: &mut String) {
    for symptom in scene.case.symptoms.iter().take(3) {
        let code = symptom.reply_code.map_or(String::new(), |code| format!(" {code}"));
        let status = symptom.enhanced_status.map_or(String::new(), |status| format!(" {status}"));
        let host = symptom.remote_host.as_ref().map_or(String::new(), |host| format!(" from {host}"));
        let at = symptom.at.map_or(String::new(), |at| format!(", {at} (UTC)"));
        let cause = crate::verdict::observe::text::spoken(symptom.cause);
        let _ = writeln!(body, "\nRead from what my mail software wrote:{code}{status} {cause}{host}{at}");
    }
}

/// The sender's public addresses, where they are known: a private one tells nobody anything.
fn public_addresses(scene: &Scene<'_>) -> impl Iterator<Item = IpAddr> {
    let host = scene.case.sender().and_then(|sender| sender.host.as_ref());
    let public = |address: &IpAddr| matches!(AddressPolicy::default().judge(*address), Reachability::Public);
    host.into_iter().flat_map(|host| host.source_addresses.iter().copied()).filter(public)
}

fn addresses(scene: &Scene<'_>, body: &mut String) {
    let addresses: Vec<String> = public_addresses(scene).map(|address| address.to_string()).collect();
    if !addresses.is_empty() {
        let _ = writeln!(body, "\nMy server's addresses: {}", addresses.join(", "));
    }
}

fn list(body: &mut String, faults: &[&NamedFault]) {
    for named in faults {
        let _ = writeln!(body, "- {}", named.title());
        for reason in &named.because {
            let _ = writeln!(body, "  - {reason}");
        }
    }
}
