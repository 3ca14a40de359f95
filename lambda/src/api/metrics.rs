//! What this process has done, and what a check showed, as Prometheus reads it (OpenMetrics).

use axum::http::{Method, StatusCode};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::Sight;
use noanswer_core::report::Report;
use noanswer_core::verdict::Status;
use noanswer_site::api::{Facts, FactsHandle};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Labels: name and value.
type Labels = Vec<(&'static str, String)>;
type Value = Family<Labels, Gauge<f64, AtomicU64>>;

/// How long a check's figures are kept: whoever scrapes more often gets the same again.
const KEPT: Duration = Duration::from_secs(60);

/// As many domains' figures are kept.
const DOMAINS: usize = 1_000;

/// The figures of this process.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    counts: Counts,
    kept: Mutex<HashMap<DomainName, (Instant, String)>>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    requests: Family<Labels, Counter>,
    limited: Family<Labels, Counter>,
    checks: Counter,
    probes: Counter,
    verdicts: Family<Labels, Counter>,
    sights: Family<Labels, Gauge>,
}

/// Counts what a request was about when it is over.
#[derive(Debug)]
pub(super) struct AtEnd {
    counts: Counts,
    facts: FactsHandle,
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.counts.add(&self.facts.so_far());
    }
}

impl Counts {
    fn add(&self, facts: &Facts) {
        self.checks.inc_by(facts.checks);
        self.probes.inc_by(facts.probes);
        if let Some(status) = facts.verdict {
            self.verdicts.get_or_create(&vec![("status", wire(&status))]).inc();
        }
        for (vantage, sight) in &facts.sights {
            for each in SIGHTS {
                let labels = vec![("vantage", vantage.clone()), ("sight", wire(each))];
                self.sights.get_or_create(&labels).set(i64::from(each == sight));
            }
        }
    }
}

const SIGHTS: &[Sight] = &[Sight::Clear, Sight::Partial, Sight::Blind, Sight::Deceived];
const STATUSES: &[Status] = &[Status::Healthy, Status::Named, Status::Ambiguous, Status::Undetermined];

/// The name of a value on the wire.
fn wire(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Metrics {
    /// Nothing counted yet.
    pub(super) fn new() -> Self {
        let (mut registry, counts) = (Registry::with_prefix("noanswer"), Counts::default());
        let register = &mut registry;
        register.register("requests", "Requests answered", counts.requests.clone());
        register.register(
            "limited",
            "Requests turned away because a limit was used up",
            counts.limited.clone(),
        );
        register.register("checks", "Checks of a domain", counts.checks.clone());
        register.register("probes", "Probes for a coordinator, as its vantage", counts.probes.clone());
        register.register("verdicts", "Verdicts by status", counts.verdicts.clone());
        let sight = "Whether a vantage had this sight of port 25 in the last check (1) or not (0)";
        register.register("vantage_sight", sight, counts.sights.clone());
        Self { registry, counts, kept: Mutex::default() }
    }

    /// The figures of the process.
    pub(super) fn text(&self) -> String {
        encoded(&self.registry)
    }

    /// A request was answered. `route` is a pattern of the list of routes.
    pub(super) fn answered(&self, method: &Method, route: &'static str, status: StatusCode) {
        // A method is whatever a client writes: the known ones only, lest the figures grow without end.
        let known = [Method::GET, Method::HEAD, Method::POST].contains(method);
        let method = if known { method.as_str() } else { "other" };
        let labels = vec![
            ("method", method.to_owned()),
            ("route", route.to_owned()),
            ("status", status.as_u16().to_string()),
        ];
        self.counts.requests.get_or_create(&labels).inc();
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.counts.limited.get_or_create(&vec![("route", route.to_owned())]).inc();
        }
    }

    /// Counts what `facts` say when the answer is over: when this is dropped.
    pub(super) fn at_end(&self, facts: FactsHandle) -> AtEnd {
        AtEnd { counts: self.counts.clone(), facts }
    }

    fn kept_now(&self) -> MutexGuard<'_, HashMap<DomainName, (Instant, String)>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| at.elapsed() < KEPT);
        kept
    }

    /// The figures of `domain`, where it was checked a moment ago.
    pub(super) fn kept(&self, domain: &DomainName) -> Option<String> {
        self.kept_now().get(domain).map(|(_, text)| text.clone())
    }

    /// The figures of a check, which are kept.
    pub(super) fn keep(&self, domain: &DomainName, report: &Report) -> String {
        let text = of(report);
        let mut kept = self.kept_now();
        if kept.len() < DOMAINS {
            kept.insert(domain.clone(), (Instant::now(), text.clone()));
        }
        text
    }
}

/// What a check showed.
fn of(report: &Report) -> String {
    let mut registry = Registry::with_prefix("noanswer_check");
    let mut family = |name: &str, help: &str| {
        let value = Value::default();
        registry.register(name, help, value.clone());
        value
    };
    let truth = |is: bool| if is { 1.0 } else { 0.0 };
    let exit = family(
        "exit_code",
        "As noanswer check ends: 0 nothing wrong, 1 degraded, 2 a fault named, 3 undetermined",
    );
    exit.get_or_create(&Vec::new()).set(report.exit_code().into());
    let status = family("status", "The verdict's status (1) among all that there are (0)");
    for each in STATUSES {
        let is = *each == report.verdict.status;
        status.get_or_create(&vec![("status", wire(each))]).set(truth(is));
    }
    let fault =
        family("fault", "A fault of the verdict, who must act, and whether it is established or possible");
    for named in &report.verdict.faults {
        let labels = vec![
            ("fault", wire(&named.fault)),
            ("party", wire(&named.party)),
            ("standing", wire(&named.standing)),
        ];
        fault.get_or_create(&labels).set(1.0);
    }
    let sight = family("vantage_sight", "A vantage's sight of port 25 (1) among all that there are (0)");
    let connect = family("connect_seconds", "How long the TCP handshake took; absent where there was none");
    let greeting =
        family("greeting_seconds", "From the first packet to the greeting; absent where there was none");
    for one in &report.evidence {
        for each in SIGHTS {
            let labels = vec![("vantage", one.vantage.clone()), ("sight", wire(each))];
            sight.get_or_create(&labels).set(truth(*each == one.sight));
        }
        for attempt in &one.attempts {
            let labels = vec![
                ("vantage", one.vantage.clone()),
                ("exchange", attempt.exchange.clone()),
                ("address", attempt.address.to_string()),
            ];
            if let Some(ms) = attempt.connect_ms {
                connect.get_or_create(&labels).set(ms / 1e3);
            }
            if let Some(ms) = attempt.greeting_ms {
                greeting.get_or_create(&labels).set(ms / 1e3);
            }
        }
    }
    let as_of = family("as_of_timestamp_seconds", "When it was looked, in seconds since the Unix epoch");
    as_of.get_or_create(&Vec::new()).set(report.asked.at.unix() as f64);
    encoded(&registry)
}

fn encoded(registry: &Registry) -> String {
    let mut text = String::new();
    // A String takes whatever is written to it.
    let _ = encode(&mut text, registry);
    text
}
