//! RIPE Atlas in the lab: its API beside the router in the middle, its probes in the regions by turns.

use super::plan::{REGION, UPLINK, at};
use super::vantages::TOKEN;
use super::world::World;
use crate::atlas::{Emulator, Probe};
use crate::namespace::Namespace;
use anyhow::Result;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;

/// Where the API listens.
const PORT: u16 = 4482;

/// The key, which the variable of the vantages' token holds.
pub const KEY: &str = "lab";

/// Starts the API with so many probes.
pub fn start(world: &World, probes: usize) -> Result<Emulator> {
    let probe = |index: usize| {
        let region = index % world.regions.len();
        anyhow::Ok(Probe {
            country: ["DE", "US", "JP"].get(region).unwrap_or(&"FR").to_string(),
            addresses: at(REGION + u8::try_from(region)?, 2),
            connector: Arc::new(Namespace::alias(&world.regions[region])?),
        })
    };
    let listen = SocketAddr::new(at(UPLINK, 1)[0], PORT);
    let listener = world.inet.run(|| TcpListener::bind(listen))?;
    Ok(Emulator::start(listener, KEY, (0..probes).map(probe).collect::<Result<_>>()?)?)
}

/// Its entry of the vantages file.
pub fn entry(api: &Emulator, probes: usize) -> String {
    format!(
        "[[vantage]]\nid = \"atlas\"\nkind = \"atlas\"\nurl = \"{}\"\ntoken-env = \"{TOKEN}\"\nper-country = {probes}\n",
        api.origin
    )
}

/// What was asked of the API and never must be: names, other ports, and a second time in one family.
pub fn against_the_rules(api: &Emulator) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut families = Vec::new();
    for body in api.asked() {
        let definitions = body["definitions"].as_array().cloned().unwrap_or_default();
        let is_sound = |one: &serde_json::Value| {
            let is_address = one["target"].as_str().is_some_and(|target| target.parse::<IpAddr>().is_ok());
            is_address && one["port"] == 25 && one["protocol"] == "TCP" && one["size"] == 0
        };
        if !definitions.iter().all(is_sound) {
            wrong.push(format!("this must never be asked: {body}"));
        }
        families.push(definitions.first().map(|one| one["af"].clone()));
    }
    let asked = families.len();
    families.dedup();
    if families.len() < asked {
        wrong.push(format!("RIPE Atlas was asked {asked} times for {families:?}: each time costs credits"));
    }
    wrong
}
