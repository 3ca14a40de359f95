//! A prober of noanswer's own on another host, asked by HTTP (`POST /v1/probe`).

use super::failure::{call_failed, failure};
use super::file::{Auth, Entry, VantagesError};
use crate::lenient;
use crate::nonce;
use crate::sigv4::{self, Call, Env};
use crate::trace;
use noanswer_core::check;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure, VantageFailureKind};
use noanswer_core::ports::{
    HttpAnswer, HttpCall, HttpMethod, ProbeRequest, ProbeResult, SigningKeys, Source, Transport,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
    /// How far the clock here is behind AWS's, in seconds.
    skew_s: Arc<AtomicI64>,
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
        Ok(Self { vantage: entry.vantage(), url, credential, skew_s: Arc::default() })
    }

    /// The call that asks `request`, signed with `keys` where AWS wants to see a signature.
    fn call<T: Transport>(
        &self,
        request: &ProbeRequest,
        transport: &T,
        keys: Option<&SigningKeys>,
    ) -> Result<HttpCall, VantageFailure> {
        let body = serde_json::to_vec(request)
            .map_err(|error| failure(VantageFailureKind::Refused, &error.to_string()))?;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if let Credential::Bearer(token) = &self.credential {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        headers.extend(transport.nonce().map(|nonce| (nonce::HEADER.to_owned(), nonce)));
        if let Some(trace) = request.trace.clone() {
            headers.push((trace::PARENT.to_owned(), trace.parent));
            headers.extend(trace.state.map(|state| (trace::STATE.to_owned(), state)));
        }
        if let Some(keys) = keys {
            let covered = [("content-type", "application/json")];
            let call = Call { service: "lambda", url: &self.url, headers: &covered, body: &body };
            let now = sigv4::at(transport.now(), self.skew_s.load(Ordering::Relaxed));
            let signature = call
                .signed(now, keys, transport.variable("AWS_REGION").as_deref())
                .map_err(|error| failure(VantageFailureKind::Unauthorized, &error.to_string()))?;
            headers.extend(signature);
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

    async fn answer<T: Transport>(
        &self,
        request: &ProbeRequest,
        transport: &T,
        keys: Option<&SigningKeys>,
    ) -> Result<HttpAnswer, VantageFailure> {
        let call = self.call(request, transport, keys)?;
        let answer = transport.send(&call).await.map_err(|error| call_failed(&error, call.timeout_ms))?;
        if nonce::is_of_another_call(&call, &answer) {
            let words =
                "it answered what another call had asked: a cache or a proxy on the way keeps answers";
            return Err(failure(VantageFailureKind::Nonsense, words));
        }
        Ok(answer)
    }

    /// The answer to a call that is signed for AWS. Where AWS refuses the signature for its time, it is signed again by AWS's
    /// clock; where it refuses the keys and there are newer ones, with these. Once: nothing was done by a refused call.
    async fn signed_answer<T: Transport>(
        &self,
        request: &ProbeRequest,
        transport: &T,
    ) -> Result<HttpAnswer, VantageFailure> {
        let no_keys = |words: String| failure(VantageFailureKind::Unauthorized, &words);
        let keys = transport.signing_keys(None).await.map_err(no_keys)?;
        let answer = self.answer(request, transport, Some(&keys)).await?;
        if answer.status != 403 {
            return Ok(answer);
        }
        if let Some(skew_s) = sigv4::skew_s(answer.header("date"), transport.now()) {
            self.skew_s.store(skew_s, Ordering::Relaxed);
            return self.answer(request, transport, Some(&keys)).await;
        }
        match transport.signing_keys(Some(&keys)).await {
            Ok(others) if others != keys => self.answer(request, transport, Some(&others)).await,
            _ => Ok(answer),
        }
    }
}

impl Source for Noanswer {
    fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    async fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        let answer = match self.credential {
            Credential::AwsIam => self.signed_answer(request, transport).await?,
            Credential::None | Credential::Bearer(_) => self.answer(request, transport, None).await?,
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use noanswer_core::ports::FetchError;
    use noanswer_core::timestamp::Timestamp;
    use std::sync::Mutex;

    /// AWS before a vantage: `answer` says what to a call that is signed with these keys at this time.
    struct Aws<F> {
        answer: F,
        calls: Mutex<Vec<(String, String)>>,
    }

    impl<F: Fn(&str, &str) -> (u16, &'static str)> Transport for Aws<F> {
        async fn send(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
            let header = |name: &str| {
                let found = call.headers.iter().find(|(given, _)| given == name);
                found.map(|(_, value)| value.clone()).unwrap_or_default()
            };
            let authorization = header("authorization");
            let key = authorization.split(['=', '/']).nth(1).unwrap_or_default().to_owned();
            let date = header("x-amz-date");
            let (status, date_there) = (self.answer)(&key, &date);
            self.calls.lock().unwrap().push((key, date));
            let headers = vec![("date".to_owned(), date_there.to_owned())];
            Ok(HttpAnswer { status, headers, body: Vec::new() })
        }

        async fn pause(&self, _: u64) {}

        fn now(&self) -> Timestamp {
            Timestamp::from_unix(1_795_510_862)
        }

        fn elapsed_ms(&self) -> f64 {
            0.0
        }

        fn variable(&self, _: &str) -> Option<String> {
            None
        }

        async fn signing_keys(&self, refused: Option<&SigningKeys>) -> Result<SigningKeys, String> {
            let id = if refused.is_some() { "NEWER" } else { "KEPT" };
            Ok(SigningKeys { id: id.to_owned(), secret: "s".to_owned(), session: None })
        }
    }

    const HERE: &str = "Tue, 24 Nov 2026 09:01:02 GMT";

    fn calls(answer: impl Fn(&str, &str) -> (u16, &'static str), times: usize) -> Vec<(String, String)> {
        let url = "https://abc.lambda-url.eu-west-1.on.aws/";
        let entry: Entry =
            toml::from_str(&format!("id = 'a'\nurl = '{url}'\nauth = 'aws-iam'")).expect("an entry");
        let vantage = Noanswer::new(&entry, &|_| None).expect("a vantage");
        let aws = Aws { answer, calls: Mutex::default() };
        for _ in 0..times {
            let asked = vantage.controls(&aws).now_or_never().expect("nothing is waited for");
            assert!(asked.is_err(), "an answer without evidence");
        }
        aws.calls.into_inner().unwrap()
    }

    #[test]
    fn a_refused_signature_is_made_again_by_awss_clock_or_with_newer_keys_once() {
        let made = calls(|_, _| (200, HERE), 1);
        assert_eq!(made, [("KEPT".to_owned(), "20261124T090102Z".to_owned())]);
        // Our clock is an hour behind; what is learnt holds for the next call.
        let ahead = |_: &str, date: &str| {
            (if date.starts_with("20261124T10") { 200 } else { 403 }, "Tue, 24 Nov 2026 10:01:02 GMT")
        };
        let dates: Vec<String> = calls(ahead, 2).into_iter().map(|(_, date)| date).collect();
        assert_eq!(dates, ["20261124T090102Z", "20261124T100102Z", "20261124T100102Z"]);
        let expired = |key: &str, _: &str| (if key == "NEWER" { 200 } else { 403 }, HERE);
        let keys: Vec<String> = calls(expired, 1).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["KEPT", "NEWER"]);
        assert_eq!(calls(|_, _| (403, HERE), 1).len(), 2, "not for ever");
        assert_eq!(calls(|_, _| (500, HERE), 1).len(), 1, "what failed otherwise is not repeated");
    }
}
