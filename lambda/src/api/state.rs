//! What a server of the API is set up with, and what its requests share.

use super::access::Token;
use super::bodies::Room;
use super::compress;
use super::limits::Limits;
use super::metrics::Metrics;
use super::pages::Pages;
use super::shared::Shared;
use super::shelf::Kept;
use super::streams::Streams;
use crate::demo::Description;
use crate::fetch::DohFetch;
use crate::fleet::Fleet;
use crate::log::Log;
use crate::probe::Prober;
use crate::store::Store;
use ipnet::IpNet;
use noanswer_core::address::AddressPolicy;
use noanswer_site::api::{Clients, Config, content_security_policy};
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
    pub(super) config: Config,
    pub(super) site: Site,
    pub(super) fleet: Shared,
    pub(super) fetch: DohFetch,
    pub(super) limits: Arc<Limits>,
    pub(super) pages: Pages,
    pub(super) packed: compress::Packed,
    pub(super) room: Room,
    pub(super) streams: Streams,
    /// Whether it goes on working after it has answered.
    pub(super) works_on: bool,
    /// Whether it serves the page.
    pub(super) has_page: bool,
    /// Where reports and cases are kept, where the operator wants it.
    pub(super) kept: Option<Arc<Kept>>,
    /// The proxies whose word counts of who asks.
    pub(super) behind: Vec<IpNet>,
    /// Of a server on loopback: the names that it answers to beside those of its own host. `None` for any.
    pub(super) names: Option<Vec<String>>,
    pub(super) log: Option<Log>,
    pub(super) metrics: Option<Metrics>,
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
        let limits = Limits::public().counted_in(store.clone(), site.token.is_none());
        Self::limited(site, fleet, fetch, limits).keeping(Some(Arc::new(Kept::Shared(store))))
    }

    fn limited(site: Site, fleet: Fleet, fetch: DohFetch, limits: Limits) -> Self {
        let limits = Arc::new(limits);
        let config = Config {
            resolvers: site.resolvers.clone(),
            policy: site.policy.clone(),
            // The demo's own DoH server is this server: no other origin need be reached.
            content_security_policy: content_security_policy(site.demo.is_some()).to_owned(),
            clients: Clients::default(),
        };
        let pages = Pages::new(site.demo.as_ref());
        let fleet = Shared::new(fleet, limits.clone());
        let packed = compress::Packed::default();
        Self {
            config,
            site,
            fleet,
            fetch,
            limits,
            pages,
            packed,
            room: Room::default(),
            streams: Streams::default(),
            works_on: false,
            has_page: true,
            kept: None,
            behind: Vec::new(),
            names: None,
            log: None,
            metrics: None,
        }
    }

    /// Looks at what each vantage sees, so that the next who asks finds it there.
    pub async fn look_at_vantages(&self) {
        self.fleet.sights().await;
    }

    /// Counts requests and checks, and serves the figures to Prometheus.
    #[must_use]
    pub fn measured(self) -> Self {
        Self { metrics: Some(Metrics::new()), ..self }
    }

    /// Serves the API alone: the page is elsewhere.
    #[must_use]
    pub fn without_a_page(self) -> Self {
        Self { has_page: false, ..self }
    }

    /// Goes on working after it has answered: a process, and no function.
    #[must_use]
    pub fn working_on(self) -> Self {
        Self { works_on: true, ..self }
    }

    /// Takes checks of these clients, within limits of their own.
    #[must_use]
    pub fn knowing(mut self, clients: Clients) -> Self {
        self.config.clients = clients;
        self
    }

    /// Keeps reports and cases in `kept`.
    #[must_use]
    pub fn keeping(self, kept: Option<Arc<Kept>>) -> Self {
        let pages = self.pages.keeping(kept.is_some());
        Self { kept, pages, ..self }
    }

    /// Takes the word of these proxies for who asks.
    #[must_use]
    pub fn behind(self, proxies: Vec<IpNet>) -> Self {
        Self { behind: proxies, ..self }
    }

    /// Answers to the names of its own host and to `names` alone: for a server on loopback, which no page of another name
    /// may ask (DNS rebinding).
    #[must_use]
    pub fn named(self, names: Vec<String>) -> Self {
        Self { names: Some(names), ..self }
    }

    /// Writes a line for each request to `log`.
    #[must_use]
    pub fn logging(self, log: Log) -> Self {
        Self { log: Some(log), ..self }
    }
}
