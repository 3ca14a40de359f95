//! Reading a JSON body: bounded, typed, and every refusal a problem document.

use super::problem::Problem;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

/// Reads the JSON body of `request`, of at most `limit` bytes.
pub(super) async fn json<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = "send Content-Type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON", detail));
    }
    let bytes = to_bytes(request.into_body(), limit).await.map_err(|_| {
        let detail = format!("at most {} KiB are taken", limit / 1024);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large", detail)
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        if error.is_data() {
            Problem::unprocessable(error.to_string())
        } else {
            Problem::bad_request(error.to_string())
        }
    })
}
