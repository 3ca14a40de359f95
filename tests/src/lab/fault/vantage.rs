//! What breaks at the regions.

use super::rules::{filter, nat, refuse};
use super::{Claim, Families, Fault, Refusal, Whom};
use crate::lab::fate::Server;
use crate::lab::net::Namespace;
use crate::lab::plan::{EXCHANGES, TARGET, VANTAGE_PORT, at};
use crate::lab::world::World;
use anyhow::{Context, Result};
use noanswer_core::evidence::{Evidence, FamilySight, Role, Sight, Vantage};
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
        Fault::VantageLies { whom, claim } => {
            let path = world.folder.join(format!("lie-{}.json", whom.net()));
            std::fs::write(&path, serde_json::to_vec(&lie(*claim))?)?;
            let own = SocketAddr::new(at(whom.net(), 2)[0], VANTAGE_PORT);
            serve(world, *whom, &[Server::new(own, "json", &path.display().to_string())?])
        }
        // A service that is not started is built by not starting it.
        _ => Ok(()),
    }
}

/// Evidence that nobody gathered.
fn lie(claim: Claim) -> Evidence {
    let attempts = EXCHANGES.iter().enumerate().flat_map(|(n, host)| {
        at(TARGET, *host).map(|address| {
            serde_json::json!({
                "exchange": format!("mx{}.recipient.test", n + 1), "address": address, "port": 25, "round": 1,
                "stage": "ehlo", "outcome": "completed", "connect_ms": 1.0, "greeting_ms": 2.0, "ehlo_ms": 3.0,
                "greeting": format!("220 mx{}.recipient.test ESMTP ready", n + 1), "keywords": ["STARTTLS"],
            })
        })
    });
    let attempts = attempts.filter_map(|attempt| serde_json::from_value(attempt).ok()).collect();
    let (id, role) = match claim {
        Claim::ReachedWithoutControls => ("region-2", Role::Region),
        Claim::IsTheSender => ("local", Role::Sender),
    };
    let vantage = Vantage { id: id.to_owned(), place: String::new(), role, network: "elsewhere".to_owned() };
    let mut evidence = Evidence::new(&vantage, Vec::new(), attempts);
    evidence.sight = Sight::Clear;
    evidence.sight_by_family = FamilySight { ipv4: Sight::Clear, ipv6: Sight::Clear };
    evidence
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
