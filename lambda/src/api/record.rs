//! Has each request written to the log, where there is one.

use super::State;
use crate::log::{Log, Request as Line, Seen};
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State as Extract};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use std::time::Instant;

/// A line that is written when the answer has gone out, or whoever asked has gone away.
struct AtEnd {
    log: Log,
    line: Line,
    seen: Seen,
    since: Instant,
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.line.took = self.since.elapsed();
        self.log.write(&self.line, &self.seen);
    }
}

/// Writes a line for the request, when its answer has gone out.
pub(super) async fn record(
    Extract(state): Extract<Arc<State>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(log) = state.log.clone() else { return next.run(request).await };
    let since = Instant::now();
    let seen = Seen::default();
    request.extensions_mut().insert(seen.clone());
    // The pattern, not the path: a path is whatever somebody wrote.
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<lambda_http::Context>().map(|context| context.request_id.clone());
    let method = request.method().to_string();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let end = AtEnd { log, line: Line { method, route, id, status, took: since.elapsed() }, seen, since };
    if response.body().size_hint().exact().is_some() {
        // All of it is there already, and keeps its Content-Length.
        return response;
    }
    // The line is written before the end of the answer is told: after it, the function may be frozen.
    response.map(|body| {
        Body::from_stream(stream::unfold((body.into_data_stream(), end), |(mut body, end)| async move {
            Some((body.next().await?, (body, end)))
        }))
    })
}
