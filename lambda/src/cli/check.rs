//! `noanswer check`: the whole flow.

use super::args::Check;
use super::explain;
use super::paint::{self, Out};
use super::render;
use super::setup::{self, Usage};
use crate::clock;
use crate::fleet::Fleet;
use crate::told::Told;
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::report::Report;
use noanswer_core::scrub;
use std::io::IsTerminal;

pub(crate) async fn run(args: Check) -> Result<u8, Usage> {
    let domain = setup::domain(&args.domain)?;
    let fetch = args.lookup.fetch()?;
    let told = match (&args.symptom, &args.file) {
        (Some(text), _) => Told::by(text.as_bytes()),
        (None, Some(path)) => explain::read_file(path)?,
        (None, None) => Told::default(),
    };
    let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
    // A person who watches is glad of the better verdict; a program wants the first one.
    let watched = std::io::stderr().is_terminal() && args.waiting.deadline.is_none();
    let patience = args.waiting.patience(watched);
    let deadline_ms = args.waiting.deadline_ms(patience);
    let report = if let Some(url) = &args.api {
        let plan = check::plan(&domain, &args.lookup.doh, &args.lookup.policy(), &fetch, |_| {}).await;
        let asked = ProbeRequest {
            domain: domain.to_string(),
            targets: plan.targets(),
            round: 1,
            patience: Patience::Quick,
            deadline_ms: check::QUICK_MS.min(deadline_ms),
        };
        let own = prober.probe(&asked).await;
        let token = args.token_env.as_deref().map(setup::token).transpose()?;
        ask(url, token, domain.as_str(), args.symptom.as_deref(), own, fetch.client()).await?
    } else {
        let mut fleet = Fleet::default();
        fleet.add_local(prober);
        if let Some(path) = &args.vantages {
            setup::add_vantages(&mut fleet, path, &fetch)?;
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

/// Sends this machine's evidence to an API and takes its report.
async fn ask(
    url: &str,
    token: Option<String>,
    domain: &str,
    symptom: Option<&str>,
    own: Evidence,
    client: &reqwest::Client,
) -> Result<Report, Usage> {
    let failed =
        |words: String| Usage::Api { url: url.to_owned(), words: scrub::visible(&words).into_owned() };
    let body = serde_json::json!({ "domain": domain, "symptom": symptom, "evidence": [own] });
    let mut call = client.post(format!("{}/v1/check", url.trim_end_matches('/')));
    if let Some(token) = token {
        call = call.bearer_auth(token);
    }
    let sent = call.header("content-type", "application/json").body(body.to_string()).send();
    let response = sent.await.map_err(|error| failed(error.to_string()))?;
    let status = response.status();
    let body = response.bytes().await.map_err(|error| failed(error.to_string()))?;
    if !status.is_success() {
        let problem: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
        let detail = problem.and_then(|problem| problem["detail"].as_str().map(str::to_owned));
        return Err(failed(detail.unwrap_or_else(|| format!("HTTP status {}", status.as_u16()))));
    }
    serde_json::from_slice(&body).map_err(|_| failed("it does not answer as noanswer does".to_owned()))
}
