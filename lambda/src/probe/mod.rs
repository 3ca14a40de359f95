//! The prober: real connections from this host, controls beside them in the same window.

mod connect;
mod controls;
mod host;
mod moved;
mod neighbours;
mod resolver;
mod session;
mod suspicion;
mod trace;
mod witnesses;

pub use controls::{Control, Controls, ControlsError, NegativeControl};
pub(crate) use neighbours::own_name;

use neighbours::Neighbours;

use crate::fetch::DohFetch;
use noanswer_core::address::{AddressPolicy, Family};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{AnsweredBy, Attempt, Evidence, NetworkSeen, Outcome, Role, Vantage, Who};
use noanswer_core::mx::Target;
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::smtp::{ClientName, Deadlines, Extent, Stage};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
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
    pub addresses: AddressMap,
    /// The network that this host is in, where the user names it; else the sender's is looked up.
    pub network: Option<NetworkSeen>,
}

/// How addresses are reached.
#[derive(Clone, Debug, Default)]
pub enum AddressMap {
    /// As the system routes.
    #[default]
    Direct,
    /// By a table: the embedded lab stands for addresses that do not exist. An address without an entry swallows
    /// everything.
    Table(Arc<HashMap<SocketAddr, SocketAddr>>),
}

impl AddressMap {
    /// Where to connect for `address`; `None` where the map swallows it.
    fn to(&self, address: SocketAddr) -> Option<SocketAddr> {
        match self {
            Self::Direct => Some(address),
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
    cache: tokio::sync::Mutex<Option<witnesses::Cached>>,
    began: Instant,
    reached: Mutex<moved::Memory>,
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
            cache: tokio::sync::Mutex::default(),
            began: Instant::now(),
            reached: Mutex::default(),
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
        let look = Arc::new(Look::new(request));
        let is_sender = self.settings.vantage.role == Role::Sender;
        let domain = request.domain.parse::<DomainName>().ok().filter(|_| is_sender && request.round == 1);
        let resolver = async {
            match &domain {
                Some(domain) => {
                    let other = self.settings.controls.open.first().map(|control| &control.host);
                    let limit = Duration::from_millis(request.deadline_ms);
                    resolver::view(domain, other, limit).await
                }
                None => None,
            }
        };
        let controls = self.controls(look.cutoff, &look.neighbours);
        let targets = self.targets(&request.targets, &look);
        let (controls, attempts, resolver) = tokio::join!(controls, targets, resolver);
        let mut evidence = controls.evidence(&self.settings.vantage, attempts);
        Box::pin(self.look_behind_successes(&mut evidence, &look)).await;
        evidence.resolver = resolver;
        evidence.host = is_sender.then(|| host::facts(&look.neighbours));
        evidence
    }

    /// Looks at the controls alone: whether this vantage sees port 25 now.
    pub async fn sight(self: &Arc<Self>) -> Evidence {
        let cutoff = Instant::now() + session::CONNECT + Duration::from_secs(1);
        let controls = self.controls(cutoff, &Arc::new(Neighbours::look())).await;
        controls.evidence(&self.settings.vantage, Vec::new())
    }

    /// One attempt for each target, in the order of `targets`. An address that serves two exchanges is tried once.
    async fn targets(self: &Arc<Self>, targets: &[Target], look: &Arc<Look>) -> Vec<Attempt> {
        let mut under_way = JoinSet::new();
        let mut first_of: HashMap<IpAddr, usize> = HashMap::new();
        for (index, target) in targets.iter().enumerate() {
            if first_of.contains_key(&target.address) {
                continue;
            }
            first_of.insert(target.address, index);
            let (prober, target, look) = (self.clone(), target.clone(), look.clone());
            under_way.spawn(async move { (index, prober.target(&target, &look).await) });
        }
        // One place each: a thousand attempts are not copied about.
        let mut seen: Vec<Option<Attempt>> = vec![None; targets.len()];
        while let Some(ended) = under_way.join_next().await {
            let (index, attempt) = ended.expect("an attempt neither panics nor is aborted");
            seen[index] = Some(attempt);
        }
        for (index, target) in targets.iter().enumerate() {
            let first = first_of[&target.address];
            if first != index {
                let same = seen[first].clone();
                seen[index] = same.map(|same| Attempt { exchange: target.exchange.clone(), ..same });
            }
        }
        seen.into_iter().flatten().collect()
    }

    async fn target(&self, target: &Target, look: &Look) -> Attempt {
        let address = SocketAddr::new(target.address, SMTP);
        let not_tried = |why: &str| session::not_tried(&target.exchange, address, look.round, why);
        if !self.settings.policy.judge(target.address).may_connect() {
            return not_tried("the address is not globally reachable");
        }
        let turn = self.turn(operator(&target.exchange), target.address);
        let Ok(turn) = tokio::time::timeout_at(look.cutoff, turn).await else {
            return not_tried("other addresses of the same operator took all the time");
        };
        let plan = self.plan(look.deadlines, look.cutoff, look.round, &look.neighbours);
        let attempt = self.attempt(&target.exchange, address, &plan, turn);
        if matches!(self.settings.addresses, AddressMap::Direct) && self.settings.vantage.role == Role::Sender
        {
            Box::pin(self.explained(attempt, address, look)).await
        } else {
            attempt.await
        }
    }

    /// An attempt, and for a failure to connect, who is behind it: the sender's own vantage alone looks so closely.
    async fn explained(
        &self,
        attempt: impl Future<Output = Attempt>,
        address: SocketAddr,
        look: &Look,
    ) -> Attempt {
        let mut attempt = pin!(attempt);
        // What is silent for so long mostly stays silent: the trace runs beside, so that the deadline holds.
        let early = tokio::time::timeout(SUSPICIOUS, attempt.as_mut()).await;
        let (mut attempt, silence) = match early {
            Ok(attempt) => (attempt, None),
            Err(_) if look.may_trace() => {
                let silence = Box::pin(trace::silence(address, &look.neighbours));
                let silence = tokio::time::timeout_at(look.cutoff, silence);
                let (attempt, silence) = tokio::join!(attempt, silence);
                (attempt, silence.ok().flatten())
            }
            Err(_) => (attempt.await, None),
        };
        match (attempt.outcome, &mut attempt.answered_by) {
            (Outcome::TimedOut, None) if attempt.stage == Stage::Connect => {
                if let Some((who, words)) = silence {
                    let blank = AnsweredBy { who, address: None, icmp: None, hop: None, sibling_hop: None };
                    attempt.answered_by = Some(blank);
                    attempt.detail = Some(words);
                }
            }
            (Outcome::Refused, None) if look.may_trace() => {
                let trace = Box::pin(trace::refusal(address, &look.neighbours));
                attempt.answered_by = tokio::time::timeout_at(look.cutoff, trace).await.ok();
            }
            (_, Some(by)) if by.who == Who::OnPath && look.may_trace() => {
                let trace = Box::pin(trace::first_router(address, &look.neighbours));
                let first = tokio::time::timeout_at(look.cutoff, trace).await.ok().flatten();
                if first.is_some() && first == by.address {
                    by.who = Who::Gateway;
                }
            }
            _ => {}
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
        let extent = Extent::Whole;
        session::Plan {
            name: &self.settings.name,
            deadlines,
            extent,
            tls: &self.tls,
            neighbours,
            cutoff,
            round,
        }
    }

    /// Makes an attempt on what the road leads to, and reports it under the address that was asked for. The turn is
    /// given back when the line is closed.
    async fn attempt(
        &self,
        host: &str,
        address: SocketAddr,
        plan: &session::Plan<'_>,
        turn: Turn,
    ) -> Attempt {
        match self.settings.addresses.to(address) {
            Some(led_to) => {
                let (seen, parting) = session::attempt(host, led_to, plan).await;
                if let Some(parting) = parting {
                    tokio::spawn(async move {
                        parting.wait().await;
                        drop(turn);
                    });
                }
                Attempt { address: address.ip(), port: address.port(), ..seen }
            }
            None => session::swallowed(host, address, plan).await,
        }
    }

    /// Waits for a turn: one connection at a time to an address, a few at a time to an operator.
    async fn turn(&self, operator: &str, address: IpAddr) -> Turn {
        let few = slots(&self.operators, (operator.to_owned(), Family::of(address)), AT_ONCE);
        let one = slots(&self.addresses, address, 1);
        let take =
            |semaphore: Arc<Semaphore>| async { semaphore.acquire_owned().await.expect("never closed") };
        [take(few).await, take(one).await]
    }
}

/// The right to connect, given back when dropped.
type Turn = [OwnedSemaphorePermit; 2];

/// How many keys a map of turns may have before those that nobody uses are dropped.
const REMEMBERED: usize = 4_096;

/// The slots of `key`, `count` of them when they are new.
fn slots<K: Hash + Eq>(map: &Mutex<HashMap<K, Arc<Semaphore>>>, key: K, count: usize) -> Arc<Semaphore> {
    let mut map = lock(map);
    if map.len() >= REMEMBERED && !map.contains_key(&key) {
        map.retain(|_, slots| Arc::strong_count(slots) > 1);
    }
    map.entry(key).or_insert_with(|| Arc::new(Semaphore::new(count))).clone()
}

/// After how much silence a connection is looked at more closely: ARP and ND have failed by then (3 to 6 s).
const SUSPICIOUS: Duration = Duration::from_secs(7);

/// How many failures of one request are traced. They mostly share their cause.
const TRACES: usize = 4;

/// What all attempts of one request have in common.
struct Look {
    deadlines: Deadlines,
    round: u8,
    cutoff: Instant,
    neighbours: Arc<Neighbours>,
    traces_left: AtomicUsize,
}

impl Look {
    fn new(request: &ProbeRequest) -> Self {
        Self {
            deadlines: match request.patience {
                Patience::Quick => Deadlines::QUICK,
                Patience::Patient => Deadlines::PATIENT,
            },
            round: request.round,
            cutoff: Instant::now() + Duration::from_millis(request.deadline_ms),
            neighbours: Arc::new(Neighbours::look()),
            traces_left: AtomicUsize::new(TRACES),
        }
    }

    /// Takes one of the traces that are left.
    fn may_trace(&self) -> bool {
        self.traces_left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
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
