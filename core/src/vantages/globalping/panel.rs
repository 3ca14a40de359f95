//! A panel of Globalping: chosen by one control, asked for everything else by that measurement's id, and kept for a while.

use super::budget;
use super::failure::spent;
use super::polling::{self, Left, Running};
use super::request::{Api, Create, Kind, Probes};
use super::rows::{self, Seat};
use super::wire::Probe;
use crate::address::{AddressPolicy, Family};
use crate::evidence::{
    Attempt, ControlResult, Evidence, NetworkKind, Outcome, Sight, Vantage, VantageFailure,
    VantageFailureKind, VantageKind,
};
use crate::mx::Target;
use crate::ports::{Patience, ProbeRequest, ProbeResult, Source, Transport};
use crate::sorted::Map;
use crate::vantages::controls::ByTransport;
use crate::vantages::failure::{failure, no_control};
use crate::vantages::rows::{self as shared, BLIND_MS, KEPT_MS, MARGIN_MS};
use crate::vantages::until::Until;
use crate::vantages::{ControlAddress, ControlAddresses, ControlHosts};
use futures_util::future::{join, join_all};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a traceroute may take, in seconds: a shorter one gives up where a router rejects.
const TRACE_S: u8 = 20;

/// How a panel is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The panel's id, with which its vantages' begin.
    pub id: String,
    /// Where its probes stand, in the API's terms (`magic`); none: mostly data centres.
    pub locations: Vec<String>,
    /// How many probes, of both families together.
    pub limit: u16,
    /// The API.
    pub api: Api,
    /// The controls.
    pub controls: ControlHosts,
    /// The DoH servers by which the control hosts' addresses are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be sent to it.
    pub policy: AddressPolicy,
}

/// A panel of Globalping. One of it serves all checks, so that one panel and its controls serve several.
#[derive(Debug)]
pub struct Globalping {
    vantage: Vantage,
    settings: Settings,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// By family, and by the sender's AS, in which some of the probes stand.
    panels: Map<(Family, Option<u32>), Panel>,
    left: Option<Left>,
}

/// The probes of a family, and what they saw of the controls.
#[derive(Clone, Debug)]
struct Panel {
    id: String,
    since_ms: f64,
    who: Vec<Probe>,
    controls: Vec<Vec<ControlResult>>,
}

/// What one family's look is about.
struct Look<'a, T> {
    transport: &'a T,
    family: Family,
    size: u16,
    sender_asn: Option<u32>,
    targets: Vec<Target>,
    round: u8,
    timeout_s: u8,
    until_ms: f64,
}

impl Globalping {
    /// A panel of those settings; nothing is asked yet.
    pub fn new(settings: Settings) -> Self {
        Self { vantage: vantage(&settings.id), settings, kept: Mutex::default() }
    }

    /// What the probes see of `request`'s targets and of the controls: a row for each that is not blind.
    async fn look<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        let both = Family::ALL.into_iter().all(|family| request.has(family));
        let look = |family| self.family(family, both, request, transport);
        let (ipv4, ipv6) = join(look(Family::Ipv4), look(Family::Ipv6)).await;
        shared::of_families(&self.vantage, [ipv4, ipv6])
    }

    /// One family's look; `None` where there is nothing to look at.
    async fn family<T: Transport>(
        &self,
        family: Family,
        both: bool,
        request: &ProbeRequest,
        transport: &T,
    ) -> Option<Result<Vec<Evidence>, VantageFailure>> {
        let targets = shared::targets(request, family, &self.settings.policy);
        // Within a quick pass a second look would cost as many tests as the first, and tell little more.
        if targets.is_empty() || (request.round > 1 && request.patience == Patience::Quick) {
            return None;
        }
        let most_s = if request.patience == Patience::Quick { 8 } else { 20 };
        let look = Look {
            transport,
            family,
            // Two panels of half the size cost no more than one.
            size: if both { self.settings.limit.div_ceil(2) } else { self.settings.limit },
            sender_asn: request.sender_asn,
            targets,
            round: request.round,
            timeout_s: (request.deadline_ms.saturating_sub(MARGIN_MS) / 1_000).clamp(5, most_s) as u8,
            until_ms: transport.elapsed_ms() + request.deadline_ms.saturating_sub(300) as f64,
        };
        if let Some(panel) = self.kept_panel(&look)
            && let Some(seen) = self.again(&look, &panel).await
        {
            return Some(Ok(seen));
        }
        let settings = &self.settings;
        let limits = async {
            if self.left(transport.elapsed_ms()).is_none() {
                self.remember(polling::limits(transport, &settings.api).await);
            }
        };
        let fetch = ByTransport(transport);
        let beside = ControlAddresses::look_up(&settings.controls, &settings.resolvers, &fetch);
        let ((), beside) = join(limits, beside).await;
        Some(self.anew(&look, &beside.of(family, &settings.policy)).await)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What was kept is whole at each moment.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The panel of a moment ago; one without the sender's neighbours where a new one would take most of the budget.
    fn kept_panel<T: Transport>(&self, look: &Look<'_, T>) -> Option<Panel> {
        let now_ms = look.transport.elapsed_ms();
        let costs = u64::from(look.size) * (look.addresses().len() as u64 + 5);
        let any = look.sender_asn.is_none() || self.left(now_ms).is_some_and(|left| left < 2 * costs);
        let kept = self.kept();
        let fresh = |panel: &&Panel| now_ms - panel.since_ms < KEPT_MS;
        let own = kept.panels.get(&(look.family, look.sender_asn)).filter(fresh);
        let of_family = kept.panels.iter().filter(|((family, _), _)| *family == look.family && any);
        own.or_else(|| of_family.map(|(_, panel)| panel).find(fresh)).cloned()
    }

    /// The same panel as a moment ago: its controls are known, and the targets alone are asked. `None` where it is gone.
    async fn again<T: Transport>(&self, look: &Look<'_, T>, panel: &Panel) -> Option<Vec<Evidence>> {
        let size = u16::try_from(panel.who.len()).unwrap_or(u16::MAX);
        let left = self.left(look.transport.elapsed_ms()).unwrap_or(u64::MAX);
        let targets = budget::share(left, size, 0, look.addresses().len())
            .filter(|share| share.probes == size)?
            .targets;
        let addresses: Vec<IpAddr> = look.addresses().into_iter().take(targets).collect();
        let (mut pings, unmade) = self.pings(look, &panel.id, &addresses).await;
        if pings.is_empty() || pings.values().any(|ping| ping.probes != panel.who.len()) {
            self.kept().panels.retain(|_, one| one.id != panel.id);
            return None;
        }
        let blind: Vec<bool> =
            panel.controls.iter().map(|controls| self.is_blind(look.family, controls)).collect();
        let mut running: Vec<Running> = Vec::new();
        let order: Vec<IpAddr> = pings.keys().copied().collect();
        running.extend(order.iter().filter_map(|address| pings.remove(address)));
        let enough = |running: &[Running], _: f64| {
            (0..blind.len()).all(|index| blind[index] || running.iter().all(|ping| ping.ended(index)))
        };
        polling::poll(look.transport, &self.settings.api, &mut running, look.until_ms, enough).await;
        let pings: Map<IpAddr, Running> = order.into_iter().zip(running).collect();
        Some(self.rows(look, panel, &pings, &unmade).await)
    }

    /// A new panel: chosen by the first control, then everything else at once.
    async fn anew<T: Transport>(
        &self,
        look: &Look<'_, T>,
        controls: &[ControlAddress],
    ) -> Result<Vec<Evidence>, VantageFailure> {
        let Some((first, rest)) = controls.split_first().filter(|(first, _)| shared::expects_open(first))
        else {
            return Err(no_control(look.family));
        };
        let (chosen, targets) = self.choose(look, first, rest.len()).await?;
        let id = chosen.id.clone();
        let addresses: Vec<IpAddr> = look.addresses().into_iter().take(targets).collect();
        let same = |address| Create {
            kind: Kind::Ping,
            target: address,
            timeout_s: look.timeout_s,
            probes: Probes::SameAs(id.clone()),
        };
        let asked = rest.iter().map(|control| {
            let create = same(control.address);
            async move { polling::create(look.transport, &self.settings.api, &create).await }
        });
        let (asked, (pings, unmade)) = join(join_all(asked), self.pings(look, &id, &addresses)).await;

        let mut running = vec![chosen];
        // Where in `running` each control's measurement is, or why it was not made.
        let mut where_at: Vec<Result<usize, String>> = vec![Ok(0)];
        for made in asked {
            where_at.push(match made {
                Ok(made) if made.running.probes == running[0].probes => {
                    running.push(made.running);
                    Ok(running.len() - 1)
                }
                Ok(_) => Err("it was made by other probes".to_owned()),
                Err(not_made) => Err(not_made.failure.words),
            });
        }
        let first_target = running.len();
        let mut order = Vec::new();
        for (address, ping) in pings {
            if ping.probes == running[0].probes {
                order.push(address);
                running.push(ping);
            }
        }
        let settled = |running: &[Running], now_ms: f64| {
            (0..running[0].probes)
                .all(|index| settled(controls, &where_at, running, first_target, index, now_ms))
        };
        polling::poll(look.transport, &self.settings.api, &mut running, look.until_ms, settled).await;

        let now_ms = look.transport.elapsed_ms();
        let Some(who) = running.iter().map(|one| &one.who).find(|who| !who.is_empty()).cloned() else {
            return Err(failure(VantageFailureKind::TimedOut, "Globalping gave no result in time"));
        };
        let of_probe = |(index, who): (usize, &Probe)| {
            let results = controls.iter().zip(&where_at).map(|(control, at)| match at {
                Ok(at) => rows::control(control, Seat { index, who }, &running[*at], now_ms),
                Err(words) => shared::unmade(control, words),
            });
            results.collect::<Vec<ControlResult>>()
        };
        let panel = Panel {
            id,
            since_ms: running[0].since_ms,
            controls: who.iter().enumerate().map(of_probe).collect(),
            who,
        };
        let targets = running.split_off(first_target);
        let pings: Map<IpAddr, Running> = order.into_iter().zip(targets).collect();
        if panel.controls.iter().any(|controls| self.sight(look.family, controls) == Sight::Clear) {
            self.kept().panels.insert((look.family, look.sender_asn), panel.clone());
        }
        Ok(self.rows(look, &panel, &pings, &unmade).await)
    }

    /// Chooses a panel by a ping of the control `first`, as large as the budget bears with `more` controls; and of how
    /// many addresses.
    async fn choose<T: Transport>(
        &self,
        look: &Look<'_, T>,
        first: &ControlAddress,
        more: usize,
    ) -> Result<(Running, usize), VantageFailure> {
        let addresses = look.addresses().len();
        let share = |left: u64| budget::share(left, look.size, more + 1, addresses);
        let mut size = look.size;
        if let Some(left) = self.left(look.transport.elapsed_ms()) {
            size = share(left).ok_or_else(|| spent(left))?.probes;
        }
        let mut tried_smaller = false;
        loop {
            let probes = Probes::chosen(&self.settings.locations, size, look.sender_asn);
            let create =
                Create { kind: Kind::Ping, target: first.address, timeout_s: look.timeout_s, probes };
            match polling::create(look.transport, &self.settings.api, &create).await {
                Ok(made) => {
                    self.remember(made.left);
                    let probes = u16::try_from(made.running.probes).unwrap_or(u16::MAX);
                    let Some(left) = made.left.map(|left| left.tests) else {
                        return Ok((made.running, addresses));
                    };
                    let rest = left / u64::from(probes.max(1));
                    if rest >= (more + addresses) as u64 {
                        return Ok((made.running, addresses));
                    }
                    match share(left) {
                        Some(smaller) if smaller.probes < probes && !tried_smaller => size = smaller.probes,
                        _ => {
                            let targets = usize::try_from(rest).unwrap_or(usize::MAX).saturating_sub(more);
                            return if targets > 0 { Ok((made.running, targets)) } else { Err(spent(left)) };
                        }
                    }
                }
                Err(not_made) => {
                    self.remember(not_made.left);
                    let smaller = not_made.left.filter(|_| not_made.status == 429 && !tried_smaller);
                    let smaller = smaller.and_then(|left| share(left.tests));
                    match smaller {
                        Some(smaller) if smaller.probes < size => size = smaller.probes,
                        _ => return Err(not_made.failure),
                    }
                }
            }
            tried_smaller = true;
        }
    }

    /// Pings of `addresses` by the panel `id`: those that were made, and why others were not.
    async fn pings<T: Transport>(
        &self,
        look: &Look<'_, T>,
        id: &str,
        addresses: &[IpAddr],
    ) -> (Map<IpAddr, Running>, Map<IpAddr, String>) {
        let (mut made, mut unmade) = (Map::new(), Map::new());
        for (address, asked) in self.by_panel(look, id, Kind::Ping, look.timeout_s, addresses).await {
            match asked {
                Ok(running) => drop(made.insert(address, running)),
                Err(words) => drop(unmade.insert(address, words)),
            }
        }
        (made, unmade)
    }

    async fn by_panel<T: Transport>(
        &self,
        look: &Look<'_, T>,
        id: &str,
        kind: Kind,
        timeout_s: u8,
        addresses: &[IpAddr],
    ) -> Vec<(IpAddr, Result<Running, String>)> {
        let asked = addresses.iter().map(|address| async move {
            let create = Create { kind, target: *address, timeout_s, probes: Probes::SameAs(id.to_owned()) };
            match polling::create(look.transport, &self.settings.api, &create).await {
                Ok(made) => {
                    self.remember(made.left);
                    (*address, Ok(made.running))
                }
                Err(not_made) => (*address, Err(not_made.failure.words)),
            }
        });
        join_all(asked).await
    }

    fn remember(&self, left: Option<Left>) {
        let mut kept = self.kept();
        kept.left = left.or(kept.left);
    }

    /// How many tests are left in this hour, where the API has said so.
    fn left(&self, now_ms: f64) -> Option<u64> {
        self.kept().left.filter(|left| now_ms < left.until_ms).map(|left| left.tests)
    }

    fn sight(&self, family: Family, controls: &[ControlResult]) -> Sight {
        Evidence::new(&self.vantage, controls.to_vec(), Vec::new()).sight_in(family)
    }

    fn is_blind(&self, family: Family, controls: &[ControlResult]) -> bool {
        self.sight(family, controls) == Sight::Blind
    }

    /// The rows of a look; in a further round, with traceroutes to what did not connect.
    async fn rows<T: Transport>(
        &self,
        look: &Look<'_, T>,
        panel: &Panel,
        pings: &Map<IpAddr, Running>,
        unmade: &Map<IpAddr, String>,
    ) -> Vec<Evidence> {
        let traces = if look.round > 1 { self.traces(look, panel, pings).await } else { Map::new() };
        let known: Map<IpAddr, Result<&Running, &str>> = pings
            .iter()
            .map(|(address, ping)| (*address, Ok(ping)))
            .chain(unmade.iter().map(|(address, words)| (*address, Err(words.as_str()))))
            .collect();
        let traced = traces.iter().map(|(address, trace)| (*address, trace)).collect();
        let more = pings.values().chain(traces.values()).map(|one| self.settings.api.link(&one.id));
        self.panel_rows((look.family, look.sender_asn), panel, more.collect(), |seat| {
            rows::attempts(&look.targets, look.round, seat, &known, &traced)
        })
    }

    /// A row for each probe of `panel` that is not blind, with `attempts` by index.
    fn panel_rows(
        &self,
        (family, sender_asn): (Family, Option<u32>),
        panel: &Panel,
        more_links: Vec<String>,
        attempts: impl Fn(Seat<'_>) -> Vec<Attempt>,
    ) -> Vec<Evidence> {
        let vantages = rows::vantages(&self.settings.id, family, &panel.who);
        let seats = panel.who.iter().enumerate().map(|(index, who)| Seat { index, who });
        let rows = vantages.iter().zip(&panel.controls).zip(seats).map(|((vantage, controls), seat)| {
            let row = Evidence::new(vantage, controls.clone(), attempts(seat));
            Evidence { network_seen: rows::network(seat.who), ..row }
        });
        let mut links = vec![self.settings.api.link(&panel.id)];
        links.extend(more_links);
        let note = shared::note(&self.settings.id, "Globalping", panel.who.len(), links);
        shared::kept(rows.collect(), family, sender_asn, &note)
    }

    /// Traceroutes to the addresses that a probe which is not blind could not connect to.
    async fn traces<T: Transport>(
        &self,
        look: &Look<'_, T>,
        panel: &Panel,
        pings: &Map<IpAddr, Running>,
    ) -> Map<IpAddr, Running> {
        let failed = |(address, ping): (&IpAddr, &Running)| {
            let fails = panel.who.iter().enumerate().any(|(index, who)| {
                let seen = rows::attempt("", *address, look.round, Seat { index, who }, ping).outcome;
                matches!(seen, Outcome::Unconnected | Outcome::TimedOut)
                    && !self.is_blind(look.family, &panel.controls[index])
            });
            fails.then_some(*address)
        };
        let mut failed: Vec<IpAddr> = pings.iter().filter_map(failed).collect();
        let left_ms = look.until_ms - look.transport.elapsed_ms();
        let afford = self.left(look.transport.elapsed_ms()).map_or(usize::MAX, |left| {
            usize::try_from(left / (panel.who.len().max(1) as u64)).unwrap_or(usize::MAX)
        });
        failed.truncate(afford);
        if failed.is_empty() || left_ms < f64::from(TRACE_S) * 1e3 {
            return Map::new();
        }
        let asked = self.by_panel(look, &panel.id, Kind::Traceroute, TRACE_S, &failed).await;
        let (order, mut running): (Vec<IpAddr>, Vec<Running>) =
            asked.into_iter().filter_map(|(address, made)| Some((address, made.ok()?))).unzip();
        polling::poll(look.transport, &self.settings.api, &mut running, look.until_ms, |_, _| false).await;
        order.into_iter().zip(running).collect()
    }
}

/// The panel as one vantage: the row that says why it could not be asked.
pub fn vantage(id: &str) -> Vantage {
    shared::panel(id, "Globalping", VantageKind::Globalping, NetworkKind::Unknown)
}

impl Source for Globalping {
    fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    async fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        self.look(request, &Until::from_now(transport, request.deadline_ms)).await
    }

    /// What a panel that is kept saw of them. Nothing is asked: each look takes tests from the hour's budget.
    async fn controls<T: Transport>(&self, transport: &T) -> ProbeResult {
        let now_ms = transport.elapsed_ms();
        let panels = self.kept().panels.clone();
        let panels = panels.iter().filter(|(_, panel)| now_ms - panel.since_ms < KEPT_MS);
        let rows = panels.flat_map(|(key, panel)| self.panel_rows(*key, panel, Vec::new(), |_| Vec::new()));
        let rows: Vec<Evidence> = rows.collect();
        if rows.is_empty() {
            let words = "not asked yet: a look takes tests from the hour's budget, so its probes are chosen by the first check";
            return Err(failure(VantageFailureKind::Throttled, words));
        }
        Ok(rows)
    }
}

/// Whether nothing more is to be learnt of the probe `index` by waiting: all it was asked has ended, or none of the open
/// controls answered it for so long that what it says of the targets will count for nothing. A control that is known to
/// be closed is mostly silent: it was given the time in which the open ones answered.
fn settled(
    controls: &[ControlAddress],
    where_at: &[Result<usize, String>],
    running: &[Running],
    first_target: usize,
    index: usize,
    now_ms: f64,
) -> bool {
    let asked = || {
        controls
            .iter()
            .zip(where_at)
            .filter_map(|(control, at)| Some((control, &running[*at.as_ref().ok()?])))
    };
    let open = || asked().filter(|(control, _)| shared::expects_open(control)).map(|(_, ping)| ping);
    let connected = |ping: &Running| {
        let ended = ping.tests.get(index).and_then(Option::as_ref);
        ended.is_some_and(|ended| ended.test.stats.is_some_and(|stats| stats.rcv > 0))
    };
    let waited_ms = |ping: &Running| now_ms - ping.since_ms;
    if !open().any(connected) && open().all(|ping| ping.ended(index) || waited_ms(ping) >= BLIND_MS) {
        return true;
    }
    let slowest_ms = open()
        .filter_map(|ping| Some(ping.tests.get(index)?.as_ref()?.clocks.seen_ended_ms))
        .fold(shared::SILENT_MS, f64::max);
    let mut closed = asked().filter(|(control, _)| !shared::expects_open(control));
    open().all(|ping| ping.ended(index))
        && closed.all(|(_, ping)| ping.ended(index) || waited_ms(ping) >= slowest_ms)
        && running[first_target..].iter().all(|ping| ping.ended(index))
}

impl<T> Look<'_, T> {
    /// The addresses, each once, in the order of the plan.
    fn addresses(&self) -> Vec<IpAddr> {
        shared::addresses(&self.targets)
    }
}
