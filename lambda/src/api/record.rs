//! Has each request written to the log, where there is one.

use crate::log::{Log, Request as Line};
use axum::body::{Body, HttpBody};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use noanswer_core::address::target_network;
use noanswer_site::api::FactsHandle;
use noanswer_site::trace;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::time::Instant;

/// The header that carries a request's id.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// A request that will be written to the log.
pub(super) struct Record {
    log: Log,
    method: String,
    id: String,
    trace: Option<String>,
    client: String,
    since: Instant,
}

/// The id of a request: the one that AWS gave it, or a proxy, where it is a short word; else a new one.
pub(super) fn id(parts: &Parts) -> String {
    if let Some(context) = parts.extensions.get::<lambda_http::Context>() {
        return context.request_id.clone();
    }
    let given = parts.headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_word = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    given
        .filter(is_word)
        .map_or_else(|| format!("{:016x}", RandomState::new().build_hasher().finish()), str::to_owned)
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
    pub(super) fn begin(log: Log, parts: &Parts, id: &str, client: IpAddr) -> Self {
        let length = if client.to_canonical().is_ipv4() { 24 } else { 48 };
        let client = format!("{}/{length}", target_network(client.to_canonical()));
        let trace = trace::parent(&parts.headers).and_then(trace::id).map(str::to_owned);
        Self {
            log,
            method: parts.method.to_string(),
            id: id.to_owned(),
            trace,
            client,
            since: Instant::now(),
        }
    }

    /// The response, at whose end the line is written.
    pub(super) fn until_sent(self, route: &str, facts: FactsHandle, response: Response) -> Response {
        let status = response.status().as_u16();
        let Self { log, method, id, trace, client, since } = self;
        let route = route.to_owned();
        let line = Line { method, route, id, trace, client, status, took: since.elapsed() };
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
