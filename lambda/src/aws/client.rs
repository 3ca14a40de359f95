//! Calls to AWS's JSON services.

use super::credentials::{Credentials, CredentialsError, Environment};
use super::partition;
use crate::random;
use noanswer_core::ports::SigningKeys;
use noanswer_site::sigv4::{self, Call, Env, SignError};
use reqwest::StatusCode;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long one try may take: these services answer within milliseconds, or something is wrong.
const TRY: Duration = Duration::from_secs(3);

/// The longest pauses before each further try after a throttled one; the pause is anything up to it, so that those who
/// were turned away together do not come back together.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(450)];

/// The longest answer that is taken, in bytes: an item has 400 KB at most, and base64 makes it longer.
const LIMIT: usize = 1 << 20;

/// AWS, as an environment names it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    region: String,
    endpoint: Option<String>,
    credentials: Credentials,
    patience: Duration,
    /// How far the clock here is behind AWS's, in seconds.
    skew_s: Arc<AtomicI64>,
}

/// An environment that names no AWS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// There is no region.
    #[error("AWS_REGION is not set")]
    NoRegion,
    /// There are no credentials.
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")]
    NoCredentials,
}

/// What AWS calls a signature whose time is too far from its own.
const SKEWED: [&str; 6] = [
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
];

/// What AWS calls keys that it does not take, or not any more.
const EXPIRED: [&str; 5] = [
    "ExpiredTokenException",
    "ExpiredToken",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidToken",
];

/// A call that failed, and the `Date` of the answer.
struct Failure {
    error: CallError,
    date: Option<String>,
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self { error, date: None }
    }
}

/// A call that brought no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It could not be signed.
    #[error(transparent)]
    Unsigned(#[from] SignError),
    /// There is nothing to sign it with.
    #[error(transparent)]
    NoCredentials(#[from] CredentialsError),
    /// No connection, or one that broke.
    #[error("{operation}: AWS cannot be reached: {words}")]
    Unreachable {
        /// The operation, as `Service.Operation`.
        operation: &'static str,
        /// What the connection said.
        words: String,
    },
    /// No answer in time.
    #[error("{operation}: no answer in time")]
    TimedOut {
        /// The operation.
        operation: &'static str,
    },
    /// It asks to slow down, and went on asking.
    #[error("{operation}: throttled")]
    Throttled {
        /// The operation.
        operation: &'static str,
    },
    /// AWS itself failed (5xx), and went on failing.
    #[error("{operation}: AWS failed: HTTP status {status}")]
    Failed {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: u16,
    },
    /// A write whose condition did not hold, and the item as it is.
    #[error("the condition of a write did not hold")]
    Condition {
        /// The item in DynamoDB's JSON, where there is one.
        item: Option<Value>,
    },
    /// It refused.
    #[error("{operation}: {kind}: {words}")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The error's name.
        kind: String,
        /// The error's words.
        words: String,
    },
    /// It answered something else than was agreed.
    #[error("{operation}: the answer is not of the expected form: {words}")]
    Nonsense {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        words: String,
    },
}

impl Client {
    /// The AWS that `env` names: `AWS_REGION`, credentials, and `AWS_ENDPOINT_URL` where it is another than AWS's own.
    ///
    /// # Errors
    /// When it names no region or no credentials.
    pub fn new(http: reqwest::Client, env: Env<'_>) -> Result<Self, SetupError> {
        let environment = Environment::of(env);
        let region = environment.region().ok_or(SetupError::NoRegion)?.to_owned();
        // A function is told of its keys; it waits for no place that may not be there.
        if !environment.leads_to_keys() {
            return Err(SetupError::NoCredentials);
        }
        let endpoint = environment.get("AWS_ENDPOINT_URL").map(str::to_owned);
        let credentials = Credentials::new(http.clone(), environment);
        Ok(Self { http, region, endpoint, credentials, patience: TRY, skew_s: Arc::default() })
    }

    /// Waits so long for each answer: for an AWS that is slower than AWS's own.
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn url(&self, service: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
            None => partition::endpoint(service, &self.region),
        }
    }

    /// Calls `operation` of `service`. Throttled calls, and those at which AWS itself failed (5xx), are tried again a little;
    /// once each, one that met no connection or no answer (a kept connection may have been closed meanwhile), one whose time
    /// AWS did not take, by AWS's clock, and one whose keys it did not take, where there are newer ones. A write may have been
    /// done all the same: what is written here bears being written twice.
    pub(super) async fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let body = body.to_string().into_bytes();
        let mut pauses = PAUSES.into_iter();
        let mut once = (true, true, true);
        let mut keys = self.credentials.keys(None).await?;
        loop {
            let Failure { error, date } = match self.try_once(service, operation, &body, &keys).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            match &error {
                CallError::Throttled { .. } | CallError::Failed { .. } => {}
                CallError::Unreachable { .. } | CallError::TimedOut { .. } if std::mem::take(&mut once.0) => {
                }
                CallError::Refused { kind, .. } if SKEWED.contains(&kind.as_str()) => {
                    let skew_s = sigv4::skew_s(date.as_deref(), crate::clock::now());
                    match skew_s {
                        Some(skew_s) if std::mem::take(&mut once.1) => {
                            self.skew_s.store(skew_s, Ordering::Relaxed);
                            continue;
                        }
                        _ => return Err(error),
                    }
                }
                CallError::Refused { kind, .. } if EXPIRED.contains(&kind.as_str()) => {
                    let others = self.credentials.keys(Some(&keys)).await;
                    match others {
                        Ok(others) if others != keys && std::mem::take(&mut once.2) => {
                            keys = others;
                            continue;
                        }
                        _ => return Err(error),
                    }
                }
                _ => return Err(error),
            }
            let Some(pause) = pauses.next() else { return Err(error) };
            // Backoff with full jitter.
            tokio::time::sleep(pause.mul_f64(random_share())).await;
        }
    }

    async fn try_once(
        &self,
        service: &'static str,
        operation: &'static str,
        body: &[u8],
        keys: &SigningKeys,
    ) -> Result<Value, Failure> {
        let url = self.url(service);
        // Each service has one version of the protocol and refuses the other's name.
        let version =
            if service == "dynamodb" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" };
        let headers = &[("content-type", version), ("x-amz-target", operation)];
        let now = sigv4::at(crate::clock::now(), self.skew_s.load(Ordering::Relaxed));
        let call = Call { service, url: &url, headers, body };
        let signature = call.signed(now, keys, Some(&self.region)).map_err(CallError::from)?;
        let mut post = self.http.post(&url);
        for (name, value) in headers {
            post = post.header(*name, *value);
        }
        for (name, value) in signature {
            post = post.header(name, value);
        }
        let send = async {
            let mut response = post.body(body.to_vec()).send().await?;
            let mut answer = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                answer.extend_from_slice(&chunk);
                if answer.len() > LIMIT {
                    break;
                }
            }
            let date = response.headers().get(reqwest::header::DATE);
            let date = date.and_then(|date| date.to_str().ok()).map(str::to_owned);
            Ok::<_, reqwest::Error>((response.status(), date, answer))
        };
        let (status, date, answer) = match tokio::time::timeout(self.patience, send).await {
            Err(_) => return Err(CallError::TimedOut { operation }.into()),
            Ok(Err(error)) => {
                let words = crate::fetch::innermost(&error);
                return Err(CallError::Unreachable { operation, words }.into());
            }
            Ok(Ok(answered)) => answered,
        };
        let answer: Result<Value, _> = serde_json::from_slice(&answer);
        let error = match answer {
            Ok(answer) if status.is_success() => return Ok(answer),
            Ok(answer) => refusal(operation, status, &answer),
            Err(_) if status.is_server_error() => refusal(operation, status, &Value::Null),
            Err(error) => CallError::Nonsense { operation, words: error.to_string() },
        };
        Err(Failure { error, date })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("region", &self.region).finish_non_exhaustive()
    }
}

/// What a refusal says: `__type` is `namespace#Name`.
fn refusal(operation: &'static str, status: StatusCode, answer: &Value) -> CallError {
    let text = |names: [&str; 2]| names.iter().find_map(|name| answer[*name].as_str()).unwrap_or_default();
    let kind = text(["__type", "code"]);
    let kind = kind.rsplit('#').next().unwrap_or_default();
    match kind {
        "ConditionalCheckFailedException" => CallError::Condition { item: answer.get("Item").cloned() },
        "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "Throttling"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => CallError::Throttled { operation },
        _ if status.is_server_error() => CallError::Failed { operation, status: status.as_u16() },
        _ => {
            let kind =
                if kind.is_empty() { format!("HTTP status {}", status.as_u16()) } else { kind.to_owned() };
            CallError::Refused { operation, kind, words: text(["message", "Message"]).to_owned() }
        }
    }
}

/// A random number from 0 to 1, for jitter.
pub(crate) fn random_share() -> f64 {
    // Without randomness the pause is the longest one: nothing depends on it.
    let [byte] = random::bytes().unwrap_or([u8::MAX]);
    f64::from(byte) / f64::from(u8::MAX)
}
