//! Turnstile, for a public check: the platform's own question whether a person asks. Optional.

use crate::environment::value;
use crate::fetch::Call;
use noanswer_site::api::problem::Problem;
use serde::Deserialize;
use std::time::Duration;
use worker::{Env, Method};

/// Where a response of the widget is verified (Cloudflare, "Server-side validation").
const VERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// The header in which a client brings the widget's response.
pub(crate) const HEADER: &str = "cf-turnstile-response";

#[derive(Deserialize)]
struct Verified {
    success: bool,
}

/// Whether `given` is what the widget gave, where the secret `TURNSTILE_SECRET` says that it must.
///
/// # Errors
/// 403 when it does not, 503 when it cannot be verified: a check that must be asked for by a person is not let through.
pub(crate) async fn passed(env: &Env, given: Option<&str>) -> Result<(), Problem> {
    let Some(secret) = value(env, "TURNSTILE_SECRET") else { return Ok(()) };
    let refused =
        || Problem::new(403, "The request does not come from the page", "ask from the page, or with a token");
    let given = given.ok_or_else(refused)?;
    let body = serde_json::json!({ "secret": secret, "response": given }).to_string();
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    let url = value(env, "TURNSTILE_VERIFY").unwrap_or_else(|| VERIFY.to_owned());
    let call = Call { method: Method::Post, url: &url, headers: &headers, body: Some(body.as_bytes()) };
    let answer = call.send(Duration::from_secs(5), 64 << 10).await.ok().filter(|answer| answer.status == 200);
    match answer.and_then(|answer| serde_json::from_slice(&answer.body).ok()) {
        Some(Verified { success: true }) => Ok(()),
        Some(Verified { success: false }) => Err(refused()),
        None => {
            Err(Problem::new(503, "The request cannot be verified", "Turnstile does not answer: try again"))
        }
    }
}
