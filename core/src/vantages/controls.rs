//! The controls of a measurement network, as addresses: its probes are sent to addresses and never to names.

use crate::address::{AddressPolicy, Family};
use crate::check::addresses;
use crate::dns::DomainName;
use crate::evidence::Expectation;
use crate::facts::controls as known;
use crate::ports::{Fetch, FetchError, HttpCall, HttpMethod, HttpRequest, HttpResponse, Transport};
use futures_util::future::join_all;
use std::net::IpAddr;

/// One address that is asked beside the targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlAddress {
    /// Who runs it.
    pub operator: String,
    /// Its name, or its address where it has none.
    pub host: String,
    /// The address.
    pub address: IpAddr,
    /// What is known of its port 25.
    pub expected: Expectation,
}

/// How many known-good operators are asked, a family: a third stands in where one of two is down.
const OPEN: usize = 3;

/// How many addresses that are known to be closed are asked, a family.
const CLOSED: usize = 2;

/// The hosts that are known to be open, and the addresses that are known to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlHosts {
    /// Those that are known to be open.
    pub open: Vec<OpenHost>,
    /// Addresses whose port 25 is known to be closed. None: those of public resolvers.
    pub closed: Vec<IpAddr>,
}

/// A host whose port 25 is known to be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenHost {
    /// Who runs it.
    pub operator: String,
    /// Its name.
    pub host: DomainName,
    /// Its addresses; by DoH where none are given.
    pub addresses: Vec<IpAddr>,
}

impl ControlHosts {
    /// The built-in list: the exchanges that the core knows.
    pub fn built_in() -> Self {
        let known = known::exchanges().filter_map(|(operator, host)| {
            let host = DomainName::from_dns(host).ok()?;
            Some(OpenHost { operator: operator.to_owned(), host, addresses: Vec::new() })
        });
        Self { open: known.collect(), closed: Vec::new() }
    }
}

/// The controls of a measurement network, as addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlAddresses {
    /// All of them, in the order of preference.
    pub all: Vec<ControlAddress>,
}

impl ControlAddresses {
    /// The addresses of `hosts`, those without any looked up by `resolvers`.
    pub async fn look_up<F: Fetch>(hosts: &ControlHosts, resolvers: &[String], fetch: &F) -> Self {
        let open = join_all(hosts.open.iter().map(|open| async move {
            let found = match open.addresses.as_slice() {
                [] => addresses(&open.host, resolvers, fetch).await,
                given => given.to_vec(),
            };
            let of = |address| ControlAddress {
                operator: open.operator.clone(),
                host: open.host.to_string(),
                address,
                expected: Expectation::Open,
            };
            found.into_iter().map(of).collect::<Vec<_>>()
        }))
        .await;
        let closed: Vec<IpAddr> = match hosts.closed.as_slice() {
            [] => known::closed().map(|(_, address)| address).collect(),
            given => given.to_vec(),
        };
        let closed = closed.into_iter().map(|address| ControlAddress {
            operator: "negative control".to_owned(),
            host: address.to_string(),
            address,
            expected: Expectation::Closed,
        });
        Self { all: open.into_iter().flatten().chain(closed).collect() }
    }

    /// Those to ask in `family`, only such as `policy` lets through: three that are open, one an operator, then two that
    /// are closed.
    pub fn of(&self, family: Family, policy: &AddressPolicy) -> Vec<ControlAddress> {
        let fit = |expected| {
            self.all.iter().filter(move |one| {
                one.expected == expected
                    && Family::of(one.address) == family
                    && policy.judge(one.address).may_connect()
            })
        };
        let mut chosen: Vec<ControlAddress> = Vec::new();
        for one in fit(Expectation::Open) {
            let another = chosen.iter().all(|earlier| earlier.operator != one.operator);
            if another && chosen.len() < OPEN {
                chosen.push(one.clone());
            }
        }
        chosen.extend(fit(Expectation::Closed).take(CLOSED).cloned());
        chosen
    }
}

/// DNS-over-HTTPS by the transport that calls the network's API.
pub(super) struct ByTransport<'a, T>(pub(super) &'a T);

/// How long one question may take, in milliseconds.
const QUESTION_MS: u64 = 4_000;

impl<T: Transport> Fetch for ByTransport<'_, T> {
    async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let call = HttpCall {
            method: HttpMethod::Get,
            url: request.url.clone(),
            headers: vec![("accept".to_owned(), request.accept.to_owned())],
            body: Vec::new(),
            timeout_ms: QUESTION_MS,
            limit: Self::BODY_LIMIT,
        };
        let answer = self.0.send(&call).await?;
        let content_type = answer.header("content-type").map(str::to_owned);
        Ok(HttpResponse { status: answer.status, content_type, body: answer.body })
    }
}
