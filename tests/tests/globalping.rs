//! Globalping: our reading and our emulator of its API, both held to recordings of the real API and the real probes'
//! programs, field by field.

use anyhow::{Context, Result, ensure};
use noanswer_core::evidence::{Attempt, Outcome};
use noanswer_core::vantages::globalping::{self as gp, Clocks};
use noanswer_tests::globalping::{Emulator, Hosts, Probe, Rules};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time between two polls of the recording, in milliseconds.
const POLL_MS: f64 = 600.0;

fn recording(name: &str) -> Result<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/globalping").join(name);
    Ok(serde_json::from_str(&std::fs::read_to_string(&path).with_context(|| path.display().to_string())?)?)
}

#[test]
fn recordings_are_read_as_what_the_world_did() -> Result<()> {
    use Outcome::{Connected, TimedOut, Unconnected};
    // The first probe sees port 25, the second is blind: its router drops it, and rejects what the target's own rejects.
    for (name, outcomes) in [
        ("open", [Connected, TimedOut]),
        ("silent", [TimedOut, TimedOut]),
        ("reset", [Unconnected, TimedOut]),
        ("rejected", [Unconnected, Unconnected]),
    ] {
        let recorded = recording(&format!("ping-{name}.json"))?;
        let measurement: gp::Measurement = serde_json::from_value(recorded["measurement"].clone())?;
        let target: IpAddr = recorded["measurement"]["target"].as_str().context("an address")?.parse()?;
        for (index, outcome) in outcomes.into_iter().enumerate() {
            let poll = recorded["ended_at_poll"][index].as_f64().context("a poll")?;
            let clocks = Clocks { limit_ms: 5_000, seen_ended_ms: poll * POLL_MS };
            let mut attempt = Attempt::untried("mx", target, 25, 1);
            gp::ping(&mut attempt, &measurement.results[index].result, clocks);
            ensure!(attempt.outcome == outcome, "{name} {index}: {attempt:?}");
            ensure!(attempt.connect_ms.is_some() == (outcome == Connected), "{name} {index}: {attempt:?}");
            // Either clock alone is not believed.
            for other_ms in [2_000.0, 4_500.0] {
                let mut doubtful = Attempt::untried("mx", target, 25, 1);
                let clocks = Clocks { limit_ms: 8_000, seen_ended_ms: other_ms };
                gp::ping(&mut doubtful, &measurement.results[index].result, clocks);
                let known = outcome == Connected || (outcome == Unconnected && other_ms < 2_500.0);
                ensure!((doubtful.outcome == outcome) == known, "{name} {index} at {other_ms}: {doubtful:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_probe_that_tried_another_address_has_seen_nothing() -> Result<()> {
    let recorded = recording("ping-open.json")?;
    let measurement: gp::Measurement = serde_json::from_value(recorded["measurement"].clone())?;
    let mut attempt = Attempt::untried("mx", "8.8.4.200".parse()?, 25, 1);
    gp::ping(&mut attempt, &measurement.results[0].result, Clocks { limit_ms: 5_000, seen_ended_ms: 600.0 });
    ensure!(attempt.outcome == Outcome::NotTried, "{attempt:?}");
    Ok(())
}

/// Where everything stands, on loopback.
struct Town {
    emulator: Emulator,
    _open: TcpListener,
}

const OPEN: &str = "8.8.4.100";
const SILENT: &str = "8.8.4.101";
const CLOSED: &str = "8.8.4.102";

fn town(rules: Rules) -> Result<Town> {
    let open = TcpListener::bind("127.0.0.1:0")?;
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let sighted = HashMap::from([(OPEN.parse()?, open.local_addr()?), (CLOSED.parse()?, closed)]);
    let probe = |hosts| Probe {
        country: "AR".to_owned(),
        city: "Buenos Aires".to_owned(),
        asn: 61_003,
        network: "InterBS S.R.L. (BAEHOST)".to_owned(),
        tags: Vec::new(),
        connector: Arc::new(Hosts(hosts)),
    };
    let emulator = Emulator::on_loopback(vec![probe(sighted), probe(HashMap::new())], rules)?;
    Ok(Town { emulator, _open: open })
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

/// One call, by hand: what the emulator says is looked at as it stands.
fn call(origin: &str, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://"))?;
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}")?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    let (head, body) = said.split_once("\r\n\r\n").context("a head")?;
    let status = head.split(' ').nth(1).context("a status")?.parse()?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = head.lines().skip(1).filter_map(header).collect();
    Ok(Answer { status, headers, body: serde_json::from_str(body).unwrap_or(Value::Null) })
}

fn create(origin: &str, body: &Value) -> Result<Answer> {
    call(origin, "POST", "/v1/measurements", "", &body.to_string())
}

fn ping(target: &str, more: Value) -> Value {
    let options = json!({"protocol": "TCP", "port": 25, "packets": 1});
    let mut body = json!({"type": "ping", "target": target, "timeout": 5, "measurementOptions": options});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

fn finished(origin: &str, id: &str) -> Result<Value> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let answer = call(origin, "GET", &format!("/v1/measurements/{id}"), "", "")?;
        if answer.body["status"] == "finished" {
            return Ok(answer.body);
        }
        ensure!(Instant::now() < until, "it does not end: {}", answer.body);
    }
}

/// Where `ours` has another field, or another kind of value, than `theirs`.
fn differences(path: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for key in theirs.keys().chain(ours.keys()) {
                match (theirs.get(key), ours.get(key)) {
                    (Some(theirs), Some(ours)) => differences(&format!("{path}.{key}"), theirs, ours, found),
                    (theirs, ours) => found.push(format!("{path}.{key}: {theirs:?} and {ours:?}")),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if theirs.len() != ours.len() {
                found.push(format!("{path}: {} and {}", theirs.len(), ours.len()));
            }
            for (at, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                differences(&format!("{path}[{at}]"), theirs, ours, found);
            }
        }
        (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) => {}
        (theirs, ours) if theirs == ours => {}
        (theirs, ours) => found.push(format!("{path}: {theirs} and {ours}")),
    }
}

#[test]
fn the_emulator_answers_as_the_real_api_did() -> Result<()> {
    let town = town(Rules::default())?;
    let origin = &town.emulator.origin;
    let panel = create(origin, &ping(OPEN, json!({"limit": 2})))?;
    let id = panel.body["id"].as_str().context("an id")?.to_owned();
    // At once, as we do it: the panel is known as soon as it is chosen.
    let again: Vec<(&str, Answer)> = [("open", OPEN), ("silent", SILENT), ("reset", CLOSED)]
        .into_iter()
        .map(|(name, target)| Ok((name, create(origin, &ping(target, json!({"locations": id})))?)))
        .collect::<Result<_>>()?;
    for (name, answer) in again {
        let recorded = recording(&format!("ping-{name}.json"))?;
        let said = recorded["headers"].as_array().context("headers")?.iter().filter_map(Value::as_str);
        for line in said.filter(|line| line.starts_with("X-R") || line.starts_with("Location")) {
            let (header, _) = line.split_once(": ").context("a header")?;
            let known = ["X-Robots-Tag", "X-Response-Time"].contains(&header);
            ensure!(known || answer.headers.contains_key(&header.to_lowercase()), "{name}: no {header}");
        }
        ensure!(answer.status == 202 && answer.headers["x-request-cost"] == "2", "{name}");
        let ours = finished(origin, answer.body["id"].as_str().context("an id")?)?;
        let mut found = Vec::new();
        differences(name, &recorded["measurement"], &ours, &mut found);
        ensure!(found.is_empty(), "{found:#?}");
        for index in 0..2 {
            let of = |whole: &Value| {
                let stats = &whole["results"][index]["result"]["stats"];
                (stats["rcv"].clone(), stats["loss"].clone(), stats["drop"].clone())
            };
            ensure!(of(&recorded["measurement"]) == of(&ours), "{name} {index}: {ours}");
        }
    }
    Ok(())
}

#[test]
fn the_emulator_refuses_as_the_real_api_did() -> Result<()> {
    let town = town(Rules { hourly: 3, refuses_private: true, ..Rules::default() })?;
    let origin = &town.emulator.origin;
    let recorded = recording("errors.json")?;
    let recorded = recorded["errors"].as_array().context("errors")?;
    let asked = [
        (400, ping("192.168.1.1", json!({"limit": 1}))),
        (422, ping(OPEN, json!({"limit": 1, "locations": [{"magic": "Nowhere"}]}))),
        (400, ping(OPEN, json!({"limit": 51}))),
        (400, ping(OPEN, json!({"limit": 1, "measurementOptions": {"ipVersion": 4}}))),
        (422, ping(OPEN, json!({"locations": "2RnYsGoOaUimAsGfW00021Zka"}))),
        (400, ping(OPEN, json!({"limit": 1, "bogus": true}))),
    ];
    let compare = |at: usize, status: u16, answer: &Answer| {
        let same = answer.body["error"] == recorded[at]["error"];
        ensure!(answer.status == status && same, "{at}: {} {}", answer.status, answer.body);
        Ok(())
    };
    for (at, (status, body)) in asked.iter().enumerate() {
        compare(at, *status, &create(origin, body)?)?;
    }
    let id =
        create(origin, &ping(OPEN, json!({"limit": 2})))?.body["id"].as_str().context("an id")?.to_owned();
    let path = format!("/v1/measurements/{id}");
    let first = call(origin, "GET", &path, "", "")?;
    let etag = &first.headers["etag"];
    ensure!(etag.starts_with("W/\""), "{etag}");
    for read in 2..=5 {
        let same = call(origin, "GET", &path, &format!("if-none-match: {etag}\r\n"), "")?;
        ensure!([200, 304].contains(&same.status), "read {read}: {}", same.status);
    }
    let sixth = call(origin, "GET", &path, "", "")?;
    ensure!(sixth.headers["retry-after"] == "5", "{:?}", sixth.headers);
    compare(6, 429, &sixth)?;
    let beyond = create(origin, &ping(OPEN, json!({"limit": 2})))?;
    compare(7, 429, &beyond)?;
    ensure!(beyond.headers["x-ratelimit-remaining"] == "1", "{:?}", beyond.headers);
    ensure!(!town.emulator.too_soon().is_empty(), "five reads in a row are noticed");
    Ok(())
}
