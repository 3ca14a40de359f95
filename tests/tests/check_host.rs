//! check-host.net: our reading of what it documents, and our emulator of its API, which answers in the same shapes.

use anyhow::{Context, Result, ensure};
use noanswer_core::evidence::{Attempt, Outcome};
use noanswer_core::vantages::check_host::{self, Accepted};
use noanswer_tests::check_host::{Emulator, Node};
use noanswer_tests::globalping::Hosts;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn recording(name: &str) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/check-host").join(name);
    std::fs::read(&path).with_context(|| path.display().to_string())
}

#[test]
fn results_are_read_as_what_the_node_met() -> Result<()> {
    let results = check_host::results(&recording("results.json")?).context("results")?;
    let read = |node: &str| {
        let result = results.get(&format!("{node}.node.check-host.net"))?;
        let mut attempt = Attempt::untried("mx", [192, 0, 2, 25].into(), 25, 1);
        check_host::read(&mut attempt, result, 6_000.0);
        Some((attempt.outcome, attempt.connect_ms))
    };
    assert_eq!(read("us1"), Some((Outcome::Connected, Some(31.0))));
    assert_eq!(read("de1"), Some((Outcome::Refused, None)));
    assert_eq!(read("fr2"), Some((Outcome::TimedOut, None)));
    assert_eq!(read("bg1"), Some((Outcome::HostUnreachable, None)));
    assert_eq!(read("pt1"), Some((Outcome::NotTried, None)), "it could not work");
    assert_eq!(read("jp1"), None, "it is at work");
    let mut elsewhere = Attempt::untried("mx", [192, 0, 2, 26].into(), 25, 1);
    check_host::read(&mut elsewhere, &results["us1.node.check-host.net"], 6_000.0);
    assert_eq!(elsewhere.outcome, Outcome::NotTried, "it tried another address");
    let accepted: Accepted = serde_json::from_slice(&recording("accepted.json")?)?;
    ensure!(accepted.ok == 1 && accepted.nodes.len() == 2, "{accepted:?}");
    Ok(())
}

fn get(origin: &str, path: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://"))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n\r\n")?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    let (_, body) = said.split_once("\r\n\r\n").context("a head")?;
    Ok(serde_json::from_str(body)?)
}

/// The kind of each value, by its place.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.values().next().map_or(Value::Null, shape),
        Value::Array(all) => Value::Array(all.iter().map(shape).collect()),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

#[test]
fn the_emulator_answers_in_the_documented_shapes() -> Result<()> {
    let open = TcpListener::bind("127.0.0.1:0")?;
    let hosts = HashMap::from([("192.0.2.25".parse()?, open.local_addr()?)]);
    let node = Node {
        name: "us1.node.check-host.net".to_owned(),
        location: ["us", "USA", "Los Angeles"].map(str::to_owned),
        address: "198.51.100.9".to_owned(),
        asn: "AS64501".to_owned(),
        connector: Arc::new(Hosts(hosts)),
    };
    let api = Emulator::start(TcpListener::bind("127.0.0.1:0")?, vec![node])?;
    let accepted = get(&api.origin, "/check-tcp?host=192.0.2.25:25&max_nodes=1")?;
    let documented: Value = serde_json::from_slice(&recording("accepted.json")?)?;
    let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    ensure!(keys(&accepted) == keys(&documented), "{accepted}");
    ensure!(shape(&accepted["nodes"]) == shape(&documented["nodes"]), "{accepted}");
    let id = accepted["request_id"].as_str().context("an id")?;
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let results = get(&api.origin, &format!("/check-result/{id}"))?;
        let seen = &results["us1.node.check-host.net"];
        if !seen.is_null() {
            let documented: Value = serde_json::from_slice(&recording("results.json")?)?;
            let documented = &documented["us1.node.check-host.net"];
            ensure!(keys(&seen[0]) == keys(&documented[0]), "{results}");
            return Ok(());
        }
        ensure!(Instant::now() < until, "it does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
}
