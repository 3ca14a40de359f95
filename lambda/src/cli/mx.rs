//! `noanswer mx`.

use super::args::Mx;
use super::paint::{self, Out};
use super::render;
use super::setup::{self, Usage};
use noanswer_core::check;
use noanswer_core::mx::{MxPlan, PlanStatus};

pub(crate) async fn run(args: &Mx) -> Result<u8, Usage> {
    let domain = setup::domain(&args.domain)?;
    let fetch = args.lookup.fetch()?;
    let plan = check::plan(&domain, &args.lookup.doh, &args.lookup.policy(), &fetch, |_| {}).await;
    if args.json {
        paint::json(&plan);
    } else {
        render::plan(&Out::new(), &plan);
    }
    Ok(exit_code(&plan))
}

/// 0 there is an address to try, 2 the domain is at fault, 3 DNS did not say.
fn exit_code(plan: &MxPlan) -> u8 {
    match plan.status {
        PlanStatus::Ok => 0,
        PlanStatus::DnsFailed if plan.dns_failure.as_ref().is_none_or(|failure| failure.kind.is_ours()) => 3,
        _ => 2,
    }
}
