//! All that the core asks of the world: [`Fetch`] for DNS-over-HTTPS, [`Probe`] for the vantages of a check, and
//! [`Transport`] for the HTTP APIs behind which vantages stand ([`Source`]).

pub use crate::dns::doh::Request as HttpRequest;

pub use crate::evidence::Patience;

use crate::address::{Family, target_network};
use crate::evidence::{Evidence, Vantage, VantageFailure};
use crate::mx::Target;
use crate::timestamp::Timestamp;
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

    /// Waits `ms` milliseconds, so that one slow server does not hold up the others. A host without timers never ends
    /// it: then every answer is waited for as long as [`fetch`](Self::fetch) itself does.
    fn pause(&self, _ms: u64) -> impl Future<Output = ()> {
        std::future::pending()
    }
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
    /// The AS of the sending server (RFC 1930), where it is known: a panel has probes among its neighbours too. It is never
    /// sent to a vantage.
    #[serde(skip)]
    pub sender_asn: Option<u32>,
    /// The trace that the request is part of: headers of the call to a vantage of noanswer's own, and never part of the
    /// question.
    #[serde(skip)]
    pub trace: Option<Trace>,
}

/// A trace that a request is part of, in the words of W3C Trace Context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// `traceparent` (s3.2): which trace, and whose span has asked.
    pub parent: String,
    /// `tracestate` (s3.3): what the tracing systems on the way note for themselves.
    pub state: Option<String>,
}

impl ProbeRequest {
    /// A first look at `targets`, all of them from the plan of `domain`.
    pub fn first(domain: &str, targets: Vec<Target>, patience: Patience, deadline_ms: u64) -> Self {
        let (sender_asn, trace) = (None, None);
        Self { domain: domain.to_owned(), targets, round: 1, patience, deadline_ms, sender_asn, trace }
    }

    /// A look at the controls alone: no target, and so no domain either.
    pub fn controls(deadline_ms: u64) -> Self {
        Self::first("", Vec::new(), Patience::Quick, deadline_ms)
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

/// The vantages of a check.
pub trait Probe {
    /// The vantages that can be asked, in the order in which they are shown. A panel of probes is one of them.
    fn vantages(&self) -> &[Vantage];

    /// Has one vantage probe. A panel answers with a row for each of its probes, everything else with one row.
    ///
    /// # Errors
    /// When the vantage could not be asked: that costs its own row, never the check.
    fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> impl Future<Output = ProbeResult>;

    /// Has one vantage look at its controls alone: whether it sees port 25 now.
    ///
    /// # Errors
    /// As for [`probe`](Self::probe).
    fn controls(&self, vantage: &Vantage) -> impl Future<Output = ProbeResult>;

    /// The AS of the sending server, where one of the vantages is that server, and another would look from there.
    fn sender_asn(&self) -> impl Future<Output = Option<u32>> {
        async { None }
    }

    /// Whether the vantage takes minutes: it is asked in a patient check alone, after its verdict, where that left something
    /// open.
    fn is_late(&self, _vantage: &Vantage) -> bool {
        false
    }

    /// What is known of a vantage that saw no port 25 when its controls were looked at last: that row, without attempts.
    /// It is asked as the others are, and nobody waits for it. `None` for a vantage that sees, or of which nothing is known.
    fn known_blind(&self, _vantage: &Vantage) -> Option<Evidence> {
        None
    }

    /// Waits a while before a further round; `ms` milliseconds.
    fn pause(&self, ms: u64) -> impl Future<Output = ()>;

    /// A monotonic clock, in milliseconds since any moment. Without one, the quick pass asks nothing again: it cannot
    /// know how much time is left.
    fn clock_ms(&self) -> Option<u64> {
        None
    }
}

/// Vantages that are asked through others' hands: shared answers, fewer connections, a choice of them. What an
/// implementation does not say is as those [`behind`](Self::behind) have it.
pub trait ProbeDecorator {
    /// What is behind it.
    type Behind: Probe;

    /// What is behind it.
    fn behind(&self) -> &Self::Behind;

    /// See [`Probe::vantages`].
    fn vantages(&self) -> &[Vantage] {
        self.behind().vantages()
    }

    /// See [`Probe::probe`].
    ///
    /// # Errors
    /// As there.
    fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> impl Future<Output = ProbeResult> {
        self.behind().probe(vantage, request)
    }

    /// See [`Probe::controls`].
    ///
    /// # Errors
    /// As there.
    fn controls(&self, vantage: &Vantage) -> impl Future<Output = ProbeResult> {
        self.behind().controls(vantage)
    }
}

impl<D: ProbeDecorator> Probe for D {
    fn vantages(&self) -> &[Vantage] {
        ProbeDecorator::vantages(self)
    }

    fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> impl Future<Output = ProbeResult> {
        ProbeDecorator::probe(self, vantage, request)
    }

    fn controls(&self, vantage: &Vantage) -> impl Future<Output = ProbeResult> {
        ProbeDecorator::controls(self, vantage)
    }

    fn sender_asn(&self) -> impl Future<Output = Option<u32>> {
        self.behind().sender_asn()
    }

    fn is_late(&self, vantage: &Vantage) -> bool {
        self.behind().is_late(vantage)
    }

    fn known_blind(&self, vantage: &Vantage) -> Option<Evidence> {
        self.behind().known_blind(vantage)
    }

    fn pause(&self, ms: u64) -> impl Future<Output = ()> {
        self.behind().pause(ms)
    }

    fn clock_ms(&self) -> Option<u64> {
        self.behind().clock_ms()
    }
}

/// What a vantage answers: its own row of evidence, or one for each probe of a panel.
pub type ProbeResult = Result<Vec<Evidence>, VantageFailure>;

/// One entry of the vantages file: how a vantage of its kind is asked over HTTP.
///
/// A new kind (another measurement network) implements this in a module of its own and adds a variant to
/// [`VantageKind`](crate::evidence::VantageKind) and to the fleet's list of sources; nothing else has to know of it.
/// Whoever implements it says who the vantage is ([`Evidence::of`]): an answer is not believed about that.
pub trait Source {
    /// The vantage, as it is shown when it could not be asked.
    fn vantage(&self) -> &Vantage;

    /// Has it probe the targets of `request`, its controls beside them.
    ///
    /// # Errors
    /// When it could not be asked, or did not answer with evidence. A failure of the network's API is one of the
    /// vantage, never evidence about a target.
    fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T)
    -> impl Future<Output = ProbeResult>;

    /// Has it look at its controls alone.
    ///
    /// # Errors
    /// As for [`probe`](Self::probe).
    fn controls<T: Transport>(&self, transport: &T) -> impl Future<Output = ProbeResult>;
}

/// The method of an [`HttpCall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET, without a body.
    Get,
    /// POST.
    Post,
}

/// A call to the API of a vantage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// The method.
    pub method: HttpMethod,
    /// Where it goes: `http` or `https`.
    pub url: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body; empty for a GET.
    pub body: Vec<u8>,
    /// How long the whole answer may take, in milliseconds.
    pub timeout_ms: u64,
    /// The longest body that is taken, in bytes.
    pub limit: usize,
}

/// What an API answered, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most as long as the call's limit.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// What the header `name` (in lower case) says.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The keys that sign calls for AWS (Signature Version 4).
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeys {
    /// The access key's id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token, of keys that expire.
    pub session: Option<String>,
}

impl SigningKeys {
    /// The keys in the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    pub fn of_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (id, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
        Some(Self { id, secret, session: variable("AWS_SESSION_TOKEN") })
    }
}

/// A secret is never printed.
impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeys").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The world's HTTP for calls to vantages: no redirects are followed, no cookies are kept.
pub trait Transport {
    /// Sends `call` and reads the whole answer.
    ///
    /// # Errors
    /// When nothing came back in time, or more than is taken; what the API said, even a 500, is an answer.
    fn send(&self, call: &HttpCall) -> impl Future<Output = Result<HttpAnswer, FetchError>>;

    /// Waits `ms` milliseconds: between two looks at a measurement that is under way.
    fn pause(&self, ms: u64) -> impl Future<Output = ()>;

    /// A monotonic clock, in milliseconds since any moment; `None` where there is none.
    fn clock_ms(&self) -> Option<u64> {
        None
    }

    /// The time, for signatures and expiries.
    fn now(&self) -> Timestamp;

    /// A clock that never goes back, in milliseconds since any moment: how long something took.
    fn elapsed_ms(&self) -> f64;

    /// A word that no other call has, to know a call's own answer by; `None` where there is no randomness.
    fn nonce(&self) -> Option<String> {
        None
    }

    /// What the operator keeps under `name`: a variable of the environment, a secret. A browser has none.
    fn variable(&self, name: &str) -> Option<String>;

    /// The keys that sign calls for AWS: those of the operator's variables, unless the host knows further places. Others
    /// than `refused`, where AWS took those for none and there are others.
    ///
    /// # Errors
    /// In words, where there are none.
    fn signing_keys(
        &self,
        refused: Option<&SigningKeys>,
    ) -> impl Future<Output = Result<SigningKeys, String>> {
        let _ = refused;
        async {
            SigningKeys::of_variables(|name| self.variable(name)).ok_or_else(|| {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) to sign calls for AWS"
                    .to_owned()
            })
        }
    }
}
