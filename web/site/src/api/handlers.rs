//! The handlers of all routes but the check and the relay.

use super::ask;
use super::body::{self, CHECK, FORM, TARGETS, TEXT};
use super::call::{Call, Reply, Vantages};
use super::host::{Host, Permission};
use super::problem::{Body, Problem};
use super::quota::Limit;
use super::response::{header as header_of, whole};
use super::time_left::TimeLeft;
use crate::pages::{self, Page};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use noanswer_core::check;
use noanswer_core::letters::Language;
use noanswer_core::ports::Probe;

/// What the path says in the place of `{…}`.
fn parameter(text: &str) -> Result<String, Problem> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| Problem::bad_request("the path is not UTF-8"))?.into_owned())
}

/// `GET /healthz`
pub(super) async fn healthz<H: Host>(_: &H, _: Call<H::Body>) -> Result<Reply, Problem> {
    Ok(Reply::Whole(whole("text/plain; charset=utf-8", "ok\n")))
}

/// `GET /openapi.json`
pub(super) async fn openapi<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let mut response = whole("application/json", host.openapi(&call.parts).await?);
    tag(&mut response);
    Ok(Reply::Whole(response))
}

/// `POST /v1/explain`
pub(super) async fn explain<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let asked: ask::Text = body::json(host, &call.parts, call.body, TEXT).await?;
    host.heavy(asked.length(), || Reply::json(&asked.explained(host.now())))
}

/// `GET /v1/mx/{domain}`
pub(super) async fn mx<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let domain = ask::domain(&parameter(&call.parameter)?)?;
    call.facts.lookup(&domain);
    host.grant(Limit::Lookups, &host.who(&call.parts), &call.facts).await?;
    let config = host.config();
    Reply::json(&check::plan(&domain, &config.resolvers, &config.policy, host.fetch(), |_| {}).await)
}

/// `GET /v1/lab`: the domains that the demo has.
pub(super) async fn demo_domains<H: Host>(host: &H, _: Call<H::Body>) -> Result<Reply, Problem> {
    let domains = host.demo_domains().await.ok_or_else(Problem::not_found)?;
    Ok(Reply::Whole(whole("application/json", domains)))
}

/// `POST /v1/probe`: a vantage's own call.
pub(super) async fn probe<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let prober = host.prober().ok_or_else(Problem::not_found)?;
    host.authorise(&call.parts, Permission::Probe).await?;
    let mut asked = ask::probe(body::json(host, &call.parts, call.body, TARGETS).await?)?;
    let left_ms = TimeLeft::until(host.ends(&call.parts)).ms(host.now());
    asked.deadline_ms = left_ms.map_or(asked.deadline_ms, |left| left.min(asked.deadline_ms));
    let evidence = crate::fleet::LocalProber::probe_for_others(prober, &asked).await;
    call.facts.probe(&asked.domain, &evidence);
    Reply::json(&evidence)
}

/// `POST /v1/controls`: whether a vantage sees port 25 now.
pub(super) async fn controls<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let prober = host.prober().ok_or_else(Problem::not_found)?;
    host.authorise(&call.parts, Permission::Probe).await?;
    let ask::Controls {} = body::json(host, &call.parts, call.body, CHECK).await?;
    let evidence = crate::fleet::LocalProber::controls(prober).await;
    call.facts.probe("", &evidence);
    Reply::json(&evidence)
}

/// `GET /lab/dns-query`: the demo's DNS-over-HTTPS server.
pub(super) async fn demo_dns<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let query = call.parts.uri.query().unwrap_or_default();
    let message = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "dns");
    let answer = message.and_then(|(_, message)| host.demo_dns(&message));
    let answer = answer.ok_or_else(|| Problem::bad_request("?dns= holds no question (RFC 8484 s4.1)"))?;
    Ok(Reply::Whole(whole("application/dns-message", answer)))
}

/// `POST /lab/{vantage}/v1/probe`: a vantage of the demo, for a Worker that stands before it.
pub(super) async fn demo_probe<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let id = parameter(&call.parameter)?;
    let asked = ask::probe(body::json(host, &call.parts, call.body, TARGETS).await?)?;
    let fleet = host.fleet()?;
    let vantage = fleet.vantages().iter().find(|one| one.id == id).ok_or_else(Problem::not_found)?;
    let failed = |words: String| Problem::new(503, "The vantage did not look", words);
    let rows = fleet.probe(vantage, &asked).await.map_err(|failure| failed(failure.words))?;
    Reply::json(rows.first().ok_or_else(|| failed("it has no row of evidence".to_owned()))?)
}

/// A page that stands without JavaScript.
pub(super) async fn page<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let path = match call.parts.uri.path() {
        "/index.html" => "/",
        path => path,
    };
    let page = host.page(path, language(&call.parts)).await.ok_or_else(Problem::not_found)?;
    Ok(Reply::Whole(html(&page)))
}

/// `POST /explain`: the form of the page, for browsers without JavaScript.
pub(super) async fn explain_form<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let language = language(&call.parts);
    let form = body::bytes(host, call.body, FORM, Body::Text).await?;
    let (text, domain) = (body::form_field(&form, "text"), body::form_field(&form, "domain"));
    let site = host.site().await;
    let voice = host.voice(language).await;
    let explained = || pages::explanation(&site, &text, &domain, host.now(), voice.as_ref());
    Ok(Reply::Whole(html(&host.heavy(text.len(), explained))))
}

/// `POST /check`: the same form, checked: a quick look, and its report as a page.
pub(super) async fn check_form<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    own_form(&call.parts)?;
    let language = language(&call.parts);
    let who = host.admit(&call.parts).await?;
    let form = body::bytes(host, call.body, FORM, Body::Text).await?;
    let text = body::form_field(&form, "text");
    let config = host.config();
    let asked = ask::Check::of_form(body::form_field(&form, "domain"), text.clone(), host.now());
    let request = asked.request(host.now(), false, config.resolvers.clone(), config.policy.clone())?;
    call.facts.check(&request.domain);
    host.grant(Limit::Checks, &who, &call.facts).await?;
    let request = TimeLeft::until(host.ends(&call.parts)).within(request, host.now());
    let chosen = Vantages::default().traced(&call.parts);
    let chosen = chosen.of(host.fleet()?);
    let report = check::run(request, host.fetch(), &chosen, |event| call.facts.event(&event)).await;
    let site = host.site().await;
    let voice = host.voice(language).await;
    Ok(Reply::Whole(html(&pages::checked(&site, &report, &text, voice.as_ref()))))
}

/// Refuses a form that another site had a browser send: browsers say where it comes from (W3C Fetch Metadata s2.4).
fn own_form(parts: &http::request::Parts) -> Result<(), Problem> {
    match header_of(parts, http::HeaderName::from_static("sec-fetch-site")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => {
            Err(Problem::new(403, "The form is not of this page", "open the page and send its own form"))
        }
    }
}

/// What went wrong as a page, for clients that ask for pages.
pub(super) async fn problem_page<H: Host>(
    host: &H,
    problem: Problem,
    language: Language,
) -> http::Response<Bytes> {
    let site = host.site().await;
    let voice = host.voice(language).await;
    let page = pages::problem(&site, problem.status, problem.title, &problem.detail, voice.as_ref());
    let refusal = problem.response();
    let (mut head, _) = refusal.into_parts();
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    head.headers.append(header::VARY, BY_LANGUAGE);
    http::Response::from_parts(head, Bytes::from(page.html))
}

fn html(page: &Page) -> http::Response<Bytes> {
    let mut response = whole("text/html; charset=utf-8", page.html.clone());
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().append(header::VARY, BY_LANGUAGE);
    tag(&mut response);
    response
}

/// Caches keep a page apart for each language (RFC 9110 s12.5.5).
const BY_LANGUAGE: HeaderValue = HeaderValue::from_static("accept-language");

/// The language that the visitor reads a page in.
pub(super) fn language(parts: &http::request::Parts) -> Language {
    pages::language::preferred(header_of(parts, header::ACCEPT_LANGUAGE))
}

/// Gives a document its entity tag (RFC 9110 s8.8.3): clients keep it, and ask whether it has changed.
pub(super) fn tag(response: &mut http::Response<Bytes>) {
    let tag = format!("\"{:016x}\"", fnv(response.body()));
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

/// FNV-1a: an entity tag tells versions apart and keeps no secret.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
