//! RIPE Atlas: our reading of what its probes print, and our emulator of its API, which answers in the same shapes.

use anyhow::{Context, Result, ensure};
use noanswer_core::evidence::{Attempt, Outcome, Who};
use noanswer_core::vantages::atlas::{self, MeasurementResult};
use noanswer_tests::atlas::{Emulator, Probe};
use noanswer_tests::globalping::Hosts;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn recording() -> Result<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/atlas/results.json");
    Ok(serde_json::from_slice(&std::fs::read(&path).with_context(|| path.display().to_string())?)?)
}

/// What a result says of 192.0.2.25.
fn read(result: &Value) -> Result<Attempt> {
    let result: MeasurementResult = serde_json::from_value(result.clone())?;
    let mut attempt = Attempt::untried("mx", [192, 0, 2, 25].into(), 25, 1);
    atlas::read(&mut attempt, &result);
    Ok(attempt)
}

#[test]
fn results_are_read_as_the_packet_that_answered() -> Result<()> {
    let seen: Vec<Attempt> = recording()?.iter().map(read).collect::<Result<_>>()?;
    let outcomes: Vec<Outcome> = seen.iter().map(|one| one.outcome).collect();
    ensure!(
        outcomes == [Outcome::Connected, Outcome::Refused, Outcome::Prohibited, Outcome::TimedOut],
        "{outcomes:?}"
    );
    let who = |at: usize| seen[at].answered_by.as_ref().map(|by| by.who);
    ensure!(who(1) == Some(Who::Target) && who(2) == Some(Who::OnPath) && who(3).is_none(), "{seen:?}");
    Ok(())
}

fn call(origin: &str, method: &str, path: &str, key: &str, body: &Value) -> Result<(u16, Value)> {
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://"))?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Key {key}\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    let (head, body) = said.split_once("\r\n\r\n").context("a head")?;
    Ok((head.split(' ').nth(1).context("a status")?.parse()?, serde_json::from_str(body)?))
}

/// The names of all that stands in `value`, by their paths.
fn names(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            found.insert(format!("{path}.{name}"));
            names(&format!("{path}.{name}"), value, found);
        }),
        Value::Array(all) => all.iter().for_each(|value| names(&format!("{path}[]"), value, found)),
        _ => {}
    }
}

#[test]
fn the_emulator_answers_in_the_recorded_shapes() -> Result<()> {
    let open = TcpListener::bind("127.0.0.1:0")?;
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let probe = |way: Option<std::net::SocketAddr>| Probe {
        country: "DE".to_owned(),
        addresses: ["203.0.113.9".parse().expect("an address"), "2001:db8::9".parse().expect("an address")],
        connector: Arc::new(Hosts(HashMap::from_iter(
            way.map(|way| ("192.0.2.25".parse().expect("an address"), way)),
        ))),
    };
    let probes = vec![probe(Some(open.local_addr()?)), probe(Some(closed)), probe(None)];
    let api = Emulator::start(TcpListener::bind("127.0.0.1:0")?, "hush", probes)?;
    let definition = |target: &str, port: u16| {
        json!({ "type": "traceroute", "af": 4, "target": target, "protocol": "TCP", "port": port, "packets": 1,
            "size": 0, "first_hop": 64, "max_hops": 64, "response_timeout": 500 })
    };
    let wanted = json!([{ "type": "country", "value": "DE", "requested": 3 }]);
    let ask = |definition: Value, key: &str| {
        let body = json!({ "definitions": [definition], "probes": wanted, "is_oneoff": true });
        call(&api.origin, "POST", "/api/v2/measurements/", key, &body)
    };
    for (definition, key, status) in [
        (definition("192.0.2.25", 25), "other", 403),
        (definition("mx.example.org", 25), "hush", 400),
        (definition("192.0.2.25", 80), "hush", 400),
    ] {
        let (got, body) = ask(definition, key)?;
        ensure!(got == status && body["error"]["detail"].is_string(), "{got} {body}");
    }
    let (status, made) = ask(definition("192.0.2.25", 25), "hush")?;
    ensure!(status == 201, "{status} {made}");
    let path = format!("/api/v2/measurements/{}/results/", made["measurements"][0]);
    let until = Instant::now() + Duration::from_secs(60);
    let results = loop {
        let (_, results) = call(&api.origin, "GET", &path, "hush", &Value::Null)?;
        let all = results.as_array().context("a list")?.clone();
        if all.len() == 3 {
            break all;
        }
        ensure!(Instant::now() < until, "it does not end: {results}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let recorded = recording()?;
    for (ours, theirs) in results.iter().zip([&recorded[0], &recorded[1], &recorded[3]]) {
        let (mut of_ours, mut of_theirs) = (BTreeSet::new(), BTreeSet::new());
        names("", ours, &mut of_ours);
        names("", theirs, &mut of_theirs);
        ensure!(of_ours == of_theirs, "{ours}\n{theirs}");
        ensure!(read(ours)?.outcome == read(theirs)?.outcome, "{ours}\n{theirs}");
    }
    Ok(())
}
