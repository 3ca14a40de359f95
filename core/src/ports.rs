//! All that the core asks of the world: [`Fetch`] and [`Probe`].

pub use crate::dns::doh::Request as HttpRequest;

pub use crate::evidence::Patience;

use crate::address::{Family, target_network};
use crate::evidence::{Evidence, Vantage, VantageFailure};
use crate::mx::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The `Content-Type` header, when there was one.
    pub content_type: Option<String>,
    /// The body, at most [`Fetch::BODY_LIMIT`] bytes.
    pub body: Vec<u8>,
}

/// Why nothing came back. The words are for people and made visible by the edge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No answer in time, or the whole check's deadline has passed.
    #[error("no answer in time")]
    TimedOut,
    /// No connection.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The TLS handshake failed or the certificate is not trusted.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The body was longer than the limit.
    #[error("the answer is longer than 64 KiB")]
    TooLarge,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// The world's HTTP. Implementations bound time (each call, and the whole check) and size.
pub trait Fetch {
    /// The longest body that is taken, in bytes: a DNS message cannot be longer (RFC 8484 s6).
    const BODY_LIMIT: usize = 65_535;

    /// Does one GET.
    ///
    /// # Errors
    /// When nothing came back; what the server said, even a 500, is a response.
    fn fetch(&self, request: &HttpRequest) -> impl Future<Output = Result<HttpResponse, FetchError>>;
}

/// What a vantage is asked to do: greet these addresses, and its own controls beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// The domain whose plan this is: the vantage may ask its own resolver for it.
    pub domain: String,
    /// The addresses, all of them from the plan of `domain`.
    pub targets: Vec<Target>,
    /// The round: 1 is the quick pass.
    pub round: u8,
    /// How long to wait.
    pub patience: Patience,
    /// When the evidence must be back, in milliseconds from now.
    pub deadline_ms: u64,
}

impl ProbeRequest {
    /// A first look at `targets`, all of them from the plan of `domain`.
    pub fn first(domain: &str, targets: Vec<Target>, patience: Patience, deadline_ms: u64) -> Self {
        Self { domain: domain.to_owned(), targets, round: 1, patience, deadline_ms }
    }

    /// The networks that the targets stand in, each once: so they are counted where probes are limited.
    pub fn networks(&self) -> BTreeSet<IpAddr> {
        self.targets.iter().map(|target| target_network(target.address)).collect()
    }

    /// Whether any target is of `family`.
    pub fn has(&self, family: Family) -> bool {
        self.targets.iter().any(|target| Family::of(target.address) == family)
    }
}

/// The vantages.
pub trait Probe {
    /// The vantages that can be asked, in the order in which they are shown.
    fn vantages(&self) -> &[Vantage];

    /// Has one vantage probe.
    ///
    /// # Errors
    /// When the vantage could not be asked: that costs its own row, never the check.
    fn probe(
        &self,
        vantage: &Vantage,
        request: &ProbeRequest,
    ) -> impl Future<Output = Result<Evidence, VantageFailure>>;

    /// Waits a while before a further round; `ms` milliseconds.
    fn pause(&self, ms: u64) -> impl Future<Output = ()>;
}
