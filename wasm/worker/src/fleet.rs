//! The vantages: asked by the platform's `fetch`, their answers shared for a minute.

use crate::cache;
use crate::clock;
use crate::environment::value;
use crate::fetch::Call;
use crate::limits;
use crate::random;
use noanswer_core::evidence::{Vantage, VantageFailure};
use noanswer_core::ports::{
    FetchError, HttpAnswer, HttpCall, HttpMethod, Probe, ProbeDecorator, ProbeRequest, ProbeResult, Transport,
};
use noanswer_core::timestamp::Timestamp;
use noanswer_site::fleet::{self, rate_limited};
use std::time::Duration;
use worker::{Delay, Env, Method};

/// The vantages of the operator. A Worker is none itself.
pub(crate) type Fleet = fleet::Fleet<EdgeTransport>;

/// Calls to vantages by the platform's `fetch`.
#[derive(Clone)]
pub(crate) struct EdgeTransport {
    pub(crate) env: Env,
}

impl Transport for EdgeTransport {
    async fn send(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        let (method, body) = match call.method {
            HttpMethod::Get => (Method::Get, None),
            HttpMethod::Post => (Method::Post, Some(call.body.as_slice())),
        };
        let call_out = Call { method, url: &call.url, headers: &call.headers, body };
        let answer = call_out.send(Duration::from_millis(call.timeout_ms), call.limit).await?;
        Ok(HttpAnswer { status: answer.status, headers: answer.headers, body: answer.body })
    }

    async fn pause(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn elapsed_ms(&self) -> f64 {
        // Workers have no other clock; it stands still but while they wait for something.
        worker::Date::now().as_millis() as f64
    }

    fn nonce(&self) -> Option<String> {
        random::bytes().map(|bytes| format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    fn variable(&self, name: &str) -> Option<String> {
        value(&self.env, name)
    }
}

/// A fleet whose answers are shared for a minute. Only a lab's, which probes itself, is not `limited`.
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) fleet: Fleet,
    pub(crate) limited: bool,
}

impl Shared {
    /// The rows that are kept under `question`, or what `ask` brings, which is kept where it succeeds.
    async fn share(
        &self,
        vantage: &Vantage,
        question: &[u8],
        ask: impl Future<Output = ProbeResult>,
    ) -> ProbeResult {
        if let Some(kept) = cache::get("evidence", question).await
            // By a value, as evidence is read everywhere: one reader of it is in the wasm, not two.
            && let Ok(rows) = serde_json::from_slice(&kept).and_then(serde_json::from_value)
        {
            let rows = Ok(rows);
            self.fleet.note(vantage, &rows);
            return rows;
        }
        let rows = ask.await?;
        if let Ok(answer) = serde_json::to_vec(&rows) {
            cache::put("evidence", question, answer, cache::EVIDENCE_S).await;
        }
        Ok(rows)
    }

    /// Takes one probe of each network that `request` goes to.
    async fn take_targets(&self, vantage: &Vantage, request: &ProbeRequest) -> Result<(), VantageFailure> {
        if !self.limited {
            return Ok(());
        }
        for network in request.networks() {
            if !limits::spares(&self.env, &vantage.id, network).await {
                return Err(rate_limited());
            }
        }
        Ok(())
    }
}

/// A name of `request` to `vantage` that no other question has.
fn question(vantage: &Vantage, request: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(&(vantage, request)).unwrap_or_default()
}

impl ProbeDecorator for Shared {
    type Behind = Fleet;

    fn behind(&self) -> &Fleet {
        &self.fleet
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        let ask = async {
            self.take_targets(vantage, request).await?;
            self.fleet.probe(vantage, request).await
        };
        self.share(vantage, &question(vantage, request), ask).await
    }

    async fn controls(&self, vantage: &Vantage) -> ProbeResult {
        self.share(vantage, &question(vantage, &"controls"), self.fleet.controls(vantage)).await
    }
}
