//! What a host brings to the API: everything that differs between a server, a function and a Worker.

use super::clients::Clients;
use super::description::OPENAPI;
use super::facts::FactsHandle;
use super::problem::Problem;
use super::quota::{Limit, Taken};
use super::shelf::Shelf;
use super::who::Who;
use crate::fleet::LocalProber;
use crate::pages::language::Voice;
use crate::pages::{self, Page};
use bytes::Bytes;
use http::Response;
use http::header::AUTHORIZATION;
use http::request::Parts;
use noanswer_core::address::AddressPolicy;
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::Evidence;
use noanswer_core::letters::Language;
use noanswer_core::ports::{Fetch, FetchError, HttpCall, Probe};
use noanswer_core::timestamp::Timestamp;
use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What the operator has set, on every host.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The DNS-over-HTTPS servers. They are the relay's allow-list as well.
    pub resolvers: Vec<String>,
    /// Which addresses may be connected to.
    pub policy: AddressPolicy,
    /// The `Content-Security-Policy` of every response.
    pub content_security_policy: String,
    /// The clients that the operator knows.
    pub clients: Clients,
}

/// Routes that a host serves together, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `/healthz`.
    Health,
    /// The API of a coordinator.
    Api,
    /// What Prometheus asks: `/metrics` and below.
    Metrics,
    /// The pages, and the files that they load.
    Pages,
    /// What a vantage is asked by a coordinator.
    Vantage,
    /// What the embedded demo answers (`serve --lab`).
    Demo,
    /// The relay of DNS questions.
    Relay,
    /// Reports that are kept.
    Kept,
    /// Cases that wait for a server's lines.
    Cases,
    /// Checks that nobody waits for (`Prefer: respond-async`).
    Jobs,
}

/// What a request asks leave for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// To check a domain.
    Check,
    /// To have this vantage probe.
    Probe,
}

/// Why a body could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than was asked for.
    TooLong,
    /// It did not come in time.
    TooSlow,
    /// It broke off, or its framing is wrong.
    Broken(String),
}

/// A host of the API.
pub trait Host: 'static {
    /// Its client for DNS-over-HTTPS.
    type Fetch: Fetch;
    /// Its vantages, their answers shared among requests.
    type Fleet: Probe;
    /// Its own prober, where it can be a vantage.
    type Prober: LocalProber;
    /// A request's body, not yet read.
    type Body;
    /// The body of a file of the page.
    type File;
    /// Where reports and cases are kept.
    type Shelf: Shelf;

    /// What the operator has set.
    fn config(&self) -> &Config;

    /// Whether the host serves the routes of `group`.
    fn serves(&self, group: Group) -> bool;

    /// The client for DNS-over-HTTPS.
    fn fetch(&self) -> &Self::Fetch;

    /// The vantages.
    ///
    /// # Errors
    /// 503 when the operator has set them up wrongly.
    fn fleet(&self) -> Result<&Self::Fleet, Problem>;

    /// This host as a vantage, when it is one.
    fn prober(&self) -> Option<&Arc<Self::Prober>>;

    /// What each vantage sees of its controls, and how many seconds ago that was looked at.
    ///
    /// # Errors
    /// As for [`fleet`](Self::fleet).
    fn sights(&self) -> impl Future<Output = Result<(Vec<Evidence>, i64), Problem>> {
        async { Ok((check::controls(self.fleet()?).await, 0)) }
    }

    /// Where reports and cases are kept, where the operator wants it.
    fn shelf(&self) -> Option<&Self::Shelf>;

    /// The commit that the host was built from, where it is known.
    fn commit(&self) -> Option<&'static str> {
        None
    }

    /// How many domains a batch may have.
    fn batch(&self) -> usize {
        10
    }

    /// Who asks.
    fn who(&self, parts: &Parts) -> Who {
        let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Who { address: self.client(parts), client: self.config().clients.of(authorization) }
    }

    /// Lets a check pass: by the token of a client that the operator knows, or as [`authorise`](Self::authorise) says.
    ///
    /// # Errors
    /// As for [`authorise`](Self::authorise).
    fn admit(&self, parts: &Parts) -> impl Future<Output = Result<Who, Problem>> {
        async {
            let who = self.who(parts);
            if who.client.is_none() {
                self.authorise(parts, Permission::Check).await?;
            }
            Ok(who)
        }
    }

    /// Tells a client what it wanted to be told, by a call that is signed already: the status of its answer.
    ///
    /// # Errors
    /// When nothing came back.
    fn tell(&self, _call: HttpCall) -> impl Future<Output = Result<u16, FetchError>> {
        async { Err(FetchError::Other("this server calls nobody".to_owned())) }
    }

    /// A place for a stream of events, kept for as long as the stream lasts.
    ///
    /// # Errors
    /// 429 when the client has as many as it may have at a time; 503 when nobody can count.
    fn stream(&self, _who: &Who) -> impl Future<Output = Result<Box<dyn Any + Send + Sync>, Problem>> {
        async { Ok(Box::new(()) as Box<dyn Any + Send + Sync>) }
    }

    /// Gives a stream's place back where that takes more than dropping it: once its events have been made.
    fn stream_ended(&self, _place: &(dyn Any + Send + Sync)) -> impl Future<Output = ()> {
        async {}
    }

    /// The time.
    fn now(&self) -> Timestamp;

    /// When the host ends a request, whatever it is doing; `None` where it does not.
    fn ends(&self, _parts: &Parts) -> Option<Timestamp> {
        None
    }

    /// Does `work`, whose time grows with the `length` of what a client has sent, in bytes: where other clients have
    /// requests in the same process, so that they do not wait for it.
    fn heavy<T>(&self, _length: usize, work: impl FnOnce() -> T) -> T {
        work()
    }

    /// Waits.
    fn pause(&self, time: Duration) -> impl Future<Output = ()>;

    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// When it is longer, too slow, or not whole.
    fn read(&self, body: Self::Body, limit: usize) -> impl Future<Output = Result<Vec<u8>, BodyError>>;

    /// The client's address, by the connection or by the word of a trusted proxy.
    fn client(&self, parts: &Parts) -> IpAddr;

    /// Lets the request pass, or says why not.
    ///
    /// # Errors
    /// 401 or 403; 503 when it cannot be told.
    fn authorise(&self, parts: &Parts, what: Permission) -> impl Future<Output = Result<(), Problem>>;

    /// Takes one of what the client may have.
    ///
    /// # Errors
    /// 429 when there is none left; 503 when nobody can count.
    fn take(&self, limit: Limit, who: &Who) -> impl Future<Output = Result<Taken, Problem>>;

    /// Takes one of what the client may have, and notes of it what the answer says of its limits.
    ///
    /// # Errors
    /// As for [`take`](Self::take).
    fn grant(
        &self,
        limit: Limit,
        who: &Who,
        facts: &FactsHandle,
    ) -> impl Future<Output = Result<(), Problem>> {
        async move {
            let taken = self.take(limit, who).await;
            facts.wanted(limit, taken.as_ref().ok().copied());
            taken.map(drop)
        }
    }

    /// What the pages say of this place.
    fn site(&self) -> impl Future<Output = pages::Site>;

    /// The page at `path` in `language`, where there is one.
    fn page(&self, path: &str, language: Language) -> impl Future<Output = Option<Arc<Page>>> {
        async move {
            let site = self.site().await;
            pages::page(&site, path, self.voice(language).await.as_ref()).map(Arc::new)
        }
    }

    /// How pages are said in `language`: by the catalogue in the program, or by a file beside it for hosts whose size is
    /// limited. Nothing for English.
    fn voice(&self, language: Language) -> impl Future<Output = Option<Voice>> {
        async move { Voice::of(language) }
    }

    /// The file of the page that `parts` ask for, where there is one; whatever the method.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn file(&self, parts: &Parts) -> impl Future<Output = Result<Option<Response<Self::File>>, Problem>>;

    /// The description of the API, `/openapi.json`: in the program, or in a file beside it for hosts whose size is limited.
    ///
    /// # Errors
    /// When the host cannot read it.
    fn openapi(&self, _parts: &Parts) -> impl Future<Output = Result<Bytes, Problem>> {
        async { Ok(Bytes::from_static(OPENAPI.as_bytes())) }
    }

    /// The domains of the demo as JSON, where this host is the demo or stands before it.
    fn demo_domains(&self) -> impl Future<Output = Option<Bytes>> {
        async { None }
    }

    /// The demo's answer to a DNS message in base64url (RFC 8484 s4.1.1).
    fn demo_dns(&self, _message: &str) -> Option<Vec<u8>> {
        None
    }

    /// What this process has done, for Prometheus.
    fn metrics(&self) -> String {
        String::new()
    }

    /// What a check of `domain` shows, for Prometheus: one that is kept, or a new one within `limit`, for which `leave` is
    /// asked first.
    ///
    /// # Errors
    /// What `leave` says; 404 where this host has no metrics.
    fn metrics_of(
        &self,
        _domain: &DomainName,
        _limit: Duration,
        _leave: impl Future<Output = Result<(), Problem>>,
        _facts: &FactsHandle,
    ) -> impl Future<Output = Result<String, Problem>> {
        async { Err(Problem::not_found()) }
    }

    /// A relayed DNS answer that is kept under `key`.
    fn kept(&self, _key: &[u8]) -> impl Future<Output = Option<Vec<u8>>> {
        async { None }
    }

    /// Keeps a relayed DNS answer for `seconds`.
    fn keep(&self, _key: &[u8], _answer: Vec<u8>, _seconds: u64) -> impl Future<Output = ()> {
        async {}
    }
}
