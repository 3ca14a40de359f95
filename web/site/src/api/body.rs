//! Reading a JSON body: typed, and every refusal a problem document.

use super::host::{BodyError, Host};
use super::problem::{Body, Problem};
use super::response::header;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The longest text that is explained, in bytes.
pub const TEXT: usize = 1 << 20;

/// The longest check that is taken, in bytes: a bounce, and the evidence of one server.
pub const CHECK: usize = 1 << 20;

/// The longest probe request, in bytes: twenty targets.
pub const TARGETS: usize = 64 << 10;

/// The longest form, in bytes: a text of 256 KiB, percent-encoded.
pub const FORM: usize = 768 << 10;

/// Reads the JSON body of a request, of at most `limit` bytes.
///
/// The content type must be JSON's: a form of another origin cannot send it without a preflight, which is refused (CSRF).
///
/// # Errors
/// 400 when it is no JSON, 413 when it is too long, 415 when it is not called JSON, 422 when it is of another form.
pub(super) async fn json<H: Host, T: DeserializeOwned>(
    host: &H,
    parts: &Parts,
    body: H::Body,
    limit: usize,
) -> Result<T, Problem> {
    let content_type = header(parts, CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(415, "The body is not JSON", "send Content-Type: application/json"));
    }
    if parts.headers.contains_key(http::header::CONTENT_ENCODING) {
        return Err(Problem::new(415, "The body is encoded", "send it without Content-Encoding"));
    }
    let bytes = bytes(host, body, limit, Body::Json).await?;
    // serde takes a list for an object, its fields in their order: nobody means that.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::unprocessable("the body must be a JSON object"));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        if error.is_data() {
            Problem::unprocessable(error.to_string())
        } else {
            Problem::bad_request(error.to_string())
        }
    })
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// 400 when it broke off, 408 when it was too slow, 413 when it is longer.
pub(super) async fn bytes<H: Host>(
    host: &H,
    body: H::Body,
    limit: usize,
    what: Body,
) -> Result<Vec<u8>, Problem> {
    host.read(body, limit).await.map_err(|error| match error {
        BodyError::TooLong => Problem::too_large(what, limit),
        BodyError::TooSlow => Problem::new(408, "The body did not come in time", "send it faster"),
        BodyError::Broken(words) => Problem::bad_request(format!("the body broke off: {words}")),
    })
}

/// The field `name` of a page's form (`application/x-www-form-urlencoded`), empty where it is not there.
pub fn form_field(bytes: &[u8], name: &str) -> String {
    let field = form_urlencoded::parse(bytes).find(|(given, _)| given == name);
    field.map(|(_, value)| value.into_owned()).unwrap_or_default()
}
