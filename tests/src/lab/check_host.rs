//! check-host.net in the lab: its API beside the router in the middle, its nodes in the regions by turns.

use super::plan::{REGION_ASN, UPLINK, at};
use super::world::World;
use crate::check_host::{Emulator, Node};
use crate::namespace::Namespace;
use anyhow::Result;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Where the API listens.
const PORT: u16 = 4481;

/// Starts the API with so many nodes.
pub fn start(world: &World, nodes: usize) -> Result<Emulator> {
    let node = |index: usize| {
        let region = index % world.regions.len();
        let (code, country) = [("de", "Germany"), ("us", "USA"), ("jp", "Japan")][region];
        anyhow::Ok(Node {
            name: format!("{code}{}.node.check-host.net", index + 1),
            location: [code.to_owned(), country.to_owned(), format!("Region {}", region + 1)],
            address: at(super::plan::REGION + u8::try_from(region)?, 2)[0].to_string(),
            asn: format!("AS{}", REGION_ASN + u32::try_from(region)?),
            connector: Arc::new(Namespace::alias(&world.regions[region])?),
        })
    };
    let listen = SocketAddr::new(at(UPLINK, 1)[0], PORT);
    let listener = world.inet.run(|| TcpListener::bind(listen))?;
    Ok(Emulator::start(listener, (0..nodes).map(node).collect::<Result<_>>()?)?)
}

/// Its entry of the vantages file.
pub fn entry(api: &Emulator, nodes: usize) -> String {
    format!("[[vantage]]\nid = \"ch\"\nkind = \"check-host\"\nurl = \"{}\"\nnodes = {nodes}\n", api.origin)
}

/// What was asked of the API and never must be: names, and other ports.
pub fn against_the_rules(api: &Emulator) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    for path in api.asked() {
        let host =
            path.split_once("host=").map_or("", |(_, rest)| rest.split('&').next().unwrap_or_default());
        let host = host.replace("%5B", "[").replace("%5D", "]");
        if host.parse::<SocketAddr>().map_or(true, |host| host.port() != 25) {
            wrong.push(format!("this must never be asked: {path}"));
        }
    }
    if api.asked().is_empty() {
        wrong.push("check-host.net was not asked at all".to_owned());
    }
    wrong
}
