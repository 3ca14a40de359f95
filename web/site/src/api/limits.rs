//! The limits, told to clients: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).

use super::facts::FactsHandle;
use super::quota::Limit;
use super::who::Who;
use http::{HeaderName, HeaderValue, Response, header};

/// The window of every limit, in seconds.
const WINDOW_S: u64 = 60;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The response of `route`, with the limits that the API has, and what is left of the one that was taken from.
pub(super) fn told<B>(mut response: Response<B>, route: &str, facts: &FactsHandle, who: &Who) -> Response<B> {
    if !route.starts_with("/v1/") && route != "/readyz" {
        return response;
    }
    let policy = |limit: Limit| format!("\"{}\";q={};w={WINDOW_S}", limit.name(), who.a_minute(limit));
    let policies = [Limit::Checks, Limit::Lookups].map(policy).join(", ");
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let left = match (facts.so_far().taken, response.status().as_u16(), retry_after) {
        (Some((limit, taken)), ..) => taken.left.map(|left| (limit, left, WINDOW_S.to_string())),
        (None, 429, Some(seconds)) => {
            let limit = if route.starts_with("/v1/check") { Limit::Checks } else { Limit::Lookups };
            Some((limit, 0, seconds.to_owned()))
        }
        _ => None,
    };
    let left = left.map(|(limit, left, again)| format!("\"{}\";r={left};t={again}", limit.name()));
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&policies).ok().map(|value| (POLICY, value)));
    headers.extend(left.and_then(|left| HeaderValue::from_str(&left).ok()).map(|value| (LEFT, value)));
    response
}
