//! `noanswer self`: whether this machine can send mail on port 25, what stops it, and how that is lifted. No domain is
//! needed: known-good hosts of several operators are the question.

mod names;
mod render;
mod stops;
mod submission;

use super::args::SelfCheck;
use super::paint::{self, Out};
use super::setup::Usage;
use names::Named;
use noanswer_core::address::Family;
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Cloud, Container, Evidence, Ipv6Route, Role, Sight, cloud, cloud_of_asn};
use noanswer_core::mx::{MxPlan, PlanStatus};
use noanswer_core::operator::operator_of;
use noanswer_core::ports::{Patience, ProbeRequest};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Instant;
use stops::Stop;

/// Whether mail can be sent in one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Sends {
    /// Known-good hosts of two operators or more greeted.
    Yes,
    /// None of them did.
    No,
    /// Something answers in the place of others.
    Intercepted,
    /// The host has no address or route of this family.
    None,
    /// Too few could be asked.
    NotTold,
}

/// What was found of one family.
#[derive(Debug, Serialize)]
struct Found {
    family: Family,
    sends: Sends,
    /// What stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<Stop>,
}

/// All that was found.
struct Whole {
    evidence: Evidence,
    families: Vec<Found>,
    cloud: Option<&'static Cloud>,
    submission: Vec<submission::Tried>,
    names: Vec<Named>,
    resolver: Resolver,
    took: std::time::Duration,
}

/// How this machine's own resolver compares with the DoH servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Resolver {
    /// It names the exchanges that they name.
    Agrees,
    /// It names others.
    Differs,
    /// It does not answer, or answers that there is nothing.
    Fails,
    /// It was not asked, or no DoH server answered.
    NotTold,
}

pub(crate) async fn run(args: &SelfCheck) -> Result<u8, Usage> {
    let began = Instant::now();
    let fetch = args.lookup.fetch()?;
    let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
    let domain = well_known(&prober.settings.controls.open);
    let request = ProbeRequest::first(&domain, Vec::new(), Patience::Quick, check::QUICK_MS);
    paint::progress("asking known-good hosts of several operators …");
    let policy = args.lookup.policy();
    let plan = async {
        let name = DomainName::from_dns(&domain).ok()?;
        Some(check::plan(&name, &args.lookup.doh, &policy, &fetch, |_| {}).await)
    };
    let operators: BTreeSet<&str> =
        prober.settings.controls.open.iter().map(|control| control.operator.as_str()).collect();
    let name = names::of_this_server(args.probing.ehlo.as_deref());
    let sources = crate::probe::source_addresses();
    let (evidence, plan, submission, names) = tokio::join!(
        prober.probe(&request),
        plan,
        submission::try_all(&operators),
        names::look(&sources, name.as_deref(), &args.lookup.doh, &fetch),
    );
    let whole = Whole {
        families: [Family::Ipv4, Family::Ipv6].map(|family| found(&evidence, family)).into(),
        cloud: provider(&evidence),
        resolver: resolver(&evidence, plan.as_ref()),
        submission,
        names,
        took: began.elapsed(),
        evidence,
    };
    if args.json {
        paint::json(&json!({
            "schema": 1,
            "families": whole.families,
            "cloud": whole.cloud.map(|cloud| json!({
                "key": cloud.key, "name": cloud.name, "policy": cloud.policy,
                "how_lifted": cloud.how_lifted, "as_of": cloud.as_of,
            })),
            "request": whole.request(),
            "submission": whole.submission,
            "names": whole.names,
            "resolver": whole.resolver,
            "evidence": whole.evidence,
        }));
    } else {
        render::print(&Out::new(), &whole, args.verbose);
    }
    Ok(whole.exit_code())
}

/// A domain whose MX everybody can look up: the one that the first control host is named in.
fn well_known(controls: &[crate::probe::Control]) -> String {
    let host = controls.first().map_or("", |control| control.host.as_str());
    let known = operator_of(host);
    // Large operators have names of their own; a domain has a dot.
    if known.contains('.') {
        known.to_owned()
    } else {
        host.splitn(host.matches('.').count(), '.').last().unwrap_or(host).to_owned()
    }
}

fn found(evidence: &Evidence, family: Family) -> Found {
    let host = evidence.host.as_ref();
    let has_source =
        host.is_some_and(|host| host.source_addresses.iter().any(|one| Family::of(*one) == family));
    let no_ipv6 = family == Family::Ipv6 && host.is_some_and(|host| host.ipv6_route == Ipv6Route::Absent);
    let sends = match evidence.sight_in(family) {
        Sight::Clear => Sends::Yes,
        Sight::Deceived => Sends::Intercepted,
        _ if no_ipv6 || !has_source => Sends::None,
        Sight::Blind => Sends::No,
        Sight::Partial => Sends::NotTold,
    };
    let stop = (sends == Sends::No).then(|| stops::of(evidence, family));
    Found { family, sends, stop }
}

/// The cloud or network that the machine stands in: by its firmware, else by its AS.
fn provider(evidence: &Evidence) -> Option<&'static Cloud> {
    let by_firmware = evidence.host.as_ref().and_then(|host| host.cloud.as_deref()).and_then(cloud);
    by_firmware.or_else(|| evidence.network_seen.as_ref().and_then(|network| cloud_of_asn(network.asn)))
}

fn resolver(evidence: &Evidence, plan: Option<&MxPlan>) -> Resolver {
    let (Some(own), Some(plan)) = (&evidence.resolver, plan) else { return Resolver::NotTold };
    if plan.status == PlanStatus::DnsFailed {
        return Resolver::NotTold;
    }
    if !own.answer.works() {
        return Resolver::Fails;
    }
    let theirs: BTreeSet<String> =
        plan.exchanges.iter().map(|one| one.exchange.as_str().to_ascii_lowercase()).collect();
    let ours: BTreeSet<String> = own.exchanges.iter().cloned().collect();
    // One that answers "no MX" is one of an implicit MX as well.
    if theirs == ours || ours.is_empty() && plan.exchanges.len() <= 1 {
        Resolver::Agrees
    } else {
        Resolver::Differs
    }
}

impl Whole {
    /// 0 it can send in every family that it has, 1 in one of them, 2 in none, 3 that could not be told.
    fn exit_code(&self) -> u8 {
        let any = |sends| self.families.iter().any(|one| one.sends == sends);
        let stopped = any(Sends::No) || any(Sends::Intercepted);
        match (any(Sends::Yes), stopped) {
            (true, false) => 0,
            (true, true) => 1,
            (false, true) => 2,
            (false, false) => 3,
        }
    }

    /// The public address that mail is seen to come from, where it is known.
    fn address(&self) -> Option<IpAddr> {
        let sources = self.evidence.host.iter().flat_map(|host| &host.source_addresses);
        self.evidence
            .public_addresses
            .iter()
            .chain(sources.filter(|one| names::is_public(**one)))
            .next()
            .copied()
    }

    /// The request to the provider, where port 25 is stopped and this host's own rules do not do it.
    fn request(&self) -> Option<String> {
        let stopped = self.families.iter().filter_map(|one| one.stop.as_ref());
        if !stopped.clone().any(Stop::is_providers) {
            return None;
        }
        match self.cloud {
            Some(cloud) => cloud.request(self.address()),
            None => Some(general_request(self.address())),
        }
    }

    /// Whether this runs in a container.
    fn in_container(&self) -> bool {
        self.evidence.host.as_ref().is_some_and(|host| host.container == Container::Inside)
    }
}

/// A request to a provider that is not known.
fn general_request(address: Option<IpAddr>) -> String {
    let address = address.map_or_else(|| "[address]".to_owned(), |address| address.to_string());
    format!(
        "Subject: Please open outbound TCP port 25 for {address}\n\n\
         Hello,\n\n\
         our mail server at {address} cannot open connections to port 25 of any mail exchange: known-good hosts of \
         several operators do not answer there, while port 443 of the same hosts works.\n\n\
         Is outbound TCP port 25 filtered for this server? If so, please open it: it sends mail of our own users, \
         its reverse DNS name is [mail.example.org], and abuse reports reach us at [abuse@example.org].\n\n\
         Thank you.\n"
    )
}
