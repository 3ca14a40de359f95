//! Which path is answered by what. Whatever happens, the answer carries the security headers.

use crate::answer;
use crate::asked;
use crate::check;
use crate::clock;
use crate::fetch::{Call, EdgeFetch};
use crate::fleet::Shared;
use crate::limits::Limit;
use crate::relay;
use crate::settings::{Settings, SettingsError};
use noanswer_core::check as core_check;
use noanswer_core::web::{content_security_policy, content_security_policy_with_turnstile};
use noanswer_site::ask;
use noanswer_site::body::{self, FORM, TEXT};
use noanswer_site::pages::{self, LabDomain, Site};
use noanswer_site::problem::{Body, Problem};
use noanswer_site::view::VantageView;
use serde::Deserialize;
use std::time::Duration;
use worker::{Env, Method, Request, Response, Result};

/// What requests are answered from.
pub(crate) struct Gateway {
    pub(crate) env: Env,
    pub(crate) settings: Settings,
}

/// Why a request is not answered as it wished.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer says why.
    Problem(Problem),
    /// The platform failed.
    Platform(worker::Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<worker::Error> for Failure {
    fn from(error: worker::Error) -> Self {
        Self::Platform(error)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        worker::console_error!("{error}");
        // The words name the operator's own file and secrets: they go to the log, not to whoever asks.
        Self::Problem(Problem::new(503, "This server is not set up", "its operator finds why in its log"))
    }
}

/// Answers one request.
pub(crate) async fn respond(request: Request, env: Env) -> Result<Response> {
    let settings = Settings::of(&env);
    let policy = settings.as_ref().map_or_else(
        |_| policy(false, false),
        |settings| policy(settings.lab.is_some(), settings.turnstile.is_some()),
    );
    let answered = match settings {
        Ok(settings) => Gateway { env, settings }.route(request).await,
        Err(error) => Err(error.into()),
    };
    let response = match answered {
        Ok(response) => response,
        Err(Failure::Problem(problem)) => answer::problem(&problem)?,
        Err(Failure::Platform(error)) => {
            worker::console_error!("{error}");
            answer::problem(&Problem::new(500, "This server failed", "try again"))?
        }
    };
    answer::secured(response, &policy)
}

/// The content security policy of a place.
fn policy(lab: bool, turnstile: bool) -> String {
    if turnstile { content_security_policy_with_turnstile() } else { content_security_policy(lab).to_owned() }
}

/// The methods of a path that is read.
const READ: &str = "GET,HEAD";

impl Gateway {
    /// Whether limits hold. The lab, which probes itself, has none.
    pub(crate) fn limited(&self) -> bool {
        self.settings.lab.is_none()
    }

    /// The operator's vantages.
    ///
    /// # Errors
    /// When their file cannot be used.
    pub(crate) fn fleet(&self) -> std::result::Result<Shared, SettingsError> {
        let fleet = self.settings.fleet(&self.env)?;
        Ok(Shared { env: self.env.clone(), fleet, limited: self.limited() })
    }

    async fn route(&self, mut request: Request) -> std::result::Result<Response, Failure> {
        let path = request.path();
        let allow = match path.as_str() {
            "/healthz" | "/openapi.json" | "/v1/vantages" | "/v1/lab" => READ,
            "/v1/explain" | "/v1/check" | "/explain" => "POST",
            "/dns-query" => "GET,HEAD,POST",
            path if path.strip_prefix("/v1/mx/").is_some_and(|rest| !rest.contains('/')) => READ,
            _ => return self.page(request, &path).await,
        };
        let method = request.method();
        if !allow.split(',').any(|allowed| allowed == method.as_ref()) {
            return Ok(answer::method_not_allowed(allow)?);
        }
        match path.as_str() {
            "/healthz" => Ok(answer::text("text/plain; charset=utf-8", "ok\n")?),
            "/openapi.json" => Ok(answer::text("application/json", noanswer_site::OPENAPI)?),
            "/v1/explain" => {
                let asked: ask::Text = asked::json(&mut request, TEXT).await?;
                Ok(answer::json(&asked.explained(clock::now()))?)
            }
            "/explain" => {
                let form = asked::bytes(&mut request, FORM, Body::Text).await?;
                let text = body::form_text(&form);
                Ok(answer::page(&pages::explanation(&self.site().await, &text, clock::now()))?)
            }
            "/v1/check" => check::respond(self, &mut request).await,
            "/v1/vantages" => self.vantages().await,
            "/v1/lab" => self.lab().await,
            "/dns-query" => relay::respond(self, &mut request).await,
            _ => self.mx(&request, path.trim_start_matches("/v1/mx/")).await,
        }
    }

    async fn mx(&self, request: &Request, domain: &str) -> std::result::Result<Response, Failure> {
        let domain = percent_encoding::percent_decode_str(domain).decode_utf8();
        let domain = domain.map_err(|_| Problem::bad_request("the path is not UTF-8"))?;
        let domain = ask::domain(&domain)?;
        if self.limited() {
            Limit::Lookups.take(&self.env, asked::client(request)).await?;
        }
        let settings = &self.settings;
        let plan = core_check::plan(&domain, &settings.resolvers, &settings.policy, &EdgeFetch, |_| {}).await;
        Ok(answer::json(&plan)?)
    }

    async fn vantages(&self) -> std::result::Result<Response, Failure> {
        let at = clock::now();
        let sights = core_check::controls(&self.fleet()?).await;
        let views: Vec<VantageView> = sights.iter().map(|seen| VantageView::of(seen, at)).collect();
        Ok(answer::json(&views)?)
    }

    /// What can be tried, in the words of the lab that this gateway stands before.
    async fn lab(&self) -> std::result::Result<Response, Failure> {
        match self.domains().await {
            Some(domains) => Ok(answer::text("application/json", &domains)?),
            None => Err(Problem::not_found().into()),
        }
    }

    async fn domains(&self) -> Option<String> {
        let url = format!("{}/v1/lab", self.settings.lab.as_ref()?);
        let call = Call { method: Method::Get, url: &url, headers: &[], body: None };
        let answer = call.send(Duration::from_secs(4), 64 << 10).await.ok()?;
        String::from_utf8(answer.body).ok()
    }

    /// What the pages say of this place.
    async fn site(&self) -> Site {
        #[derive(Deserialize)]
        struct Domain {
            domain: String,
            story: String,
        }
        if self.settings.lab.is_none() {
            let turnstile = self.settings.turnstile.clone();
            return Site { relay: Some(RELAY.to_owned()), turnstile, ..Site::default() };
        }
        let domains = self.domains().await.unwrap_or_default();
        let domains: Vec<Domain> = serde_json::from_str(&domains).unwrap_or_default();
        let lab = domains.into_iter().map(|one| LabDomain { domain: one.domain, fate: one.story }).collect();
        Site { doh: Some(RELAY.to_owned()), lab, ..Site::default() }
    }

    /// A page, or a file of it.
    async fn page(&self, request: Request, path: &str) -> std::result::Result<Response, Failure> {
        let path = if path == "/index.html" { "/" } else { path };
        let reads = matches!(request.method(), Method::Get | Method::Head);
        if pages::may_be(path)
            && let Some(page) = pages::page(&self.site().await, path)
        {
            return if reads { Ok(answer::page(&page)?) } else { Ok(answer::method_not_allowed(READ)?) };
        }
        let asset = if reads {
            self.env.assets("ASSETS")?.fetch_request(request).await?
        } else {
            self.env.assets("ASSETS")?.fetch(request.url()?, None).await?
        };
        match (asset.status_code(), reads) {
            (404, _) => Err(Problem::not_found().into()),
            (_, false) => Ok(answer::method_not_allowed(READ)?),
            _ => {
                asset.headers().set("cache-control", "no-cache").ok();
                Ok(asset)
            }
        }
    }
}

/// The path of the relay, which the page asks where it cannot ask public resolvers, and in the lab.
const RELAY: &str = "/dns-query";
