//! `/dns-query`: DNS over HTTPS (RFC 8484) relayed to the operator's resolvers, for browsers whose network blocks the
//! public ones. Answers are kept for as long as they live.

use crate::asked::{self, said};
use crate::cache;
use crate::fetch::EdgeFetch;
use crate::gateway::{Failure, Gateway};
use crate::limits::Limit;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use noanswer_core::dns::Question;
use noanswer_core::dns::doh::{self, MEDIA_TYPE};
use noanswer_core::ports::Fetch;
use noanswer_site::problem::{Body, Problem};
use worker::{Method, Request, Response, Url};

/// The longest message that is read, in bytes: a name of 255, and options.
const LONGEST: usize = 512;

/// Answers one question.
pub(crate) async fn respond(gateway: &Gateway, request: &mut Request) -> Result<Response, Failure> {
    let client = asked::client(request);
    let url = request.url()?;
    let message = message(request, &url).await?;
    let (question, id) = doh::question(&message).map_err(|error| Problem::bad_request(error.to_string()))?;
    let resolver = resolver(&gateway.settings.resolvers, &url)?;
    if gateway.limited() {
        Limit::Relay.take(&gateway.env, client).await?;
    }
    let (answer, lifetime_s) = answer(resolver, &question).await?;
    let response = Response::from_bytes(doh::with_id(answer, id))?;
    response.headers().set("content-type", MEDIA_TYPE)?;
    response.headers().set("cache-control", &format!("max-age={lifetime_s}"))?;
    Ok(response)
}

/// The message: `?dns=` of a GET, the body of a POST (RFC 8484 s4.1).
async fn message(request: &mut Request, url: &Url) -> Result<Vec<u8>, Problem> {
    if request.method() == Method::Post {
        if said(request, "content-type").as_deref() != Some(MEDIA_TYPE) {
            let detail = "send Content-Type: application/dns-message";
            return Err(Problem::new(415, "The body is no DNS message", detail));
        }
        return asked::bytes(request, LONGEST, Body::Json).await;
    }
    let given =
        parameter(url, "dns").ok_or_else(|| Problem::bad_request("?dns= is missing (RFC 8484 s4.1)"))?;
    let message = URL_SAFE_NO_PAD.decode(given);
    message.map_err(|_| Problem::bad_request("?dns= is not base64url without padding (RFC 8484 s4.1)"))
}

/// The resolver that is asked: the operator's first, or the one that `?resolver=` numbers, from 1 on.
fn resolver<'a>(resolvers: &'a [String], url: &Url) -> Result<&'a str, Problem> {
    let number = parameter(url, "resolver").unwrap_or_else(|| "1".to_owned());
    let index = number.parse().ok().and_then(|number: usize| number.checked_sub(1));
    let resolver = index.and_then(|index| resolvers.get(index));
    resolver.map(String::as_str).ok_or_else(|| {
        Problem::unprocessable(format!("?resolver= is a number from 1 to {}", resolvers.len()))
    })
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// The answer, and for how many seconds the client may keep it.
async fn answer(resolver: &str, question: &Question) -> Result<(Vec<u8>, u32), Problem> {
    let gone = |words: String| Problem::new(502, "The resolver does not answer", words);
    let request =
        doh::request(resolver, question).map_err(|error| Problem::bad_request(error.to_string()))?;
    if let Some(kept) = cache::get("dns", request.url.as_bytes()).await {
        // How much of its life is over, the cache does not say: the client asks again when it needs it again.
        return Ok((kept, 0));
    }
    let answer = EdgeFetch.fetch(&request).await.map_err(|error| gone(error.to_string()))?;
    let lifetime_s = doh::decode(question, answer.status, answer.content_type.as_deref(), &answer.body)
        .map_err(|error| gone(error.to_string()))?
        .lifetime_s();
    if lifetime_s > 0 {
        cache::put("dns", request.url.as_bytes(), answer.body.clone(), lifetime_s.into()).await;
    }
    Ok((answer.body, lifetime_s))
}
