//! What an operator asks of a running server: which version it is, and whether its vantages see.

use super::call::{Call, Reply};
use super::facts::FactsHandle;
use super::host::Host;
use super::problem::{MEDIA_TYPE, Problem};
use super::quota::Limit;
use super::response::whole;
use super::view::VantageView;
use super::who::Who;
use http::StatusCode;
use noanswer_core::evidence::{ControlResult, Evidence, Expectation, Sight};
use noanswer_core::scrub;
use noanswer_core::timestamp::Timestamp;
use serde_json::json;

/// What the vantages see, and when that was looked at.
async fn sights<H: Host>(
    host: &H,
    who: &Who,
    facts: &FactsHandle,
) -> Result<(Vec<Evidence>, Timestamp), Problem> {
    // A look costs a call to each vantage: whoever asks again and again is limited as for lookups.
    match host.grant(Limit::Lookups, who, facts).await {
        Ok(()) => {}
        Err(problem) if problem.status == 429 => return Err(problem),
        // Nobody can count: then no vantage is asked either, and the answer says why.
        Err(_) => {}
    }
    let (rows, age_s) = match host.prober() {
        Some(prober) => (vec![crate::fleet::LocalProber::controls(prober).await], 0),
        None => host.sights().await?,
    };
    Ok((rows, Timestamp::from_unix(host.now().unix() - age_s)))
}

/// `GET /v1/vantages`
pub(super) async fn vantages<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let (rows, at) = sights(host, &host.who(&call.parts), &call.facts).await?;
    Reply::json(&rows.iter().map(|row| VantageView::of(row, at)).collect::<Vec<_>>())
}

/// `GET /readyz`: 200 where at least one vantage sees port 25, else 503; which ones do, and as of when.
pub(super) async fn readyz<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let (rows, at) = sights(host, &host.who(&call.parts), &call.facts).await?;
    let seeing = rows.iter().filter(|row| sees(row)).count();
    let views: Vec<VantageView> = rows.iter().map(|row| VantageView::of(row, at)).collect();
    let mut body = json!({
        "ready": seeing > 0,
        "seeing": seeing,
        "as_of": at,
        "age_s": host.now().unix() - at.unix(),
        "vantages": views,
    });
    if seeing > 0 {
        return Reply::json(&body);
    }
    let detail = "none of the vantages reaches a control on port 25: see which, and why";
    body["type"] = "about:blank".into();
    body["title"] = "No vantage sees port 25".into();
    body["status"] = 503.into();
    body["detail"] = detail.into();
    let mut response = whole(MEDIA_TYPE, scrub::json(body.to_string()));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    Ok(Reply::Whole(response))
}

/// Whether a vantage sees port 25: its view is valid, or of limited validity and a control was reached. One that could ask
/// no control is not known to see.
fn sees(row: &Evidence) -> bool {
    let reached = |control: &ControlResult| {
        control.expected == Expectation::Open && control.attempt.port == 25 && control.attempt.connected()
    };
    match row.sight {
        Sight::Clear => row.failure.is_none(),
        Sight::Partial => row.failure.is_none() && row.controls.iter().any(reached),
        _ => false,
    }
}

/// `GET /version`
pub(super) async fn version<H: Host>(host: &H, _: Call<H::Body>) -> Result<Reply, Problem> {
    Reply::json(&json!({
        "name": "noanswer",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": host.commit(),
        "report_schema": noanswer_core::report::SCHEMA,
    }))
}
