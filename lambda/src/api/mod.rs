//! The API and the page on hosts with sockets: `noanswer serve`, and the Lambda function. An adapter of
//! `noanswer_site::api`, which has the routes.

mod access;
mod compress;
mod files;
mod host;
mod limits;
pub(crate) mod listen;
mod record;
mod shared;

pub use access::Token;

use crate::demo::Description;
use crate::fetch::DohFetch;
use crate::fleet::Fleet;
use crate::log::Log;
use crate::probe::Prober;
use crate::store::Store;
use axum::Router;
use axum::extract::{Request, State as Extract};
use axum::response::Response;
use limits::Limits;
use noanswer_core::address::AddressPolicy;
use noanswer_site::api::{Body, Config, content_security_policy, respond};
use shared::Shared;
use std::convert::Infallible;
use std::sync::Arc;

/// What is served, and to whom.
#[derive(Debug)]
pub struct Site {
    /// The DoH servers.
    pub resolvers: Vec<String>,
    /// Which addresses may be connected to.
    pub policy: AddressPolicy,
    /// The embedded demo, when it is served (`serve --lab`).
    pub demo: Option<Description>,
    /// This process as a vantage, when it is one.
    pub prober: Option<Arc<Prober>>,
    /// The token that a vantage's calls must carry, or a check where checks are not public. A vantage without one takes
    /// calls from those alone whom AWS has let through.
    pub token: Option<Token>,
}

/// All that requests share.
#[derive(Debug)]
pub struct State {
    config: Config,
    site: Site,
    fleet: Shared,
    fetch: DohFetch,
    limits: Arc<Limits>,
    pages: host::Pages,
    packed: compress::Packed,
    in_flight: host::InFlight,
    log: Option<Log>,
}

impl State {
    /// The state of a server.
    pub fn new(site: Site, fleet: Fleet, fetch: DohFetch) -> Self {
        let limits = if site.demo.is_some() { Limits::of_the_demo() } else { Limits::public() };
        Self::limited(site, fleet, fetch, limits)
    }

    /// The state of one instance of several, which share `store`.
    ///
    /// Without a token, anybody may ask: then nothing is looked up or checked while the store does not answer. With one,
    /// each instance counts for itself meanwhile.
    pub fn sharing(site: Site, fleet: Fleet, fetch: DohFetch, store: Arc<Store>) -> Self {
        let limits = Limits::public().counted_in(store, site.token.is_none());
        Self::limited(site, fleet, fetch, limits)
    }

    fn limited(site: Site, fleet: Fleet, fetch: DohFetch, limits: Limits) -> Self {
        let limits = Arc::new(limits);
        let config = Config {
            resolvers: site.resolvers.clone(),
            policy: site.policy.clone(),
            // The demo's own DoH server is this server: no other origin need be reached.
            content_security_policy: content_security_policy(site.demo.is_some()).to_owned(),
        };
        let pages = host::Pages::new(site.demo.as_ref());
        let fleet = Shared::new(fleet, limits.clone());
        let packed = compress::Packed::default();
        let in_flight = host::InFlight::default();
        Self { config, site, fleet, fetch, limits, pages, packed, in_flight, log: None }
    }

    /// Writes a line for each request to `log`.
    #[must_use]
    pub fn logging(self, log: Log) -> Self {
        Self { log: Some(log), ..self }
    }
}

/// The API as a service of axum, which `noanswer serve` and the Lambda runtime call.
pub fn router(state: Arc<State>) -> Router {
    Router::new().fallback(serve).with_state(state)
}

/// Answers one request.
async fn serve(Extract(state): Extract<Arc<State>>, request: Request) -> Response {
    let record = state.log.clone().map(|log| record::Record::begin(log, &request));
    let accepts = request.headers().get(axum::http::header::ACCEPT_ENCODING).cloned();
    let answer = respond(state.clone(), request).await;
    let (head, body) = answer.response.into_parts();
    let response = match body {
        Body::Whole(bytes) => {
            state.packed.respond(axum::http::Response::from_parts(head, bytes), accepts.as_ref())
        }
        Body::File(bytes) => Response::from_parts(head, bytes.into()),
        Body::Events(events) => {
            use futures_util::StreamExt;
            let events = events.map(Ok::<_, Infallible>);
            Response::from_parts(head, axum::body::Body::from_stream(events))
        }
    };
    match record {
        Some(record) => record.until_sent(answer.route, answer.facts, response),
        None => response,
    }
}
