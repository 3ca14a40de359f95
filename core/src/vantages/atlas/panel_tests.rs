//! A panel against an API in memory, on a clock that runs only when somebody waits.

use super::*;
use crate::address::AddressPolicy;
use crate::evidence::{Evidence, Grade, Outcome, Sight, VantageFailureKind, Who};
use crate::ports::{FetchError, HttpAnswer, HttpCall, HttpMethod, Patience, ProbeRequest, Transport};
use crate::vantages::ControlHosts;
use crate::vantages::service_in_memory::{self, Service, open};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Mutex;

const TARGET: &str = "8.8.4.40";
const CLOSED: &str = "8.8.4.24";

/// What a probe meets at an address, in the form of the API.
type World = fn(u64, &str) -> Value;

struct Fake {
    clock_ms: Mutex<f64>,
    targets: Mutex<Vec<String>>,
    sent: Mutex<Vec<HttpCall>>,
    status: u16,
    world: World,
}

impl Fake {
    fn new(world: World) -> Self {
        let (targets, sent) = (Mutex::default(), Mutex::default());
        Self { clock_ms: Mutex::new(0.0), targets, sent, status: 201, world }
    }

    fn create(&self, body: &[u8]) -> (u16, Value) {
        if self.status != 201 {
            return (
                self.status,
                json!({ "error": { "status": self.status, "detail": "Not enough credits." } }),
            );
        }
        let body: Value = serde_json::from_slice(body).unwrap();
        let mut targets = self.targets.lock().unwrap();
        let first = targets.len();
        let definitions = body["definitions"].as_array().unwrap();
        targets.extend(definitions.iter().map(|one| one["target"].as_str().unwrap().to_owned()));
        (201, json!({ "measurements": (first..targets.len()).map(|at| 1_000 + at).collect::<Vec<_>>() }))
    }

    /// Probe `n` answers after `n` times ten seconds.
    fn results(&self, id: usize) -> Value {
        let target = self.targets.lock().unwrap()[id - 1_000].clone();
        let there = (1..=4).filter(|probe| self.elapsed_ms() >= f64::from(*probe) * 10_000.0);
        let of = |probe: i32| {
            let met = (self.world)(probe.unsigned_abs().into(), &target);
            json!({ "prb_id": probe, "msm_id": id, "type": "traceroute", "proto": "TCP", "af": 4, "from": "203.0.113.9",
                "dst_addr": target, "src_addr": "10.0.0.2", "result": [{ "hop": 64, "result": [met] }] })
        };
        there.map(of).collect()
    }
}

impl Service for Fake {
    fn clock_ms(&self) -> &Mutex<f64> {
        &self.clock_ms
    }

    fn answer(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        self.sent.lock().unwrap().push(call.clone());
        let (status, body) = match call.method {
            HttpMethod::Post => self.create(&call.body),
            HttpMethod::Get => {
                let id = call.url.trim_end_matches("/results/").rsplit('/').next().unwrap();
                match id.parse() {
                    Ok(id) => (200, self.results(id)),
                    // A question to a DoH server: nobody answers here.
                    Err(_) => return Err(FetchError::TimedOut),
                }
            }
        };
        Ok(HttpAnswer { status, headers: Vec::new(), body: body.to_string().into_bytes() })
    }
}

fn panel() -> Atlas {
    Atlas::new(Settings {
        id: "atlas".to_owned(),
        wanted: Wanted { countries: vec!["DE".to_owned(), "JP".to_owned()], each: 2 },
        origin: API.to_owned(),
        key: "hush".to_owned(),
        user_agent: "noanswer/0 (test)".to_owned(),
        controls: ControlHosts {
            open: vec![open("alpha", &["8.8.4.21"]), open("beta", &["8.8.4.22"])],
            closed: vec![CLOSED.parse().unwrap()],
        },
        resolvers: Vec::new(),
        policy: AddressPolicy::default(),
    })
}

fn look(fake: &Fake, addresses: &[&str]) -> Vec<Evidence> {
    let targets = service_in_memory::targets(addresses);
    let request =
        ProbeRequest { round: 3, ..ProbeRequest::first("example", targets, Patience::Patient, 240_000) };
    service_in_memory::look(&panel(), fake, &request)
}

fn answer(from: &str, flags: &str) -> Value {
    json!({ "from": from, "ttl": 51, "size": 4, "flags": flags, "rtt": 23.1 })
}

fn nothing() -> Value {
    json!({ "x": "*" })
}

/// The controls answer as they should; the target resets, a router rejects, nobody answers, and the last probe is blind.
fn mixed(probe: u64, address: &str) -> Value {
    match (probe, address) {
        (4, _) | (3, TARGET) | (_, CLOSED) => nothing(),
        (1, TARGET) => answer(TARGET, "RA"),
        (2, TARGET) => json!({ "from": "203.0.113.1", "err": "A", "ttl": 250, "size": 28, "rtt": 9.9 }),
        _ => answer(address, "SA"),
    }
}

#[test]
fn the_packet_that_answers_is_told_and_who_sent_it() {
    let fake = Fake::new(mixed);
    let rows = look(&fake, &[TARGET]);
    assert_eq!(rows.len(), 3, "the blind one is left out: {rows:?}");
    assert_eq!(
        rows[0].panel.as_ref().map(|note| (note.probes, note.left_out, note.links.len())),
        Some((4, 1, 4))
    );
    assert!(rows.iter().all(|row| row.sight == Sight::Clear && row.grade == Grade::Packet), "{rows:?}");
    let seen = |at: usize| {
        let attempt = &rows[at].attempts[0];
        let by = attempt.answered_by.as_ref();
        (
            attempt.outcome,
            by.map(|by| by.who),
            by.and_then(|by| by.address).map(|address| address.to_string()),
        )
    };
    assert_eq!(seen(0), (Outcome::Refused, Some(Who::Target), Some(TARGET.to_owned())));
    assert_eq!(seen(1), (Outcome::Prohibited, Some(Who::OnPath), Some("203.0.113.1".to_owned())));
    assert_eq!(seen(2), (Outcome::TimedOut, None, None));
    // Nobody could say which networks they are in: then they are one.
    assert!(rows.iter().all(|row| row.network == "RIPE Atlas"));
}

#[test]
fn all_of_a_family_is_asked_in_one_request_for_a_syn_to_port_25() {
    let fake = Fake::new(mixed);
    look(&fake, &[TARGET, "127.0.0.1", "192.0.2.1"]);
    let sent = fake.sent.lock().unwrap();
    let made: Vec<&HttpCall> = sent.iter().filter(|call| call.method == HttpMethod::Post).collect();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].url, "https://atlas.ripe.net/api/v2/measurements/");
    assert!(made[0].headers.contains(&("authorization".to_owned(), "Key hush".to_owned())));
    let body: Value = serde_json::from_slice(&made[0].body).unwrap();
    let definitions = body["definitions"].as_array().unwrap();
    assert_eq!(definitions.len(), 4, "three controls and a target");
    for one in definitions {
        let target: IpAddr = one["target"].as_str().unwrap().parse().expect("an address, never a name");
        assert!(!target.is_loopback());
        assert_eq!(
            (&one["type"], &one["protocol"], &one["port"]),
            (&json!("traceroute"), &json!("TCP"), &json!(25))
        );
        assert_eq!((&one["size"], &one["first_hop"]), (&json!(0), &json!(64)), "a single SYN, without data");
        assert_eq!(one["is_public"], json!(false));
    }
    assert_eq!(
        body["probes"][1],
        json!({ "type": "country", "value": "JP", "requested": 2,
        "tags": { "include": ["system-ipv4-works"], "exclude": [] } })
    );
    assert!(!format!("{:?}", panel()).contains("hush"));
}

#[test]
fn nobody_waits_for_probes_that_do_not_answer() {
    // One of those that were asked for never took part.
    let fake = Fake::new(|probe, address| if probe == 4 { json!({}) } else { mixed(probe, address) });
    let rows = look(&fake, &[TARGET]);
    assert!(rows.iter().any(|row| row.sight == Sight::Clear), "{rows:?}");
    assert!(fake.elapsed_ms() < 240_000.0);
}

#[test]
fn an_error_of_the_api_is_a_failure_of_the_vantage() {
    for (status, kind) in [
        (400, VantageFailureKind::Refused),
        (403, VantageFailureKind::Unauthorized),
        (429, VantageFailureKind::Throttled),
    ] {
        let rows = look(&Fake { status, ..Fake::new(mixed) }, &[TARGET]);
        let failure = rows[0].failure.clone().expect("a failure");
        assert_eq!((rows.len(), failure.kind), (1, kind));
        assert!(failure.words.contains("credits"), "{}", failure.words);
    }
}
