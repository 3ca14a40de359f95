//! What was found of this machine, on one screen.

use super::found::{Found, Resolver, Sends, Whole};
use crate::cli::paint::{Out, Tone};
use crate::cli::words;
use noanswer_core::address::Family;
use noanswer_core::evidence::{
    ControlResult, Expectation, Firewall, FirewallRule, Hypervisor, Outcome, Stops, ToldBy,
};
use noanswer_core::scrub;
use noanswer_core::smtp;
use std::collections::BTreeMap;

/// How wide a line may be.
const WIDTH: usize = 80;

/// Where the text beside a label begins.
const MARGIN: usize = 10;

pub(super) fn print(out: &Out, whole: &Whole, verbose: u8) {
    let (tone, mark) = match whole.exit_code() {
        0 => (Tone::Good, "✓"),
        2 => (Tone::Bad, "✗"),
        1 => (Tone::Doubtful, "!"),
        _ => (Tone::Doubtful, "?"),
    };
    out.line(&format!("{} {}", out.tone(tone, mark), out.tone(Tone::Bold, headline(whole))));
    let at = words::moment(crate::clock::now());
    let chosen = whole.chosen.iter().map(|address| format!(" · from {address}")).collect::<String>();
    let lab = if whole.lab { " · in the embedded lab" } else { "" };
    out.line(&out.tone(Tone::Quiet, &format!("  {at} · {}{chosen}{lab}", words::span(whole.took))));
    for found in &whole.families {
        let label = found.family.label();
        labelled(out, label, &family(whole, found));
    }
    if whole.in_container() {
        labelled(
            out,
            "Container",
            "this is one, with a network of its own: run noanswer self on the host as well",
        );
    }
    own_settings(out, whole);
    submission(out, whole);
    let resolver = match whole.resolver {
        Resolver::Agrees => "✓ this machine's resolver says what the DNS-over-HTTPS servers say",
        Resolver::Differs => {
            "✗ this machine's resolver names other mail exchanges than the DNS-over-HTTPS servers"
        }
        Resolver::Fails => "✗ this machine's resolver does not answer; DNS-over-HTTPS does",
        Resolver::NotTold if whole.lab => "– the lab has no other than its DNS-over-HTTPS servers",
        Resolver::NotTold => {
            "? could not be compared: no DNS-over-HTTPS server answered, or no resolver is set"
        }
    };
    labelled(out, "Resolver", resolver);
    names(out, whole);
    if let Some((cloud, by)) = whole.cloud {
        let name = match by {
            ToldBy::Firmware => cloud.name.to_owned(),
            ToldBy::Network(asn) => format!("{}, by the address (AS{asn})", cloud.name),
        };
        labelled(out, "Provider", &format!("{name}: {} (as of {})", cloud.policy, cloud.as_of));
        if whole.exit_code() > 0 {
            labelled(out, "Lifted by", cloud.how_lifted);
        }
    }
    if let Some(request) = whole.request() {
        out.heading("Ready to send to your provider");
        for line in request.trim_end().lines() {
            if line.is_empty() {
                out.line("");
            }
            for line in words::wrapped(line, WIDTH) {
                out.line(&line);
            }
        }
    }
    if verbose > 0 {
        crate::cli::render::evidence(out, std::slice::from_ref(&whole.evidence));
    }
}

fn labelled(out: &Out, label: &str, text: &str) {
    for (number, line) in words::wrapped(text, WIDTH - MARGIN).iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        out.line(&format!("{}{line}", out.tone(Tone::Quiet, &format!("{label:<MARGIN$}"))));
    }
}

/// The own firewall's settings, the software that looks into mail, and the hypervisor, whose switch may filter.
fn own_settings(out: &Out, whole: &Whole) {
    let Some(host) = &whole.evidence.host else { return };
    for line in host.firewall.iter().flat_map(firewall) {
        labelled(out, "Firewall", &line);
    }
    if !host.security.is_empty() {
        let each = host.security.join(", ");
        labelled(
            out,
            "Security",
            &format!("{each}: known to take over mail on port 25, or to stop it if told to"),
        );
    }
    if host.hypervisor == Some(Hypervisor::HyperV) {
        let switch = match (whole.exit_code(), whole.cloud) {
            (0, _) | (_, Some(_)) => "",
            _ => ": its switch may filter, too (on that host: Get-VMNetworkAdapterExtendedAcl)",
        };
        labelled(out, "Machine", &format!("a guest of Hyper-V{switch}"));
    }
}

/// What the own firewall is set to do, a line a rule. Names of rules are anybody's words.
fn firewall(firewall: &Firewall) -> Vec<String> {
    let shown = |text: &str| scrub::visible(&scrub::bounded(text, 60)).into_owned();
    let rule = |rule: &FirewallRule| {
        let whom = match (rule.stops, &rule.program) {
            (Stops::Everyone, _) => "every program".to_owned(),
            (Stops::ThisProgram, _) => "this program".to_owned(),
            (Stops::OtherProgram, Some(program)) => shown(program),
            (Stops::OtherProgram, None) => "another program".to_owned(),
            (Stops::Some, _) => "some addresses, users or networks".to_owned(),
        };
        format!("the rule \"{}\" stops port 25 for {whom}", shown(&rule.name))
    };
    let mut lines: Vec<String> = firewall.rules.iter().take(RULES).map(rule).collect();
    lines.extend(
        firewall.rules.len().checked_sub(RULES + 1).map(|more| format!("{} more such rules", more + 1)),
    );
    if firewall.stops_by_default {
        lines.push("stops what no rule allows".to_owned());
    }
    if lines.is_empty() && firewall.always_on {
        lines.push("on; no rule of it stops port 25".to_owned());
    }
    lines
}

/// How many rules of a firewall are shown.
const RULES: usize = 3;

fn headline(whole: &Whole) -> &'static str {
    let any = |sends| whole.families.iter().any(|one| one.sends == sends);
    match whole.exit_code() {
        0 => "This machine can send mail on port 25.",
        1 => "This machine can send mail on port 25 in one family of addresses only.",
        2 if any(Sends::Intercepted) => {
            "Something answers port 25 in the place of others: this machine cannot send by itself."
        }
        2 => "This machine cannot send mail on port 25.",
        _ => "It could not be told whether this machine can send mail on port 25.",
    }
}

/// One family: what the operators' hosts did, or what stops it.
fn family(whole: &Whole, found: &Found) -> String {
    match found.sends {
        Sends::None => "– this machine has no address or route".to_owned(),
        Sends::Intercepted => "✗ something answers in the place of others".to_owned(),
        Sends::No => {
            format!("✗ {}", found.stop.as_ref().map_or("no known-good host answers", |stop| &stop.words))
        }
        Sends::Yes | Sends::NotTold => {
            let greeted = operators(whole, found.family);
            if greeted.is_empty() {
                return "? no known-good host could be asked".to_owned();
            }
            let each = greeted
                .iter()
                .map(|(operator, greeted)| format!("{operator} {}", if *greeted { "✓" } else { "✗" }));
            let mark = if found.sends == Sends::Yes { "✓" } else { "?" };
            let way = translation(whole, found.family);
            format!("{mark} greeted by {}{way}", each.collect::<Vec<_>>().join("  "))
        }
    }
}

/// How a host without IPv4 reaches it.
fn translation(whole: &Whole, family: Family) -> String {
    let prefix = whole.evidence.host.as_ref().and_then(|host| host.nat64_prefix.as_deref());
    prefix
        .filter(|_| family == Family::Ipv4)
        .map_or_else(String::new, |prefix| format!(", by translation (NAT64, {prefix})"))
}

/// Whether each operator greeted on port 25 in `family`.
fn operators(whole: &Whole, family: Family) -> BTreeMap<&str, bool> {
    let mut greeted: BTreeMap<&str, bool> = BTreeMap::new();
    let asked = |one: &&ControlResult| {
        one.expected == Expectation::Open
            && one.attempt.port == smtp::PORT
            && one.attempt.family() == family
            && one.attempt.outcome != Outcome::NotTried
    };
    for one in whole.evidence.controls.iter().filter(asked) {
        *greeted.entry(&one.operator).or_default() |= one.attempt.server_spoke();
    }
    greeted
}

fn submission(out: &Out, whole: &Whole) {
    if whole.submission.is_empty() {
        return;
    }
    let each: Vec<String> = [587, 465]
        .iter()
        .map(|port| {
            let of = whole.submission.iter().filter(|one| one.port == *port);
            let each = of.map(|one| format!("{} {}", one.operator, if one.connected { "✓" } else { "✗" }));
            format!("{port}: {}", each.collect::<Vec<_>>().join(" "))
        })
        .collect();
    labelled(out, "Relays", &each.join(" · "));
}

fn names(out: &Out, whole: &Whole) {
    for named in &whole.names {
        let mut facts = Vec::new();
        if !named.public {
            facts.push("not public: the Internet sees another address, by which receivers judge".to_owned());
        } else {
            match named.ptr.as_deref() {
                None => facts.push("its name (PTR) could not be looked up".to_owned()),
                Some([]) => facts.push("✗ has no name (PTR): many receivers refuse that".to_owned()),
                Some(names) if named.leads_back => {
                    facts.push(format!("✓ is {}, which leads back", names.join(", ")))
                }
                Some(names) => facts.push(format!("✗ is {}, which does not lead back", names.join(", "))),
            }
            match (&named.server_name, named.server_name_leads_here) {
                (Some(name), Some(true)) => facts.push(format!("✓ the server calls itself {name}")),
                (Some(name), _) => {
                    facts.push(format!("✗ the server calls itself {name}, which does not lead here"))
                }
                (None, _) => {}
            }
        }
        labelled(out, "From", &format!("{}: {}", named.address, facts.join("; ")));
    }
}
