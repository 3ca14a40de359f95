//! A vantage that is asked by HTTP. Whatever goes wrong with it costs its own row.

use super::file::{Auth, Entry, VantagesError};
use super::sigv4;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::scrub;
use reqwest::StatusCode;
use std::time::{Duration, SystemTime};

/// How much longer than its own deadline a vantage is waited for: the way there and back, and a cold start.
const WAY: Duration = Duration::from_secs(2);

/// The longest evidence that is taken, in bytes: 20 addresses at their wordiest.
const LIMIT: usize = 1 << 20;

/// How to ask one vantage.
#[derive(Debug)]
pub struct Remote {
    vantage: Vantage,
    url: String,
    credential: Credential,
    client: reqwest::Client,
}

#[derive(Debug)]
enum Credential {
    None,
    Bearer(String),
    AwsIam,
}

impl Remote {
    /// The vantage of a file's entry. The token is taken from the environment now.
    ///
    /// # Errors
    /// When the URL cannot be used, or the variable that holds the token is not set.
    pub fn new(entry: &Entry, client: reqwest::Client) -> Result<Self, VantagesError> {
        let sound = reqwest::Url::parse(&entry.url)
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if !sound {
            return Err(VantagesError::Url { id: entry.id.clone(), url: entry.url.clone() });
        }
        let credential = match &entry.auth {
            Auth::None => Credential::None,
            Auth::AwsIam => Credential::AwsIam,
            Auth::BearerEnv(name) => match std::env::var(name) {
                Ok(token) if !token.is_empty() => Credential::Bearer(token),
                _ => return Err(VantagesError::NoToken { id: entry.id.clone(), name: name.clone() }),
            },
        };
        let url = format!("{}/v1/probe", entry.url.trim_end_matches('/'));
        Ok(Self { vantage: entry.vantage(), url, credential, client })
    }

    /// The vantage.
    pub fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    /// Has it probe.
    ///
    /// # Errors
    /// When it could not be asked, or did not answer with evidence.
    pub async fn probe(&self, request: &ProbeRequest) -> Result<Evidence, VantageFailure> {
        let limit = Duration::from_millis(request.deadline_ms) + WAY;
        tokio::time::timeout(limit, self.ask(request)).await.unwrap_or_else(|_| {
            Err(failure(VantageFailureKind::TimedOut, format!("no answer within {} s", limit.as_secs())))
        })
    }

    /// Has it look at its controls alone.
    ///
    /// # Errors
    /// As for [`probe`](Self::probe).
    pub async fn sight(&self) -> Result<Evidence, VantageFailure> {
        let nothing = ProbeRequest {
            domain: "localhost.localdomain".to_owned(),
            targets: Vec::new(),
            round: 1,
            patience: Patience::Quick,
            deadline_ms: 11_000,
        };
        self.probe(&nothing).await
    }

    async fn ask(&self, request: &ProbeRequest) -> Result<Evidence, VantageFailure> {
        let body = serde_json::to_vec(request)
            .map_err(|error| failure(VantageFailureKind::Refused, error.to_string()))?;
        let mut call = self.client.post(&self.url).header("content-type", "application/json");
        match &self.credential {
            Credential::None => {}
            Credential::Bearer(token) => call = call.bearer_auth(token),
            Credential::AwsIam => {
                let headers = sigv4::headers(&self.url, &body, SystemTime::now())
                    .map_err(|error| failure(VantageFailureKind::Unauthorized, error.to_string()))?;
                for (name, value) in headers {
                    call = call.header(name, value);
                }
            }
        }
        let mut response = call.body(body).send().await.map_err(|error| unreachable(&inner(&error)))?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&inner(&error)))? {
            answer.extend_from_slice(&chunk);
            if answer.len() > LIMIT {
                return Err(failure(
                    VantageFailureKind::Nonsense,
                    "it answered with more than 1 MiB".to_owned(),
                ));
            }
        }
        if !status.is_success() {
            return Err(refused(status));
        }
        serde_json::from_slice(&answer).map_err(|error| {
            failure(
                VantageFailureKind::Nonsense,
                format!("it answered with something that is not evidence: {error}"),
            )
        })
    }
}

fn refused(status: StatusCode) -> VantageFailure {
    let kind = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => VantageFailureKind::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => VantageFailureKind::Throttled,
        _ => VantageFailureKind::Refused,
    };
    failure(kind, format!("it answered with HTTP status {}", status.as_u16()))
}

/// A vantage that there was no way to.
pub(super) fn unreachable(words: &str) -> VantageFailure {
    failure(VantageFailureKind::Unreachable, words.to_owned())
}

fn failure(kind: VantageFailureKind, words: String) -> VantageFailure {
    VantageFailure { kind, words: scrub::visible(&words).into_owned() }
}

/// The innermost words of an error: the outer ones repeat the URL.
fn inner(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
