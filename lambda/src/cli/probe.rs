//! `noanswer probe`: this machine's evidence alone.

use super::args::Probe;
use super::paint::{self, Out};
use super::render;
use super::setup::{self, Usage};
use noanswer_core::check;
use noanswer_core::evidence::{Evidence, Outcome, Role, Sight};
use noanswer_core::ports::{Patience, ProbeRequest};

pub(crate) async fn run(args: &Probe) -> Result<u8, Usage> {
    let domain = setup::domain(&args.domain)?;
    let fetch = args.lookup.fetch()?;
    let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
    let plan = check::plan(&domain, &args.lookup.doh, &args.lookup.policy(), &fetch, |_| {}).await;
    let patience = args.waiting.patience(false);
    let limit = if patience == Patience::Patient { check::PATIENT_MS } else { check::QUICK_MS };
    let request = ProbeRequest {
        domain: domain.to_string(),
        targets: plan.targets(),
        round: 1,
        patience,
        deadline_ms: args.waiting.deadline.map_or(limit, |seconds| seconds * 1_000),
    };
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
