//! A panel against an API in memory, on a clock that runs only when somebody waits.

use super::*;
use crate::evidence::{Evidence, Outcome, Sight, VantageFailureKind};
use crate::ports::{FetchError, HttpAnswer, HttpCall, HttpMethod, Patience, ProbeRequest, Transport};
use crate::vantages::ControlHosts;
use crate::vantages::service_in_memory::{self, Service, look, open};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Mutex;

/// What becomes of a SYN.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Open,
    Reset,
    Silent,
}

type World = Box<dyn Fn(usize, IpAddr) -> Fate>;

struct Made {
    kind: String,
    target: IpAddr,
    timeout_ms: f64,
    since_ms: f64,
    probes: usize,
}

struct Fake {
    clock_ms: Mutex<f64>,
    made: Mutex<Vec<Made>>,
    sent: Mutex<Vec<HttpCall>>,
    left: Mutex<u64>,
    world: World,
    misbehaves: Option<Misbehaviour>,
}

/// What the API does besides.
#[derive(Clone, Copy, PartialEq)]
enum Misbehaviour {
    /// It has the probes of every later measurement in another order.
    Shuffles,
    /// The first probe is offline when it is asked again.
    LosesOne,
    /// It has forgotten the panel when it is asked again, as after seven days.
    Forgets,
    /// It answers with this status.
    Refuses(u16),
    /// It answers so many calls and no further one.
    HangsAfter(usize),
}

impl Fake {
    fn new(left: u64, world: impl Fn(usize, IpAddr) -> Fate + 'static) -> Self {
        let (made, sent) = (Mutex::default(), Mutex::default());
        Self {
            clock_ms: Mutex::new(0.0),
            made,
            sent,
            left: Mutex::new(left),
            world: Box::new(world),
            misbehaves: None,
        }
    }

    fn says(&self, status: u16, body: &Value) -> HttpAnswer {
        let left = *self.left.lock().unwrap();
        let headers = vec![
            ("x-ratelimit-remaining".to_owned(), left.to_string()),
            ("x-ratelimit-reset".to_owned(), "1800".to_owned()),
        ];
        HttpAnswer { status, headers, body: body.to_string().into_bytes() }
    }

    fn create(&self, body: &Value) -> HttpAnswer {
        if let Some(Misbehaviour::Refuses(status)) = self.misbehaves {
            return self.says(status, &json!({"error": {"message": "No."}}));
        }
        let mut made = self.made.lock().unwrap();
        let forgets = self.misbehaves == Some(Misbehaviour::Forgets) && self.elapsed_ms() > 5_000.0;
        let probes = match &body["locations"] {
            Value::String(id) => {
                let Some(earlier) = made.get(id.parse::<usize>().unwrap()).filter(|_| !forgets) else {
                    return self
                        .says(422, &json!({"error": {"message": "No matching IPv4 probes available."}}));
                };
                earlier.probes
            }
            places => {
                places.as_array().unwrap().iter().map(|one| one["limit"].as_u64().unwrap() as usize).sum()
            }
        };
        if (probes as u64) > *self.left.lock().unwrap() {
            return self.says(429, &json!({"error": {"message": "This measurement exceeds the limit."}}));
        }
        *self.left.lock().unwrap() -= probes as u64;
        made.push(Made {
            kind: body["type"].as_str().unwrap().to_owned(),
            target: body["target"].as_str().unwrap().parse().unwrap(),
            timeout_ms: body["timeout"].as_f64().unwrap() * 1e3,
            since_ms: self.elapsed_ms(),
            probes,
        });
        self.says(202, &json!({"id": (made.len() - 1).to_string(), "probesCount": probes}))
    }

    fn read(&self, id: usize) -> HttpAnswer {
        let made = &self.made.lock().unwrap()[id];
        let now_ms = self.elapsed_ms();
        let results: Vec<Value> = (0..made.probes)
            .map(|at| {
                let later = id > 0 && self.misbehaves == Some(Misbehaviour::Shuffles);
                let index = if later { made.probes - 1 - at } else { at };
                let fate = (self.world)(index, made.target);
                let took = if fate == Fate::Silent { made.timeout_ms } else { 20.0 };
                let done = now_ms - made.since_ms >= took;
                let result = match (done, fate, made.kind.as_str()) {
                    (false, ..) => json!({"status": "in-progress", "rawOutput": ""}),
                    (_, Fate::Silent, "traceroute") => {
                        json!({"status": "finished", "hops": vec![json!({"resolvedAddress": "203.0.113.7"}); 20]})
                    }
                    (_, _, "traceroute") => {
                        json!({"status": "finished", "hops": [{"resolvedAddress": made.target.to_string()}]})
                    }
                    (_, Fate::Open, _) => json!({"status": "finished", "timings": [{"rtt": took}],
                        "stats": {"total": 1, "rcv": 1}}),
                    _ => json!({"status": "finished", "timings": [], "stats": {"total": 1, "rcv": 0},
                        "rawOutput": format!("1 packets transmitted, 0 received, 100% packet loss, time {took} ms")}),
                };
                if id > 0 && at == 0 && self.misbehaves == Some(Misbehaviour::LosesOne) {
                    let result = json!({"status": "offline", "rawOutput": "This probe is currently offline."});
                    return json!({"probe": {"country": "DE", "city": "Berlin", "asn": 64_500, "network": "N"},
                        "result": result});
                }
                let asn = 64_500 + index / 2;
                let probe = json!({"country": "DE", "city": "Berlin", "asn": asn, "network": "N"});
                json!({"probe": probe, "result": result})
            })
            .collect();
        let over = results.iter().all(|one| one["result"]["status"] == "finished");
        let status = if over { "finished" } else { "in-progress" };
        self.says(200, &json!({"id": id.to_string(), "status": status, "results": results}))
    }

    fn bodies(&self) -> Vec<Value> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter_map(|one| serde_json::from_slice(&one.body).ok()).collect()
    }

    fn spent(&self) -> usize {
        self.made.lock().unwrap().iter().map(|one| one.probes).sum()
    }
}

impl Service for Fake {
    fn clock_ms(&self) -> &Mutex<f64> {
        &self.clock_ms
    }

    fn answer(&self, request: &HttpCall) -> Result<HttpAnswer, FetchError> {
        self.sent.lock().unwrap().push(request.clone());
        if let Some(Misbehaviour::HangsAfter(calls)) = self.misbehaves
            && self.sent.lock().unwrap().len() > calls
        {
            *self.clock_ms.lock().unwrap() += request.timeout_ms as f64;
            return Err(FetchError::TimedOut);
        }
        Ok(match request.method {
            HttpMethod::Post => self.create(&serde_json::from_slice(&request.body).unwrap()),
            HttpMethod::Get if request.url.ends_with("/v1/limits") => {
                let left = *self.left.lock().unwrap();
                let create = json!({"type": "ip", "limit": 250, "remaining": left, "reset": 1_800});
                self.says(200, &json!({"rateLimit": {"measurements": {"create": create}}}))
            }
            HttpMethod::Get => self.read(request.url.rsplit('/').next().unwrap().parse().unwrap()),
        })
    }
}

const TARGET: &str = "8.8.4.40";
const CLOSED: [&str; 2] = ["8.8.4.24", "8.8.4.25"];
const CLOSED_IPV6: [&str; 2] = ["2600::24", "2600::25"];

fn panel() -> Globalping {
    Globalping::new(Settings {
        id: "gp".to_owned(),
        locations: Vec::new(),
        limit: 8,
        api: Api { origin: API.to_owned(), token: None, client: Client::Page },
        policy: crate::address::AddressPolicy::default(),
        controls: ControlHosts {
            open: vec![
                open("a", &["8.8.4.21", "2600::21"]),
                open("b", &["8.8.4.22", "2600::22"]),
                open("c", &["8.8.4.23", "2600::23"]),
            ],
            closed: CLOSED.iter().chain(&CLOSED_IPV6).map(|one| one.parse().unwrap()).collect(),
        },
        resolvers: Vec::new(),
    })
}

fn request(addresses: &[&str], patience: Patience, round: u8) -> ProbeRequest {
    let deadline_ms = if patience == Patience::Quick { 11_000 } else { 75_000 };
    let targets = service_in_memory::targets(addresses);
    ProbeRequest { round, ..ProbeRequest::first("example", targets, patience, deadline_ms) }
}

/// All is open but what is known to be closed.
fn healthy(_: usize, address: IpAddr) -> Fate {
    let address = address.to_string();
    let closed = CLOSED.iter().chain(&CLOSED_IPV6).any(|closed| *closed == address);
    if closed { Fate::Silent } else { Fate::Open }
}

fn outcomes(rows: &[Evidence]) -> Vec<Outcome> {
    rows.iter().flat_map(|row| row.attempts.iter().map(|attempt| attempt.outcome)).collect()
}

#[test]
fn one_check_costs_the_controls_and_the_next_one_only_its_addresses() {
    let (panel, fake) = (panel(), Fake::new(250, healthy));
    let rows = look(&panel, &fake, &request(&[TARGET, "8.8.4.41"], Patience::Quick, 1));
    assert_eq!(fake.spent(), 8 * (2 + 5));
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|row| row.sight == Sight::Clear), "{rows:?}");
    assert!(outcomes(&rows).iter().all(|outcome| *outcome == Outcome::Connected));
    assert!(
        fake.elapsed_ms() < 4_000.0,
        "nobody waits for what is known to be closed: {}",
        fake.elapsed_ms()
    );
    let before = fake.elapsed_ms();
    look(&panel, &fake, &request(&[TARGET], Patience::Quick, 1));
    assert_eq!(fake.spent(), 8 * (2 + 5) + 8);
    assert!(fake.elapsed_ms() - before < 1_500.0);
}

#[test]
fn both_families_together_cost_no_more() {
    let fake = Fake::new(250, healthy);
    let rows = look(&panel(), &fake, &request(&[TARGET, "2600::40"], Patience::Quick, 1));
    assert!(fake.spent() <= 8 * (2 + 5), "{}", fake.spent());
    assert_eq!(rows.len(), 8);
    let mut ids: Vec<&str> = rows.iter().map(|row| row.vantage.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8, "each probe has an id of its own: {ids:?}");
}

#[test]
fn a_first_verdict_comes_in_time_where_all_is_silent() {
    let fake =
        Fake::new(
            250,
            |index, address| {
                if address.to_string() == TARGET { Fate::Silent } else { healthy(index, address) }
            },
        );
    let rows = look(&panel(), &fake, &request(&[TARGET], Patience::Quick, 1));
    assert!(outcomes(&rows).iter().all(|outcome| *outcome == Outcome::TimedOut), "{rows:?}");
    assert!(fake.elapsed_ms() <= 11_000.0);
}

#[test]
fn of_two_addresses_the_silent_one_holds_the_first_verdict_up_no_longer_than_it_may() {
    let silent = |index: usize, address: IpAddr| {
        if address.to_string() == TARGET { Fate::Silent } else { healthy(index, address) }
    };
    let fake = Fake::new(250, silent);
    let rows = look(&panel(), &fake, &request(&[TARGET, "8.8.4.41"], Patience::Quick, 1));
    assert_eq!(rows.len(), 8);
    let both = rows.iter().all(|row| {
        let seen: Vec<Outcome> = row.attempts.iter().map(|attempt| attempt.outcome).collect();
        seen == [Outcome::TimedOut, Outcome::Connected]
    });
    assert!(both, "{rows:?}");
    assert_eq!(fake.spent(), 8 * (2 + 5));
    assert!(fake.elapsed_ms() <= 11_000.0, "{}", fake.elapsed_ms());
}

#[test]
fn an_api_that_answers_no_more_holds_no_verdict_up() {
    for calls in 0..20 {
        let fake = misbehaving(Misbehaviour::HangsAfter(calls));
        let rows = look(&panel(), &fake, &request(&[TARGET, "8.8.4.41"], Patience::Quick, 1));
        // A call that answers within the last moment takes its time.
        assert!(fake.elapsed_ms() <= 11_050.0, "after {calls} calls: {}", fake.elapsed_ms());
        assert!(!rows.is_empty(), "after {calls} calls");
    }
}

#[test]
fn blind_probes_are_left_out_counted_and_not_waited_for() {
    let fake =
        Fake::new(250, |index, address| if index < 5 { Fate::Silent } else { healthy(index, address) });
    let rows = look(&panel(), &fake, &request(&[TARGET], Patience::Quick, 1));
    assert_eq!(rows.len(), 3);
    let note = rows[0].panel.clone().unwrap();
    assert_eq!((note.probes, note.left_out), (8, 5));
    assert_eq!(note.links.len(), 2);
    assert!(rows.iter().all(|row| row.sight == Sight::Clear && row.network.starts_with("AS645")));
    assert!(fake.elapsed_ms() < 6_000.0, "{}", fake.elapsed_ms());
}

#[test]
fn where_all_probes_are_blind_one_row_says_so() {
    let fake = Fake::new(250, |_, _| Fate::Silent);
    let rows = look(&panel(), &fake, &request(&[TARGET], Patience::Quick, 1));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].sight, Sight::Blind);
    assert_eq!(rows[0].panel.as_ref().unwrap().left_out, 7);
}

#[test]
fn a_probe_that_connects_to_everything_is_deceived() {
    let fake = Fake::new(250, |index, address| if index == 0 { Fate::Open } else { healthy(index, address) });
    let rows = look(&panel(), &fake, &request(&[TARGET], Patience::Quick, 1));
    assert_eq!(rows.iter().filter(|row| row.sight == Sight::Deceived).count(), 1);
}

#[test]
fn what_is_answered_at_once_without_a_connection_is_traced_in_the_patient_round_alone() {
    let reset = |index: usize, address: IpAddr| {
        if address.to_string() == TARGET { Fate::Reset } else { healthy(index, address) }
    };
    let (panel, fake) = (panel(), Fake::new(250, reset));
    let rows = look(&panel, &fake, &request(&[TARGET], Patience::Quick, 1));
    assert!(outcomes(&rows).iter().all(|outcome| *outcome == Outcome::Unconnected), "{rows:?}");
    assert!(look(&panel, &fake, &request(&[TARGET], Patience::Quick, 2)).is_empty());
    let rows = look(&panel, &fake, &request(&[TARGET], Patience::Patient, 2));
    assert!(outcomes(&rows).iter().all(|outcome| *outcome == Outcome::Refused), "{rows:?}");
}

#[test]
fn the_budget_shrinks_the_panel_and_then_the_targets() {
    let targets = [TARGET, "8.8.4.41", "8.8.4.42"];
    for (left, probes, addresses) in [(250, 8, 3), (64, 8, 3), (24, 3, 3), (23, 3, 2), (18, 3, 1)] {
        let fake = Fake::new(left, healthy);
        let rows = look(&panel(), &fake, &request(&targets, Patience::Quick, 1));
        let tried = outcomes(&rows).iter().filter(|outcome| **outcome == Outcome::Connected).count();
        assert_eq!((rows.len(), tried), (probes, probes * addresses), "{left}");
        assert!(rows.iter().all(|row| row.sight == Sight::Clear), "{left}: the controls are never left out");
    }
    let rows = look(&panel(), &Fake::new(5, healthy), &request(&targets, Patience::Quick, 1));
    assert_eq!(rows.len(), 1);
    assert!(rows[0].failure.is_some() && rows[0].attempts.is_empty(), "{rows:?}");
}

#[test]
fn nothing_but_smtp_of_addresses_is_ever_asked_for() {
    let silent = |index: usize, address: IpAddr| {
        if address.to_string() == TARGET { Fate::Silent } else { healthy(index, address) }
    };
    let (panel, fake) = (panel(), Fake::new(1_000, silent));
    for (patience, round) in [(Patience::Quick, 1), (Patience::Patient, 2)] {
        // A special-purpose address is not sent, whoever asks for it.
        look(&panel, &fake, &request(&[TARGET, "2600::40", "127.0.0.1", "192.0.2.1"], patience, round));
    }
    let bodies = fake.bodies();
    assert!(bodies.len() > 12);
    for body in bodies {
        assert!(matches!(body["type"].as_str(), Some("ping" | "traceroute")), "{body}");
        let target: IpAddr = body["target"].as_str().unwrap().parse().expect("an address, never a name");
        assert!(!target.is_loopback() && target.to_string() != "192.0.2.1");
        assert_eq!(body["measurementOptions"]["protocol"], "TCP");
        assert_eq!(body["measurementOptions"]["port"], 25);
        assert!((5..=30).contains(&body["timeout"].as_u64().unwrap()), "{body}");
        let known = ["type", "target", "timeout", "locations", "measurementOptions"];
        assert!(body.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{body}");
    }
}

fn misbehaving(misbehaves: Misbehaviour) -> Fake {
    Fake { misbehaves: Some(misbehaves), ..Fake::new(250, healthy) }
}

#[test]
fn probes_in_another_order_than_was_promised_have_seen_nothing() {
    let rows = look(&panel(), &misbehaving(Misbehaviour::Shuffles), &request(&[TARGET], Patience::Quick, 1));
    assert!(!rows.is_empty());
    assert!(outcomes(&rows).iter().all(|outcome| *outcome == Outcome::NotTried), "{rows:?}");
    assert!(rows.iter().all(|row| row.sight != Sight::Clear), "their controls are others' as well");
}

#[test]
fn a_probe_that_went_offline_has_seen_nothing_and_the_others_all() {
    let rows = look(&panel(), &misbehaving(Misbehaviour::LosesOne), &request(&[TARGET], Patience::Quick, 1));
    let seen = outcomes(&rows);
    assert_eq!(seen.iter().filter(|outcome| **outcome == Outcome::Connected).count(), 7, "{seen:?}");
    assert_eq!(seen.iter().filter(|outcome| **outcome == Outcome::NotTried).count(), 1, "{seen:?}");
}

#[test]
fn a_panel_that_was_forgotten_is_chosen_anew() {
    let (panel, fake) = (panel(), misbehaving(Misbehaviour::Forgets));
    look(&panel, &fake, &request(&[TARGET], Patience::Quick, 1));
    *fake.clock_ms.lock().unwrap() = 60_000.0;
    let rows = look(&panel, &fake, &request(&["8.8.4.41"], Patience::Quick, 1));
    // The API of this test forgets the new panel too, so that nothing but its choice is seen.
    let chosen = fake.bodies().iter().filter(|body| body["locations"].is_array()).count();
    assert_eq!(chosen, 2);
    assert!(outcomes(&rows).iter().all(|outcome| *outcome == Outcome::NotTried), "{rows:?}");
}

#[test]
fn an_error_of_the_api_is_a_failure_of_the_vantage_and_evidence_of_nothing() {
    for (status, kind) in [
        (400, VantageFailureKind::Refused),
        (401, VantageFailureKind::Unauthorized),
        (403, VantageFailureKind::Unauthorized),
        (422, VantageFailureKind::Refused),
        (429, VantageFailureKind::Throttled),
        (500, VantageFailureKind::Refused),
    ] {
        let fake = misbehaving(Misbehaviour::Refuses(status));
        let rows = look(&panel(), &fake, &request(&[TARGET], Patience::Quick, 1));
        assert_eq!(rows.len(), 1, "{status}");
        assert_eq!(rows[0].failure.as_ref().map(|failure| failure.kind), Some(kind), "{status}");
        assert!(rows[0].attempts.is_empty(), "{status}");
    }
}

#[test]
fn some_probes_stand_in_the_senders_own_network_and_stay_though_they_are_blind() {
    // The last two of the eight stand there, and are blocked as the sender is.
    let fake =
        Fake::new(250, |index, address| if index > 5 { Fate::Silent } else { healthy(index, address) });
    let panel = panel();
    let asked = ProbeRequest { sender_asn: Some(64_503), ..request(&[TARGET], Patience::Quick, 1) };
    let rows = look(&panel, &fake, &asked);
    let own = json!({"asn": 64_503, "limit": 2});
    assert!(fake.bodies()[0]["locations"].as_array().unwrap().contains(&own), "{}", fake.bodies()[0]);
    assert_eq!((rows.len(), fake.spent()), (8, 8 * (1 + 5)));
    let blind: Vec<_> = rows.iter().filter(|row| row.sight == Sight::Blind).collect();
    assert!(blind.len() == 2 && blind.iter().all(|row| row.network == "AS64503"), "{rows:?}");
    assert!(rows.iter().all(|row| row.network_seen.as_ref().is_some_and(|seen| row.network == seen.label())));
    // The same sender's next check, and a check of nobody in particular, have the same probes.
    for sender_asn in [Some(64_503), None] {
        let before = fake.spent();
        look(&panel, &fake, &ProbeRequest { sender_asn, ..request(&["8.8.4.41"], Patience::Quick, 1) });
        assert_eq!(fake.spent() - before, 8, "{sender_asn:?}");
    }
}
