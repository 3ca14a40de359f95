//! What this host brings to the API.

use super::access::Shown;
use super::bodies::Coming;
use super::limits::NotGranted;
use super::listen::Reading;
use super::metrics::Metrics;
use super::shelf::Kept;
use super::state::State;
use super::streams::{self, AGAIN_S, all_taken};
use super::{files, shared};
use crate::fetch::DohFetch;
use crate::probe::Prober;
use crate::store::Place;
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::Response;
use axum::http::request::Parts;
use futures_util::StreamExt;
use noanswer_core::check::{self, CheckRequest};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Patience};
use noanswer_core::letters::Language;
use noanswer_core::ports::{FetchError, HttpCall, Transport};
use noanswer_core::timestamp::Timestamp;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{
    BodyError, Config, FactsHandle, Group, Host, Limit, Permission, Taken, Who, forwarded,
};
use noanswer_site::pages::{self, Page};
use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::RuntimeFlavor;

/// What is read of fewer bytes takes no longer than handing a thread's other requests to another one is worth.
const HEAVY: usize = 32 << 10;

/// How long a body may take to come.
const BODY: Duration = Duration::from_secs(20);

/// A stream's place in this process, and among all instances.
struct Stream {
    _here: streams::Place,
    of_all: Option<Place>,
}

impl Host for State {
    type Fetch = DohFetch;
    type Fleet = shared::Shared;
    type Prober = Prober;
    type Body = Coming;
    type File = Bytes;
    type Shelf = Kept;

    fn config(&self) -> &Config {
        &self.config
    }

    fn serves(&self, group: Group) -> bool {
        match group {
            Group::Health => true,
            // A vantage is asked by its coordinator and by nobody else: what it does not serve, nobody can exhaust.
            Group::Api => self.site.prober.is_none(),
            Group::Pages => self.has_page && self.site.prober.is_none(),
            Group::Vantage => self.site.prober.is_some(),
            Group::Demo => self.site.demo.is_some(),
            Group::Metrics => self.metrics.is_some(),
            Group::Relay => false,
            Group::Kept | Group::Cases => self.kept.is_some() && self.site.prober.is_none(),
            // A function is frozen once it has answered.
            Group::Jobs => self.works_on && self.kept.is_some() && self.site.prober.is_none(),
        }
    }

    fn fetch(&self) -> &DohFetch {
        &self.fetch
    }

    fn fleet(&self) -> Result<&shared::Shared, Problem> {
        Ok(&self.fleet)
    }

    fn prober(&self) -> Option<&Arc<Prober>> {
        self.site.prober.as_ref()
    }

    async fn sights(&self) -> Result<(Vec<Evidence>, i64), Problem> {
        let (rows, age) = self.fleet.sights().await;
        Ok((rows.to_vec(), i64::try_from(age.as_secs()).unwrap_or(i64::MAX)))
    }

    fn shelf(&self) -> Option<&Kept> {
        self.kept.as_deref()
    }

    fn commit(&self) -> Option<&'static str> {
        Some(env!("NOANSWER_COMMIT")).filter(|commit| !commit.is_empty())
    }

    fn batch(&self) -> usize {
        // A function ends with its time.
        if self.works_on { 100 } else { 10 }
    }

    async fn tell(&self, call: HttpCall) -> Result<u16, FetchError> {
        let transport = crate::fleet::transport(&self.fetch);
        transport.send(&call).await.map(|answer| answer.status)
    }

    async fn stream(&self, who: &Who) -> Result<Box<dyn Any + Send + Sync>, Problem> {
        // The demo, which probes itself, has no limits.
        if self.site.demo.is_some() {
            return Ok(Box::new(()));
        }
        let here = self.streams.take(who)?;
        let of_all = self.limits.stream(who, AGAIN_S).await.map_err(|why| match why {
            NotGranted::After(_) => all_taken(who),
            NotGranted::Uncounted => why.problem(),
        })?;
        Ok(Box::new(Stream { _here: here, of_all }))
    }

    async fn stream_ended(&self, place: &(dyn Any + Send + Sync)) {
        if let Some(Stream { of_all: Some(place), .. }) = place.downcast_ref() {
            self.limits.stream_ended(place).await;
        }
    }

    fn now(&self) -> Timestamp {
        crate::clock::now()
    }

    /// A function is ended at its deadline, and with it whatever it has not said yet.
    fn ends(&self, parts: &Parts) -> Option<Timestamp> {
        let deadline_ms = parts.extensions.get::<lambda_http::Context>()?.deadline;
        let seconds = i64::try_from(deadline_ms / 1_000).ok()?;
        // A runtime that knows none says 0, or a time that was long ago.
        (seconds > self.now().unix()).then(|| Timestamp::from_unix(seconds))
    }

    fn heavy<T>(&self, length: usize, work: impl FnOnce() -> T) -> T {
        let runtime = tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor());
        // A function has one thread, and one request at a time.
        match runtime {
            Ok(RuntimeFlavor::MultiThread) if length >= HEAVY => tokio::task::block_in_place(work),
            _ => work(),
        }
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn read(&self, body: Coming, limit: usize) -> Result<Vec<u8>, BodyError> {
        let Coming { body, share, reading } = body;
        let _reading = reading.map(Reading::begun);
        let whole = async {
            let (mut chunks, mut bytes) = (body.into_data_stream(), Vec::new());
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|error| BodyError::Broken(error.to_string()))?;
                if bytes.len() + chunk.len() > limit {
                    return Err(BodyError::TooLong);
                }
                bytes.extend_from_slice(&chunk);
                share.hold(bytes.len()).await.map_err(|closed| BodyError::Broken(closed.to_string()))?;
            }
            Ok(bytes)
        };
        tokio::time::timeout(BODY, whole).await.unwrap_or(Err(BodyError::TooSlow))
    }

    /// The address of the connection, or of the function URL's event where Lambda stands between.
    fn client(&self, parts: &Parts) -> IpAddr {
        use lambda_http::request::RequestContext;
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        if let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get::<RequestContext>() {
            let source = context.http.source_ip.as_deref().and_then(|source| source.parse().ok());
            return source.unwrap_or(unknown);
        }
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        connected.map_or(unknown, |ConnectInfo(address)| {
            forwarded::client(address.ip(), &parts.headers, &self.behind)
        })
    }

    async fn authorise(&self, parts: &Parts, what: Permission) -> Result<(), Problem> {
        let token = self.site.token.as_ref();
        // A vantage takes checks from nobody else than probes.
        if what == Permission::Check && token.is_none() && self.site.prober.is_none() {
            return Ok(());
        }
        Shown::by(parts).allow(token).await
    }

    async fn take(&self, limit: Limit, who: &Who) -> Result<Taken, Problem> {
        self.limits.client(limit, who).await.map_err(NotGranted::problem)
    }

    async fn site(&self) -> pages::Site {
        self.pages.site.clone()
    }

    async fn page(&self, path: &str, language: Language) -> Option<Arc<Page>> {
        self.pages.get(path, language)
    }

    async fn file(&self, parts: &Parts) -> Result<Option<Response<Bytes>>, Problem> {
        Ok(files::find(parts))
    }

    async fn demo_domains(&self) -> Option<Bytes> {
        let domains = self.site.demo.as_ref()?.domains();
        serde_json::to_vec(domains).ok().map(Bytes::from)
    }

    fn metrics(&self) -> String {
        self.metrics.as_ref().map(Metrics::text).unwrap_or_default()
    }

    async fn metrics_of(
        &self,
        domain: &DomainName,
        limit: Duration,
        leave: impl Future<Output = Result<(), Problem>>,
        facts: &FactsHandle,
    ) -> Result<String, Problem> {
        let metrics = self.metrics.as_ref().ok_or_else(Problem::not_found)?;
        if let Some(kept) = metrics.kept(domain) {
            return Ok(kept);
        }
        leave.await?;
        facts.check(domain);
        let request = CheckRequest {
            domain: domain.clone(),
            at: self.now(),
            symptoms: Vec::new(),
            log: None,
            evidence: Vec::new(),
            resolvers: self.config.resolvers.clone(),
            policy: self.config.policy.clone(),
            patience: Patience::Quick,
            deadline_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        };
        let report = check::run(request, &self.fetch, &self.fleet, |event| facts.event(&event)).await;
        Ok(metrics.keep(domain, &report))
    }

    fn demo_dns(&self, message: &str) -> Option<Vec<u8>> {
        self.site.demo.as_ref()?.dns(message)
    }
}
