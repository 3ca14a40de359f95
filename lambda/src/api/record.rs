//! Has each request written to the log, where there is one.

use crate::log::{Log, Request as Line};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use noanswer_site::api::FactsHandle;
use std::time::Instant;

/// A request that will be written to the log.
pub(super) struct Record {
    log: Log,
    method: String,
    id: Option<String>,
    since: Instant,
}

/// A line that is written when the answer has gone out, or whoever asked has gone away.
struct AtEnd {
    log: Log,
    line: Line,
    facts: FactsHandle,
    since: Instant,
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.line.took = self.since.elapsed();
        self.log.write(&self.line, &self.facts.so_far());
    }
}

impl Record {
    /// The record of a request that has just come.
    pub(super) fn begin(log: Log, request: &Request) -> Self {
        let id = request.extensions().get::<lambda_http::Context>();
        let id = id.map(|context| context.request_id.clone());
        Self { log, method: request.method().to_string(), id, since: Instant::now() }
    }

    /// The response, at whose end the line is written.
    pub(super) fn until_sent(self, route: &str, facts: FactsHandle, response: Response) -> Response {
        let status = response.status().as_u16();
        let Self { log, method, id, since } = self;
        let line = Line { method, route: route.to_owned(), id, status, took: since.elapsed() };
        let end = AtEnd { log, line, facts, since };
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
}
