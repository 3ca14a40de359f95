//! What the platform brings to the API.

use crate::cache;
use crate::clock;
use crate::fetch::{Call, EdgeFetch};
use crate::fleet::Shared;
use crate::kept::Kept;
use crate::settings::{Settings, SettingsError};
use crate::{limits, turnstile, voice};
use bytes::Bytes;
use futures_util::StreamExt;
use http::Response;
use http::request::Parts;
use noanswer_core::letters::Language;
use noanswer_core::timestamp::Timestamp;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{BodyError, Config, Group, Host, Limit, Permission, Taken, Who, token};
use noanswer_site::pages::language::Voice;
use noanswer_site::pages::{LabDomain, Site};
use serde::Deserialize;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use worker::{Delay, Env, Method, Request};

/// So much of a body that is too large is read and thrown away, in bytes: its connection can then be used again.
const THROWN_AWAY: usize = 16 << 20;

/// The path of the relay, which the page asks where it cannot ask public resolvers, and before the demo.
const RELAY: &str = "/dns-query";

/// The Worker, for one request.
pub(crate) struct Edge {
    pub(crate) env: Env,
    pub(crate) settings: Settings,
    pub(crate) config: Config,
    pub(crate) fleet: Result<Shared, SettingsError>,
    pub(crate) kept: Option<Kept>,
}

impl Edge {
    fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
        parts.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What a Worker that is set up wrongly answers. The words name the operator's own file and secrets: they go to the log,
/// not to whoever asks.
pub(crate) fn not_set_up(error: &SettingsError) -> Problem {
    worker::console_error!("{error}");
    Problem::new(503, "This server is not set up", "its operator finds why in its log")
}

fn failed(error: &worker::Error) -> Problem {
    worker::console_error!("{error}");
    Problem::new(500, "This server failed", "try again")
}

impl Host for Edge {
    type Fetch = EdgeFetch;
    type Fleet = Shared;
    type Prober = Infallible;
    type Body = Request;
    type File = worker::Response;
    type Shelf = Kept;

    fn config(&self) -> &Config {
        &self.config
    }

    fn serves(&self, group: Group) -> bool {
        match group {
            Group::Health | Group::Api | Group::Pages | Group::Relay => true,
            Group::Kept | Group::Cases => self.kept.is_some(),
            // A Worker ends with its answer.
            Group::Jobs | Group::Vantage | Group::Demo | Group::Metrics => false,
        }
    }

    fn fetch(&self) -> &EdgeFetch {
        &EdgeFetch
    }

    fn fleet(&self) -> Result<&Shared, Problem> {
        self.fleet.as_ref().map_err(not_set_up)
    }

    /// The platform forbids port 25.
    fn prober(&self) -> Option<&Arc<Infallible>> {
        None
    }

    fn shelf(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }

    async fn pause(&self, time: Duration) {
        Delay::from(time).await;
    }

    async fn read(&self, mut request: Request, limit: usize) -> Result<Vec<u8>, BodyError> {
        // A request without a body has no stream either.
        let Ok(mut stream) = request.stream() else { return Ok(Vec::new()) };
        let (mut bytes, mut length) = (Vec::new(), 0);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| BodyError::Broken(error.to_string()))?;
            length += chunk.len();
            if length <= limit {
                bytes.extend(chunk);
            } else if length > THROWN_AWAY {
                break;
            }
        }
        if length <= limit { Ok(bytes) } else { Err(BodyError::TooLong) }
    }

    /// By the platform's word.
    fn client(&self, parts: &Parts) -> IpAddr {
        let address = Self::header(parts, "cf-connecting-ip").and_then(|address| address.parse().ok());
        address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// Everybody may ask where checks are public, else whoever carries the token.
    async fn authorise(&self, parts: &Parts, _: Permission) -> Result<(), Problem> {
        match &self.settings.token {
            Some(token) if token::carries(Self::header(parts, "authorization"), token) => Ok(()),
            _ if self.settings.public => {
                turnstile::passed(&self.env, Self::header(parts, turnstile::HEADER)).await
            }
            Some(_) => Err(Problem::unauthorized()),
            // Better closed than open by mistake.
            None => Err(Problem::new(
                503,
                "Checks are not set up here",
                "the operator sets the secret NOANSWER_TOKEN, or the variable NOANSWER_PUBLIC=1",
            )),
        }
    }

    async fn take(&self, limit: Limit, who: &Who) -> Result<Taken, Problem> {
        // The demo, which probes itself, has no limits.
        if self.settings.lab.is_none() {
            limits::take(limit, &self.env, who).await?;
        }
        Ok(Taken::default())
    }

    async fn site(&self) -> Site {
        #[derive(Deserialize)]
        struct Domain {
            domain: String,
            story: String,
        }
        if self.settings.lab.is_none() {
            let turnstile = self.settings.turnstile.clone();
            let keeps = self.kept.is_some();
            return Site { relay: Some(RELAY.to_owned()), turnstile, keeps, ..Site::default() };
        }
        let domains = self.demo_domains().await.unwrap_or_default();
        let domains: Vec<Domain> = serde_json::from_slice(&domains).unwrap_or_default();
        let lab = domains.into_iter().map(|one| LabDomain { domain: one.domain, story: one.story }).collect();
        Site { doh: Some(RELAY.to_owned()), lab, ..Site::default() }
    }

    async fn file(&self, parts: &Parts) -> Result<Option<Response<worker::Response>>, Problem> {
        let asset = self.asset(parts, &["if-none-match", "accept-encoding"]).await;
        let asset = asset.map_err(|error| failed(&error))?;
        let status = asset.status_code();
        if status == 404 {
            return Ok(None);
        }
        let mut response = Response::builder().status(status);
        for (name, value) in asset.headers() {
            response = response.header(name, value);
        }
        let response = response.header("cache-control", "no-cache").body(asset);
        Ok(response.ok())
    }

    /// From beside the page's files: the catalogue is too large for the Worker itself.
    async fn voice(&self, language: Language) -> Option<Voice> {
        voice::of(&self.env, language).await
    }

    /// From beside the page's files: 200 kB that the Worker itself need not be.
    async fn openapi(&self, parts: &Parts) -> Result<Bytes, Problem> {
        let read = async { self.asset(parts, &[]).await?.bytes().await };
        read.await.map(Bytes::from).map_err(|error| failed(&error))
    }

    /// What can be tried, in the words of the demo that this Worker stands before.
    async fn demo_domains(&self) -> Option<Bytes> {
        let url = format!("{}/v1/lab", self.settings.lab.as_ref()?);
        let call = Call { method: Method::Get, url: &url, headers: &[], body: None };
        let answer = call.send(Duration::from_secs(4), 64 << 10).await.ok()?;
        Some(answer.body.into())
    }

    async fn kept(&self, key: &[u8]) -> Option<Vec<u8>> {
        cache::get("dns", key).await
    }

    async fn keep(&self, key: &[u8], answer: Vec<u8>, seconds: u64) {
        cache::put("dns", key, answer, seconds).await;
    }
}

impl Edge {
    /// The asset that `parts` name, asked for with those of their headers that `passed` names.
    async fn asset(&self, parts: &Parts, passed: &[&str]) -> worker::Result<worker::Response> {
        let mut init = worker::RequestInit::new();
        let headers = worker::Headers::new();
        for name in passed {
            if let Some(value) = Self::header(parts, name) {
                headers.set(name, value)?;
            }
        }
        init.with_headers(headers);
        let request = Request::new_with_init(&parts.uri.to_string(), &init)?;
        self.env.assets("ASSETS")?.fetch_request(request).await
    }
}
