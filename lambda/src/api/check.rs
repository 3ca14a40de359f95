//! `POST /v1/check`: one report, or its events as they come.

use super::State;
use super::body;
use super::problem::Problem;
use crate::told::Told;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State as Extract};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::Patience;
use noanswer_core::symptom::{LogControls, Symptom};
use serde::Deserialize;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The longest request that is taken, in bytes: a bounce, and the evidence of one server.
const LIMIT: usize = 1 << 20;

/// As many symptoms as a report keeps.
const SYMPTOMS: usize = 100;

/// What is asked of a check.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The domain, or a mail address in it.
    domain: String,
    /// A failure text, to be read here.
    #[serde(default)]
    symptom: Option<String>,
    /// What was read from a text already: the page keeps the text to itself.
    #[serde(default)]
    symptoms: Vec<Symptom>,
    /// What was read from a log of other destinations.
    #[serde(default)]
    log: Option<LogControls>,
    /// The sending server's own evidence, where it has looked: one at most is taken.
    #[serde(default)]
    evidence: Vec<Evidence>,
}

pub(super) async fn check(
    Extract(state): Extract<Arc<State>>,
    request: Request,
) -> Result<Response, Problem> {
    let client = client(&request);
    let streamed = wants_events(request.headers());
    authorized(&state, request.headers())?;
    let asked: Asked = body::json(request, LIMIT).await?;
    let domain = DomainName::from_mail_address_or_domain(asked.domain.trim())
        .map_err(|reason| Problem::unprocessable(format!("domain: {reason}")))?;
    state.limits.check(client).map_err(Problem::too_many)?;
    let patience = if streamed { Patience::Patient } else { Patience::Quick };
    let told = asked.symptom.as_deref().map(|text| Told::by(text.as_bytes())).unwrap_or_default();
    let request = CheckRequest {
        domain,
        at: crate::clock::now(),
        symptoms: told.symptoms.into_iter().chain(asked.symptoms).take(SYMPTOMS).collect(),
        log: told.controls.or(asked.log),
        evidence: asked.evidence.into_iter().take(1).map(of_the_sender).collect(),
        resolvers: state.site.resolvers.clone(),
        policy: state.site.policy.clone(),
        patience,
        deadline_ms: check::QUICK_MS + if streamed { check::SPACING_MS + check::PATIENT_MS } else { 0 },
    };
    if streamed {
        return Ok(Sse::new(events(state, request))
            .keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
            .into_response());
    }
    Ok(Json(check::run(request, &state.fetch, &state.fleet, |_| {}).await).into_response())
}

/// Evidence that a client brings is its own: it speaks for no region.
fn of_the_sender(evidence: Evidence) -> Evidence {
    Evidence { vantage: "local".to_owned(), role: Role::Sender, network: "local".to_owned(), ..evidence }
}

/// A check needs the token where there is one and this is no vantage's own.
fn authorized(state: &State, headers: &HeaderMap) -> Result<(), Problem> {
    match &state.site.token {
        Some(token) if !super::routes::carries(headers, token) => Err(Problem::unauthorized()),
        _ => Ok(()),
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

/// Who asks: the address of the connection, or of the function URL's event where Lambda stands between.
pub(super) fn client(request: &Request) -> IpAddr {
    use lambda_http::request::RequestContext;
    if let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().get::<RequestContext>() {
        let source = context.http.source_ip.as_deref().and_then(|source| source.parse().ok());
        return source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    }
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>();
    connected.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip())
}

/// Ends the check when the reader goes away.
struct Abort(AbortHandle);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn events(state: Arc<State>, request: CheckRequest) -> impl Stream<Item = Result<SseEvent, Infallible>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let tell = |event: Event| {
            // A reader that has gone away ends the task by itself.
            let _ = sender.send(event);
        };
        check::run(request, &state.fetch, &state.fleet, tell).await;
    });
    stream::unfold((receiver, Abort(task.abort_handle())), |(mut receiver, abort)| async move {
        let event = receiver.recv().await?;
        let data = serde_json::to_string(&event).unwrap_or_default();
        Some((Ok(SseEvent::default().event(event.name()).data(data)), (receiver, abort)))
    })
}
