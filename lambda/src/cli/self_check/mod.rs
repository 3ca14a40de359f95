//! `noanswer self`: whether this machine can send mail on port 25, what stops it, and how that is lifted. No domain is
//! needed: known-good hosts of several operators are the question.

mod found;
mod names;
mod render;
mod stops;
mod submission;

use super::args::SelfCheck;
use super::lab::Lab;
use super::paint::{self, Out};
use super::setup::Usage;
use crate::demo;
use crate::fetch::DohFetch;
use crate::probe::{Prober, Sources};
use found::{Found, Resolver, Sends, Whole};
use noanswer_core::address::{AddressPolicy, Family};
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, HostFacts, Ipv6Route, Role, Sight};
use noanswer_core::mx::{MxPlan, PlanStatus};
use noanswer_core::operator::operator_of;
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_site::fleet::OptOut;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

pub(crate) async fn run(args: &SelfCheck) -> Result<u8, Usage> {
    let fetch = args.lookup.fetch()?;
    let mut wholes = Vec::new();
    if let Some(vantage) = &args.lab {
        let lab = Lab::start(&fetch).await?;
        wholes.push(look(&Subject::of_lab(args, &lab, vantage)?, &fetch).await);
    } else {
        // One after the other: the control hosts see one connection at a time.
        for sources in args.probing.sources()? {
            wholes.push(look(&Subject::this_machine(args, sources, &fetch)?, &fetch).await);
        }
    }
    // A machine that can send from one address alone can send in part.
    let codes: BTreeSet<u8> = wholes.iter().map(Whole::exit_code).collect();
    let code = match (codes.first(), codes.len()) {
        (Some(code), 1) => *code,
        (Some(0), _) => 1,
        (code, _) => code.copied().unwrap_or(3),
    };
    if args.json {
        match wholes.as_slice() {
            [whole] => paint::json(&json(whole)),
            all => {
                let each: Vec<_> = all.iter().map(json).collect();
                paint::json(&json!({ "schema": 1, "sources": each }));
            }
        }
    } else {
        let out = Out::new();
        for (number, whole) in wholes.iter().enumerate() {
            if number > 0 {
                out.line("");
            }
            render::print(&out, whole, args.verbose);
        }
    }
    Ok(code)
}

/// What looks, and what it is asked by.
struct Subject {
    prober: Arc<Prober>,
    resolvers: Vec<String>,
    policy: AddressPolicy,
    /// The addresses that it sends from; those of them that the user chose.
    addresses: Vec<IpAddr>,
    chosen: Vec<IpAddr>,
    /// What the mail server calls itself.
    name: Option<String>,
    /// What the host is, where it is one of the lab.
    lab: Option<HostFacts>,
}

impl Subject {
    /// This machine, from `sources`.
    fn this_machine(args: &SelfCheck, sources: Sources, fetch: &DohFetch) -> Result<Self, Usage> {
        let prober =
            args.probing.prober_from(sources, OptOut::default(), Role::Sender, &args.lookup, fetch)?;
        Ok(Self {
            prober,
            resolvers: args.lookup.doh.clone(),
            policy: args.lookup.policy(),
            addresses: sources.addresses(),
            chosen: sources.chosen().collect(),
            name: names::of_this_server(args.probing.ehlo.as_deref()),
            lab: None,
        })
    }

    /// The lab's sending server, beside `vantage`.
    fn of_lab(args: &SelfCheck, lab: &Lab, vantage: &str) -> Result<Self, Usage> {
        let (name, facts) = demo::sending_server();
        Ok(Self {
            prober: lab.sender(vantage)?,
            resolvers: lab.demo.resolvers(),
            policy: demo::policy(),
            addresses: facts.source_addresses.clone(),
            chosen: Vec::new(),
            name: Some(args.probing.ehlo.clone().unwrap_or_else(|| name.to_owned())),
            lab: Some(facts),
        })
    }
}

/// Has `subject` look.
async fn look(subject: &Subject, fetch: &DohFetch) -> Whole {
    let began = Instant::now();
    let Subject { prober, resolvers, policy, addresses, chosen, name, lab } = subject;
    let domain = well_known(&prober.settings.controls.open);
    let request = ProbeRequest::first(&domain, Vec::new(), Patience::Quick, check::QUICK_MS);
    paint::progress("asking known-good hosts of several operators …");
    let plan = async {
        let name = DomainName::from_dns(&domain).ok()?;
        Some(check::plan(&name, resolvers, policy, fetch, |_| {}).await)
    };
    let operators: BTreeSet<&str> =
        prober.settings.controls.open.iter().map(|control| control.operator.as_str()).collect();
    let (mut evidence, plan, submission, names) = tokio::join!(
        prober.probe(&request),
        plan,
        submission::try_all(&operators),
        names::look(addresses, name.as_deref(), resolvers, policy, fetch),
    );
    if let Some(facts) = lab {
        evidence.host = Some(facts.clone());
        evidence.public_addresses.clone_from(addresses);
    }
    let families_chosen: BTreeSet<Family> = chosen.iter().copied().map(Family::of).collect();
    let families =
        Family::ALL.iter().filter(|family| families_chosen.is_empty() || families_chosen.contains(family));
    Whole {
        families: families.map(|family| found(&evidence, *family)).collect(),
        chosen: chosen.clone(),
        lab: lab.is_some(),
        cloud: evidence.cloud(),
        resolver: resolver(&evidence, plan.as_ref()),
        submission,
        names,
        took: began.elapsed(),
        evidence,
    }
}

fn json(whole: &Whole) -> serde_json::Value {
    json!({
        "schema": 1,
        "source": whole.chosen,
        "lab": whole.lab,
        "families": whole.families,
        "cloud": whole.cloud.map(|(cloud, _)| json!({
            "key": cloud.key, "name": cloud.name, "policy": cloud.policy,
            "how_lifted": cloud.how_lifted, "as_of": cloud.as_of,
        })),
        "request": whole.request(),
        "submission": whole.submission,
        "names": whole.names,
        "resolver": whole.resolver,
        "evidence": whole.evidence,
    })
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
    let translated = family == Family::Ipv4 && host.is_some_and(|host| host.nat64_prefix.is_some());
    let no_ipv6 = family == Family::Ipv6 && host.is_some_and(|host| host.ipv6_route == Ipv6Route::Absent);
    let sends = match evidence.sight_in(family) {
        Sight::Clear => Sends::Yes,
        Sight::Deceived => Sends::Intercepted,
        _ if no_ipv6 || !(has_source || translated) => Sends::None,
        Sight::Blind => Sends::No,
        Sight::Partial => Sends::NotTold,
    };
    let stop = (sends == Sends::No).then(|| stops::find(evidence, family));
    Found { family, sends, stop }
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
