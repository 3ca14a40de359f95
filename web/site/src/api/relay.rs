//! `/dns-query`: DNS over HTTPS (RFC 8484) relayed to the operator's resolvers, for browsers whose network blocks the
//! public ones. Answers are kept for as long as they live.

use super::body;
use super::call::{Call, Reply};
use super::facts::FactsHandle;
use super::host::Host;
use super::problem::{Body, Problem};
use super::quota::Limit;
use super::response::{header, whole};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use noanswer_core::dns::Question;
use noanswer_core::dns::doh::{self, MEDIA_TYPE};
use noanswer_core::ports::Fetch;

/// The longest message that is read, in bytes: a name of 255, and options.
const LONGEST: usize = 512;

/// The message is `?dns=` (RFC 8484 s4.1).
pub(super) async fn get<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let given = parameter(&call.parts, "dns")
        .ok_or_else(|| Problem::bad_request("?dns= is missing (RFC 8484 s4.1)"))?;
    let message = URL_SAFE_NO_PAD
        .decode(given)
        .map_err(|_| Problem::bad_request("?dns= is not base64url without padding (RFC 8484 s4.1)"))?;
    relay(host, &call.parts, &message, &call.facts).await
}

/// The message is the body.
pub(super) async fn post<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    if header(&call.parts, CONTENT_TYPE) != Some(MEDIA_TYPE) {
        let detail = "send Content-Type: application/dns-message";
        return Err(Problem::new(415, "The body is no DNS message", detail));
    }
    let message = body::bytes(host, call.body, LONGEST, Body::Json).await?;
    relay(host, &call.parts, &message, &call.facts).await
}

async fn relay<H: Host>(
    host: &H,
    parts: &Parts,
    message: &[u8],
    facts: &FactsHandle,
) -> Result<Reply, Problem> {
    let (question, id) = doh::question(message).map_err(|error| Problem::bad_request(error.to_string()))?;
    let resolver = resolver(&host.config().resolvers, parts)?;
    host.grant(Limit::Relay, &host.who(parts), facts).await?;
    let (answer, lifetime_s) = answer(host, resolver, &question).await?;
    let mut response = whole(MEDIA_TYPE, doh::with_id(answer, id));
    let lives = HeaderValue::from_str(&format!("max-age={lifetime_s}"));
    response.headers_mut().extend(lives.ok().map(|lives| (CACHE_CONTROL, lives)));
    Ok(Reply::Whole(response))
}

/// The resolver that is asked: the operator's first, or the one that `?resolver=` numbers, from 1 on.
fn resolver<'a>(resolvers: &'a [String], parts: &Parts) -> Result<&'a str, Problem> {
    let number = parameter(parts, "resolver").unwrap_or_else(|| "1".to_owned());
    let index = number.parse().ok().and_then(|number: usize| number.checked_sub(1));
    let resolver = index.and_then(|index| resolvers.get(index));
    resolver.map(String::as_str).ok_or_else(|| {
        Problem::unprocessable(format!("?resolver= is a number from 1 to {}", resolvers.len()))
    })
}

fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// The answer, and for how many seconds the client may keep it.
async fn answer<H: Host>(host: &H, resolver: &str, question: &Question) -> Result<(Vec<u8>, u32), Problem> {
    let gone = |words: String| Problem::new(502, "The resolver does not answer", words);
    let request =
        doh::request(resolver, question).map_err(|error| Problem::bad_request(error.to_string()))?;
    if let Some(kept) = host.kept(request.url.as_bytes()).await {
        // How much of its life is over is not known: the client asks again when it needs it again.
        return Ok((kept, 0));
    }
    let answer = host.fetch().fetch(&request).await.map_err(|error| gone(error.to_string()))?;
    let lifetime_s = doh::decode(question, answer.status, answer.content_type.as_deref(), &answer.body)
        .map_err(|error| gone(error.to_string()))?
        .lifetime_s();
    if lifetime_s > 0 {
        host.keep(request.url.as_bytes(), answer.body.clone(), lifetime_s.into()).await;
    }
    Ok((answer.body, lifetime_s))
}
