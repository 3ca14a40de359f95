//! Checking the destinations of a queue: controls are asked once for all of them, and again beside what fails.

use super::polite::Polite;
use crate::cli::args::Queue;
use crate::cli::paint;
use crate::cli::remote::{Api, Asked};
use crate::cli::setup::{self, Usage};
use crate::clock;
use crate::fleet;
use futures_util::stream::{self, StreamExt};
use noanswer_core::check::{self, CheckRequest};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::{Patience, Probe, ProbeRequest};
use noanswer_core::queue::Listing;
use noanswer_core::report::Report;
use noanswer_core::symptom::Symptom;
use noanswer_site::text_input::TextInput;
use std::collections::HashMap;
use std::time::Duration;

/// How many domains are checked at a time: more would delay each other's connections, and an API would refuse them.
const AT_ONCE: usize = 5;

/// How long an API may take for one domain beyond the check itself.
const ROUND_TRIP: Duration = Duration::from_secs(15);

/// What the checks told, by destination.
pub(super) struct Checked {
    pub(super) reports: HashMap<String, Report>,
    /// Why a destination could not be checked.
    pub(super) failed: HashMap<String, String>,
}

/// Checks `wanted`, destinations of `listing`.
pub(super) async fn all(args: &Queue, listing: &Listing, wanted: &[String]) -> Result<Checked, Usage> {
    let mut checked = Checked { reports: HashMap::new(), failed: HashMap::new() };
    if wanted.is_empty() {
        return Ok(checked);
    }
    let fetch = args.lookup.fetch()?;
    let mut fleet = fleet::empty(&fetch);
    fleet.add_local(args.probing.prober(Role::Sender, &args.lookup, &fetch)?);
    if let Some(path) = &args.vantages {
        setup::add_vantages(&mut fleet, path)?;
    }
    let deadline_ms = args.deadline.map_or(check::QUICK_MS, |seconds| seconds * 1_000);
    let mut api = None;
    if let Some(url) = &args.api {
        let token = args.token_env.as_deref().map(setup::token).transpose()?;
        let limit = ROUND_TRIP + Duration::from_millis(deadline_ms);
        let one = Api::new(url, token, fetch.client(), limit)?;
        let lab = one.is_lab().await?;
        api = Some((one, lab));
    }
    let polite = Polite::new(&fleet);
    let (api, polite, fetch) = (&api, &polite, &fetch);
    let check = |name: &String| {
        let symptoms = symptoms(listing, name);
        let name = name.clone();
        async move {
            let domain = DomainName::from_dns(&name).map_err(|reason| reason.to_string())?;
            let request = CheckRequest {
                domain,
                at: clock::now(),
                symptoms,
                log: None,
                evidence: Vec::new(),
                resolvers: args.lookup.doh.clone(),
                policy: args.lookup.policy(),
                patience: Patience::Quick,
                deadline_ms,
            };
            match api {
                None => Ok(check::run(request, fetch, polite, |_| {}).await),
                Some((api, lab)) => {
                    let evidence = if *lab { Vec::new() } else { look(&request, fetch, polite).await };
                    let told = TextInput { symptoms: request.symptoms, ..TextInput::default() };
                    let patience = Patience::Quick;
                    let asked = Asked { domain: &name, told: &told, evidence: &evidence, patience };
                    api.check(&asked, |_| {}).await.map_err(|failure| failure.to_string())
                }
            }
        }
    };
    let mut under_way = stream::iter(wanted)
        .map(|name| async { (name.clone(), check(name).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((name, result)) = under_way.next().await {
        match result {
            Ok(report) => {
                paint::progress(&format!("{name}: {}", report.verdict.headline));
                checked.reports.insert(name, report);
            }
            Err(words) => {
                checked.failed.insert(name, words);
            }
        }
    }
    Ok(checked)
}

/// What the queue says of a destination, one symptom a cause.
fn symptoms(listing: &Listing, destination: &str) -> Vec<Symptom> {
    let rows = listing.rows.iter().filter(|row| row.destination == destination);
    rows.filter_map(|row| row.symptom.as_deref().cloned()).collect()
}

/// What this machine sees, for an API's judgement.
async fn look(request: &CheckRequest, fetch: &crate::fetch::DohFetch, polite: &Polite<'_>) -> Vec<Evidence> {
    let plan = check::plan(&request.domain, &request.resolvers, &request.policy, fetch, |_| {}).await;
    let asked =
        ProbeRequest::first(request.domain.as_str(), plan.targets(), request.patience, request.deadline_ms);
    match polite.vantages().first() {
        Some(local) => polite.probe(local, &asked).await.unwrap_or_default(),
        None => Vec::new(),
    }
}
