//! Calls to AWS's JSON services.

use noanswer_site::sigv4::{Call, Env, SignError};
use reqwest::StatusCode;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

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
    environment: BTreeMap<&'static str, String>,
    patience: Duration,
}

/// What is kept of the environment: a function's credentials live as long as its instance.
const KEPT: [&str; 5] =
    ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"];

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

/// A call that brought no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It could not be signed.
    #[error(transparent)]
    Unsigned(#[from] SignError),
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
        let environment: BTreeMap<&'static str, String> =
            KEPT.into_iter().filter_map(|name| Some((name, env(name)?))).collect();
        let region = environment.get("AWS_REGION").cloned().ok_or(SetupError::NoRegion)?;
        let both = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        if !both.iter().all(|name| environment.contains_key(name)) {
            return Err(SetupError::NoCredentials);
        }
        Ok(Self { http, region, environment, patience: TRY })
    }

    /// Waits so long for each answer: for an AWS that is slower than AWS's own.
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn url(&self, service: &str) -> String {
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match self.environment.get("AWS_ENDPOINT_URL") {
            Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
            None => format!("https://{service}.{}.{suffix}/", self.region),
        }
    }

    /// Calls `operation` of `service`. Throttled calls, and those at which AWS itself failed (5xx), are tried again a little;
    /// so is, once, one that met no connection or no answer: a kept connection may have been closed meanwhile. A write may have been done all the same then: what is written
    /// here bears being written twice.
    pub(super) async fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let body = body.to_string().into_bytes();
        for (n, pause) in PAUSES.into_iter().enumerate() {
            match self.try_once(service, operation, &body).await {
                Err(CallError::Throttled { .. } | CallError::Failed { .. }) => {}
                Err(CallError::Unreachable { .. } | CallError::TimedOut { .. }) if n == 0 => {}
                result => return result,
            }
            // Backoff with full jitter.
            tokio::time::sleep(pause.mul_f64(random_share())).await;
        }
        self.try_once(service, operation, &body).await
    }

    async fn try_once(
        &self,
        service: &'static str,
        operation: &'static str,
        body: &[u8],
    ) -> Result<Value, CallError> {
        let url = self.url(service);
        // Each service has one version of the protocol and refuses the other's name.
        let version =
            if service == "dynamodb" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" };
        let headers = &[("content-type", version), ("x-amz-target", operation)];
        let env = |name: &str| self.environment.get(name).cloned();
        let signature = Call { service, url: &url, headers, body }.signed(SystemTime::now(), &env)?;
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
            Ok::<_, reqwest::Error>((response.status(), answer))
        };
        let (status, answer) = match tokio::time::timeout(self.patience, send).await {
            Err(_) => return Err(CallError::TimedOut { operation }),
            Ok(Err(error)) => {
                return Err(CallError::Unreachable { operation, words: crate::fetch::innermost(&error) });
            }
            Ok(Ok(answered)) => answered,
        };
        let answer: Result<Value, _> = serde_json::from_slice(&answer);
        match answer {
            Ok(answer) if status.is_success() => Ok(answer),
            Ok(answer) => Err(refusal(operation, status, &answer)),
            Err(_) if status.is_server_error() => Err(refusal(operation, status, &Value::Null)),
            Err(error) => Err(CallError::Nonsense { operation, words: error.to_string() }),
        }
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
    let mut byte = [u8::MAX];
    // Without randomness the pause is the longest one: nothing depends on it.
    let _ = SystemRandom::new().fill(&mut byte);
    f64::from(byte[0]) / f64::from(u8::MAX)
}
