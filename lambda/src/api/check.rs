//! `POST /v1/check`: one report, or its events as they come.

use super::State;
use super::access::Shown;
use super::body::{self, said};
use super::problem::Refusal;
use crate::log::Seen;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State as Extract};
use axum::http::header;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_site::ask;
use noanswer_site::body::CHECK;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

pub(super) async fn check(
    Extract(state): Extract<Arc<State>>,
    request: Request,
) -> Result<Response, Refusal> {
    let client = client(&request);
    let streamed = ask::wants_events(said(request.headers(), header::ACCEPT));
    let seen = request.extensions().get::<Seen>().cloned().unwrap_or_default();
    let shown = Shown::by(&request);
    // A vantage takes checks from nobody else than probes.
    if state.site.token.is_some() || state.site.prober.is_some() {
        shown.allow(state.site.token.as_ref()).await?;
    }
    let asked: ask::Check = body::json(request, CHECK).await?;
    let (resolvers, policy) = (state.site.resolvers.clone(), state.site.policy.clone());
    let request = asked.request(crate::clock::now(), streamed, resolvers, policy)?;
    seen.check(&request.domain);
    state.limits.check(client).await?;
    if streamed {
        return Ok(Sse::new(events(state, request, seen))
            .keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
            .into_response());
    }
    Ok(Json(check::run(request, &state.fetch, &state.fleet, |event| seen.event(&event)).await)
        .into_response())
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

fn events(
    state: Arc<State>,
    request: CheckRequest,
    seen: Seen,
) -> impl Stream<Item = Result<SseEvent, Infallible>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let tell = |event: Event| {
            seen.event(&event);
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
