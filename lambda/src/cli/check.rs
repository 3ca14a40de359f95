//! `noanswer check`: the whole flow.

use super::args::{Check, Lookup};
use super::explain;
use super::paint::{self, Out};
use super::remote::{Api, Asked};
use super::render;
use super::setup::{self, Usage};
use crate::clock;
use crate::fetch::DohFetch;
use crate::fleet;
use crate::probe::Prober;
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_site::told::Told;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

/// How much longer than the check itself an API is waited for: its lookups, and the way there and back.
const ROUND_TRIP: Duration = Duration::from_secs(15);

pub(crate) async fn run(args: Check) -> Result<u8, Usage> {
    let domain = setup::domain(&args.domain)?;
    let fetch = args.lookup.fetch()?;
    let told = match (&args.symptom, &args.file) {
        (Some(text), _) => Told::by(text.as_bytes(), crate::clock::now()),
        (None, Some(path)) => explain::read_file(path)?,
        (None, None) => Told::default(),
    };
    let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
    // A person who watches is glad of the better verdict; a program wants the first one.
    let watched = std::io::stderr().is_terminal() && args.waiting.deadline.is_none();
    let patience = args.waiting.patience(watched);
    let deadline_ms = args.waiting.deadline_ms(patience);
    let report = if let Some(url) = &args.api {
        let token = args.token_env.as_deref().map(setup::token).transpose()?;
        let limit = args
            .waiting
            .deadline
            .map_or(ROUND_TRIP + Duration::from_millis(deadline_ms), |_| Duration::from_millis(deadline_ms));
        let api = Api::new(url, token, fetch.client(), limit)?;
        let evidence = if api.is_lab().await? {
            paint::progress("the API is a lab: what this machine sees of the Internet is left out");
            Vec::new()
        } else {
            vec![look(&domain, &args.lookup, &prober, &fetch, patience, deadline_ms).await]
        };
        let asked = Asked { domain: domain.as_str(), told: &told, evidence: &evidence, patience };
        api.check(&asked).await?
    } else {
        let mut fleet = fleet::empty(&fetch);
        fleet.add_local(prober);
        if let Some(path) = &args.vantages {
            setup::add_vantages(&mut fleet, path)?;
        }
        let request = CheckRequest {
            domain,
            at: clock::now(),
            symptoms: told.symptoms,
            log: told.controls,
            evidence: Vec::new(),
            resolvers: args.lookup.doh.clone(),
            policy: args.lookup.policy(),
            patience,
            deadline_ms,
        };
        check::run(request, &fetch, &fleet, |event| tell(&event)).await
    };
    if args.json {
        paint::json(&report);
    } else {
        render::report(&Out::new(), &report);
    }
    Ok(report.exit_code())
}

fn tell(event: &Event) {
    match event {
        Event::Plan(plan) => paint::progress(&format!("{} addresses to try", plan.targets().len())),
        Event::Evidence(evidence) => paint::progress(&format!("{} has looked", evidence.vantage)),
        Event::Verdict(verdict) => paint::progress(&format!("so far: {}", verdict.headline)),
        Event::Report(_) => {}
    }
}

/// What this machine sees, for an API's judgement.
async fn look(
    domain: &DomainName,
    lookup: &Lookup,
    prober: &Arc<Prober>,
    fetch: &DohFetch,
    patience: Patience,
    deadline_ms: u64,
) -> Evidence {
    let plan = check::plan(domain, &lookup.doh, &lookup.policy(), fetch, |_| {}).await;
    let deadline_ms = check::pass_ms(patience).min(deadline_ms);
    let request = ProbeRequest::first(domain.as_str(), plan.targets(), patience, deadline_ms);
    paint::progress(&format!("{} addresses to try", request.targets.len()));
    prober.probe(&request).await
}
