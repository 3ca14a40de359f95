//! `noanswer self`: whether this machine can send mail on port 25, what stops it, and how that is lifted. No domain is
//! needed: known-good hosts of several operators are the question.

mod found;
mod names;
mod render;
mod stops;
mod submission;

use super::args::SelfCheck;
use super::paint::{self, Out};
use super::setup::Usage;
use found::{Found, Resolver, Sends, Whole};
use noanswer_core::address::Family;
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Ipv6Route, Role, Sight};
use noanswer_core::mx::{MxPlan, PlanStatus};
use noanswer_core::operator::operator_of;
use noanswer_core::ports::{Patience, ProbeRequest};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;

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
        cloud: evidence.cloud(),
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
            "cloud": whole.cloud.map(|(cloud, _)| json!({
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
