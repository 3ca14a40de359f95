//! The commands about the path: packets, names, greetings, certificates.

use super::cover_hosts;
use super::shell::Shell;
use anyhow::{Context, Result, ensure};
use noanswer_core::facts::controls;
use noanswer_tests::lab::plan::{CONTROL_HOST, DNS, DOMAIN, EXCHANGES, OPERATORS, RESOLVER, TARGET, at};
use noanswer_tests::lab::scenario::Controls;
use noanswer_tests::lab::world::World;
use noanswer_tests::lab::{dns, hosts, run};
use noanswer_tests::need;
use std::collections::BTreeMap;
use std::fmt::Write;

pub fn run(world: &mut World) -> Result<Vec<&'static str>> {
    let shell = shell(world)?;
    dns::start(world, &dns::Zones::default(), &dns::usual(1, [true, true]))?;
    let resolv_conf = world.folder.join("resolv.conf");
    std::fs::write(&resolv_conf, format!("nameserver {}\n", at(DNS, RESOLVER)[0]))?;
    world.set_resolver(&resolv_conf);
    hosts::controls(world, &Controls::default())?;
    hosts::exchanges(world, &["exim".to_owned()])?;
    let sender = &world.sender;
    let addresses = at(TARGET, EXCHANGES[0]);

    greetings(world, &shell)?;
    for address in addresses.map(Some) {
        shell.tell(sender, "greeting", DOMAIN, address)?.with(&["220 mx1.recipient.test"])?;
        let certificate = world.folder.join("mx1.recipient.test/mx.crt");
        let line = format!("openssl x509 -noout -fingerprint -sha256 -in {}", certificate.display());
        let print = shell.run(sender, &line)?.out;
        shell.tell(sender, "tls", DOMAIN, address)?.with(&[print.trim()])?;
        shell.tell(sender, "route", DOMAIN, address)?.with(&["via"])?;
        shell.tell(sender, "mtu.path", DOMAIN, address)?.with(&["pmtu 1500"])?;
        let said = shell.tell(sender, "trace", DOMAIN, address)?.with(&[])?;
        let there = address.map(|address| address.to_string()).unwrap_or_default();
        ensure!(said.out.lines().skip(1).any(|line| line.contains(&there)), "{said:?}");
        ensure!(arrived(&shell.tell(sender, "mtu", DOMAIN, address)?.out) == [3, 3], "on a whole path");
    }
    // A path that swallows what is larger than 1300 bytes: small packets pass and large ones do not.
    world.inet.nft(
        "table inet hole { chain way { type filter hook forward priority 0; meta length > 1300 drop; }; }",
    )?;
    for address in addresses.map(Some) {
        ensure!(arrived(&shell.tell(sender, "mtu", DOMAIN, address)?.out) == [3, 0], "on a path with a hole");
    }
    shell.tell(sender, "route.ipv6", DOMAIN, None)?.with(&["default via"])?;
    sender.nft("table inet own { chain out { type filter hook output priority 0; tcp dport 25 drop; }; }")?;
    shell.tell(sender, "firewall", DOMAIN, None)?.with(&["tcp dport 25 drop"])?;
    names(world, &shell)?;
    Ok(vec![
        "greeting",
        "controls.4",
        "controls.6",
        "tls",
        "route",
        "route.ipv6",
        "mtu.4",
        "mtu.6",
        "mtu.path",
        "trace",
        "firewall",
        "resolver",
        "third_resolver",
        "web",
    ])
}

/// The three exchanges that the command names, as the lab's controls.
fn greetings(world: &World, shell: &Shell) -> Result<()> {
    let mut greeted = BTreeMap::new();
    let mut file = String::new();
    for ((_, host), (operator, net)) in controls::exchanges().zip(OPERATORS[..3].iter().cycle()) {
        for address in at(*net, CONTROL_HOST) {
            writeln!(file, "{address} {host}")?;
        }
        greeted.insert(host, format!("{host}: 220 mx.{operator}.test"));
    }
    cover_hosts(world, &file)?;
    for address in at(TARGET, EXCHANGES[0]) {
        let told: Vec<&String> =
            controls::three(address.is_ipv6()).iter().filter_map(|host| greeted.get(host)).collect();
        ensure!(told.len() == 3, "{told:?}");
        let said = shell.tell(&world.sender, "controls", DOMAIN, Some(address))?;
        said.with(&told.iter().map(|words| words.as_str()).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn names(world: &World, shell: &Shell) -> Result<()> {
    let said = shell.tell(&world.sender, "resolver", DOMAIN, None)?.with(&["mx1.recipient.test"])?;
    ensure!(said.out.matches("status: NOERROR").count() == 5, "{said:?}");
    let said = shell.tell(&world.sender, "resolver", "nobody-has-this.test", None)?;
    ensure!(said.out.matches("status: NXDOMAIN").count() == 5, "an answer that hides its status: {said:?}");
    // No Internet here: it says so, and it was understood.
    let said = shell.tell(&world.sender, "third_resolver", DOMAIN, None)?;
    ensure!(said.code == Some(3) && !said.out.contains("Usage"), "{said:?}");
    ensure!(controls::resolvers().chain(controls::page_resolvers()).all(|url| !url.contains("dns.google")));
    let said = shell.tell(&world.sender, "web", DOMAIN, None)?;
    ensure!(said.out.contains("000") && said.code != Some(2), "{said:?}");
    Ok(())
}

/// How many packets each ping got back.
fn arrived(out: &str) -> Vec<u32> {
    let count = |line: &str| line.split(", ").find_map(|part| part.strip_suffix(" received")?.parse().ok());
    out.lines().filter_map(count).collect()
}

fn shell(world: &World) -> Result<Shell> {
    let shell = Shell::new(world.folder.join("bin"))?;
    for (name, package, path) in [
        ("ping", "iputils-ping", "bin/ping"),
        ("tracepath", "iputils-tracepath", "usr/bin/tracepath"),
        ("traceroute", "traceroute", "usr/bin/traceroute.db"),
        ("nc", "netcat-openbsd", "bin/nc.openbsd"),
        ("dig", "bind9-dnsutils", "usr/bin/dig"),
    ] {
        shell.program(name, &need::debian(package, path)?, "", "")?;
    }
    let noanswer = run::command_under_test().context("noanswer")?;
    shell.script("noanswer", &format!("exec {} \"$@\"", noanswer.display()))?;
    Ok(shell)
}
