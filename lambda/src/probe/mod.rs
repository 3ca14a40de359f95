//! The prober: real connections from this host, controls beside them in the same window.

mod connect;
mod controls;
mod host;
mod neighbours;
mod resolver;
mod session;
mod trace;
mod witnesses;

pub use controls::{Control, Controls, ControlsError, NegativeControl};
pub(crate) use neighbours::source_addresses;

use neighbours::Neighbours;

use crate::fetch::DohFetch;
use noanswer_core::address::{AddressPolicy, Family};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Attempt, Evidence, Outcome, Role, Vantage};
use noanswer_core::mx::Target;
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::smtp::{ClientName, Deadlines};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The port of mail exchange (RFC 5321 s4.5.4.2). A request cannot name another.
pub const SMTP: u16 = 25;

/// How many addresses of one operator and family are tried at a time. More would look like an attack to them, and their
/// limits like an outage to us; fewer would let a list of dead addresses outlast the deadline.
const AT_ONCE: usize = 4;

/// How a prober is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who and where it is.
    pub vantage: Vantage,
    /// Its controls.
    pub controls: Controls,
    /// The DoH servers by which the control hosts' addresses are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be connected to.
    pub policy: AddressPolicy,
    /// The name it introduces itself with.
    pub name: ClientName,
    /// How addresses are reached: over the network, or as the embedded lab has it.
    pub road: Road,
}

/// How addresses are reached.
#[derive(Clone, Debug, Default)]
pub enum Road {
    /// As the system routes, port 25.
    #[default]
    Network,
    /// By a table: the embedded lab stands for addresses that do not exist. An address without an entry swallows
    /// everything.
    Table(Arc<HashMap<SocketAddr, SocketAddr>>),
}

impl Road {
    /// Where to connect for `address`; `None` where the road swallows it.
    fn to(&self, address: SocketAddr) -> Option<SocketAddr> {
        match self {
            Self::Network => Some(address),
            Self::Table(table) => table.get(&address).copied(),
        }
    }
}

/// Probes. One of it stands for one vantage and is shared by all requests to it.
#[derive(Debug)]
pub struct Prober {
    pub(crate) settings: Settings,
    fetch: DohFetch,
    tls: Arc<rustls::ClientConfig>,
    cache: Mutex<Option<witnesses::Cached>>,
    addresses: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
    operators: Mutex<HashMap<(String, Family), Arc<Semaphore>>>,
}

impl Prober {
    /// A prober; `fetch` looks up its control hosts.
    pub fn new(settings: Settings, fetch: DohFetch) -> Self {
        Self {
            settings,
            fetch,
            tls: Arc::new(crate::tls::opportunistic_client_config()),
            cache: Mutex::default(),
            addresses: Mutex::default(),
            operators: Mutex::default(),
        }
    }

    /// Who and where it is.
    pub fn vantage(&self) -> &Vantage {
        &self.settings.vantage
    }

    /// Probes the targets of `request`, and the controls in the same window.
    pub async fn probe(self: &Arc<Self>, request: &ProbeRequest) -> Evidence {
        let cutoff = Instant::now() + Duration::from_millis(request.deadline_ms);
        let neighbours = Arc::new(Neighbours::look());
        let is_sender = self.settings.vantage.role == Role::Sender;
        let domain = request.domain.parse::<DomainName>().ok().filter(|_| is_sender && request.round == 1);
        let resolver = async {
            match &domain {
                Some(domain) => {
                    Some(resolver::view(domain, Duration::from_millis(request.deadline_ms)).await)
                }
                None => None,
            }
        };
        let targets = self.targets(request, cutoff, &neighbours);
        let (controls, attempts, resolver) =
            tokio::join!(self.controls(cutoff, &neighbours), targets, resolver);
        let mut evidence = Evidence::new(&self.settings.vantage, controls, attempts);
        evidence.resolver = resolver;
        evidence.host = is_sender.then(|| host::facts(&neighbours));
        evidence
    }

    /// Looks at the controls alone: whether this vantage sees port 25 now.
    pub async fn sight(self: &Arc<Self>) -> Evidence {
        let cutoff = Instant::now() + session::CONNECT + Duration::from_secs(1);
        let controls = self.controls(cutoff, &Arc::new(Neighbours::look())).await;
        Evidence::new(&self.settings.vantage, controls, Vec::new())
    }

    async fn targets(
        self: &Arc<Self>,
        request: &ProbeRequest,
        cutoff: Instant,
        neighbours: &Arc<Neighbours>,
    ) -> Vec<Attempt> {
        let mut under_way = JoinSet::new();
        for (index, target) in request.targets.iter().enumerate() {
            let (prober, target, neighbours) = (self.clone(), target.clone(), neighbours.clone());
            let (patience, round) = (request.patience, request.round);
            under_way.spawn(async move {
                (index, prober.target(&target, patience, round, cutoff, &neighbours).await)
            });
        }
        let mut attempts = under_way.join_all().await;
        attempts.sort_by_key(|(index, _)| *index);
        attempts.into_iter().map(|(_, attempt)| attempt).collect()
    }

    async fn target(
        &self,
        target: &Target,
        patience: Patience,
        round: u8,
        cutoff: Instant,
        neighbours: &Neighbours,
    ) -> Attempt {
        let address = SocketAddr::new(target.address, SMTP);
        let not_tried = |why: &str| session::not_tried(&target.exchange, address, round, why);
        if !self.settings.policy.judge(target.address).may_connect() {
            return not_tried("the address is not globally reachable");
        }
        let operator = operator(&target.exchange).to_owned();
        let turn = self.turn(&operator, target.address);
        let Ok(_turn) = tokio::time::timeout_at(cutoff, turn).await else {
            return not_tried("other addresses of the same operator took all the time");
        };
        let deadlines = match patience {
            Patience::Quick => Deadlines::QUICK,
            Patience::Patient => Deadlines::PATIENT,
        };
        let plan = self.plan(deadlines, cutoff, round, neighbours);
        let mut attempt = self.attempt(&target.exchange, address, &plan).await;
        let unexplained = attempt.outcome == Outcome::Refused && attempt.answered_by.is_none();
        let traced =
            matches!(self.settings.road, Road::Network) && self.settings.vantage.role == Role::Sender;
        if unexplained && traced && round == 1 {
            let trace = trace::refusal(address, 443, neighbours);
            attempt.answered_by = tokio::time::timeout_at(cutoff, trace).await.ok();
        }
        attempt
    }

    fn plan<'a>(
        &'a self,
        deadlines: Deadlines,
        cutoff: Instant,
        round: u8,
        neighbours: &'a Neighbours,
    ) -> session::Plan<'a> {
        session::Plan { name: &self.settings.name, deadlines, tls: &self.tls, neighbours, cutoff, round }
    }

    /// Makes an attempt on what the road leads to, and reports it under the address that was asked for.
    async fn attempt(&self, host: &str, address: SocketAddr, plan: &session::Plan<'_>) -> Attempt {
        match self.settings.road.to(address) {
            Some(led_to) => {
                let seen = session::attempt(host, led_to, plan).await;
                Attempt { address: address.ip(), port: address.port(), ..seen }
            }
            None => session::swallowed(host, address, plan).await,
        }
    }

    /// Waits for a turn: one connection at a time to an address, a few at a time to an operator.
    async fn turn(&self, operator: &str, address: IpAddr) -> [tokio::sync::OwnedSemaphorePermit; 2] {
        let family = Family::of(address);
        let take =
            |semaphore: Arc<Semaphore>| async { semaphore.acquire_owned().await.expect("never closed") };
        let one = lock(&self.addresses).entry(address).or_insert_with(|| Arc::new(Semaphore::new(1))).clone();
        let few = lock(&self.operators)
            .entry((operator.to_owned(), family))
            .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)))
            .clone();
        [take(few).await, take(one).await]
    }
}

/// A lock whose holder panicked still holds sound data: these maps are only added to.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The operator of an exchange, by its name's last two labels.
fn operator(exchange: &str) -> &str {
    let cut = exchange.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
    &exchange[cut..]
}
