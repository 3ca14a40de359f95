//! The prober: real connections from this host, controls beside them in the same window.

mod connect;
mod control_probe;
mod control_results;
mod controls;
mod explain;
mod host;
mod kept;
mod look;
mod moved;
mod neighbours;
mod networks;
mod os;
mod parallel;
mod place;
mod prober;
mod proof;
mod proofs;
mod quota;
mod resolver;
mod retry;
mod session;
mod settings;
mod sources;
mod suspicion;
mod trace;
mod translation;
mod turns;

pub use controls::{Control, Controls, ControlsError, NegativeControl};
pub use prober::Prober;
pub use quota::ConnectionLimits;
pub use settings::{AddressMap, Settings};
pub(crate) use sources::own_name;
pub use sources::{Sources, try_source};

use connect::SocketOptions;
use control_results::ControlResults;
use look::{Awaited, Look};
use neighbours::Neighbours;
use noanswer_core::address::Family;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Attempt, Evidence, Outcome};
use noanswer_core::mx::Target;
use noanswer_core::ports::ProbeRequest;
use noanswer_core::smtp::{self, Deadlines, Extent};
use noanswer_site::fleet::OptOut;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use translation::Prefix;
use turns::Turn;

/// `target`, with the preference that the request has for it: resolvers may differ in that alone.
fn same_place(target: &Target, request: &ProbeRequest) -> Target {
    let same = |one: &&Target| one.address == target.address && one.exchange == target.exchange;
    request.targets.iter().find(same).unwrap_or(target).clone()
}

/// Why an address was not tried whose turn did not come.
const NO_TURN: &str = "other addresses of the same operator took all the time";

/// Where a control host is a target, too, one of both connections waits for the other. What failed for the control in the
/// same minute is what the target's attempt would have met.
fn taken_from_controls(attempt: &mut Attempt, controls: &ControlResults, began: Instant) {
    let waited_in_vain = attempt.outcome == Outcome::NotTried
        && attempt.detail.as_deref().is_some_and(|why| [NO_TURN, session::TOO_LITTLE_TIME].contains(&why));
    if !waited_in_vain || controls.are_older_than(began) {
        return;
    }
    let mut same = controls.results.iter().map(|control| &control.attempt);
    let of_both =
        |one: &&Attempt| one.address == attempt.address && one.port == attempt.port && has_failed(one);
    if let Some(seen) = same.find(of_both).cloned() {
        *attempt = Attempt { exchange: attempt.exchange.clone(), ..seen };
    }
}

/// How long attempts may take before remembered controls are asked again beside them.
const DOUBT: Duration = Duration::from_secs(1);

fn has_failed(attempt: &Attempt) -> bool {
    !attempt.went_well() && attempt.outcome != Outcome::NotTried
}

impl Prober {
    /// Probes the targets of `request`, and the controls in the same window.
    pub async fn probe(self: &Arc<Self>, request: &ProbeRequest) -> Evidence {
        self.looked(request, true).await
    }

    /// The same for a coordinator elsewhere: what it says of the plan is not taken on trust.
    pub async fn probe_for_others(self: &Arc<Self>, request: &ProbeRequest) -> Evidence {
        self.looked(request, false).await
    }

    async fn looked(self: &Arc<Self>, request: &ProbeRequest, trusted: bool) -> Evidence {
        let left_alone = self.settings.opt_out.has_domain(&request.domain);
        let neighbours = self.neighbours().await;
        let look = Arc::new(Look::new(request, left_alone, self.known_silent(request), neighbours));
        let is_sender = self.is_sender();
        // The system's own resolver knows nothing of a lab.
        let asks = is_sender && request.round == 1 && self.connects_directly();
        let domain = request.domain.parse::<DomainName>().ok().filter(|_| asks);
        let own_view = async {
            match &domain {
                Some(domain) => {
                    let other = self.settings.controls.open.first().map(|control| &control.host);
                    let limit = Duration::from_millis(request.deadline_ms);
                    let mut own = resolver::view(domain, other, &self.settings.policy, limit).await;
                    look.neighbours.translation.inspect(|prefix| prefix.undo_in(&mut own));
                    own.targets.retain(|target| !request.targets.contains(&same_place(target, request)));
                    let more = self.targets(&own.targets, &look).await;
                    (own.view, more)
                }
                None => (None, Vec::new()),
            }
        };
        let seen = self.targets_and_controls(request, trusted, &look);
        let addresses = if is_sender && request.round == 1 {
            networks::public(&self.settings.sources.addresses())
        } else {
            Vec::new()
        };
        let network = self.own_network(&addresses, look.cutoff);
        let ((mut attempts, controls), (resolver, more), network) = tokio::join!(seen, own_view, network);
        attempts.extend(more);
        self.keep_failures(&attempts, &controls, &look);
        self.name_routers(&mut attempts, &look).await;
        let mut evidence = controls.evidence(&self.settings.vantage, attempts);
        Box::pin(self.look_behind_successes(&mut evidence, &look)).await;
        Box::pin(self.echo_to_controls(&mut evidence, &look)).await;
        evidence.resolver = resolver;
        evidence.network_seen = network;
        evidence.public_addresses = addresses;
        evidence.host = is_sender.then(|| host::facts(&look.neighbours));
        evidence
    }

    /// The attempts, and what the controls show. A remembered answer of the controls is good enough beside successes; a
    /// failure is believed only with controls that were asked in the same minute. Where the controls failed already, no
    /// failure is believed, and they are left in peace.
    async fn targets_and_controls(
        self: &Arc<Self>,
        request: &ProbeRequest,
        trusted: bool,
        look: &Arc<Look>,
    ) -> (Vec<Attempt>, ControlResults) {
        let attempts = async {
            if trusted {
                return self.targets(&request.targets, look).await;
            }
            self.proven_targets(request, look).await
        };
        let mut attempts = pin!(attempts);
        let early = tokio::time::timeout(DOUBT, attempts.as_mut());
        let controls = self.controls(look.round, look.cutoff, None, &look.neighbours);
        let (early, remembered) = tokio::join!(early, controls);
        let stale = remembered.are_older_than(look.began) && remembered.see();
        let anew = self.controls(look.round, look.cutoff, Some(look.began), &look.neighbours);
        let (mut attempts, controls) = match early {
            Ok(attempts) if stale && attempts.iter().any(has_failed) => (attempts, anew.await),
            Ok(attempts) => (attempts, remembered),
            Err(_) if stale => tokio::join!(attempts, anew),
            Err(_) => (attempts.await, remembered),
        };
        attempts.iter_mut().for_each(|attempt| taken_from_controls(attempt, &controls, look.began));
        (attempts, controls)
    }

    /// One attempt for each target of a coordinator; none on those that this vantage's own lookup does not name.
    async fn proven_targets(self: &Arc<Self>, request: &ProbeRequest, look: &Arc<Look>) -> Vec<Attempt> {
        let unproven = self.unproven(&request.domain, &request.targets).await;
        let judged = || request.targets.iter().zip(&unproven);
        let proven: Vec<Target> =
            judged().filter(|(_, why)| why.is_none()).map(|(target, _)| target.clone()).collect();
        let mut seen = self.targets(&proven, look).await.into_iter();
        let of = |(target, why): (&Target, &Option<proofs::Unproven>)| match why {
            Some(why) => {
                let address = SocketAddr::new(target.address, smtp::PORT);
                Some(session::not_tried(&target.exchange, address, look.round, why.words()))
            }
            None => seen.next(),
        };
        judged().filter_map(of).collect()
    }

    /// Keeps failures for others who ask, with controls beside them that show that the view was valid.
    fn keep_failures(&self, attempts: &[Attempt], controls: &ControlResults, look: &Look) {
        if self.settings.limits.is_none() || !controls.see() {
            return;
        }
        let fresh = turns::lock(&look.fresh);
        for attempt in attempts.iter().filter(|one| has_failed(one) && fresh.contains(&one.address)) {
            self.kept.put(attempt, look.patience);
        }
    }

    /// Looks at the controls alone: whether this vantage sees port 25 now.
    pub async fn sight(self: &Arc<Self>) -> Evidence {
        let cutoff = Instant::now() + session::CONNECT + Duration::from_secs(1);
        let neighbours = Arc::new(self.neighbours().await);
        let controls = self.controls(1, cutoff, None, &neighbours).await;
        controls.evidence(&self.settings.vantage, Vec::new())
    }

    /// Who is near now, and how IPv4 is reached where the host has none.
    async fn neighbours(&self) -> Neighbours {
        Neighbours::look(self.settings.sources).reached_by(self.translation().await)
    }

    /// The prefix by which this host reaches IPv4. None where it has IPv4, or where its resolver knows of no translation.
    /// What was found is kept; the absence of it is asked about each time.
    async fn translation(&self) -> Option<Prefix> {
        let known = *turns::lock(&self.translation);
        if known.is_some() || !self.connects_directly() || self.settings.sources.has_ipv4() {
            return known;
        }
        let found = Prefix::of_own_resolver().await;
        *turns::lock(&self.translation) = found;
        found
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
            let awaited = look.await_attempt(target.address);
            under_way.spawn(async move { (index, prober.target(&target, &look, awaited).await) });
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

    async fn target(&self, target: &Target, look: &Look, awaited: Awaited) -> Attempt {
        let address = SocketAddr::new(target.address, smtp::PORT);
        let not_tried = |why: &str| session::not_tried(&target.exchange, address, look.round, why);
        if !self.settings.policy.judge(target.address).may_connect() {
            return not_tried("the address is not globally reachable");
        }
        if look.left_alone || self.settings.opt_out.has(&target.exchange, target.address) {
            return not_tried(OptOut::WORDS);
        }
        if look.silent.contains(&Family::of(target.address)) {
            return not_tried("this vantage saw no port 25 a moment ago");
        }
        let kept = || {
            self.settings.limits?;
            self.kept.get(&target.exchange, target.address, look.round, look.patience)
        };
        if let Some(kept) = kept() {
            return kept;
        }
        let turn = self.turns.take(&target.exchange, target.address);
        let Ok(turn) = tokio::time::timeout_at(look.cutoff, turn).await else {
            return not_tried(NO_TURN);
        };
        // Whoever had the turn before may have asked the same.
        if let Some(kept) = kept() {
            return kept;
        }
        if !self.may_attempt(target.address) {
            return not_tried("this vantage has connected to that network often enough for a minute");
        }
        drop(awaited);
        turns::lock(&look.fresh).insert(target.address);
        let whole = self.plan(look.deadlines, look.cutoff, look.round, &look.neighbours);
        let plan = session::Plan { connect: look.connect, ..whole };
        let attempt = Box::pin(self.attempt(&target.exchange, address, &plan, turn, Some(look))).await;
        if self.settings.limits.is_some() && attempt.went_well() {
            self.kept.put(&attempt, look.patience);
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
        session::Plan {
            name: &self.settings.name,
            deadlines,
            extent: Extent::Whole,
            tls: &self.tls,
            neighbours,
            cutoff,
            round,
            connect: session::CONNECT,
            socket: SocketOptions::default(),
            form: None,
        }
    }

    /// Makes an attempt on what the address map leads to, and reports it under the address that was asked for. The turn
    /// is given back when the line is closed. With a `look`, failures are explained and tried in other forms.
    async fn attempt(
        &self,
        host: &str,
        address: SocketAddr,
        plan: &session::Plan<'_>,
        turn: Turn,
        look: Option<&Look>,
    ) -> Attempt {
        let Some(led_to) = self.settings.addresses.to(address) else {
            return session::swallowed(host, address, plan).await;
        };
        let dialing = async {
            match look {
                Some(look) if look.round > 1 => {
                    let beside = || {
                        let awaited = look.awaited_beside(address.ip());
                        self.may_connect_beside(address.ip(), parallel::MORE, awaited)
                    };
                    Box::pin(parallel::dial(host, led_to, plan, beside)).await
                }
                _ => session::dial(host, led_to, plan).await,
            }
        };
        let dialed = match look.filter(|_| self.is_sender() && self.connects_directly()) {
            Some(look) => Box::pin(self.explained(dialing, address, look)).await,
            None => dialing.await,
        };
        let (mut seen, parting) = match dialed {
            Ok(dialed) => {
                self.note_round_trip(dialed.took());
                session::converse(host, led_to, dialed, plan).await
            }
            Err(attempt) => (*attempt, None),
        };
        if look.is_some() && retry::is_worth_it(&seen) {
            if let Some(parting) = parting {
                parting.wait().await;
            }
            Box::pin(self.retry(&mut seen, host, (address.ip(), led_to), plan)).await;
            drop(turn);
        } else if let Some(parting) = parting {
            tokio::spawn(async move {
                parting.wait().await;
                drop(turn);
            });
        }
        Attempt { address: address.ip(), port: address.port(), ..seen }
    }
}
