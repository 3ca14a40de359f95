//! One vantage that is asked by HTTP: how to call it, and what its answer is worth. The host does the call.
//! Whatever goes wrong with a vantage costs its own row.

use crate::sigv4::{Call, Env};
use crate::vantages::{Auth, Entry, VantagesError};
use noanswer_core::check;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::scrub;
use std::time::{Duration, SystemTime};

/// How much longer than its own deadline a vantage is waited for: the way there and back, and a cold start.
const WAY: Duration = Duration::from_secs(2);

/// The longest evidence that is taken, in bytes: 20 addresses at their wordiest.
pub const LIMIT: usize = 1 << 20;

/// How to call one vantage.
#[derive(Debug)]
pub struct Caller {
    vantage: Vantage,
    url: String,
    credential: Credential,
}

#[derive(Debug)]
enum Credential {
    None,
    Bearer(String),
    AwsIam,
}

/// A call to be made: a POST.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long to wait for the answer.
    pub limit: Duration,
}

impl Caller {
    /// The caller of a file's entry. The token is taken from the environment now.
    ///
    /// # Errors
    /// When the URL cannot be used, or the variable that holds the token is not set.
    pub fn new(entry: &Entry, env: Env<'_>) -> Result<Self, VantagesError> {
        let url = url::Url::parse(&entry.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
            .ok_or_else(|| VantagesError::Url { id: entry.id.clone(), url: entry.url.clone() })?;
        let credential = match &entry.auth {
            Auth::None => Credential::None,
            Auth::AwsIam => Credential::AwsIam,
            Auth::BearerEnv(name) => match env(name).filter(|token| !token.is_empty()) {
                Some(token) => Credential::Bearer(token),
                None => return Err(VantagesError::NoToken { id: entry.id.clone(), name: name.clone() }),
            },
        };
        let url = format!("{}/v1/probe", url.as_str().trim_end_matches('/'));
        Ok(Self { vantage: entry.vantage(), url, credential })
    }

    /// The vantage.
    pub fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    /// Where to send the call.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The call that asks `request` at `now`.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn call(
        &self,
        request: &ProbeRequest,
        now: SystemTime,
        env: Env<'_>,
    ) -> Result<Outgoing, VantageFailure> {
        let body = serde_json::to_vec(request)
            .map_err(|error| failure(VantageFailureKind::Refused, &error.to_string()))?;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        match &self.credential {
            Credential::None => {}
            Credential::Bearer(token) => {
                headers.push(("authorization".to_owned(), format!("Bearer {token}")))
            }
            Credential::AwsIam => {
                let covered = [("content-type", "application/json")];
                let call = Call { service: "lambda", url: &self.url, headers: &covered, body: &body };
                let signature = call
                    .signed(now, env)
                    .map_err(|error| failure(VantageFailureKind::Unauthorized, &error.to_string()))?;
                headers.extend(signature);
            }
        }
        Ok(Outgoing { headers, body, limit: Duration::from_millis(request.deadline_ms) + WAY })
    }
}

/// Asks a vantage for nothing but its controls.
pub fn sight() -> ProbeRequest {
    ProbeRequest::first("localhost.localdomain", Vec::new(), Patience::Quick, check::QUICK_MS)
}

/// The evidence in a vantage's answer.
///
/// # Errors
/// When the status is none of success, or the body is no evidence.
pub fn evidence(status: u16, body: &[u8]) -> Result<Evidence, VantageFailure> {
    let kind = match status {
        200..=299 => {
            return serde_json::from_slice(body).map_err(|error| {
                let words = format!("it answered with something that is not evidence: {error}");
                failure(VantageFailureKind::Nonsense, &words)
            });
        }
        401 | 403 => VantageFailureKind::Unauthorized,
        429 => VantageFailureKind::Throttled,
        _ => VantageFailureKind::Refused,
    };
    Err(failure(kind, &format!("it answered with HTTP status {status}")))
}

/// The failure of a vantage whose answer is longer than [`LIMIT`].
pub fn too_long() -> VantageFailure {
    failure(VantageFailureKind::Nonsense, "it answered with more than 1 MiB")
}

/// The failure of a vantage that did not answer within `limit`.
pub fn timed_out(limit: Duration) -> VantageFailure {
    failure(VantageFailureKind::TimedOut, &format!("no answer within {} s", limit.as_secs()))
}

/// The failure of a vantage that was not asked, to spare the network that it would have looked at.
pub fn spared() -> VantageFailure {
    failure(VantageFailureKind::Throttled, "this server has asked that network often enough for a minute")
}

/// The failure of a vantage that there was no way to.
pub fn unreachable(words: &str) -> VantageFailure {
    failure(VantageFailureKind::Unreachable, words)
}

fn failure(kind: VantageFailureKind, words: &str) -> VantageFailure {
    VantageFailure { kind, words: scrub::visible(words).into_owned() }
}
