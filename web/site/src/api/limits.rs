//! The limits, told to clients: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).

use super::facts::FactsHandle;
use super::host::{Group, Host};
use super::quota::Limit;
use super::who::Who;
use http::{HeaderName, HeaderValue, Response, header};

/// The window of every limit, in seconds.
const WINDOW_S: u64 = 60;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The limits that `host` has for a client of `route`: none where it answers a coordinator alone.
fn limits<H: Host>(host: &H, route: &str) -> &'static [Limit] {
    match route {
        "/dns-query" => &[Limit::Relay],
        _ if host.serves(Group::Api) => &[Limit::Checks, Limit::Lookups],
        _ => &[],
    }
}

/// The response of `route`, with the limits that `host` has, and what is left of the one that was wanted.
pub(super) fn told<B, H: Host>(
    mut response: Response<B>,
    host: &H,
    route: &str,
    facts: &FactsHandle,
    who: &Who,
) -> Response<B> {
    let policy = |limit: &Limit| format!("\"{}\";q={};w={WINDOW_S}", limit.name(), who.a_minute(*limit));
    let policies: Vec<String> = limits(host, route).iter().map(policy).collect();
    if policies.is_empty() {
        return response;
    }
    let policies = policies.join(", ");
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let left = match (facts.so_far().wanted, response.status().as_u16(), retry_after) {
        (Some((limit, Some(taken))), ..) => {
            let ends_s = taken.ends_s.unwrap_or(WINDOW_S);
            taken.left.map(|left| (limit, left, ends_s.to_string()))
        }
        (Some((limit, None)), 429, Some(seconds)) => Some((limit, 0, seconds.to_owned())),
        _ => None,
    };
    let left = left.map(|(limit, left, again)| format!("\"{}\";r={left};t={again}", limit.name()));
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&policies).ok().map(|value| (POLICY, value)));
    headers.extend(left.and_then(|left| HeaderValue::from_str(&left).ok()).map(|value| (LEFT, value)));
    response
}
