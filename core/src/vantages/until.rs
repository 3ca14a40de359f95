//! A transport that ends when the look does: an API that does not answer must not hold a verdict up.

use crate::ports::{FetchError, HttpAnswer, HttpCall, SigningKeys, Transport};
use crate::timestamp::Timestamp;

/// Calls by another transport, none of which goes on after a moment of its clock.
pub(super) struct Until<'a, T> {
    transport: &'a T,
    ends_ms: f64,
}

impl<'a, T: Transport> Until<'a, T> {
    /// Calls by `transport` for `ms` milliseconds from now.
    pub(super) fn from_now(transport: &'a T, ms: u64) -> Self {
        Self { transport, ends_ms: transport.elapsed_ms() + ms as f64 }
    }
}

impl<T: Transport> Transport for Until<'_, T> {
    async fn send(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        let left_ms = self.ends_ms - self.transport.elapsed_ms();
        if left_ms < 1.0 {
            return Err(FetchError::TimedOut);
        }
        if (call.timeout_ms as f64) <= left_ms {
            return self.transport.send(call).await;
        }
        self.transport.send(&HttpCall { timeout_ms: left_ms as u64, ..call.clone() }).await
    }

    async fn pause(&self, ms: u64) {
        self.transport.pause(ms).await;
    }

    fn clock_ms(&self) -> Option<u64> {
        self.transport.clock_ms()
    }

    fn now(&self) -> Timestamp {
        self.transport.now()
    }

    fn elapsed_ms(&self) -> f64 {
        self.transport.elapsed_ms()
    }

    fn nonce(&self) -> Option<String> {
        self.transport.nonce()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.transport.variable(name)
    }

    async fn signing_keys(&self, refused: Option<&SigningKeys>) -> Result<SigningKeys, String> {
        self.transport.signing_keys(refused).await
    }
}
