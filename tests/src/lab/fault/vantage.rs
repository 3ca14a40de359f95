//! What breaks at the regions.

use super::model::{Claim, Families, Fault, Refusal, Whom};
use super::rules::{filter, nat, refuse};
use crate::lab::fate::Server;
use crate::lab::plan::{CONTROL_HOST, EXCHANGES, OPERATORS, TARGET, VANTAGE_PORT, at};
use crate::lab::world::World;
use crate::namespace::Namespace;
use anyhow::{Context, Result};
use noanswer_core::evidence::{
    Attempt, ControlResult, Evidence, Expectation, FamilySight, Grade, NetworkKind, Role, Sight, Vantage,
};
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
        let host = if claim == Claim::OtherAddresses { host + 80 } else { *host };
        at(TARGET, host).map(|address| made_up(&format!("mx{}.recipient.test", n + 1), address, claim))
    });
    let attempts = attempts.flatten().collect();
    let controls = OPERATORS.iter().take(3).flat_map(|(operator, net)| {
        at(*net, CONTROL_HOST).map(|address| {
            let attempt = made_up(&format!("mx.{operator}.test"), address, Claim::ReachedWithoutControls)?;
            Some(ControlResult { operator: (*operator).to_owned(), expected: Expectation::Open, attempt })
        })
    });
    let controls = controls.flatten().filter(|_| claim == Claim::OtherAddresses).collect();
    let (id, role) = match claim {
        Claim::IsTheSender => ("local", Role::Sender),
        _ => ("region-2", Role::Region),
    };
    let vantage = Vantage {
        id: id.to_owned(),
        place: String::new(),
        role,
        network: "elsewhere".to_owned(),
        grade: Grade::Smtp,
        network_kind: NetworkKind::Unknown,
    };
    let mut evidence = Evidence::new(&vantage, controls, attempts);
    evidence.sight = Sight::Clear;
    evidence.sight_by_family = FamilySight { ipv4: Sight::Clear, ipv6: Sight::Clear };
    evidence
}

/// One connection that was never made.
fn made_up(exchange: &str, address: IpAddr, claim: Claim) -> Option<Attempt> {
    let silent = serde_json::json!({
        "exchange": exchange, "address": address, "port": 25, "round": 1,
        "stage": "connect", "outcome": "timed_out", "limit_ms": 10_000, "ended_ms": 10_000.0,
    });
    let reached = serde_json::json!({
        "exchange": exchange, "address": address, "port": 25, "round": 1,
        "stage": "ehlo", "outcome": "completed", "connect_ms": 1.0, "greeting_ms": 2.0, "ehlo_ms": 3.0,
        "greeting": format!("220 {exchange} ESMTP ready"), "keywords": ["STARTTLS"],
    });
    let silence = matches!(claim, Claim::SilenceWithoutControls | Claim::OtherAddresses);
    serde_json::from_value(if silence { silent } else { reached }).ok()
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
