//! blackbox_exporter (Prometheus) as a vantage: the operator's own exporters, by their HTTP API. They read the greeting
//! (grade `greeting`); no `EHLO`, no TLS. `docs/VANTAGES.md` has the module to configure.

mod page;
mod reading;

pub use reading::probe;

use crate::address::{AddressPolicy, Family};
use crate::check::QUICK_MS;
use crate::evidence::{Attempt, ControlResult, Evidence, Vantage, VantageFailure, VantageFailureKind};
use crate::mx::Target;
use crate::ports::{HttpCall, HttpMethod, ProbeRequest, ProbeResult, Source, Transport};
use crate::smtp;
use crate::sorted::Map;
use crate::vantages::controls::ByTransport;
use crate::vantages::failure::{failure, unsent};
use crate::vantages::rows::{not_tried, unmade};
use crate::vantages::until::Until;
use crate::vantages::{ControlAddress, ControlAddresses, ControlHosts};
use futures_util::future::{join, join_all};
use std::net::{IpAddr, SocketAddr};

/// The longest page that is taken, in bytes.
const LIMIT: usize = 1 << 18;

/// How much earlier than the request itself a probe ends, in milliseconds.
const MARGIN_MS: u64 = 800;

/// How an exporter is asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The vantage that it is.
    pub vantage: Vantage,
    /// Where the exporter listens: `http://192.0.2.7:9115`.
    pub url: String,
    /// The module of its configuration.
    pub module: String,
    /// The controls.
    pub controls: ControlHosts,
    /// The DoH servers by which the control hosts' addresses are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be sent to it.
    pub policy: AddressPolicy,
}

/// An exporter.
#[derive(Clone, Debug)]
pub struct Blackbox {
    settings: Settings,
}

impl Blackbox {
    /// The exporter of those settings; nothing is asked yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    fn call(&self, address: SocketAddr, deadline_ms: u64) -> HttpCall {
        let probe_ms = deadline_ms.saturating_sub(MARGIN_MS).max(1_000);
        // Digits, dots, colons and brackets, and a name that was held to letters, digits and `_-`.
        let target = address.to_string().replace('[', "%5B").replace(']', "%5D");
        HttpCall {
            method: HttpMethod::Get,
            url: format!(
                "{}/probe?target={target}&module={}&debug=true",
                self.settings.url, self.settings.module
            ),
            headers: vec![(
                "x-prometheus-scrape-timeout-seconds".to_owned(),
                format!("{}", probe_ms as f64 / 1e3),
            )],
            body: Vec::new(),
            timeout_ms: deadline_ms,
            limit: LIMIT,
        }
    }

    /// One connection. An exporter that ends the call without an answer has crashed over it, as it does over greetings
    /// that are not UTF-8: the attempt was not made, as far as anybody knows.
    async fn attempt<T: Transport>(
        &self,
        host: &str,
        address: IpAddr,
        round: u8,
        deadline_ms: u64,
        transport: &T,
    ) -> Result<Attempt, VantageFailure> {
        let call = self.call(SocketAddr::new(address, smtp::PORT), deadline_ms);
        let answer =
            transport.send(&call).await.map_err(|error| unsent("the exporter gave no answer", &error))?;
        let text = String::from_utf8_lossy(&answer.body);
        match answer.status {
            200 => {
                let mut attempt = Attempt::untried(host, address, smtp::PORT, round);
                probe(&mut attempt, &text);
                Ok(attempt)
            }
            400 if text.contains("Unknown module") => Err(failure(
                VantageFailureKind::Refused,
                &format!(
                    "the exporter has no module {:?}: add the one of docs/VANTAGES.md to its configuration",
                    self.settings.module
                ),
            )),
            401 | 403 => Err(failure(VantageFailureKind::Unauthorized, "the exporter does not let us in")),
            status => {
                Err(failure(VantageFailureKind::Refused, &format!("it answered with HTTP status {status}")))
            }
        }
    }

    async fn controls_beside<T: Transport>(
        &self,
        families: &[Family],
        deadline_ms: u64,
        transport: &T,
    ) -> Result<Vec<ControlResult>, VantageFailure> {
        let Settings { controls, resolvers, policy, .. } = &self.settings;
        let beside = ControlAddresses::look_up(controls, resolvers, &ByTransport(transport)).await;
        let asked: Vec<_> = families.iter().flat_map(|family| beside.of(*family, policy)).collect();
        let looked = join_all(
            asked
                .iter()
                .map(|control| self.attempt(&control.host, control.address, 1, deadline_ms, transport)),
        )
        .await;
        let failed =
            looked.iter().all(Result::is_err).then(|| looked.iter().find_map(|one| one.clone().err()));
        if let Some(Some(failure)) = failed {
            return Err(failure);
        }
        let result = |(control, seen): (&ControlAddress, Result<Attempt, VantageFailure>)| match seen {
            Ok(attempt) => {
                ControlResult { operator: control.operator.clone(), expected: control.expected, attempt }
            }
            Err(failure) => unmade(control, &failure.words),
        };
        Ok(asked.iter().zip(looked).map(result).collect())
    }
}

impl Source for Blackbox {
    fn vantage(&self) -> &Vantage {
        &self.settings.vantage
    }

    async fn probe<T: Transport>(&self, request: &ProbeRequest, transport: &T) -> ProbeResult {
        let transport = &Until::from_now(transport, request.deadline_ms);
        let may_be_asked = |target: &&Target| self.settings.policy.judge(target.address).may_connect();
        let targets: Vec<&Target> = request.targets.iter().filter(may_be_asked).collect();
        let families: Vec<Family> = Family::ALL.into_iter().filter(|family| request.has(*family)).collect();
        let mut addresses: Vec<IpAddr> = targets.iter().map(|target| target.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let looks = addresses.iter().map(|address| async {
            (*address, self.attempt("", *address, request.round, request.deadline_ms, transport).await)
        });
        // The controls have the same time, less what looking up their addresses may take.
        let controls = self.controls_beside(&families, request.deadline_ms.saturating_sub(1_000), transport);
        let (controls, looked) = join(controls, join_all(looks)).await;
        let looked: Map<IpAddr, Result<Attempt, VantageFailure>> = looked.into_iter().collect();
        let attempts = targets.iter().filter_map(|target| {
            let attempt = match looked.get(&target.address)? {
                Ok(attempt) => attempt.clone(),
                Err(failure) => not_tried("", target.address, request.round, &failure.words),
            };
            Some(Attempt { exchange: target.exchange.clone(), ..attempt })
        });
        Ok(vec![Evidence::new(&self.settings.vantage, controls?, attempts.collect())])
    }

    async fn controls<T: Transport>(&self, transport: &T) -> ProbeResult {
        let controls = self.controls_beside(&Family::ALL, QUICK_MS, transport).await?;
        Ok(vec![Evidence::new(&self.settings.vantage, controls, Vec::new())])
    }
}
