//! What breaks at the regions.

use super::rules::{filter, nat, refuse};
use super::{Families, Fault, Refusal, Whom};
use crate::lab::fate::Server;
use crate::lab::net::Namespace;
use crate::lab::plan::{VANTAGE_PORT, at};
use crate::lab::world::World;
use anyhow::{Context, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub(super) fn build(fault: &Fault, world: &mut World) -> Result<()> {
    match fault {
        Fault::RegionBlind { whom } => {
            filter(host(world, *whom)?, "output", &refuse(Families::Both, "tcp dport 25", Refusal::Drop))
                .map(drop)
        }
        Fault::RegionDeceived { whom } => {
            nat(host(world, *whom)?, "output", "tcp dport 25 redirect to :25")?;
            let locals = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let server = |ip| Server::new(SocketAddr::new(ip, 25), "greets_plain", "proxy.cloud.test");
            let servers: Vec<_> = locals.into_iter().map(server).collect::<Result<_>>()?;
            serve(world, *whom, &servers)
        }
        Fault::VantageSlow { whom, seconds } => {
            let own = SocketAddr::new(at(whom.net(), 2)[0], VANTAGE_PORT);
            let door = SocketAddr::new(own.ip(), VANTAGE_PORT + 1);
            let rule = format!("iifname \"inet\" tcp dport {VANTAGE_PORT} redirect to :{}", door.port());
            nat(host(world, *whom)?, "prerouting", &rule)?;
            serve(world, *whom, &[Server::new(door, &format!("relays_after_{seconds}"), &own.to_string())?])
        }
        Fault::VantageGarbage { whom } => {
            let own = SocketAddr::new(at(whom.net(), 2)[0], VANTAGE_PORT);
            serve(world, *whom, &[Server::new(own, "http", "garbage")?])
        }
        // A service that is not started is built by not starting it.
        _ => Ok(()),
    }
}

fn host(world: &World, whom: Whom) -> Result<&Namespace> {
    world.regions.get(whom.region().context("the sender is no region")?).context("no such region")
}

fn serve(world: &mut World, whom: Whom, servers: &[Server]) -> Result<()> {
    match whom {
        Whom::Sender => Ok(()),
        Whom::Region1 => world.serve(|world| &world.regions[0], servers),
        Whom::Region2 => world.serve(|world| &world.regions[1], servers),
        Whom::Region3 => world.serve(|world| &world.regions[2], servers),
    }
}
