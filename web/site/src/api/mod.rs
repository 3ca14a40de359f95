//! The HTTP API, the same on every host: the list of routes, their handlers, and what a host brings to them.
//!
//! `noanswer serve`, the Lambda function and the Worker are adapters: each turns its platform's request into an
//! [`http::Request`], calls [`respond`], and sends what comes back.
//!
//! A new route is one line of [`routes!`](self) and one handler. One under `/v1/` is described in `openapi.rs` too: a
//! test compares the two lists.

pub mod ask;
pub mod body;
mod call;
mod check;
pub mod clients;
mod description;
mod facts;
pub mod forwarded;
mod handlers;
mod headers;
mod host;
mod jobs;
mod limits;
mod metrics;
#[cfg(feature = "schema")]
pub mod openapi;
pub mod problem;
mod quota;
mod relay;
mod reports;
mod response;
mod route;
mod shelf;
mod status;
mod time_left;
pub mod token;
pub mod view;
mod who;

pub use call::{Answer, Body};
pub use clients::{Client, Clients, ClientsError};
pub use description::OPENAPI;
pub use facts::{Facts, FactsHandle};
pub use headers::{
    SECURITY_HEADERS, accepts, content_security_policy, content_security_policy_with_turnstile, names_tag,
    preferred,
};
pub use host::{BodyError, Config, Group, Host, Permission};
pub use quota::{Limit, Taken};
pub use route::{ROUTES, Route};
pub use shelf::{Kind, Shelf};
pub use who::Who;

use crate::nonce;
use bytes::Bytes;
use call::{Call, Reply};
use futures_util::Stream;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use problem::Problem;
use std::sync::Arc;

/// Answers a request. Every answer carries the security headers, every refusal is a problem document (RFC 9457).
pub async fn respond<H: Host>(
    host: Arc<H>,
    request: Request<H::Body>,
) -> Answer<impl Stream<Item = Bytes> + use<H>, H::File> {
    let facts = FactsHandle::default();
    let (parts, body) = request.into_parts();
    let page = (wants_page(&parts) && host.serves(Group::Pages)).then(|| handlers::language(&parts));
    let (who, mut after, mut nonce) = (host.who(&parts), None, None);
    let (route, reply) = match route::find(&parts, |group| host.serves(group)) {
        Ok((route, parameter)) => {
            let (head, reads) = (conditional(&parts), reads(&parts));
            nonce = echoed(route, &parts);
            let call = Call { parts, body, parameter, facts: facts.clone() };
            let reply = route::dispatch(route, host.as_ref(), call).await;
            let reply = reply.map(|reply| if reads { tagged(route, reply) } else { reply });
            (name(route), reply.map(|reply| fresh(reply, head.as_ref())))
        }
        Err(route::NoRoute::Method(route, allow)) => (name(route), Err(not_allowed(allow))),
        Err(route::NoRoute::Path) => match file(host.as_ref(), &parts).await {
            Ok(found) => {
                let response = limits::told(found.map(Body::File), host.as_ref(), PAGE, &facts, &who);
                let response = secured(response, host.config());
                return Answer { route: PAGE, facts, response, after };
            }
            Err(problem) => (PAGE, Err(problem)),
        },
    };
    let response = match reply {
        Ok(Reply::Whole(response)) => response.map(Body::Whole),
        Ok(Reply::Later(response, run)) => {
            after = Some(check::events(host.clone(), *run, facts.clone()));
            response.map(Body::Whole)
        }
        Ok(Reply::Events(run)) => {
            let events = check::events(host.clone(), *run, facts.clone());
            let mut response = Response::new(Body::Events(events));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            // A proxy that buffers would hold the events back until there are enough of them (nginx).
            headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
            response
        }
        Err(problem) => match page {
            Some(language) => handlers::problem_page(host.as_ref(), problem, language).await.map(Body::Whole),
            None => problem.response().map(Body::Whole),
        },
    };
    let mut response = limits::told(response, host.as_ref(), route, &facts, &who);
    response.headers_mut().extend(nonce.map(|nonce| (HeaderName::from_static(nonce::HEADER), nonce)));
    Answer { route, facts, response: secured(response, host.config()), after }
}

/// The answer to a request that its host refuses before any route is looked for.
pub fn refused<H: Host>(host: &H, parts: &Parts, problem: &Problem) -> Response<Bytes> {
    let (route, facts) = (PAGE, FactsHandle::default());
    let response = limits::told(problem.response(), host, route, &facts, &host.who(parts));
    secured(response, host.config())
}

/// Whether a person asks: a browser that opens an address names HTML, a program does not. The API stays the API.
fn wants_page(parts: &Parts) -> bool {
    let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !parts.uri.path().starts_with("/v1/") && accepts(accepted, "text/html")
}

/// What the log calls the pages and their files.
const PAGE: &str = "page";

/// What the log calls a route.
fn name(route: &Route) -> &'static str {
    if route.group == Group::Pages && route.method == "GET" { PAGE } else { route.path }
}

fn not_allowed(allow: String) -> Problem {
    Problem { allow: Some(allow), ..Problem::method_not_allowed() }
}

/// A file of the page, for what no route is for.
async fn file<H: Host>(host: &H, parts: &Parts) -> Result<Response<H::File>, Problem> {
    if !host.serves(Group::Pages) {
        return Err(Problem::not_found());
    }
    let found = host.file(parts).await?.ok_or_else(Problem::not_found)?;
    if matches!(parts.method, Method::GET | Method::HEAD) {
        Ok(found)
    } else {
        Err(not_allowed("GET,HEAD".to_owned()))
    }
}

/// The entity tags that a client has (RFC 9110 s13.1.2), where the request only reads.
fn conditional(parts: &Parts) -> Option<HeaderValue> {
    parts.headers.get(header::IF_NONE_MATCH).filter(|_| reads(parts)).cloned()
}

fn reads(parts: &Parts) -> bool {
    matches!(parts.method, Method::GET | Method::HEAD)
}

/// The nonce that a coordinator wants to see again in a vantage's answer.
fn echoed(route: &Route, parts: &Parts) -> Option<HeaderValue> {
    let asked = matches!(route.group, Group::Vantage | Group::Demo);
    parts.headers.get(nonce::HEADER).filter(|nonce| asked && nonce::is_word(nonce.as_bytes())).cloned()
}

/// What a client may keep carries an entity tag, so that it can ask whether it has changed. How a server is just now is
/// nothing to keep.
fn tagged(route: &Route, reply: Reply) -> Reply {
    let keeps = matches!(route.group, Group::Api | Group::Relay) || route.path == "/version";
    match reply {
        Reply::Whole(mut response) if keeps && response.status() == StatusCode::OK => {
            let headers = response.headers();
            if !headers.contains_key(header::ETAG) && !headers.contains_key(header::CACHE_CONTROL) {
                handlers::tag(&mut response);
                // What was made for one who asked is kept by nobody else, and not by this server either.
                let private = HeaderValue::from_static("private, no-cache");
                response.headers_mut().insert(header::CACHE_CONTROL, private);
            }
            Reply::Whole(response)
        }
        reply => reply,
    }
}

/// How many bytes a 304 spares, as an extension of the response: its head is that of the whole answer (RFC 9110 s15.4.5),
/// and a host may treat a long one otherwise than a short one.
#[derive(Clone, Copy, Debug)]
pub struct Spared(pub usize);

/// 304 where the client has what would be sent.
fn fresh(reply: Reply, has: Option<&HeaderValue>) -> Reply {
    let (Reply::Whole(response), Some(has)) = (&reply, has) else { return reply };
    let Some(tag) = response.headers().get(header::ETAG) else { return reply };
    if !names_tag(has.to_str().unwrap_or_default(), tag.to_str().unwrap_or_default()) {
        return reply;
    }
    let Reply::Whole(response) = reply else { return reply };
    let (mut parts, body) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.extensions.insert(Spared(body.len()));
    Reply::Whole(Response::from_parts(parts, Bytes::new()))
}

/// The response with the security headers, and with word to every cache on the way: what does not say that it may be kept
/// is not (RFC 9111 s5.2.2.5). What a vantage saw a minute ago is no answer of now.
fn secured<B>(mut response: Response<B>, config: &Config) -> Response<B> {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in SECURITY_HEADERS {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&config.content_security_policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
