//! The API and the page on hosts with sockets: `noanswer serve`, and the Lambda function. An adapter of
//! `noanswer_site::api`, which has the routes.

mod access;
mod bodies;
mod compress;
mod files;
mod host;
mod limits;
pub(crate) mod listen;
mod metrics;
mod pages;
mod rebinding;
mod record;
mod shared;
mod shelf;
mod state;
mod streams;

pub use access::Token;
pub use shelf::Kept;
pub use state::{Site, State};

use axum::Router;
use axum::extract::{Request, State as Extract};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use futures_util::StreamExt;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{Body, FactsHandle, refused, respond};
use std::convert::Infallible;
use std::sync::Arc;

/// The API as a service of axum, which `noanswer serve` and the Lambda runtime call.
pub fn router(state: Arc<State>) -> Router {
    Router::new().fallback(serve).with_state(state)
}

/// Answers one request.
async fn serve(Extract(state): Extract<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let id = record::id(&parts);
    let client = noanswer_site::api::Host::client(state.as_ref(), &parts);
    let record = state.log.clone().map(|log| record::Record::begin(log, &parts, &id, client));
    let method = parts.method.clone();
    let accepts = parts.headers.get(header::ACCEPT_ENCODING).cloned();
    let problem = unnamed(&parts).or_else(|| misdirected(&state, &parts));
    let (route, facts, mut response) = match problem {
        Some(problem) => {
            let response = refused(state.as_ref(), &parts, &problem).map(Into::into);
            ("misdirected", FactsHandle::default(), response)
        }
        None => {
            let reading = parts.extensions.get::<listen::Reading>().cloned();
            let share = state.room.share(client);
            let coming = bodies::Coming { body, share: share.clone(), reading };
            let answer = respond(state.clone(), axum::http::Request::from_parts(parts, coming)).await;
            let counted = state.metrics.as_ref().map(|metrics| {
                metrics.answered(&method, answer.route, answer.response.status());
                Arc::new(metrics.at_end(answer.facts.clone()))
            });
            let (head, body) = answer.response.into_parts();
            if let Some(after) = answer.after {
                // It is counted when it is done. Whoever asks for nothing more of it has the link all the same.
                let counted = counted.clone();
                tokio::spawn(async move {
                    after.for_each(|_| async {}).await;
                    drop(counted);
                });
            }
            let response = match body {
                Body::Whole(bytes) | Body::File(bytes) => {
                    let whole = axum::http::Response::from_parts(head, bytes);
                    let sent = state.packed.respond(&method, whole, accepts.as_ref());
                    // Whoever does not read the answer holds what was asked with it.
                    sent.map(|body| axum::body::Body::new(listen::Held::new(body, share)))
                }
                Body::Events(events) => {
                    // The check is counted when its events have gone out.
                    let events = events.map(move |event| {
                        let _ = &counted;
                        Ok::<_, Infallible>(event)
                    });
                    Response::from_parts(head, axum::body::Body::from_stream(events))
                }
            };
            (answer.route, answer.facts, response)
        }
    };
    response.headers_mut().extend(
        HeaderValue::from_str(&id)
            .ok()
            .map(|id| (record::REQUEST_ID, id))
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), value)),
    );
    match record {
        Some(record) => record.until_sent(route, facts, response),
        None => response,
    }
}

/// Why a request on a connection of ours has no one host that it is for: HTTP/1.1 asks for exactly one (RFC 9112 s3.2),
/// since whoever stands between may go by another one of two.
fn unnamed(parts: &Parts) -> Option<Problem> {
    let hosts = parts.headers.get_all(header::HOST).iter().count();
    let on_connection = parts.extensions.get::<listen::Reading>().is_some();
    let asks_for_one = on_connection && parts.version == Version::HTTP_11;
    let sound = hosts == 1 || (hosts == 0 && !asks_for_one);
    (!sound).then(|| Problem::bad_request("a request has one Host header (RFC 9112 s3.2)"))
}

/// Why a server on loopback does not answer to the name by which it is asked. Whether it lives, it says to anybody.
fn misdirected(state: &State, parts: &Parts) -> Option<Problem> {
    let names = state.names.as_ref()?;
    // A target in absolute form stands before the header (RFC 9112 s3.2.2).
    let target = parts.uri.authority().and_then(|name| HeaderValue::from_str(name.as_str()).ok());
    let host = target.as_ref().or_else(|| parts.headers.get(header::HOST))?;
    if parts.uri.path() == "/healthz" || rebinding::is_own_name(host, names) {
        return None;
    }
    let detail = "a server on loopback answers to names of its own host: --allow-host NAME allows another, \
                  --trusted-proxy those of a proxy";
    Some(Problem::new(421, "The request is for another host", detail))
}
