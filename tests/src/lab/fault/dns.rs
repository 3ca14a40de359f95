//! What breaks in the DNS, beside what the zones say.

use super::model::Fault;
use super::rules::{filter, nat};
use crate::lab::fate::Server;
use crate::lab::plan::{DNS, DOH, RESOLVER, at};
use crate::lab::world::World;
use anyhow::{Context, Result};
use std::net::{IpAddr, SocketAddr};

pub(super) fn build(fault: &Fault, world: &mut World) -> Result<()> {
    let resolver = at(DNS, RESOLVER)[0];
    match fault {
        Fault::ResolverDown => filter(&world.dns, "input", &format!("ip daddr {resolver} drop")).map(drop),
        Fault::ResolverSlow { seconds } => {
            nat(&world.dns, "prerouting", &format!("ip daddr {resolver} udp dport 53 redirect to :5353"))?;
            // Redirection goes to the first address of the interface, whatever was asked for.
            let listen = SocketAddr::new(at(DNS, DOH[0])[0], 5353);
            let upstream = SocketAddr::new(resolver, 53).to_string();
            let server = Server::new(listen, &format!("datagrams_after_{seconds}"), &upstream)?;
            world.serve(|world| &world.dns, &[server])
        }
        Fault::DohDown { server } => {
            filter(&world.dns, "input", &format!("ip daddr {} tcp dport 443 drop", doh(*server)?)).map(drop)
        }
        Fault::DohSlow { server, seconds } => {
            let upstream = SocketAddr::new(doh(*server)?, 443).to_string();
            instead(world, doh(*server)?, 8443, &format!("relays_after_{seconds}"), &upstream)
        }
        Fault::DohHtml { server } => {
            let certificate = world.folder.join("doh").display().to_string();
            instead(world, doh(*server)?, 8444, "html", &certificate)
        }
        _ => Ok(()),
    }
}

fn doh(number: u8) -> Result<IpAddr> {
    let index = usize::from(number).checked_sub(1).context("DoH servers are numbered from 1")?;
    Ok(at(DNS, *DOH.get(index).context("no such DoH server")?)[0])
}

/// Puts a server of `fate` before port 443 of `address`.
fn instead(world: &mut World, address: IpAddr, port: u16, fate: &str, name: &str) -> Result<()> {
    nat(&world.dns, "prerouting", &format!("ip daddr {address} tcp dport 443 redirect to :{port}"))?;
    let listen = SocketAddr::new(at(DNS, DOH[0])[0], port);
    world.serve(|world| &world.dns, &[Server::new(listen, fate, name)?])
}
