//! The vantages of this process: its own prober, and others by HTTP.

use crate::aws::{Credentials, Environment};
use crate::fetch::{CONNECT, DohFetch, innermost};
use crate::probe::Prober;
use crate::random;
use noanswer_core::evidence::{Evidence, Vantage};
use noanswer_core::ports::{
    FetchError, HttpAnswer, HttpCall, HttpMethod, ProbeRequest, SigningKeys, Transport,
};
use noanswer_core::timestamp::Timestamp;
use noanswer_site::fleet::LocalProber;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// The vantages of a check.
pub type Fleet = noanswer_site::fleet::Fleet<HttpTransport, Prober>;

/// A fleet without vantages, whose calls go by the client of `fetch`.
pub fn empty(fetch: &DohFetch) -> Fleet {
    Fleet::new(transport(fetch))
}

/// Calls by the client of `fetch`.
pub fn transport(fetch: &DohFetch) -> HttpTransport {
    let client = fetch.client().clone();
    let credentials = Arc::new(Credentials::new(client.clone(), Environment::of(&variable)));
    HttpTransport { client, since: Instant::now(), credentials }
}

/// What the operator keeps under `name`: a variable of the environment that is not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Calls by reqwest.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    since: Instant,
    credentials: Arc<Credentials>,
}

impl Transport for HttpTransport {
    async fn send(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        let limit = Duration::from_millis(call.timeout_ms);
        tokio::time::timeout(limit, self.answer(call)).await.unwrap_or(Err(FetchError::TimedOut))
    }

    async fn pause(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn clock_ms(&self) -> Option<u64> {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed().as_millis().try_into().ok()
    }

    fn now(&self) -> Timestamp {
        crate::clock::now()
    }

    fn elapsed_ms(&self) -> f64 {
        self.since.elapsed().as_secs_f64() * 1e3
    }

    fn nonce(&self) -> Option<String> {
        Some(format!("{:032x}", u128::from_be_bytes(random::bytes()?)))
    }

    fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }

    async fn signing_keys(&self, refused: Option<&SigningKeys>) -> Result<SigningKeys, String> {
        self.credentials.keys(refused).await.map_err(|error| error.to_string())
    }
}

impl HttpTransport {
    async fn answer(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        let unreachable = |error: reqwest::Error| match error.is_connect() && error.is_timeout() {
            true => FetchError::Unreachable(format!("no connection within {} s", CONNECT.as_secs())),
            false => FetchError::Unreachable(innermost(&error)),
        };
        let mut request = match call.method {
            HttpMethod::Get => self.client.get(&call.url),
            HttpMethod::Post => self.client.post(&call.url).body(call.body.clone()),
        };
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let headers = headers.collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > call.limit {
                return Err(FetchError::TooLarge);
            }
        }
        Ok(HttpAnswer { status, headers, body })
    }
}

impl LocalProber for Prober {
    fn vantage(&self) -> &Vantage {
        Prober::vantage(self)
    }

    async fn probe(self: &Arc<Self>, request: &ProbeRequest) -> Evidence {
        Prober::probe(self, request).await
    }

    async fn probe_for_others(self: &Arc<Self>, request: &ProbeRequest) -> Evidence {
        Prober::probe_for_others(self, request).await
    }

    async fn controls(self: &Arc<Self>) -> Evidence {
        self.sight().await
    }

    async fn asn(self: &Arc<Self>) -> Option<u32> {
        Prober::asn(self).await
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use tokio::net::{TcpSocket, TcpStream};

    /// A host whose queue of connections is full drops the first packet of another, as a filter does.
    #[tokio::test]
    async fn a_vantage_that_takes_no_connection_is_not_waited_for_as_long_as_a_slow_one() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let full = socket.listen(0).unwrap();
        let address = full.local_addr().unwrap();
        let mut held = Vec::new();
        while let Ok(connection) =
            tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
        {
            held.push(connection.unwrap());
            assert!(held.len() < 100, "the queue takes any number");
        }
        let transport = transport(&DohFetch::new(None).unwrap());
        let call = HttpCall {
            method: HttpMethod::Get,
            url: format!("http://{address}/"),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: 60_000,
            limit: 1,
        };
        let failure = transport.send(&call).await.unwrap_err();
        assert!(
            matches!(&failure, FetchError::Unreachable(words) if words == "no connection within 5 s"),
            "{failure:?}"
        );
    }
}
