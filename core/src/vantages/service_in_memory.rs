//! What the tests of all panels have in common: a service in memory, on a clock that runs only when somebody waits.

use super::OpenHost;
use crate::evidence::Evidence;
use crate::mx::Target;
use crate::ports::{FetchError, HttpAnswer, HttpCall, ProbeRequest, Source, Transport};
use crate::timestamp::Timestamp;
use futures_util::FutureExt;
use std::sync::Mutex;

/// How long a call takes, in milliseconds.
const CALL_MS: f64 = 10.0;

/// A measurement network's API, as far as a test needs it.
pub(super) trait Service {
    /// Its clock, in milliseconds.
    fn clock_ms(&self) -> &Mutex<f64>;

    /// What it says to `call`.
    fn answer(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError>;
}

impl<S: Service> Transport for S {
    async fn send(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        *Service::clock_ms(self).lock().unwrap() += CALL_MS;
        self.answer(call)
    }

    async fn pause(&self, ms: u64) {
        *Service::clock_ms(self).lock().unwrap() += ms as f64;
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(0)
    }

    fn elapsed_ms(&self) -> f64 {
        *Service::clock_ms(self).lock().unwrap()
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// A control host of `operator`.
pub(super) fn open(operator: &str, addresses: &[&str]) -> OpenHost {
    OpenHost {
        operator: operator.to_owned(),
        host: format!("mx.{operator}.test").parse().unwrap(),
        addresses: addresses.iter().map(|one| one.parse().unwrap()).collect(),
    }
}

/// Exchanges of one name at `addresses`.
pub(super) fn targets(addresses: &[&str]) -> Vec<Target> {
    let target = |address: &&str| Target {
        exchange: "mx.example".to_owned(),
        address: address.parse().unwrap(),
        preference: 10,
    };
    addresses.iter().map(target).collect()
}

/// The rows that `panel` answers `request` with; where it cannot be asked, the one that says so.
pub(super) fn look(panel: &impl Source, service: &impl Transport, request: &ProbeRequest) -> Vec<Evidence> {
    let looked = panel.probe(request, service).now_or_never().expect("nothing here waits");
    looked.unwrap_or_else(|failure| vec![Evidence::unasked(panel.vantage(), failure)])
}
