//! The HTTP API and the page, served the same by `noanswer serve` and by Lambda.

mod access;
mod assets;
mod body;
mod check;
mod headers;
mod html;
mod limits;
mod problem;
mod record;
mod routes;
mod shared;

pub use access::Token;

use crate::fetch::DohFetch;
use crate::fleet::Fleet;
use crate::lab::Description;
use crate::log::Log;
use crate::probe::Prober;
use crate::store::Store;
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use limits::Limits;
use noanswer_core::address::AddressPolicy;
use shared::Shared;
use std::sync::Arc;

/// What is served, and to whom.
#[derive(Debug)]
pub struct Site {
    /// The DoH servers.
    pub resolvers: Vec<String>,
    /// Which addresses may be connected to.
    pub policy: AddressPolicy,
    /// The lab, when it is one.
    pub lab: Option<Description>,
    /// This process as a vantage, when it is one.
    pub prober: Option<Arc<Prober>>,
    /// The token that a vantage's calls must carry, or a check where checks are not public. A vantage without one takes
    /// calls from those alone whom AWS has let through.
    pub token: Option<Token>,
}

/// All that requests share.
#[derive(Debug)]
pub struct State {
    site: Site,
    fleet: Shared,
    fetch: DohFetch,
    limits: Arc<Limits>,
    pages: html::Pages,
    log: Option<Log>,
}

impl State {
    /// The state of a server.
    pub fn new(site: Site, fleet: Fleet, fetch: DohFetch) -> Self {
        let limits = if site.lab.is_some() { Limits::of_the_lab() } else { Limits::public() };
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
        let pages = html::Pages::new(&site);
        Self { site, fleet: Shared::new(fleet, limits.clone()), fetch, limits, pages, log: None }
    }

    /// Writes a line for each request to `log`.
    #[must_use]
    pub fn logging(self, log: Log) -> Self {
        Self { log: Some(log), ..self }
    }
}

/// The routes.
pub fn router(state: Arc<State>) -> Router {
    let lab = state.site.lab.clone();
    let mut router = Router::new()
        .route("/v1/explain", post(routes::explain))
        .route("/v1/mx/{domain}", get(routes::mx))
        .route("/v1/check", post(check::check))
        .route("/v1/vantages", get(routes::vantages))
        .route("/v1/lab", get(routes::lab))
        .route("/explain", post(html::explain))
        .route("/openapi.json", get(routes::openapi))
        .route("/healthz", get(routes::healthz));
    if state.site.prober.is_some() {
        router = router.route("/v1/probe", post(routes::probe));
    }
    if let Some(lab) = lab {
        // The lab's vantages, for a gateway that stands before it: they reach nothing but the lab.
        router = router.merge(lab.routes()).route("/lab/{vantage}/v1/probe", post(routes::lab_probe));
    }
    router
        .fallback(assets::serve)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(state.clone())
        .layer(middleware::from_fn_with_state(state.clone(), headers::secure))
        .layer(middleware::from_fn_with_state(state, record::record))
}
