//! The security headers of every response.

use super::State;
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use noanswer_core::web::{SECURITY_HEADERS, content_security_policy};
use std::sync::Arc;

/// Adds the security headers.
pub(super) async fn secure(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // The lab's own DoH server is this server: no other origin need be reached.
    let policy = content_security_policy(state.site.lab.is_some());
    headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(policy));
    response
}
