//! What must be said beside the faults.

use crate::address::Family;
use crate::evidence::{Attempt, EchoPath, Evidence, FirewallRule, Outcome, Role, Sight, Stops};
use crate::symptom::Cause;
use crate::verdict::case::Case;
use crate::verdict::model::ModeSpec;
use crate::verdict::observe::{Scene, loss};

/// How a note ends that says of a vantage why it does not count.
pub const COUNTS_FOR_NOTHING: &str = "it counts for nothing.";

/// Says which routers pass the packets to and fro.
pub(in crate::verdict) fn circles(scene: &Scene<'_>, note: &mut dyn FnMut(String)) {
    for (address, one, other) in scene.routes_in_a_circle() {
        note(format!(
            "Packets to {address} go in a circle: {one} and {other} pass them to each other until their time to live ends."
        ));
    }
}

/// Says of every vantage that does not count why it does not, and what else the vantages' own state makes doubtful.
pub(in crate::verdict) fn vantages(scene: &Scene<'_>, note: &mut dyn FnMut(String)) {
    for one in scene.case.evidence {
        if let Some(failure) = &one.failure {
            note(format!("{} could not be asked ({}): {COUNTS_FOR_NOTHING}", one.vantage, failure.words));
            continue;
        }
        if one.role == Role::Region {
            let deceived = Family::ALL.iter().any(|family| scene.controls(one, *family).deceived());
            match one.sight {
                Sight::Blind => {
                    note(format!("{} cannot see port 25 anywhere: {COUNTS_FOR_NOTHING}", one.vantage));
                }
                _ if deceived => note(format!(
                    "Something answers port 25 in the place of others at {}: {COUNTS_FOR_NOTHING}",
                    one.vantage
                )),
                Sight::Partial if one.sight_by_family.ipv6 != Sight::Clear => {
                    note(format!("Too few control hosts answered {}: {COUNTS_FOR_NOTHING}", one.vantage));
                }
                Sight::Partial | Sight::Clear | Sight::Deceived => {}
            }
        }
        closed_is_open(scene, one, note);
        if one.sight != Sight::Clear && !one.unresolved_controls.is_empty() {
            let hosts: Vec<&str> =
                one.unresolved_controls.iter().map(|control| control.host.as_str()).collect();
            note(format!(
                "{} could not look up {} of its control hosts, which were not tried: {}.",
                one.vantage,
                hosts.len(),
                hosts.join(", ")
            ));
        }
    }
    if let Some(sender) = scene.case.sender() {
        loss::note(sender).into_iter().for_each(&mut *note);
        controls(scene, sender, note);
        firewall(sender, note);
        echoes(sender, note);
    }
}

/// A port that is said to be closed and answers proves nothing where other hosts speak in voices of their own.
fn closed_is_open(scene: &Scene<'_>, one: &Evidence, note: &mut dyn FnMut(String)) {
    for family in Family::ALL {
        let results = scene.controls(one, family);
        if let Some(answered) = results.closed_answered
            && !results.deceived()
        {
            note(format!(
                "A port 25 that is said to be closed ({}) answers {}: by itself that proves nothing. Is the list of negative controls still true?",
                answered.address, one.vantage
            ));
        }
    }
}

/// What of the sender's controls is odd although it accuses nobody.
fn controls(scene: &Scene<'_>, sender: &Evidence, note: &mut dyn FnMut(String)) {
    for family in Family::ALL {
        let results = scene.controls(sender, family);
        let label = family.label();
        let missed: Vec<&str> = scene.missed(family).collect();
        let served = scene.of_sender().any(|one| one.family == family && one.served());
        if !missed.is_empty() && (served || !results.reached.is_empty()) {
            note(format!(
                "The sending server did not reach {} on port 25 in {label}, which other places reach: its own side may let some connections through and not others.",
                missed.join(", ")
            ));
        } else if results.reached.is_empty() && !results.failed.is_empty() && served {
            note(format!(
                "No control host answered the sending server in {label}, but it was served by the target: the controls may be down themselves."
            ));
        }
    }
}

/// What the sender's own firewall is set to do with port 25: a rule accuses nobody, and what it stops is not always what looked.
fn firewall(sender: &Evidence, note: &mut dyn FnMut(String)) {
    let Some(firewall) = sender.firewall() else { return };
    let stopped = |one: &Attempt| matches!(one.outcome, Outcome::PermissionDenied);
    let mut tries = sender.attempts.iter().chain(sender.controls.iter().map(|control| &control.attempt));
    let was_stopped = tries.any(stopped);
    let named =
        |rule: &FirewallRule| crate::scrub::visible(&crate::scrub::bounded(&rule.name, NAME)).into_owned();
    for rule in &firewall.rules {
        let name = named(rule);
        match rule.stops {
            Stops::Everyone if was_stopped => {
                note(format!(
                    "A rule of the sending server's firewall stops port 25 for every program: {name}."
                ));
            }
            Stops::Some if was_stopped => note(format!(
                "A rule of the sending server's firewall may be what stops port 25, for some addresses, users or networks: {name}."
            )),
            Stops::ThisProgram if was_stopped => note(format!(
                "A rule of the sending server's firewall names the program that looked, and stops it: {name}. The mail server may pass: let that program pass too, and check again."
            )),
            Stops::OtherProgram => {
                let program = rule.program.as_deref().unwrap_or_default();
                let program = crate::scrub::visible(&crate::scrub::bounded(program, NAME)).into_owned();
                note(format!(
                    "A rule of the sending server's firewall stops port 25 for {program}, and not for the program that looked: {name}. If that is the mail server, it meets something else than this check."
                ));
            }
            _ => {}
        }
    }
    if firewall.stops_by_default && was_stopped && firewall.rules.is_empty() {
        note("The sending server's firewall stops what no rule allows. A rule may allow the mail server and not the program that looked: allow that program too, and check again.".to_owned());
    }
}

/// How much of a name is repeated, in bytes.
const NAME: usize = 80;

/// How far ICMP echo requests came where a SYN met silence, beside those to a control host: words alone, for neither is a
/// SYN to port 25.
fn echoes(sender: &Evidence, note: &mut dyn FnMut(String)) {
    for family in Family::ALL {
        let silent =
            |one: &&Attempt| one.family() == family && one.outcome == Outcome::TimedOut && !one.connected();
        let Some((attempt, echo)) =
            sender.attempts.iter().filter(silent).find_map(|one| Some((one, one.echo.as_ref()?)))
        else {
            continue;
        };
        let control = sender.controls.iter().map(|one| &one.attempt);
        let control =
            control.filter(|one| one.family() == family).find_map(|one| Some((one, one.echo.as_ref()?)));
        let to = attempt.address;
        if let Some(hop) = echo.answered_hop {
            note(format!(
                "{to} answers ICMP echo requests, {hop} hops away: the way there is open for packets other than those to port 25."
            ));
            continue;
        }
        let Some((control, beside)) = control.filter(|(_, beside)| beside.shows()) else { continue };
        let far = |echo: &EchoPath| echo.passed.last().map_or(0, |hop| hop.hop);
        let there = beside.answered_hop.unwrap_or_else(|| far(beside));
        note(format!(
            "ICMP echo requests to {to} came to hop {}, those to the control host {} to hop {there}: many hosts answer none, which is no fault.",
            far(echo),
            control.exchange
        ));
    }
}

/// What a check does not say of TLS, where the text tells of TLS that failed and the sender is served: certificates are not
/// verified, as by most mail servers (RFC 7435), and a sender that insists on one that it can verify may fail all the same.
///
/// Returns what is wrong with a certificate that was seen.
pub(in crate::verdict) fn certificates(scene: &Scene<'_>, note: &mut dyn FnMut(String)) -> Vec<String> {
    let told = scene.case.symptoms.iter().any(|symptom| symptom.cause == Cause::TlsFailed);
    if !told || !scene.mail_is_served() {
        return Vec::new();
    }
    note("The text tells of TLS that failed. A check does not verify certificates, as most mail servers do not: a sender that insists on a certificate that it can verify may fail all the same.".to_owned());
    let Some(now) = scene.case.as_of else { return Vec::new() };
    let mut spoilt: Vec<String> = Vec::new();
    for attempt in scene.of_mail().filter_map(|one| one.attempt) {
        let Some(tls) = &attempt.tls else { continue };
        let host = &attempt.exchange;
        let ended = tls.not_after.filter(|ended| *ended < now);
        let begins = tls.not_before.filter(|begins| now < *begins);
        let words = match (ended, begins) {
            (Some(ended), _) => format!("The certificate of {host} ended on {ended}."),
            (None, Some(begins)) => format!("The certificate of {host} is valid from {begins} on, not yet."),
            (None, None) => continue,
        };
        if !spoilt.contains(&words) {
            spoilt.push(words);
        }
    }
    spoilt.iter().for_each(|words| note(words.clone()));
    spoilt
}

/// That the sender has no IPv6, where that changes nothing.
pub(in crate::verdict) const MOOT_IPV6: &str = "The sending server has no IPv6 address or route of its own. That is no fault: this domain has IPv4, and mail software goes there at once.";

/// That the sender was served, but not where its mail goes.
pub(in crate::verdict) const BESIDE_THE_MAIL: &str = "The sending server was served at an address that its own resolver does not name, and at none that it does. Its mail goes where that resolver says: it waits until the resolver's answer is renewed, or another resolver is asked.";

/// A mode that is nobody's fault, as a note.
pub(in crate::verdict) fn null_mode(spec: &ModeSpec) -> String {
    let mut words = spec.title[..1].to_uppercase();
    words.push_str(&spec.title[1..]);
    words.push_str(": that is nobody's fault.");
    words
}

/// Says so where the text tells of an address that its exchange does not have. Names that are answered by where one asks
/// from (GeoDNS) have many, so that accuses nobody.
pub(in crate::verdict) fn old_addresses(case: &Case<'_>, note: &mut dyn FnMut(String)) {
    for symptom in case.symptoms {
        let (Some(host), Some(address)) = (&symptom.remote_host, symptom.remote_address) else { continue };
        let named = case.plan.exchanges.iter().find(|one| one.exchange.as_str().eq_ignore_ascii_case(host));
        let Some(exchange) = named else { continue };
        if !exchange.addresses.is_empty() && exchange.addresses.iter().all(|one| one.address != address) {
            note(format!(
                "The text tells of {address}, which is not an address of {} as it was looked up now: nobody has looked there. If the text is recent, see what the sending server's own resolver says of {}.",
                exchange.exchange.as_str(),
                exchange.exchange.as_str()
            ));
        }
    }
}
