//! A prober of noanswer's own on another host, asked by HTTP (`POST /v1/probe`).

use super::failure::{call_failed, failure};
use super::file::{Auth, Entry, VantagesError};
use crate::lenient;
use crate::sigv4::{Call, Env};
use noanswer_core::check;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::ports::{HttpCall, HttpMethod, ProbeRequest, ProbeResult, Source, Transport};
use std::time::{Duration, UNIX_EPOCH};

/// How much longer than its own deadline a vantage is waited for, in milliseconds: a round trip, and a cold start.
const ROUND_TRIP_MS: u64 = 2_000;

/// The longest evidence that is taken, in bytes: 20 addresses at their wordiest.
const LIMIT: usize = 1 << 20;

/// How one of noanswer's own vantages is asked.
#[derive(Clone, Debug)]
pub struct Noanswer {
    vantage: Vantage,
    url: String,
    credential: Credential,
}

#[derive(Clone)]
enum Credential {
    None,
    Bearer(String),
    AwsIam,
}

/// A token is never printed.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(…)",
            Self::AwsIam => "AwsIam",
        })
    }
}

impl Noanswer {
    /// The vantage of a file's entry. The token is taken from the environment now.
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

    /// The call that asks `request`.
    fn call<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> Result<HttpCall, VantageFailure> {
        let body = serde_json::to_vec(request)
            .map_err(|error| failure(VantageFailureKind::Refused, &error.to_string()))?;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        match &self.credential {
            Credential::None => {}
            Credential::Bearer(token) => {
                headers.push(("authorization".to_owned(), format!("Bearer {token}")));
            }
            Credential::AwsIam => {
                let covered = [("content-type", "application/json")];
                let call = Call { service: "lambda", url: &self.url, headers: &covered, body: &body };
                let seconds = u64::try_from(transport.now().unix()).unwrap_or_default();
                let now = UNIX_EPOCH + Duration::from_secs(seconds);
                let signature = call
                    .signed(now, &|name| transport.variable(name))
                    .map_err(|error| failure(VantageFailureKind::Unauthorized, &error.to_string()))?;
                headers.extend(signature);
            }
        }
        Ok(HttpCall {
            method: HttpMethod::Post,
            url: self.url.clone(),
            headers,
            body,
            timeout_ms: request.deadline_ms + ROUND_TRIP_MS,
            limit: LIMIT,
        })
    }
}

impl Source for Noanswer {
    fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    async fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        let call = self.call(request, transport)?;
        let answer = transport.send(&call).await.map_err(|error| call_failed(&error, call.timeout_ms))?;
        Ok(vec![evidence(answer.status, &answer.body)?.of(&self.vantage)])
    }

    async fn controls<T: Transport>(&self, transport: &T) -> ProbeResult {
        self.probe(&ProbeRequest::controls(check::QUICK_MS), transport).await
    }
}

/// The evidence in a vantage's answer.
fn evidence(status: u16, body: &[u8]) -> Result<Evidence, VantageFailure> {
    let kind = match status {
        200..=299 => {
            return serde_json::from_slice(body).and_then(lenient::evidence).map_err(|error| {
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
