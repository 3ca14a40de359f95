//! A measurement: its tests, run by threads, and what the API says of it.

use super::probe::{Connector, Probe, Reached};
use serde_json::{Map, Value, json};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many hops a traceroute looks at, and how many silent ones it takes for the end.
const HOPS: u32 = 20;
const SILENT_HOPS: usize = 4;

/// A measurement that was asked for.
pub(super) struct Measurement {
    pub(super) id: String,
    /// The request's body, as it came.
    asked: Value,
    pub(super) probes: Vec<usize>,
    who: Vec<Probe>,
    results: Arc<Mutex<Vec<Value>>>,
    pub(super) reads: Mutex<Vec<Instant>>,
}

impl Measurement {
    /// Starts the tests of the probes at `probes` of `all`; those `offline` do none.
    pub(super) fn start(
        id: String,
        asked: Value,
        probes: Vec<usize>,
        all: &[Probe],
        offline: &[usize],
    ) -> Self {
        let who: Vec<Probe> = probes.iter().map(|at| all[*at].clone()).collect();
        let first = |at: &usize| {
            let offline = offline.contains(at);
            json!({ "status": if offline { "offline" } else { "in-progress" },
                "rawOutput": if offline { "This probe is currently offline. Please try again later." } else { "" } })
        };
        let results = Arc::new(Mutex::new(probes.iter().map(first).collect::<Vec<Value>>()));
        for (index, probe) in who.iter().enumerate() {
            if offline.contains(&probes[index]) {
                continue;
            }
            let (results, connector, asked) = (results.clone(), probe.connector.clone(), asked.clone());
            std::thread::spawn(move || {
                let result = test(&*connector, &asked);
                results.lock().unwrap_or_else(PoisonError::into_inner)[index] = result;
            });
        }
        Self { id, asked, probes, who, results, reads: Mutex::default() }
    }

    /// What the API says of it now. Options that equal their defaults are left out.
    pub(super) fn shown(&self) -> Value {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let under_way = results.iter().any(|result| result["status"] == "in-progress");
        let with_probe =
            |(result, probe): (Value, &Probe)| json!({ "probe": described(probe), "result": result });
        let results: Vec<Value> = results.into_iter().zip(&self.who).map(with_probe).collect();
        let mut shown = Map::new();
        let mut put = |key: &str, value: Value| drop(shown.insert(key.to_owned(), value));
        put("id", json!(self.id));
        put("type", self.asked["type"].clone());
        put("status", json!(if under_way { "in-progress" } else { "finished" }));
        put("createdAt", json!("2026-11-26T15:08:45.976Z"));
        put("updatedAt", json!("2026-11-26T15:08:50.986Z"));
        put("target", self.asked["target"].clone());
        if !self.asked["timeout"].is_null() && self.asked["timeout"] != 10 {
            put("timeout", self.asked["timeout"].clone());
        }
        if self.probes.len() != 1 {
            put("limit", json!(self.probes.len()));
        }
        put("probesCount", json!(self.probes.len()));
        let mut options = self.asked["measurementOptions"].clone();
        if let Some(options) = options.as_object_mut() {
            let defaults = [("packets", json!(3)), ("port", json!(80)), ("protocol", json!("ICMP"))];
            options.retain(|key, value| !defaults.iter().any(|(name, usual)| name == key && usual == value));
        }
        put("measurementOptions", options);
        put("results", Value::Array(results));
        Value::Object(shown)
    }
}

fn described(probe: &Probe) -> Value {
    json!({ "continent": "EU", "region": "Western Europe", "country": probe.country, "state": null,
        "city": probe.city, "asn": probe.asn, "longitude": 8.68, "latitude": 50.11, "network": probe.network,
        "tags": probe.tags, "resolvers": ["private"] })
}

fn test(connector: &dyn Connector, asked: &Value) -> Value {
    let target: Option<IpAddr> = asked["target"].as_str().and_then(|target| target.parse().ok());
    let port = asked["measurementOptions"]["port"].as_u64().and_then(|port| u16::try_from(port).ok());
    let limit = Duration::from_secs(asked["timeout"].as_u64().unwrap_or(10));
    let Some(target) = target else {
        return json!({ "status": "failed", "failureSource": "target", "rawOutput": "the lab has no names" });
    };
    let address = SocketAddr::new(target, port.unwrap_or(80));
    if asked["type"] == "traceroute" {
        traceroute(connector, address)
    } else {
        ping(connector, address, limit)
    }
}

fn ping(connector: &dyn Connector, address: SocketAddr, limit: Duration) -> Value {
    let seen = connector.connect(address, None, limit);
    let (ip, port) = (address.ip(), address.port());
    let took = seen.took.as_secs_f64() * 1e3;
    let rtt = (took * 100.0).round() / 100.0;
    let connected = seen.reached == Reached::Connected;
    let (reply, received, loss) = if connected {
        (format!("Reply from {ip} ({ip}) on port {port}: tcp_conn=1 time={rtt} ms"), 1, 0)
    } else {
        (format!("No reply from {ip} ({ip}) on port {port}: tcp_conn=1"), 0, 100)
    };
    let mut raw = format!(
        "PING {ip} ({ip}) on port {port}.\n{reply}\n\n--- {ip} ({ip}) ping statistics ---\n1 packets transmitted, \
         {received} received, {loss}% packet loss, time {took:.0} ms"
    );
    if connected {
        raw += &format!("\nrtt min/avg/max/mdev = {rtt}/{rtt}/{rtt}/0.000 ms");
    }
    let (timings, stat) =
        if connected { (json!([{ "rtt": rtt }]), json!(rtt)) } else { (json!([]), Value::Null) };
    json!({ "status": "finished", "rawOutput": raw, "resolvedAddress": ip, "resolvedHostname": ip, "timings": timings,
        "stats": { "min": stat, "max": stat, "avg": stat, "total": 1, "loss": loss, "rcv": received, "drop": 1 - received } })
}

fn traceroute(connector: &dyn Connector, address: SocketAddr) -> Value {
    let mut hops: Vec<Value> = Vec::new();
    let hop = |by: Option<IpAddr>| json!({ "resolvedAddress": by, "resolvedHostname": by, "timings": [] });
    let mut silent = 0;
    for limit in 1..=HOPS {
        let seen = connector.connect(address, Some(limit), Duration::from_millis(500));
        hops.push(hop(seen.by));
        silent = if seen.reached == Reached::Silence { silent + 1 } else { 0 };
        let same =
            hops.len() > 1 && seen.by.is_some() && hops[hops.len() - 2]["resolvedAddress"] == json!(seen.by);
        if same {
            // The same one at every limit: an ICMP error that is none of "time exceeded".
            hops.pop();
            break;
        }
        if seen.by == Some(address.ip()) {
            break;
        }
        if silent >= SILENT_HOPS {
            hops.resize(HOPS as usize, hop(None));
            break;
        }
    }
    json!({ "status": "finished", "rawOutput": "traceroute", "resolvedAddress": address.ip(),
        "resolvedHostname": address.ip(), "hops": hops })
}
