//! A panel against a service in memory, on a clock that runs only when somebody waits.

use super::*;
use crate::address::AddressPolicy;
use crate::evidence::{Evidence, Grade, Outcome, Sight, VantageFailureKind};
use crate::ports::{FetchError, HttpAnswer, HttpCall, Patience, ProbeRequest, Transport};
use crate::vantages::ControlHosts;
use crate::vantages::service_in_memory::{self, Service, open};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::sync::Mutex;

const TARGET: &str = "8.8.4.40";
const CLOSED: &str = "8.8.4.24";

/// What the node of that number meets at an address: after how many milliseconds, and in the service's words.
type World = fn(usize, &str) -> (f64, Value);

struct Fake {
    clock_ms: Mutex<f64>,
    /// The address of each check, how many nodes it has, and since when.
    checks: Mutex<Vec<(String, usize, f64)>>,
    asked: Mutex<Vec<String>>,
    refuses: Option<(u16, &'static str)>,
    world: World,
}

impl Fake {
    fn new(world: World) -> Self {
        let (checks, asked) = (Mutex::default(), Mutex::default());
        Self { clock_ms: Mutex::new(0.0), checks, asked, refuses: None, world }
    }

    fn start(&self, query: &str) -> (u16, Value) {
        self.asked.lock().unwrap().push(query.to_owned());
        if let Some((status, body)) = self.refuses {
            return (status, serde_json::from_str(body).unwrap());
        }
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let host = value("host").unwrap().replace("%5B", "[").replace("%5D", "]");
        let target = host.parse::<SocketAddr>().expect("an address, never a name");
        assert_eq!(target.port(), 25);
        let named = query.split('&').filter(|pair| pair.starts_with("node=")).count();
        let count = if named == 0 { value("max_nodes").unwrap().parse().unwrap() } else { named };
        let mut checks = self.checks.lock().unwrap();
        checks.push((target.ip().to_string(), count, self.elapsed_ms()));
        let nodes: Map<String, Value> = (0..count)
            .map(|n| {
                (name(n), json!(["de", "Germany", "Berlin", "203.0.113.9", format!("AS{}", 64_500 + n / 2)]))
            })
            .collect();
        let link = format!("https://check-host.net/check-report/{}", checks.len() - 1);
        (
            200,
            json!({"ok": 1, "request_id": (checks.len() - 1).to_string(), "permanent_link": link, "nodes": nodes}),
        )
    }

    fn results(&self, id: usize) -> Value {
        let (target, count, since_ms) = self.checks.lock().unwrap()[id].clone();
        let of = |n: usize| {
            let (took_ms, met) = (self.world)(n, &target);
            let ended = self.elapsed_ms() - since_ms >= took_ms;
            (name(n), if ended { json!([met]) } else { Value::Null })
        };
        Value::Object((0..count).map(of).collect())
    }
}

fn name(n: usize) -> String {
    format!("de{}.node.check-host.net", n + 1)
}

impl Service for Fake {
    fn clock_ms(&self) -> &Mutex<f64> {
        &self.clock_ms
    }

    fn answer(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        let path = call.url.strip_prefix(API).expect("one host and no other");
        let (status, body) = match path.split_once("/check-tcp?") {
            Some((_, query)) => self.start(query),
            None => (200, self.results(path.strip_prefix("/check-result/").unwrap().parse().unwrap())),
        };
        Ok(HttpAnswer { status, headers: Vec::new(), body: body.to_string().into_bytes() })
    }
}

fn panel() -> CheckHost {
    CheckHost::new(Settings {
        id: "ch".to_owned(),
        nodes: 6,
        origin: API.to_owned(),
        user_agent: "noanswer/0 (test)".to_owned(),
        controls: ControlHosts {
            open: vec![
                open("alpha", &["8.8.4.21"]),
                open("beta", &["8.8.4.22"]),
                open("gamma", &["8.8.4.23"]),
            ],
            closed: vec![CLOSED.parse().unwrap(), "8.8.4.25".parse().unwrap()],
        },
        resolvers: Vec::new(),
        policy: AddressPolicy::default(),
    })
}

fn look(panel: &CheckHost, fake: &Fake, addresses: &[&str]) -> Vec<Evidence> {
    let targets = service_in_memory::targets(addresses);
    service_in_memory::look(panel, fake, &ProbeRequest::first("example", targets, Patience::Quick, 11_000))
}

fn connected(address: &str) -> (f64, Value) {
    (40.0, json!({"address": address, "time": 0.031}))
}

fn error(after_ms: f64, words: &str) -> (f64, Value) {
    (after_ms, json!({ "error": words }))
}

fn healthy(_: usize, address: &str) -> (f64, Value) {
    let closed = [CLOSED, "8.8.4.25"].contains(&address);
    if closed { error(20_000.0, "Connection timed out") } else { connected(address) }
}

#[test]
fn one_domain_takes_its_addresses_and_five_controls_and_the_next_its_addresses() {
    let (panel, fake) = (panel(), Fake::new(healthy));
    let rows = look(&panel, &fake, &[TARGET, "8.8.4.41"]);
    assert_eq!((rows.len(), fake.asked.lock().unwrap().len()), (6, 7));
    assert!(rows.iter().all(|row| row.sight == Sight::Clear && row.grade == Grade::Errno), "{rows:?}");
    let outcomes = || rows.iter().flat_map(|row| &row.attempts).map(|attempt| attempt.outcome);
    assert!(outcomes().count() == 12 && outcomes().all(|outcome| outcome == Outcome::Connected));
    assert!(
        fake.elapsed_ms() < 4_000.0,
        "nobody waits for what is known to be closed: {}",
        fake.elapsed_ms()
    );
    assert!(rows.iter().all(|row| row.network_seen.as_ref().is_some_and(|seen| row.network == seen.label())));
    look(&panel, &fake, &["8.8.4.42"]);
    assert_eq!(fake.asked.lock().unwrap().len(), 8);
    let first = fake.asked.lock().unwrap()[0].clone();
    assert_eq!(first, "host=8.8.4.21:25&max_nodes=6", "the service chooses, by a control");
}

#[test]
fn a_node_that_connects_to_everything_is_deceived_and_one_without_port_25_left_out() {
    let fake = Fake::new(|node, address| match node {
        0 => connected(address),
        1 => error(60_000.0, "Connection timed out"),
        _ if address == TARGET => error(30.0, "Connection refused"),
        _ => healthy(node, address),
    });
    let rows = look(&panel(), &fake, &[TARGET]);
    assert_eq!(rows.iter().filter(|row| row.sight == Sight::Deceived).count(), 1);
    assert_eq!((rows.len(), rows[0].panel.as_ref().map(|note| note.left_out)), (5, Some(1)));
    assert!(fake.elapsed_ms() < 6_000.0, "nobody waits for the blind: {}", fake.elapsed_ms());
    let clear = rows.iter().filter(|row| row.sight == Sight::Clear);
    assert!(
        clear.clone().count() == 4 && clear.clone().all(|row| row.attempts[0].outcome == Outcome::Refused)
    );
}

#[test]
fn no_more_than_sixty_checks_an_hour_are_asked_for() {
    let (panel, fake) = (panel(), Fake::new(healthy));
    let mut rows = Vec::new();
    for n in 0..30 {
        // Each after the panel has been forgotten.
        *fake.clock_ms.lock().unwrap() = f64::from(n) * 60_000.0;
        rows = look(&panel, &fake, &[TARGET, "8.8.4.41", "8.8.4.42"]);
    }
    assert!(fake.asked.lock().unwrap().len() <= 60);
    let failure = rows[0].failure.as_ref().expect("nothing is left");
    assert_eq!((rows.len(), failure.kind), (1, VantageFailureKind::Throttled));
    *fake.clock_ms.lock().unwrap() = 2.0 * 3_600_000.0;
    assert!(look(&panel, &fake, &[TARGET])[0].failure.is_none(), "an hour later there is");
}

#[test]
fn a_refusal_is_a_failure_of_the_vantage() {
    for (status, body, kind) in [
        (200, r#"{"error":"limit_exceeded"}"#, VantageFailureKind::Throttled),
        (
            200,
            r#"{"ok":1,"request_id":"../x","nodes":{"de1.node.check-host.net":[]}}"#,
            VantageFailureKind::Nonsense,
        ),
        (200, r#"{"ok":1,"request_id":"1","nodes":{}}"#, VantageFailureKind::Nonsense),
        (403, "{}", VantageFailureKind::Unauthorized),
        (429, "{}", VantageFailureKind::Throttled),
        (503, "[]", VantageFailureKind::Refused),
    ] {
        let fake = Fake { refuses: Some((status, body)), ..Fake::new(healthy) };
        let rows = look(&panel(), &fake, &[TARGET]);
        assert_eq!(rows.len(), 1, "{body}");
        assert_eq!(rows[0].failure.as_ref().map(|failure| failure.kind), Some(kind), "{body}");
        assert!(rows[0].attempts.is_empty(), "{body}");
    }
}

#[test]
fn addresses_of_special_use_are_not_sent() {
    let fake = Fake::new(healthy);
    look(&panel(), &fake, &[TARGET, "127.0.0.1", "192.0.2.1"]);
    let asked = fake.asked.lock().unwrap();
    assert!(
        asked.iter().all(|query| !query.contains("127.0.0.1") && !query.contains("192.0.2.1")),
        "{asked:?}"
    );
}
