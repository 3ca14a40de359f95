//! The other routes.

use super::State;
use super::body;
use super::problem::Problem;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use noanswer_core::check as core_check;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, FamilySight, Sight};
use noanswer_core::mx::MxPlan;
use noanswer_core::ports::ProbeRequest;
use noanswer_core::symptom;
use noanswer_core::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest text that is explained, in bytes.
const TEXT: usize = 1 << 20;

/// The longest probe request, in bytes: twenty targets.
const TARGETS: usize = 64 << 10;

/// What is asked to be explained.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// The text.
    text: String,
}

/// `POST /v1/explain`
pub(super) async fn explain(request: Request) -> Result<Response, Problem> {
    let asked: Text = body::json(request, TEXT).await?;
    let symptoms = symptom::read(&asked.text);
    Ok(Json(serde_json::json!({ "schema": 1, "symptoms": symptoms })).into_response())
}

/// `GET /v1/mx/{domain}`
pub(super) async fn mx(
    Extract(state): Extract<Arc<State>>,
    domain: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<MxPlan>, Problem> {
    let Path(domain) = domain.map_err(|_| Problem::bad_request("the path is not UTF-8"))?;
    let domain: DomainName =
        domain.parse().map_err(|reason| Problem::unprocessable(format!("domain: {reason}")))?;
    state.limits.lookup(super::check::client(&request)).map_err(Problem::too_many)?;
    let site = &state.site;
    Ok(Json(core_check::plan(&domain, &site.resolvers, &site.policy, &state.fetch, |_| {}).await))
}

/// A vantage, and what it sees of port 25.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
pub struct VantageView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub place: String,
    /// The network it stands in.
    pub network: String,
    /// Whether it sees port 25.
    pub sight: Sight,
    /// The same, one family at a time.
    pub sight_by_family: FamilySight,
    /// As of when.
    pub as_of: Timestamp,
    /// Why it could not be asked, when it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl VantageView {
    /// What `evidence` shows of its vantage, as of `as_of`.
    pub fn of(evidence: &Evidence, as_of: Timestamp) -> Self {
        Self {
            id: evidence.vantage.clone(),
            place: evidence.place.clone(),
            network: evidence.network.clone(),
            sight: evidence.sight,
            sight_by_family: evidence.sight_by_family,
            as_of,
            failure: evidence.failure.as_ref().map(|failure| failure.words.clone()),
        }
    }
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
) -> Result<Json<Evidence>, Problem> {
    let (Some(prober), Some(token)) = (&state.site.prober, &state.site.token) else {
        return Err(Problem::not_found());
    };
    if !carries(request.headers(), token) {
        return Err(Problem::unauthorized());
    }
    let mut asked: ProbeRequest = body::json(request, TARGETS).await?;
    if asked.targets.len() > MOST_TARGETS {
        return Err(Problem::unprocessable(format!("targets: at most {MOST_TARGETS} are taken")));
    }
    asked.deadline_ms = asked.deadline_ms.min(core_check::PATIENT_MS);
    Ok(Json(prober.probe(&asked).await))
}

/// As many as a plan has at most.
const MOST_TARGETS: usize = 20;

/// Whether the request carries `token`. Compared in constant time, so that it cannot be guessed byte by byte.
pub(super) fn carries(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    subtle::ConstantTimeEq::ct_eq(given.as_bytes(), token.as_bytes()).into()
}

/// `GET /v1/lab`: what can be tried.
pub(super) async fn lab(Extract(state): Extract<Arc<State>>) -> Result<Response, Problem> {
    match &state.site.lab {
        Some(lab) => Ok(Json(lab.domains()).into_response()),
        None => Err(Problem::not_found()),
    }
}

/// `GET /healthz`
pub(super) async fn healthz() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok\n")
}
