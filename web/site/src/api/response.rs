//! What handlers have in common: reading a header, and making a response.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, header};

/// What the header `name` says.
pub(super) fn header(parts: &Parts, name: HeaderName) -> Option<&str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// A whole answer of `content_type`.
pub(crate) fn whole(content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
