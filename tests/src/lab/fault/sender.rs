//! What breaks on the sender's side.

use super::rules::{filter, nat, refuse};
use super::{Families, Fault, Refusal};
use crate::lab::fate::Server;
use crate::lab::plan::{EXCHANGES, OFFICE, TARGET, at};
use crate::lab::world::World;
use anyhow::Result;
use std::net::SocketAddr;

const OUTBOUND: &str = "iifname \"sender\" tcp dport 25";

pub(super) fn build(fault: &Fault, world: &mut World) -> Result<()> {
    match fault {
        Fault::SenderBlocks25 { family, how } => {
            filter(&world.sender, "output", &refuse(*family, "tcp dport 25", *how)).map(drop)
        }
        Fault::SenderForbids25 { family } => {
            let rule = "rule add priority 1 ipproto tcp dport 25 prohibit\n";
            if family.ipv4() {
                world.sender.ip(rule)?;
            }
            if family.ipv6() { world.sender.ip6(rule) } else { Ok(()) }
        }
        Fault::SenderForbidsTarget => {
            let hosts = EXCHANGES.iter().flat_map(|host| at(TARGET, *host));
            let lines: String = hosts.map(|ip| format!("route add prohibit {ip}\n")).collect();
            world.sender.ip(&lines)
        }
        Fault::GatewayBlocks25 { family, how } => {
            filter(&world.gateway, "forward", &refuse(*family, OUTBOUND, *how)).map(drop)
        }
        Fault::GatewayDropsAnswers => {
            filter(&world.gateway, "forward", "oifname \"sender\" tcp sport 25 drop").map(drop)
        }
        Fault::GatewayLimits { connections } => {
            let rule = format!("{OUTBOUND} ct state new ct count over {connections} drop");
            filter(&world.gateway, "forward", &rule).map(drop)
        }
        Fault::GatewayIntercepts25 { family, fate } => {
            let rule = format!("{}{OUTBOUND} redirect to :25", family.rule());
            nat(&world.gateway, "prerouting", &rule)?;
            let server = |ip| Server::new(SocketAddr::new(ip, 25), fate, "proxy.access-provider.test");
            let servers: Vec<_> = at(OFFICE, 1).into_iter().map(server).collect::<Result<_>>()?;
            world.serve(|world| &world.gateway, &servers)
        }
        Fault::SenderOffline { family } => {
            filter(&world.gateway, "forward", &refuse(*family, "", Refusal::Drop)).map(drop)
        }
        Fault::SenderHasNoRoute { family } => world.sender.ip(&no_route(*family)),
        Fault::SenderPathMtu => {
            world.inet.ip("link set gateway mtu 1280\n")?;
            let silence = "icmp type destination-unreachable icmp code frag-needed drop\n\
                           icmpv6 type packet-too-big drop\n";
            filter(&world.inet, "output", silence).map(drop)
        }
        Fault::TargetPathMtu => {
            let rule = "iifname \"target\" oifname \"gateway\" meta length > 1280 drop";
            filter(&world.inet, "forward", rule).map(drop)
        }
        _ => Ok(()),
    }
}

fn no_route(families: Families) -> String {
    let mut lines = String::new();
    if families.ipv4() {
        lines += "route del 0.0.0.0/0\n";
    }
    if families.ipv6() {
        lines += &format!("route del ::/0\naddr del {}/64 dev gateway\n", at(OFFICE, 2)[1]);
    }
    lines
}
