//! Globalping in the lab: its API beside the router in the middle, its probes in the regions, two or three in each.

use super::plan::{REGION_ASN, UPLINK, at};
use super::world::World;
use crate::globalping::{Emulator, Probe, Rules};
use crate::namespace::Namespace;
use anyhow::Result;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Where the API listens.
const PORT: u16 = 4480;

/// Starts the API with so many probes, one region after the other.
pub fn start(world: &World, probes: usize) -> Result<Emulator> {
    let probe = |index: usize| {
        let region = index % world.regions.len();
        let number = u32::try_from(region)?;
        anyhow::Ok(Probe {
            country: ["DE", "US", "JP"].get(region).unwrap_or(&"FR").to_string(),
            city: format!("Region {}", region + 1),
            asn: REGION_ASN + number,
            network: format!("Network {}", region + 1),
            tags: vec![if index % 4 == 3 { "eyeball-network" } else { "datacenter-network" }.to_owned()],
            connector: Arc::new(Namespace::alias(&world.regions[region])?),
        })
    };
    let listen = SocketAddr::new(at(UPLINK, 1)[0], PORT);
    let listener = world.inet.run(|| TcpListener::bind(listen))?;
    let rules = Rules { hourly: 250, ..Rules::default() };
    Ok(Emulator::start(listener, (0..probes).map(probe).collect::<Result<_>>()?, rules)?)
}

/// What was asked of the API against its rules, or ours.
pub fn against_the_rules(api: &Emulator, patient: bool) -> Vec<String> {
    let mut wrong = api.too_soon();
    let bodies = api.bodies();
    for body in &bodies {
        let options = &body["measurementOptions"];
        let address =
            body["target"].as_str().is_some_and(|target| target.parse::<std::net::IpAddr>().is_ok());
        let kind = matches!(body["type"].as_str(), Some("ping" | "traceroute"));
        if !address || !kind || options["port"] != 25 || options["protocol"] != "TCP" {
            wrong.push(format!("this must never be asked: {body}"));
        }
    }
    let pings: std::collections::BTreeSet<&str> =
        bodies.iter().filter_map(|body| body["target"].as_str()).collect();
    // Of both families together, the addresses and five controls in each.
    let most = 8 * (pings.len() as u64);
    if !patient && api.spent() > most {
        wrong.push(format!("{} tests were spent, {most} suffice", api.spent()));
    }
    if bodies.is_empty() {
        wrong.push("Globalping was not asked at all".to_owned());
    }
    wrong
}
