//! The API and the page on hosts with sockets: `noanswer serve`, and the Lambda function. An adapter of
//! `noanswer_site::api`, which has the routes.

mod access;
mod compress;
mod files;
mod host;
mod limits;
pub(crate) mod listen;
mod metrics;
mod pages;
mod record;
mod shared;
mod state;

pub use access::Token;
pub use state::{Site, State};

use axum::Router;
use axum::extract::{Request, State as Extract};
use axum::response::Response;
use noanswer_site::api::{Body, respond};
use std::convert::Infallible;
use std::sync::Arc;

/// The API as a service of axum, which `noanswer serve` and the Lambda runtime call.
pub fn router(state: Arc<State>) -> Router {
    Router::new().fallback(serve).with_state(state)
}

/// Answers one request.
async fn serve(Extract(state): Extract<Arc<State>>, request: Request) -> Response {
    let record = state.log.clone().map(|log| record::Record::begin(log, &request));
    let accepts = request.headers().get(axum::http::header::ACCEPT_ENCODING).cloned();
    let method = request.method().clone();
    let answer = respond(state.clone(), request).await;
    let counted = state.metrics.as_ref().map(|metrics| {
        metrics.answered(&method, answer.route, answer.response.status());
        metrics.at_end(answer.facts.clone())
    });
    let (head, body) = answer.response.into_parts();
    let response = match body {
        Body::Whole(bytes) => {
            state.packed.respond(axum::http::Response::from_parts(head, bytes), accepts.as_ref())
        }
        Body::File(bytes) => Response::from_parts(head, bytes.into()),
        Body::Events(events) => {
            use futures_util::StreamExt;
            // The check is counted when its events have gone out.
            let events = events.map(move |event| {
                let _ = &counted;
                Ok::<_, Infallible>(event)
            });
            Response::from_parts(head, axum::body::Body::from_stream(events))
        }
    };
    match record {
        Some(record) => record.until_sent(answer.route, answer.facts, response),
        None => response,
    }
}
