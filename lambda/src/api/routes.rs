//! The other routes.

use super::State;
use super::access::Shown;
use super::body;
use super::problem::Refusal;
use crate::log::Seen;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as Extract};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use noanswer_core::check as core_check;
use noanswer_core::evidence::Evidence;
use noanswer_core::mx::MxPlan;
use noanswer_core::ports::Probe;
use noanswer_site::ask;
use noanswer_site::body::{TARGETS, TEXT};
use noanswer_site::problem::Problem;
use noanswer_site::view::VantageView;
use std::sync::Arc;

/// `POST /v1/explain`
pub(super) async fn explain(request: Request) -> Result<Response, Refusal> {
    let asked: ask::Text = body::json(request, TEXT).await?;
    Ok(Json(asked.explained(crate::clock::now())).into_response())
}

/// `GET /v1/mx/{domain}`
pub(super) async fn mx(
    Extract(state): Extract<Arc<State>>,
    domain: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<MxPlan>, Refusal> {
    let Path(domain) = domain.map_err(|_| Problem::bad_request("the path is not UTF-8"))?;
    let domain = ask::domain(&domain)?;
    if let Some(seen) = request.extensions().get::<Seen>() {
        seen.lookup(&domain);
    }
    let client = super::check::client(&request);
    drop(request);
    state.limits.lookup(client).await?;
    let site = &state.site;
    Ok(Json(core_check::plan(&domain, &site.resolvers, &site.policy, &state.fetch, |_| {}).await))
}

/// `GET /v1/vantages`
pub(super) async fn vantages(Extract(state): Extract<Arc<State>>) -> Json<Vec<VantageView>> {
    let at = crate::clock::now();
    Json(state.fleet.sights().await.iter().map(|evidence| VantageView::of(evidence, at)).collect())
}

/// `POST /v1/probe`: a vantage's own call.
pub(super) async fn probe(
    Extract(state): Extract<Arc<State>>,
    request: Request,
) -> Result<Json<Evidence>, Refusal> {
    let Some(prober) = &state.site.prober else { return Err(Problem::not_found().into()) };
    let seen = request.extensions().get::<Seen>().cloned().unwrap_or_default();
    let shown = Shown::by(&request);
    shown.allow(state.site.token.as_ref()).await?;
    let asked = ask::probe(body::json(request, TARGETS).await?)?;
    let evidence = prober.probe(&asked).await;
    seen.probe(&asked.domain, &evidence);
    Ok(Json(evidence))
}

/// `POST /lab/{vantage}/v1/probe`: the call of a vantage of the lab.
pub(super) async fn lab_probe(
    Extract(state): Extract<Arc<State>>,
    vantage: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<Evidence>, Refusal> {
    let Path(id) = vantage.map_err(|_| Problem::bad_request("the path is not UTF-8"))?;
    let asked = ask::probe(body::json(request, TARGETS).await?)?;
    let vantage = state.fleet.vantages().iter().find(|vantage| vantage.id == id);
    let vantage = vantage.ok_or_else(Problem::not_found)?;
    let rows = state.fleet.probe(vantage, &asked).await;
    let failed = |words: String| Problem::new(503, "The vantage did not look", words);
    let first = rows.map_err(|failure| failed(failure.words))?.into_iter().next();
    Ok(Json(first.ok_or_else(|| failed("it has no row of evidence".to_owned()))?))
}

/// `GET /v1/lab`: what can be tried.
pub(super) async fn lab(Extract(state): Extract<Arc<State>>) -> Result<Response, Refusal> {
    match &state.site.lab {
        Some(lab) => Ok(Json(lab.domains()).into_response()),
        None => Err(Problem::not_found().into()),
    }
}

/// `GET /healthz`
pub(super) async fn healthz() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok\n")
}

/// `GET /openapi.json`
pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], noanswer_site::OPENAPI)
}
