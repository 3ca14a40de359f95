//! Reading a body, bounded, and every refusal a problem document.

use super::problem::Refusal;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, header};
use noanswer_site::body;
use noanswer_site::problem::{Body, Problem};
use serde::de::DeserializeOwned;

/// Reads the JSON body of `request`, of at most `limit` bytes.
pub(super) async fn json<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, Refusal> {
    body::is_json(said(request.headers(), header::CONTENT_TYPE))?;
    Ok(body::json(&bytes(request, limit, Body::Json).await?)?)
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn bytes(request: Request, limit: usize, what: Body) -> Result<Bytes, Problem> {
    to_bytes(request.into_body(), limit).await.map_err(|_| Problem::too_large(what, limit))
}

/// What the header `name` says.
pub(super) fn said(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
