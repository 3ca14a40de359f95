//! The API of RIPE Atlas on a port of ours. Its probes send what they are asked for, each from where its [`Connector`] starts,
//! so that what answers is the world's. A real probe leaves the handshake half open; these complete it and close. The shapes are
//! those that the service's own client and its probes' program write (ripe-atlas-cousteau, `traceroute.c` of the probe).

use crate::globalping::{ConnectResult, Connector, Reached};
use crate::http::{self, Answer, Request, lock};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The id of the first measurement.
const FIRST: usize = 1_001;

/// A probe.
#[derive(Clone)]
pub struct Probe {
    /// The country (ISO 3166-1 alpha-2).
    pub country: String,
    /// Its address, as the Internet sees it, in IPv4 and IPv6.
    pub addresses: [IpAddr; 2],
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
    /// The results of each measurement, by probe.
    measurements: Vec<BTreeMap<usize, Value>>,
    asked: Vec<Value>,
}

impl Emulator {
    /// Starts it on `listener`, for whoever has `key`.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start(listener: TcpListener, key: &str, probes: Vec<Probe>) -> std::io::Result<Self> {
        let origin = format!("http://{}", listener.local_addr()?);
        let inner = Arc::<Mutex<Inner>>::default();
        let (answering, key) = (inner.clone(), format!("Key {key}"));
        http::serve(listener, move |request| answer(&answering, &key, &probes, request));
        Ok(Self { origin, inner })
    }

    /// The bodies of the requests for measurements.
    pub fn asked(&self) -> Vec<Value> {
        lock(&self.inner).asked.clone()
    }
}

fn refuse(status: u16, detail: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "error": { "status": status, "code": 100, "title": "Refused", "detail": detail } }),
    )
}

fn answer(inner: &Arc<Mutex<Inner>>, key: &str, probes: &[Probe], request: &Request) -> Answer {
    if request.header("authorization") != Some(key) {
        return refuse(403, "The provided API key does not exist");
    }
    if request.method == "GET" {
        let id = request
            .path
            .strip_prefix("/api/v2/measurements/")
            .and_then(|rest| rest.strip_suffix("/results/"));
        let at = id.and_then(|id| id.parse::<usize>().ok()?.checked_sub(FIRST));
        return match at.and_then(|at| lock(inner).measurements.get(at).cloned()) {
            Some(results) => Answer::json(200, &results.into_values().collect()),
            None => refuse(404, "Not found."),
        };
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return refuse(400, "JSON parse error");
    };
    lock(inner).asked.push(body.clone());
    match create(inner, probes, &body) {
        Ok(ids) => Answer::json(201, &json!({ "measurements": ids })),
        Err(words) => refuse(400, &words),
    }
}

/// Makes the measurements of a request, all by the same probes, and has each begin.
fn create(inner: &Arc<Mutex<Inner>>, probes: &[Probe], body: &Value) -> Result<Vec<usize>, String> {
    let chosen = chosen(probes, &body["probes"])?;
    let definitions = body["definitions"].as_array().ok_or("definitions: This field is required.")?;
    let targets: Vec<IpAddr> = definitions.iter().map(target).collect::<Result<_, _>>()?;
    let mut ids = Vec::new();
    for (definition, target) in definitions.iter().zip(targets) {
        let at = {
            let mut inner = lock(inner);
            inner.measurements.push(BTreeMap::new());
            inner.measurements.len() - 1
        };
        ids.push(FIRST + at);
        let limit = Duration::from_millis(definition["response_timeout"].as_u64().unwrap_or(4_000));
        for (number, probe) in &chosen {
            let (inner, number, probe) = (inner.clone(), *number, probe.clone());
            std::thread::spawn(move || {
                let met = probe.connector.connect(SocketAddr::new(target, 25), Some(64), limit);
                let from = probe.addresses[usize::from(target.is_ipv6())];
                let whole = json!({
                    "prb_id": number, "msm_id": FIRST + at, "type": "traceroute", "proto": "TCP",
                    "af": if target.is_ipv6() { 6 } else { 4 }, "from": from, "dst_addr": target, "dst_name": target,
                    "src_addr": from, "size": 0, "result": [{ "hop": 64, "result": [reply(target, met)] }],
                });
                lock(&inner).measurements[at].insert(number, whole);
            });
        }
    }
    Ok(ids)
}

/// The target of a definition: a single SYN to port 25 of an address, or nothing.
fn target(definition: &Value) -> Result<IpAddr, String> {
    let is = |name: &str, value: Value| {
        if definition[name] == value {
            Ok(())
        } else {
            Err(format!("{name}: {} is not served here", definition[name]))
        }
    };
    is("type", json!("traceroute"))?;
    is("protocol", json!("TCP"))?;
    is("port", json!(25))?;
    is("size", json!(0))?;
    is("packets", json!(1))?;
    is("max_hops", definition["first_hop"].clone())?;
    let target = definition["target"].as_str().and_then(|target| target.parse().ok());
    target.ok_or_else(|| format!("target: {} is no address", definition["target"]))
}

/// The probes that a request is for, by their numbers.
fn chosen(probes: &[Probe], wanted: &Value) -> Result<Vec<(usize, Probe)>, String> {
    let mut chosen: Vec<(usize, Probe)> = Vec::new();
    for one in wanted.as_array().ok_or("probes: This field is required.")? {
        let country = match (one["type"].as_str(), one["value"].as_str()) {
            (Some("area"), Some("WW")) => None,
            (Some("country"), Some(country)) => Some(country),
            _ => return Err(format!("probes: {one} is not served here")),
        };
        let count =
            one["requested"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
        let fit = |probe: &Probe| country.is_none_or(|country| country == probe.country);
        let free: Vec<(usize, Probe)> = (1..)
            .zip(probes.iter().cloned())
            .filter(|(number, probe)| fit(probe) && chosen.iter().all(|(taken, _)| taken != number))
            .take(count)
            .collect();
        chosen.extend(free);
    }
    if chosen.is_empty() { Err("Your selection of probes is empty".to_owned()) } else { Ok(chosen) }
}

/// What answered the SYN, as the probe prints it.
fn reply(target: IpAddr, met: ConnectResult) -> Value {
    let rtt = (met.took.as_secs_f64() * 1e6).round() / 1e3;
    match (met.reached, met.icmp, met.by) {
        (Reached::Connected, ..) => {
            json!({ "from": target, "ttl": 51, "size": 4, "flags": "SA", "rtt": rtt })
        }
        (Reached::Answered, Some(icmp), by) => {
            json!({ "from": by, "err": err(icmp, target.is_ipv6()), "ttl": 250, "size": 28, "rtt": rtt })
        }
        (Reached::Answered, None, Some(by)) if by == target => {
            json!({ "from": target, "ttl": 51, "size": 4, "flags": "RA", "rtt": rtt })
        }
        _ => json!({ "x": "*" }),
    }
}

/// The letter of an ICMP error, or its code (RFC 792; RFC 4443 s3.1).
fn err([_, code]: [u8; 2], ipv6: bool) -> Value {
    match (ipv6, code) {
        (_, 0) => json!("N"),
        (false, 1) | (true, 3) => json!("H"),
        (false, 2) => json!("P"),
        (false, 3) | (true, 4) => json!("p"),
        (false, 13) | (true, 1) => json!("A"),
        (_, other) => json!(other),
    }
}
