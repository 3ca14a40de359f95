//! Checks under way.

use super::calls::{self, Nodes};
use super::wire::{self, Accepted, NodeResult};
use crate::evidence::{NetworkSeen, NetworkSource, VantageFailure, VantageFailureKind};
use crate::ports::Transport;
use crate::scrub;
use crate::vantages::failure::{failure, unsent};
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How long after an answer the next is asked for, in milliseconds.
const POLL_MS: u64 = 1_000;

/// How the service is called.
#[derive(Clone, Debug)]
pub(super) struct Api {
    /// Its origin.
    pub(super) origin: String,
    /// The `User-Agent`.
    pub(super) user_agent: String,
}

/// A node, as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) network: String,
}

/// A check that was accepted, and what is known of it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) link: String,
    pub(super) nodes: Vec<Node>,
    pub(super) since_ms: f64,
    id: String,
    ended: BTreeMap<String, (NodeResult, f64)>,
}

impl Running {
    /// Asks for a check of `address` by `nodes`.
    pub(super) async fn start<T: Transport>(
        transport: &T,
        api: &Api,
        address: IpAddr,
        nodes: &Nodes<'_>,
    ) -> Result<Self, VantageFailure> {
        let since_ms = transport.elapsed_ms();
        let call = calls::start(&api.origin, &api.user_agent, address, nodes);
        let answer = transport.send(&call).await.map_err(|error| unsent("check-host.net", &error))?;
        let accepted: Option<Accepted> = Some(&answer)
            .filter(|one| one.status == 200)
            .and_then(|one| serde_json::from_slice(&one.body).ok());
        let Some(accepted) = accepted.filter(|one| one.ok == 1) else { return Err(calls::refused(&answer)) };
        // They become parts of URLs.
        let id = accepted.request_id;
        let sound = |word: &str, more: &[u8]| {
            let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte));
            plain && !word.is_empty() && word.len() <= 100
        };
        let names = accepted.nodes.keys().all(|name| sound(name, b".-"));
        if !sound(&id, b"-_") || accepted.nodes.is_empty() || !names {
            let words = "check-host.net answered with something that is no check";
            return Err(failure(VantageFailureKind::Nonsense, words));
        }
        let link = if accepted.permanent_link.starts_with("https://") {
            scrub::visible(&scrub::bounded(&accepted.permanent_link, 200)).into_owned()
        } else {
            format!("{}/check-report/{id}", api.origin)
        };
        let nodes = accepted.nodes.iter().map(|(name, about)| Node::of(name, about)).collect();
        Ok(Self { link, nodes, since_ms, id, ended: BTreeMap::new() })
    }

    /// What the node of that name met, and how long after the request that was there; `None` as long as it is at work.
    pub(super) fn result(&self, node: &str) -> Option<&(NodeResult, f64)> {
        self.ended.get(node)
    }

    fn is_over(&self) -> bool {
        self.nodes.iter().all(|node| self.ended.contains_key(&node.name))
    }

    async fn ask<T: Transport>(&mut self, transport: &T, api: &Api) {
        // What did not come this time may come the next.
        let call = calls::results(&api.origin, &api.user_agent, &self.id);
        let Ok(answer) = transport.send(&call).await else { return };
        let Some(results) = wire::results(&answer.body).filter(|_| answer.status == 200) else { return };
        let seen_ms = transport.elapsed_ms() - self.since_ms;
        for (name, result) in results {
            self.ended.entry(name).or_insert((result, seen_ms));
        }
    }
}

impl Node {
    /// Its AS, where the service names one.
    pub(super) fn network_seen(&self) -> Option<NetworkSeen> {
        let asn = self.network.strip_prefix("AS")?.parse().ok()?;
        Some(NetworkSeen { asn, prefix: None, name: None, source: NetworkSource::Panel })
    }

    /// By country code, country, city, address and AS.
    fn of(name: &str, about: &[Value]) -> Self {
        let field = |at: usize| about.get(at).and_then(Value::as_str).unwrap_or_default();
        let shown = |text: &str| scrub::visible(&scrub::bounded(text, 60)).into_owned();
        let is_as = |text: &&str| {
            text.strip_prefix("AS").is_some_and(|number| number.parse::<u32>().is_ok_and(|number| number > 0))
        };
        let network = Some(field(4)).filter(is_as).map_or_else(|| "check-host.net".to_owned(), str::to_owned);
        Self {
            name: name.to_owned(),
            place: format!("{}, {} ({network})", shown(field(2)), shown(field(1))),
            network,
        }
    }
}

/// Polls all of `running` until `enough` says so, all are over, or `until_ms` has come.
pub(super) async fn poll<T: Transport>(
    transport: &T,
    api: &Api,
    running: &mut [Running],
    until_ms: f64,
    enough: impl Fn(&[Running], f64) -> bool,
) {
    loop {
        let left_ms = until_ms - transport.elapsed_ms();
        if left_ms <= 0.0 || running.iter().all(Running::is_over) || enough(running, transport.elapsed_ms()) {
            return;
        }
        transport.pause(POLL_MS.min(left_ms.ceil() as u64)).await;
        let due = running.iter_mut().filter(|one| !one.is_over());
        join_all(due.map(|one| one.ask(transport, api))).await;
    }
}
