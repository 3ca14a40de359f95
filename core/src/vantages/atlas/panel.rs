//! Probes of RIPE Atlas: one request for the controls and the targets of a family, and the results as they come.

use super::reading;
use super::request::{self, Api, Wanted};
use super::wire::{Created, MeasurementResult};
use crate::address::{AddressPolicy, Family};
use crate::check::origin;
use crate::evidence::{
    Attempt, ControlResult, Evidence, NetworkKind, NetworkSeen, Vantage, VantageFailure, VantageFailureKind,
    VantageKind,
};
use crate::mx::Target;
use crate::ports::{ProbeRequest, ProbeResult, Source, Transport};
use crate::sorted::Map;
use crate::vantages::controls::ByTransport;
use crate::vantages::failure::{failure, no_control, unsent};
use crate::vantages::rows;
use crate::vantages::until::Until;
use crate::vantages::{ControlAddress, ControlAddresses, ControlHosts};
use futures_util::future::{join, join_all};
use std::net::IpAddr;

/// What the network is called.
const NAME: &str = "RIPE Atlas";

/// How long after an answer the next is asked for, in milliseconds: results take tens of seconds.
const POLL_MS: u64 = 5_000;

/// How long the last new result may be past, in milliseconds, before the probes that are missing are given up.
const STILL_MS: f64 = 45_000.0;

/// How a panel is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The panel's id, with which its vantages' begin.
    pub id: String,
    /// Which probes.
    pub wanted: Wanted,
    /// The API's origin: [`API`](super::API), or that of a test network.
    pub origin: String,
    /// The key that may create measurements.
    pub key: String,
    /// The `User-Agent`: name, version and address.
    pub user_agent: String,
    /// The controls.
    pub controls: ControlHosts,
    /// The DoH servers by which the control hosts' addresses, and the probes' networks, are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be sent to it.
    pub policy: AddressPolicy,
}

/// A panel of RIPE Atlas.
#[derive(Debug)]
pub struct Atlas {
    vantage: Vantage,
    id: String,
    wanted: Wanted,
    api: Api,
    controls: ControlHosts,
    resolvers: Vec<String>,
    policy: AddressPolicy,
}

/// The results of one measurement, by probe.
type Results = Map<u64, MeasurementResult>;

/// The panel as one vantage: the row that says why it could not be asked.
pub fn vantage(id: &str) -> Vantage {
    rows::panel(id, NAME, VantageKind::Atlas, NetworkKind::Unknown)
}

impl Atlas {
    /// A panel of those settings; nothing is asked yet.
    pub fn new(settings: Settings) -> Self {
        let Settings { id, wanted, origin, key, user_agent, controls, resolvers, policy } = settings;
        let api = Api { origin, key, user_agent };
        Self { vantage: vantage(&id), id, wanted, api, controls, resolvers, policy }
    }

    /// One family's look; `None` where there is nothing to look at.
    async fn family<T: Transport>(
        &self,
        family: Family,
        request: &ProbeRequest,
        transport: &T,
    ) -> Option<Result<Vec<Evidence>, VantageFailure>> {
        let targets = rows::targets(request, family, &self.policy);
        if targets.is_empty() {
            return None;
        }
        let until_ms = transport.elapsed_ms() + request.deadline_ms as f64;
        Some(self.look(family, &targets, request.round, until_ms, transport).await)
    }

    async fn look<T: Transport>(
        &self,
        family: Family,
        targets: &[Target],
        round: u8,
        until_ms: f64,
        transport: &T,
    ) -> Result<Vec<Evidence>, VantageFailure> {
        let fetch = ByTransport(transport);
        let beside = ControlAddresses::look_up(&self.controls, &self.resolvers, &fetch).await;
        let beside = beside.of(family, &self.policy);
        if !beside.iter().any(rows::expects_open) {
            return Err(no_control(family));
        }
        let mut addresses: Vec<IpAddr> = beside.iter().map(|control| control.address).collect();
        for address in rows::addresses(targets) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        let ids = self.create(family, &addresses, transport).await?;
        let results = self.results(&ids, until_ms, transport).await;
        let mut probes: Vec<(u64, Option<IpAddr>)> = Vec::new();
        for (probe, result) in results.iter().flatten() {
            if probes.iter().all(|(known, _)| known != probe) {
                let from = result.from.as_ref().and_then(|from| from.parse().ok());
                probes.push((*probe, from));
            }
        }
        if probes.is_empty() {
            return Err(failure(VantageFailureKind::TimedOut, "RIPE Atlas gave no result in time"));
        }
        let by_address: Map<IpAddr, &Results> = addresses.iter().copied().zip(&results).collect();
        let networks = join_all(probes.iter().map(|(_, from)| async {
            match from {
                Some(from) => origin(*from, &self.resolvers, &fetch).await,
                None => None,
            }
        }))
        .await;
        let row = |((probe, _), network): (&(u64, Option<IpAddr>), Option<NetworkSeen>)| {
            let controls: Vec<ControlResult> =
                beside.iter().map(|control| control_of(control, *probe, &by_address)).collect();
            let attempts: Vec<Attempt> =
                targets.iter().map(|target| attempt_of(target, round, *probe, &by_address)).collect();
            let vantage = Vantage {
                id: format!("{}-{probe}", rows::id_in(&self.id, family)),
                place: format!("{NAME} probe {probe}"),
                // Those of which nothing is known count as one.
                network: network.as_ref().map_or_else(|| NAME.to_owned(), NetworkSeen::label),
                ..self.vantage.clone()
            };
            Evidence { network_seen: network, ..Evidence::new(&vantage, controls, attempts) }
        };
        let all: Vec<Evidence> = probes.iter().zip(networks).map(row).collect();
        let links = ids.iter().map(|id| self.api.link(*id)).collect();
        let note = rows::note(&self.id, NAME, probes.len(), links);
        Ok(rows::kept(all, family, None, &note))
    }

    async fn create<T: Transport>(
        &self,
        family: Family,
        addresses: &[IpAddr],
        transport: &T,
    ) -> Result<Vec<u64>, VantageFailure> {
        let call = self.api.create(family, addresses, &self.wanted);
        let answer = transport.send(&call).await.map_err(|error| unsent(NAME, &error))?;
        if !(200..300).contains(&answer.status) {
            return Err(request::refused(&answer));
        }
        let created: Option<Created> = serde_json::from_slice(&answer.body).ok();
        created.map(|created| created.measurements).filter(|ids| ids.len() == addresses.len()).ok_or_else(
            || {
                let words = "RIPE Atlas answered with something that is no list of measurements";
                failure(VantageFailureKind::Nonsense, words)
            },
        )
    }

    /// The results of each measurement, until all probes that were asked for have answered everything, no more come, or
    /// `until_ms`.
    async fn results<T: Transport>(&self, ids: &[u64], until_ms: f64, transport: &T) -> Vec<Results> {
        let mut results: Vec<Results> = vec![Results::new(); ids.len()];
        let mut last_new_ms = None;
        loop {
            let left_ms = until_ms - transport.elapsed_ms();
            let still = last_new_ms.is_some_and(|last| transport.elapsed_ms() - last >= STILL_MS);
            if left_ms <= 0.0 || still || results.iter().all(|one| one.len() >= self.wanted.count()) {
                return results;
            }
            transport.pause(POLL_MS.min(left_ms.ceil() as u64)).await;
            let due = ids.iter().zip(&mut results).filter(|(_, known)| known.len() < self.wanted.count());
            let news = join_all(due.map(|(id, known)| self.ask(*id, known, transport))).await;
            if news.into_iter().any(|new| new) {
                last_new_ms = Some(transport.elapsed_ms());
            }
        }
    }

    /// Adds what is there of the measurement `id`: whether that is more than before.
    async fn ask<T: Transport>(&self, id: u64, known: &mut Results, transport: &T) -> bool {
        // What did not come this time may come the next.
        let Ok(answer) = transport.send(&self.api.results(id)).await else { return false };
        let Ok(all) = serde_json::from_slice::<Vec<MeasurementResult>>(&answer.body) else { return false };
        let before = known.len();
        for result in all.into_iter().filter(|result| result.prb_id > 0) {
            known.get_or_insert_with(result.prb_id, || result);
        }
        known.len() > before
    }
}

/// What `control` showed to the probe of that number.
fn control_of(control: &ControlAddress, probe: u64, results: &Map<IpAddr, &Results>) -> ControlResult {
    let attempt = seen(&control.host, control.address, 1, probe, results);
    ControlResult { operator: control.operator.clone(), expected: control.expected, attempt }
}

/// What `target` showed to the probe of that number. An address that serves two exchanges was tried once.
fn attempt_of(target: &Target, round: u8, probe: u64, results: &Map<IpAddr, &Results>) -> Attempt {
    seen(&target.exchange, target.address, round, probe, results)
}

fn seen(host: &str, address: IpAddr, round: u8, probe: u64, results: &Map<IpAddr, &Results>) -> Attempt {
    match results.get(&address).and_then(|results| results.get(&probe)) {
        None => rows::not_tried(host, address, round, "no result in time"),
        Some(result) => {
            let mut attempt = Attempt { detail: None, ..rows::not_tried(host, address, round, "") };
            reading::read(&mut attempt, result);
            attempt
        }
    }
}

impl Source for Atlas {
    fn vantage(&self) -> &Vantage {
        &self.vantage
    }

    async fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        let until = Until::from_now(transport, request.deadline_ms);
        let look = |family| self.family(family, request, &until);
        let (ipv4, ipv6) = join(look(Family::Ipv4), look(Family::Ipv6)).await;
        rows::of_families(&self.vantage, [ipv4, ipv6])
    }

    /// Nothing is asked: each look costs credits and minutes.
    async fn controls<T: Transport>(&self, _: &T) -> ProbeResult {
        let words = "asked in a patient check alone, after its verdict: it takes minutes and costs credits";
        Err(failure(VantageFailureKind::Throttled, words))
    }
}
