//! What breaks on the sender's side.

use super::model::{Families, Fault, Refusal, Whom};
use super::rules::{filter, nat, refuse};
use crate::lab::fate::Server;
use crate::lab::plan::{CONTROL_HOST, EXCHANGES, OFFICE, OPERATORS, TARGET, at};
use crate::lab::world::World;
use crate::namespace::Namespace;
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
        Fault::GatewayEndsSessions { how } => {
            let said = format!("{OUTBOUND} tcp flags & psh == psh");
            filter(&world.gateway, "forward", &refuse(Families::Both, &said, *how)).map(drop)
        }
        Fault::GatewayChooses => {
            let control = at(OPERATORS[0].1, CONTROL_HOST);
            let denied = EXCHANGES.iter().flat_map(|host| at(TARGET, *host)).chain(control);
            let rules: String = denied
                .map(|ip| format!("{OUTBOUND} {} daddr {ip} drop\n", if ip.is_ipv4() { "ip" } else { "ip6" }))
                .collect();
            filter(&world.gateway, "forward", &rules).map(drop)
        }
        Fault::GatewayBlocksPorts { ports } => {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            let rule = format!("iifname \"sender\" tcp dport {{ {} }} drop", ports.join(", "));
            filter(&world.gateway, "forward", &rule).map(drop)
        }
        Fault::LosesFirstSyns { whom } => lose_first_syns(host_of(world, *whom)),
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
        Fault::RegionPathMtu { whom } => {
            let rule = format!(
                "iifname \"target\" oifname \"{}\" meta length > 1280 drop",
                host_of(world, *whom).name
            );
            filter(&world.inet, "forward", &rule).map(drop)
        }
        _ => Ok(()),
    }
}

fn host_of(world: &World, whom: Whom) -> &Namespace {
    match whom.region() {
        Some(region) => &world.regions[region],
        None => &world.sender,
    }
}

/// Drops what has not been seen before, by its source port.
fn lose_first_syns(host: &Namespace) -> Result<()> {
    host.nft(
        "table inet first_syns {
            set seen { type inet_service; flags dynamic; size 65535; }
            chain rules {
                type filter hook output priority 0;
                tcp dport 25 tcp flags & (syn | ack) == syn tcp sport != @seen add @seen { tcp sport } drop
            }
        }",
    )
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
