//! The API of check-host.net on a port of ours. Its nodes really connect, each from where its [`Connector`] starts. The shapes
//! are those that the service documents and its clients read (`tests/recordings/check-host/`).

use crate::globalping::{ConnectResult, Connector, Reached};
use crate::http::{self, Answer, Request, lock};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a node waits for a connection.
const LIMIT: Duration = Duration::from_secs(5);

/// A node, as the service describes it.
#[derive(Clone)]
pub struct Node {
    /// Its name: `us1.node.check-host.net`.
    pub name: String,
    /// Country code, country and city.
    pub location: [String; 3],
    /// Its address.
    pub address: String,
    /// Its AS: `AS64501`.
    pub asn: String,
    /// Where its packets start.
    pub connector: Arc<dyn Connector>,
}

/// A running emulator. It ends with the process.
#[derive(Clone)]
pub struct Emulator {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub origin: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    checks: BTreeMap<String, BTreeMap<String, Value>>,
    asked: Vec<String>,
}

impl Emulator {
    /// Starts it on `listener`.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start(listener: TcpListener, nodes: Vec<Node>) -> std::io::Result<Self> {
        let origin = format!("http://{}", listener.local_addr()?);
        let inner = Arc::<Mutex<Inner>>::default();
        let answering = inner.clone();
        http::serve(listener, move |request| answer(&answering, &nodes, request));
        Ok(Self { origin, inner })
    }

    /// The paths of the checks that were asked for.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.inner).asked.clone()
    }
}

fn answer(inner: &Arc<Mutex<Inner>>, nodes: &[Node], request: &Request) -> Answer {
    if let Some(id) = request.path.strip_prefix("/check-result/") {
        return match lock(inner).checks.get(id) {
            Some(results) => Answer::json(200, &json!(results)),
            None => Answer::json(404, &json!({ "error": "not found" })),
        };
    }
    let Some(query) = request.path.strip_prefix("/check-tcp?") else {
        return Answer::json(404, &json!({ "error": "not found" }));
    };
    lock(inner).asked.push(request.path.clone());
    let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let host = value("host").unwrap_or_default().replace("%5B", "[").replace("%5D", "]");
    let Ok(target) = host.parse::<SocketAddr>() else {
        return Answer::json(200, &json!({ "error": "invalid host" }));
    };
    let named: Vec<&str> = pairs.iter().filter(|(key, _)| *key == "node").map(|(_, name)| *name).collect();
    let most = value("max_nodes").and_then(|most| most.parse().ok()).unwrap_or(usize::MAX);
    let chosen: Vec<&Node> = nodes
        .iter()
        .filter(|node| named.is_empty() || named.contains(&node.name.as_str()))
        .take(most)
        .collect();
    let results = chosen.iter().map(|node| (node.name.clone(), Value::Null)).collect();
    // Counted and kept under one lock: two checks that come at the same time must not share an id.
    let id = {
        let mut inner = lock(inner);
        let id = format!("{:x}k4d", inner.checks.len() + 0x29e_1b2c3);
        inner.checks.insert(id.clone(), results);
        id
    };
    let mut described = Map::new();
    for node in chosen {
        let [code, country, city] = &node.location;
        described.insert(node.name.clone(), json!([code, country, city, node.address, node.asn]));
        let (inner, node, id) = (inner.clone(), node.clone(), id.clone());
        std::thread::spawn(move || {
            let seen = result(target, node.connector.connect(target, None, LIMIT));
            if let Some(results) = lock(&inner).checks.get_mut(&id) {
                results.insert(node.name, json!([seen]));
            }
        });
    }
    let link = format!("https://check-host.net/check-report/{id}");
    Answer::json(200, &json!({ "ok": 1, "request_id": id, "permanent_link": link, "nodes": described }))
}

fn result(target: SocketAddr, seen: ConnectResult) -> Value {
    match (seen.reached, seen.errno) {
        (Reached::Connected, _) => json!({ "address": target.ip(), "time": seen.took.as_secs_f64() }),
        (Reached::Silence, _) => json!({ "error": "Connection timed out" }),
        (Reached::Answered, Some(libc::ECONNREFUSED)) => json!({ "error": "Connection refused" }),
        (Reached::Answered, Some(libc::ENETUNREACH)) => json!({ "error": "Network is unreachable" }),
        (Reached::Answered, Some(libc::EACCES)) => json!({ "error": "Permission denied" }),
        (Reached::Answered, _) => json!({ "error": "No route to host" }),
    }
}
