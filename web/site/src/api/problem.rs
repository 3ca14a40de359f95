//! Errors as RFC 9457 problem details.

use super::response::whole;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// The media type of a problem (RFC 9457 s3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// When to ask again where something that the server needs does not answer, in seconds.
const UNAVAILABLE_S: u64 = 10;

/// An error of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What went wrong, in few words.
    pub title: &'static str,
    /// What to do.
    pub detail: String,
    /// After how many seconds to ask again.
    pub retry_after_s: Option<u64>,
    /// The methods that the path takes, with 405.
    pub allow: Option<String>,
}

impl Problem {
    /// A problem of its own kind.
    pub fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), retry_after_s: None, allow: None }
    }

    /// The request is not of the form.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "The request cannot be read", detail)
    }

    /// The request is of the form, and cannot be done.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(422, "The request cannot be done", detail)
    }

    /// The token is missing or wrong.
    pub fn unauthorized() -> Self {
        Self::new(401, "The request carries no valid token", "send the token: Authorization: Bearer …")
    }

    /// There is no such thing.
    pub fn not_found() -> Self {
        Self::new(404, "There is nothing here", "see /openapi.json for what there is")
    }

    /// The path is there, for other methods.
    pub fn method_not_allowed() -> Self {
        Self::new(405, "The method is not allowed here", "see /openapi.json for what is")
    }

    /// The body is longer than `limit` bytes, which are what is taken; `what` is too large.
    pub fn too_large(what: Body, limit: usize) -> Self {
        let title = match what {
            Body::Json => "The body is too large",
            Body::Text => "The text is too large",
        };
        Self::new(413, title, format!("at most {limit} bytes are taken"))
    }

    /// Too many requests; after `retry_after_s` seconds there is room again.
    pub fn too_many(retry_after_s: u64) -> Self {
        let problem = Self::new(429, "Too many requests", format!("ask again in {retry_after_s} s"));
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// The server cannot tell now whether it may do this; after a while it may be able to again.
    pub fn unavailable(title: &'static str, detail: impl Into<String>) -> Self {
        Self { retry_after_s: Some(UNAVAILABLE_S), ..Self::new(503, title, detail) }
    }

    /// The document.
    pub fn document(&self) -> Value {
        json!({ "type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail })
    }

    /// The response.
    pub fn response(&self) -> Response<Bytes> {
        let mut response = whole(MEDIA_TYPE, self.document().to_string());
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers.extend(self.retry_after_s.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds))));
        let allow = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok());
        headers.extend(allow.map(|allow| (header::ALLOW, allow)));
        response
    }
}

/// What a body that is too large was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// A request to the API.
    Json,
    /// A form with a text.
    Text,
}
