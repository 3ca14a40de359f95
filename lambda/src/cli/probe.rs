//! `noanswer probe`: this machine's evidence alone.

use super::args::Probe;
use super::paint::{self, Out};
use super::render;
use super::setup::{self, Usage};
use noanswer_core::check;
use noanswer_core::evidence::{Evidence, Outcome, Role, Sight};
use noanswer_core::ports::ProbeRequest;

pub(crate) async fn run(args: &Probe) -> Result<u8, Usage> {
    let domain = setup::domain(&args.domain)?;
    let fetch = args.lookup.fetch()?;
    let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
    let plan = check::plan(&domain, &args.lookup.doh, &args.lookup.policy(), &fetch, |_| {}).await;
    let patience = args.waiting.patience(false);
    let deadline_ms = args.waiting.deadline.map_or(check::pass_ms(patience), |seconds| seconds * 1_000);
    let request = ProbeRequest::first(domain.as_str(), plan.targets(), patience, deadline_ms);
    paint::progress(&format!("looking at {} addresses and the controls …", request.targets.len()));
    let evidence = prober.probe(&request).await;
    if args.json {
        paint::json(&evidence);
    } else {
        let out = Out::new();
        render::plan(&out, &plan);
        render::evidence(&out, std::slice::from_ref(&evidence));
    }
    Ok(exit_code(&evidence))
}

/// 0 every address was reached, 2 none was, 1 some were, 3 this machine's own sight is not clear.
fn exit_code(evidence: &Evidence) -> u8 {
    let tried: Vec<bool> = evidence
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome != Outcome::NotTried)
        .map(|attempt| attempt.outcome == Outcome::Completed)
        .collect();
    match evidence.sight {
        Sight::Clear if tried.is_empty() => 3,
        Sight::Clear if tried.iter().all(|reached| *reached) => 0,
        Sight::Clear if tried.iter().any(|reached| *reached) => 1,
        Sight::Clear => 2,
        _ => 3,
    }
}
