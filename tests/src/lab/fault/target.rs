//! What breaks on the recipient's side, or on the way to it.

use super::model::{Fault, Whom};
use super::rules::{filter, nat, refuse};
use crate::lab::fate::Server;
use crate::lab::place::Host;
use crate::lab::plan::{EXCHANGES, OFFICE, TARGET, at};
use crate::lab::world::World;
use crate::namespace::Namespace;
use anyhow::{Context, Result};
use std::net::SocketAddr;

/// Where a box on the way listens for what it takes away.
const MIDDLEBOX: u16 = 2525;

pub(super) fn build(fault: &Fault, world: &mut World) -> Result<()> {
    match fault {
        Fault::TargetGone { family, exchange } => {
            let mut lines = String::new();
            for host in hosts(*exchange)? {
                let [v4, v6] = at(TARGET, host);
                if family.ipv4() {
                    lines += &format!("addr del {v4}/24 dev inet\n");
                }
                if family.ipv6() {
                    lines += &format!("addr del {v6}/64 dev inet\n");
                }
            }
            world.target.ip(&lines)
        }
        Fault::TargetBlocks { family, whom, how, exchange, until } => {
            // Without its neighbours a host cannot even say no (RFC 4890 s4.4.1).
            let mut rules = String::from("icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n");
            for host in hosts(*exchange)? {
                for (to, from) in
                    at(TARGET, host).iter().zip(whom.map_or([None; 2], |whom| at(whom.net(), 0).map(Some)))
                {
                    let (ip, length) = if to.is_ipv4() { ("ip", 24) } else { ("ip6", 64) };
                    if !(if to.is_ipv4() { family.ipv4() } else { family.ipv6() }) {
                        continue;
                    }
                    let from = from.map_or(String::new(), |net| format!("{ip} saddr {net}/{length} "));
                    let one = if to.is_ipv4() { super::Families::Ipv4 } else { super::Families::Ipv6 };
                    rules += &refuse(one, &format!("{from}{ip} daddr {to}"), *how);
                }
            }
            let table = filter(&world.target, "input", &rules)?;
            if let Some(seconds) = until {
                world.later.push((*seconds, Host::Target, format!("delete table inet {table}\n")));
            }
            Ok(())
        }
        Fault::TargetLoses { percent } => {
            let lot = format!("numgen random mod 100 < {percent}");
            // Towards the recipient alone: a loss of both ways would be nearly twice as much.
            let lot = if *percent == 100 { "" } else { &lot };
            let rules = format!("oifname \"target\" {lot} drop\n");
            filter(&world.inet, "forward", &rules).map(drop)
        }
        Fault::TargetTreats { whom, fate } => {
            let port = MIDDLEBOX + 1 + u16::from(whom.net());
            let mut rules = String::new();
            let mut servers = Vec::new();
            for (to, from) in at(TARGET, EXCHANGES[0]).into_iter().zip(at(whom.net(), 0)) {
                let (ip, length) = if to.is_ipv4() { ("ip", 24) } else { ("ip6", 64) };
                rules += &format!(
                    "{ip} saddr {from}/{length} {ip} daddr {to} tcp dport 25 dnat {ip} to {}\n",
                    SocketAddr::new(to, port)
                );
                servers.push(Server::new(SocketAddr::new(to, port), fate, "mx1.recipient.test")?);
            }
            nat(&world.target, "prerouting", &rules)?;
            world.serve(|world| &world.target, &servers)
        }
        Fault::TargetBehindFirewall => {
            let rules = "iifname \"inet\" tcp dport 443 dnat ip to 203.0.113.9\n\
                         iifname \"inet\" tcp dport 443 dnat ip6 to 2001:db8:ffff::9\n";
            nat(&world.target, "prerouting", rules)?;
            filter(&world.target, "forward", "tcp dport 443 drop").map(drop)
        }
        Fault::Middlebox { whom: Whom::Sender, fate, at_gateway: true } => {
            take_away(world, |world| &world.gateway, "sender", OFFICE, fate)
        }
        Fault::Middlebox { whom, fate, .. } => middlebox(world, *whom, fate),
        _ => Ok(()),
    }
}

fn hosts(exchange: Option<u8>) -> Result<Vec<u8>> {
    let Some(number) = exchange else { return Ok(EXCHANGES.to_vec()) };
    let index = usize::from(number).checked_sub(1).context("exchanges are numbered from 1")?;
    Ok(vec![*EXCHANGES.get(index).context("no such exchange")?])
}

/// A box that stands where `whom`'s packets enter the Internet, and speaks in the name of the first exchange.
fn middlebox(world: &mut World, whom: Whom, fate: &str) -> Result<()> {
    let interface = whom.region().map_or("gateway".to_owned(), |region| format!("region-{}", region + 1));
    let net = whom.region().map_or(crate::lab::plan::UPLINK, |_| whom.net());
    take_away(world, |world| &world.inet, &interface, net, fate)
}

/// Takes from `host` what comes in by `interface` for the first exchange's port 25, and serves it at host 1 of `net`.
fn take_away(
    world: &mut World,
    host: fn(&World) -> &Namespace,
    interface: &str,
    net: u8,
    fate: &str,
) -> Result<()> {
    let mut rules = String::new();
    for to in at(TARGET, EXCHANGES[0]) {
        let ip = if to.is_ipv4() { "ip" } else { "ip6" };
        rules += &format!("iifname \"{interface}\" {ip} daddr {to} tcp dport 25 redirect to :{MIDDLEBOX}\n");
    }
    nat(host(world), "prerouting", &rules)?;
    let server = |ip| Server::new(SocketAddr::new(ip, MIDDLEBOX), fate, "mx1.recipient.test");
    let servers: Vec<_> = at(net, 1).into_iter().map(server).collect::<Result<_>>()?;
    world.serve(host, &servers)
}
