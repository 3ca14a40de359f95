//! Reading a JSON body: typed, and every refusal a problem document.

use crate::problem::Problem;
use serde::de::DeserializeOwned;

/// The longest text that is explained, in bytes.
pub const TEXT: usize = 1 << 20;

/// The longest check that is taken, in bytes: a bounce, and the evidence of one server.
pub const CHECK: usize = 1 << 20;

/// The longest probe request, in bytes: twenty targets.
pub const TARGETS: usize = 64 << 10;

/// The longest form, in bytes: a text of 256 KiB, percent-encoded.
pub const FORM: usize = 768 << 10;

/// The `content_type` must be JSON's: a page of another origin can send no such thing unasked.
///
/// # Errors
/// 415 when it is not.
pub fn is_json(content_type: Option<&str>) -> Result<(), Problem> {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(415, "The body is not JSON", "send Content-Type: application/json"))
}

/// Reads a JSON body.
///
/// # Errors
/// 400 when it is no JSON, 422 when it is of another form.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            Problem::unprocessable(error.to_string())
        } else {
            Problem::bad_request(error.to_string())
        }
    })
}

/// The text of a page's form (`application/x-www-form-urlencoded`, field `text`).
pub fn form_text(bytes: &[u8]) -> String {
    let text = form_urlencoded::parse(bytes).find(|(name, _)| name == "text");
    text.map(|(_, text)| text.into_owned()).unwrap_or_default()
}
