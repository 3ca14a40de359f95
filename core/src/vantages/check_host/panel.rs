//! A panel of nodes: chosen by the check of one control, named in every further one, and kept for a while.

use super::calls::Nodes;
use super::reading;
use super::running::{Api, Node, Running, poll};
use crate::address::{AddressPolicy, Family};
use crate::evidence::{
    Attempt, ControlResult, Evidence, NetworkKind, Sight, Vantage, VantageFailure, VantageFailureKind,
    VantageKind,
};
use crate::mx::Target;
use crate::ports::{Patience, ProbeRequest, ProbeResult, Source, Transport};
use crate::sorted::Map;
use crate::vantages::controls::ByTransport;
use crate::vantages::failure::{failure, no_control};
use crate::vantages::rows::{self, BLIND_MS, KEPT_MS, MARGIN_MS, SILENT_MS};
use crate::vantages::until::Until;
use crate::vantages::{ControlAddress, ControlAddresses, ControlHosts};
use futures_util::future::{join, join_all};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many checks an hour are asked for: the service does not say what it bears, and clients of it keep to this.
const HOURLY: usize = 60;

/// An hour, in milliseconds.
const HOUR_MS: f64 = 3_600_000.0;

/// How a panel is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The panel's id, with which its vantages' begin.
    pub id: String,
    /// How many nodes.
    pub nodes: u16,
    /// The service's origin: [`API`](super::API), or that of a test network.
    pub origin: String,
    /// The `User-Agent`: name, version and address.
    pub user_agent: String,
    /// The controls.
    pub controls: ControlHosts,
    /// The DoH servers by which the control hosts' addresses are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be sent to it.
    pub policy: AddressPolicy,
}

/// A panel of check-host.net. One of it serves all checks, so that one panel and its controls serve several.
#[derive(Debug)]
pub struct CheckHost {
    vantage: Vantage,
    settings: Settings,
    api: Api,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    panels: Map<Family, Panel>,
    /// When checks were asked for, within the last hour.
    asked_ms: VecDeque<f64>,
}

/// The nodes of a family, and what they saw of the controls.
#[derive(Clone, Debug)]
struct Panel {
    since_ms: f64,
    link: String,
    nodes: Vec<Node>,
    controls: Vec<Vec<ControlResult>>,
}

/// The panel as one vantage: the row that says why it could not be asked.
pub fn vantage(id: &str) -> Vantage {
    rows::panel(id, "check-host.net", VantageKind::CheckHost, NetworkKind::Hosting)
}

/// A check of an address, or why there is none.
type Made = Result<Running, VantageFailure>;

impl CheckHost {
    /// A panel of those settings; nothing is asked yet.
    pub fn new(settings: Settings) -> Self {
        let api = Api { origin: settings.origin.clone(), user_agent: settings.user_agent.clone() };
        Self { vantage: vantage(&settings.id), settings, api, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What was kept is whole at each moment.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `most` of the hour's checks, or as many as are left.
    fn take(&self, most: usize, now_ms: f64) -> usize {
        let mut kept = self.kept();
        while kept.asked_ms.front().is_some_and(|first| now_ms - first >= HOUR_MS) {
            kept.asked_ms.pop_front();
        }
        let taken = most.min(HOURLY.saturating_sub(kept.asked_ms.len()));
        kept.asked_ms.extend(std::iter::repeat_n(now_ms, taken));
        taken
    }

    fn spent() -> VantageFailure {
        let words = format!("no more than {HOURLY} checks an hour are asked of check-host.net");
        failure(VantageFailureKind::Throttled, &words)
    }

    /// One family's look; `None` where there is nothing to look at.
    async fn family<T: Transport>(
        &self,
        family: Family,
        request: &ProbeRequest,
        transport: &T,
    ) -> Option<Result<Vec<Evidence>, VantageFailure>> {
        let targets = rows::targets(request, family, &self.settings.policy);
        // Within a quick pass a second look would cost as many checks as the first, and tell little more.
        if targets.is_empty() || (request.round > 1 && request.patience == Patience::Quick) {
            return None;
        }
        let addresses = rows::addresses(&targets);
        let until_ms = transport.elapsed_ms() + request.deadline_ms.saturating_sub(MARGIN_MS) as f64;
        let kept = self.kept().panels.get(&family).cloned();
        let kept = kept.filter(|panel| transport.elapsed_ms() - panel.since_ms < KEPT_MS);
        let seen = match kept {
            Some(panel) => self.again(family, panel, &addresses, until_ms, transport).await,
            None => self.anew(family, &addresses, until_ms, transport).await,
        };
        Some(seen.map(|(panel, checks)| {
            let links = checks.values().filter_map(|made| made.as_ref().ok()).map(|one| one.link.clone());
            let attempts = |node: &Node| {
                targets.iter().map(|target| attempt_of(target, request.round, node, &checks)).collect()
            };
            self.rows(family, &panel, links.collect(), attempts)
        }))
    }

    /// The same nodes as a moment ago: their controls are known, and the targets alone are asked for.
    async fn again<T: Transport>(
        &self,
        family: Family,
        panel: Panel,
        addresses: &[IpAddr],
        until_ms: f64,
        transport: &T,
    ) -> Result<(Panel, Map<IpAddr, Made>), VantageFailure> {
        let count = self.take(addresses.len(), transport.elapsed_ms());
        if count == 0 {
            return Err(Self::spent());
        }
        let names: Vec<String> = panel.nodes.iter().map(|node| node.name.clone()).collect();
        let mut checks = self.start_all(&addresses[..count], &names, transport).await;
        let mut running: Vec<Running> = Vec::new();
        let mut order = Vec::new();
        take_running(&mut checks, &mut running, &mut order);
        let is_blind = |controls: &Vec<ControlResult>| {
            Evidence::new(&self.vantage, controls.clone(), Vec::new()).sight_in(family) == Sight::Blind
        };
        let blind: Vec<bool> = panel.controls.iter().map(is_blind).collect();
        let enough = |running: &[Running], _: f64| {
            let ended = |name: &String| running.iter().all(|one| one.result(name).is_some());
            names.iter().zip(&blind).all(|(name, blind)| *blind || ended(name))
        };
        poll(transport, &self.api, &mut running, until_ms, enough).await;
        checks.extend(order.into_iter().zip(running.into_iter().map(Ok)));
        Ok((panel, checks))
    }

    /// New nodes: chosen by the first control, then everything else at once.
    async fn anew<T: Transport>(
        &self,
        family: Family,
        addresses: &[IpAddr],
        until_ms: f64,
        transport: &T,
    ) -> Result<(Panel, Map<IpAddr, Made>), VantageFailure> {
        let Settings { controls, resolvers, policy, nodes, .. } = &self.settings;
        let beside = ControlAddresses::look_up(controls, resolvers, &ByTransport(transport)).await;
        let beside = beside.of(family, policy);
        let Some((first, rest)) = beside.split_first().filter(|(first, _)| rows::expects_open(first)) else {
            return Err(no_control(family));
        };
        // The targets are fewer where the hour's checks do not suffice, and the controls never.
        let taken = self.take(beside.len() + addresses.len(), transport.elapsed_ms());
        let Some(count) = taken.checked_sub(beside.len()).filter(|count| *count > 0) else {
            return Err(Self::spent());
        };
        let chosen = Running::start(transport, &self.api, first.address, &Nodes::Any(*nodes)).await?;
        let link = chosen.link.clone();
        let who = chosen.nodes.clone();
        let names: Vec<String> = who.iter().map(|node| node.name.clone()).collect();
        let others: Vec<IpAddr> = rest.iter().map(|control| control.address).collect();
        let (mut of_controls, mut checks) = join(
            self.start_all(&others, &names, transport),
            self.start_all(&addresses[..count], &names, transport),
        )
        .await;
        let (mut running, mut of_control) = (vec![chosen], vec![first.address]);
        take_running(&mut of_controls, &mut running, &mut of_control);
        let first_target = running.len();
        let mut order = Vec::new();
        take_running(&mut checks, &mut running, &mut order);
        let is_closed: Vec<bool> = of_control
            .iter()
            .map(|at| beside.iter().any(|one| one.address == *at && !rows::expects_open(one)))
            .collect();
        let settled = |running: &[Running], now_ms: f64| {
            names.iter().all(|name| {
                // What a node says that is blind will count for nothing.
                let in_vain = |at: usize| match running[at].result(name) {
                    Some((result, _)) => result.time.is_none(),
                    None => now_ms - running[at].since_ms >= BLIND_MS,
                };
                if (0..first_target).all(|at| is_closed[at] || in_vain(at)) {
                    return true;
                }
                let ended = |at: usize| running[at].result(name).is_some();
                let opens_ended = (0..first_target).all(|at| is_closed[at] || ended(at));
                // A control that is known to be closed is mostly silent.
                let waited = |at: usize| ended(at) || now_ms - running[at].since_ms >= SILENT_MS;
                let closed_ended = (0..first_target).all(|at| !is_closed[at] || waited(at));
                opens_ended && closed_ended && (first_target..running.len()).all(ended)
            })
        };
        poll(transport, &self.api, &mut running, until_ms, settled).await;
        let now_ms = transport.elapsed_ms();
        let of_node = |node: &Node| {
            let result =
                |control: &ControlAddress| match of_control.iter().position(|at| *at == control.address) {
                    Some(at) => control_of(control, node, &running[at], now_ms),
                    None => rows::unmade(control, "check-host.net did not take the check"),
                };
            beside.iter().map(result).collect::<Vec<ControlResult>>()
        };
        let panel = Panel {
            since_ms: running[0].since_ms,
            link,
            controls: who.iter().map(of_node).collect(),
            nodes: who,
        };
        checks.extend(order.into_iter().zip(running.split_off(first_target).into_iter().map(Ok)));
        let sees = |controls: &Vec<ControlResult>| {
            Evidence::new(&self.vantage, controls.clone(), Vec::new()).sight_in(family) == Sight::Clear
        };
        if panel.controls.iter().any(sees) {
            self.kept().panels.insert(family, panel.clone());
        }
        Ok((panel, checks))
    }

    async fn start_all<T: Transport>(
        &self,
        addresses: &[IpAddr],
        names: &[String],
        transport: &T,
    ) -> Map<IpAddr, Made> {
        let start = |address: &IpAddr| {
            let address = *address;
            async move {
                let made = Running::start(transport, &self.api, address, &Nodes::Named(names)).await;
                (address, made)
            }
        };
        join_all(addresses.iter().map(start)).await.into_iter().collect()
    }

    /// A row for each node of `panel` that is not blind.
    fn rows(
        &self,
        family: Family,
        panel: &Panel,
        more_links: Vec<String>,
        attempts: impl Fn(&Node) -> Vec<Attempt>,
    ) -> Vec<Evidence> {
        let of = |(node, controls): (&Node, &Vec<ControlResult>)| {
            let vantage = self.vantage_of(family, node);
            let row = Evidence::new(&vantage, controls.clone(), attempts(node));
            Evidence { network_seen: node.network_seen(), ..row }
        };
        let mut links = vec![panel.link.clone()];
        links.extend(more_links);
        let note = rows::note(&self.settings.id, "check-host.net", panel.nodes.len(), links);
        rows::kept(panel.nodes.iter().zip(&panel.controls).map(of).collect(), family, None, &note)
    }

    fn vantage_of(&self, family: Family, node: &Node) -> Vantage {
        let short = node.name.split('.').next().unwrap_or_default();
        Vantage {
            id: format!("{}-{short}", rows::id_in(&self.settings.id, family)),
            place: node.place.clone(),
            network: node.network.clone(),
            ..self.vantage.clone()
        }
    }
}

/// Moves the checks that were accepted to the end of `running`, and the address of each to the end of `order`.
fn take_running(checks: &mut Map<IpAddr, Made>, running: &mut Vec<Running>, order: &mut Vec<IpAddr>) {
    for (address, made) in std::mem::take(checks) {
        match made {
            Ok(one) => {
                order.push(address);
                running.push(one);
            }
            Err(failure) => drop(checks.insert(address, Err(failure))),
        }
    }
}

/// What a control's check by `node` showed.
fn control_of(control: &ControlAddress, node: &Node, check: &Running, now_ms: f64) -> ControlResult {
    let mut attempt = rows::not_tried(&control.host, control.address, 1, "no result in time");
    let ended = check.result(&node.name);
    if let Some((result, seen_ms)) = ended {
        attempt.detail = None;
        reading::read(&mut attempt, result, *seen_ms);
    }
    rows::control(control, attempt, ended.is_none(), now_ms - check.since_ms)
}

/// What `target`'s check by `node` showed. An address that serves two exchanges was tried once.
fn attempt_of(target: &Target, round: u8, node: &Node, checks: &Map<IpAddr, Made>) -> Attempt {
    let not_tried = |words: &str| rows::not_tried(&target.exchange, target.address, round, words);
    match checks.get(&target.address) {
        None => not_tried("the hour's checks do not suffice for all addresses"),
        Some(Err(failure)) => not_tried(&failure.words),
        Some(Ok(check)) => match check.result(&node.name) {
            None => not_tried("no result in time"),
            Some((result, seen_ms)) => {
                let mut attempt = Attempt { detail: None, ..not_tried("") };
                reading::read(&mut attempt, result, *seen_ms);
                attempt
            }
        },
    }
}

impl Source for CheckHost {
    fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    async fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        let until = Until::from_now(transport, request.deadline_ms);
        let look = |family| self.family(family, request, &until);
        let (ipv4, ipv6) = join(look(Family::Ipv4), look(Family::Ipv6)).await;
        rows::of_families(&self.vantage, [ipv4, ipv6])
    }

    /// What a panel that is kept saw of them. Nothing is asked: each look takes from the hour's checks.
    async fn controls<T: Transport>(&self, transport: &T) -> ProbeResult {
        let now_ms = transport.elapsed_ms();
        let panels = self.kept().panels.clone();
        let fresh = panels.iter().filter(|(_, panel)| now_ms - panel.since_ms < KEPT_MS);
        let rows: Vec<Evidence> =
            fresh.flat_map(|(family, panel)| self.rows(*family, panel, Vec::new(), |_| Vec::new())).collect();
        if rows.is_empty() {
            let words = "not asked yet: its nodes are chosen by the first check";
            return Err(failure(VantageFailureKind::Throttled, words));
        }
        Ok(rows)
    }
}
