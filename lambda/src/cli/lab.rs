//! The embedded lab within this process: a command is tried on it, and nothing leaves loopback.

use super::setup::Usage;
use crate::api::listen::{self, Bounds, Served};
use crate::api::{self, Site, State};
use crate::demo::{self, Demo};
use crate::fetch::DohFetch;
use crate::fleet;
use crate::probe::Prober;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A running lab. Its name server is served as long as this is kept.
pub(super) struct Lab {
    pub(super) demo: Demo,
    fetch: DohFetch,
    _stop: watch::Sender<bool>,
    _serve: watch::Sender<Served>,
}

impl Lab {
    /// Starts the hosts and the name server, each on a free port of loopback.
    pub(super) async fn start(fetch: &DohFetch) -> Result<Self, Usage> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let failed = |source| Usage::Listen { address: any, source };
        let listener = TcpListener::bind(any).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let demo = Demo::start(&format!("http://{address}")).await.map_err(failed)?;
        let site = Site {
            resolvers: demo.resolvers(),
            policy: demo::policy(),
            demo: Some(demo::Description),
            prober: None,
            token: None,
        };
        let state = State::new(site, fleet::empty(fetch), fetch.clone());
        let app = api::router(Arc::new(state));
        let (serve, served) = watch::channel(Served { app, tls: None, behind: Arc::default() });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(listen::serve(listener, served, Bounds::default(), stopped));
        Ok(Self { demo, fetch: fetch.clone(), _stop: stop, _serve: serve })
    }

    /// The prober of a sending server that stands where the vantage of that id does.
    pub(super) fn sender(&self, vantage: &str) -> Result<Arc<Prober>, Usage> {
        let prober = self.demo.sender(vantage, &self.fetch).map(Arc::new);
        prober.ok_or_else(|| Usage::Setting(format!("the lab has no vantage {vantage:?}")))
    }
}
