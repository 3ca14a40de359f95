//! BIND 9 as all the DNS there is: two DoH servers of different operators, the sender's own resolver, and the name
//! servers behind them, as views of one process.

use super::fate::Certificate;
use super::plan::{DNS, DOH, DOMAIN, EXCHANGES, RESOLVER, TARGET, at};
use super::world::{World, wait_for_listener};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::fmt::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the name servers of the recipient do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Servers {
    /// They answer.
    #[default]
    Answer,
    /// Nobody has heard of the domain: NXDOMAIN (RFC 2308 s2.1).
    Unheard,
    /// They cannot load the zone: SERVFAIL.
    Fail,
    /// They say that the zone is not theirs (REFUSED): lame (RFC 8499 s7).
    Lame,
    /// They sign, and the signatures have expired: DNSSEC bogus (RFC 4035 s4.3).
    Bogus,
}

/// What the DNS knows, as a scenario says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Zones {
    /// What the domain's name servers do.
    #[serde(default)]
    pub servers: Servers,
    /// The records of the domain, in place of an MX and addresses for every exchange.
    pub zone: Option<String>,
    /// What the second DoH server says instead.
    pub second_zone: Option<String>,
    /// What the domain's name servers do when the sender's own resolver asks them.
    pub resolver_servers: Option<Servers>,
    /// What the sender's own resolver says instead.
    pub resolver_zone: Option<String>,
    /// Whether the sender's own resolver makes IPv6 addresses of IPv4 ones (DNS64, RFC 6147), by the well-known prefix.
    #[serde(default)]
    pub dns64: bool,
}

/// A usual zone: `count` exchanges of one preference each, in both families.
pub fn usual(count: usize, families: [bool; 2]) -> String {
    let mut zone = String::new();
    for (n, host) in EXCHANGES.iter().take(count).enumerate() {
        let n = n + 1;
        let _ = writeln!(zone, "@ MX {n}0 mx{n}");
        let [v4, v6] = at(TARGET, *host);
        if families[0] {
            let _ = writeln!(zone, "mx{n} A {v4}");
        }
        if families[1] {
            let _ = writeln!(zone, "mx{n} AAAA {v6}");
        }
    }
    zone
}

/// Starts BIND in the lab's `dns` host, and waits until it answers.
pub fn start(world: &mut World, zones: &Zones, usual: &str) -> Result<()> {
    let addresses: Vec<_> = DOH.iter().flat_map(|host| at(DNS, *host)).collect();
    let (authority, certificate) = Certificate::with_authority(&addresses)?;
    let write = |name: &str, text: &str| {
        std::fs::write(world.folder.join(name), text).with_context(|| format!("{name} could not be written"))
    };
    write("authority.pem", &authority)?;
    write("doh.crt", &certificate.certificate)?;
    write("doh.key", &certificate.key)?;
    write("root.zone", &format!("{HEAD}@ NS ns.\nns A 192.0.2.53\n"))?;
    let first = zones.zone.as_deref().unwrap_or(usual);
    let variants = [
        ("first", Some(first)),
        ("second", zones.second_zone.as_deref()),
        ("resolver", zones.resolver_zone.as_deref()),
    ];
    for (name, zone) in variants {
        if let Some(zone) = zone {
            write(&format!("{name}.zone"), &format!("{HEAD}@ NS ns\nns A 192.0.2.53\n{zone}\n"))?;
        }
    }
    let mut anchors = String::new();
    if zones.servers == Servers::Bogus {
        anchors = sign(world)?;
    }
    write("named.conf", &configuration(world, zones, &anchors))?;
    let mut named = world.dns.command("named");
    named.args(["-g", "-n", "1", "-c"]).arg(world.folder.join("named.conf"));
    let log = world.start(named, "named")?;
    for host in DOH {
        let doh = SocketAddr::new(at(DNS, host)[0], 443);
        wait_for_listener(&world.dns, doh)
            .with_context(|| format!("named says:\n{}", std::fs::read_to_string(&log).unwrap_or_default()))?;
    }
    wait_until_running(&log)
}

/// The head of every zone.
const HEAD: &str = "$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n";

fn wait_until_running(log: &std::path::Path) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(20);
    while !std::fs::read_to_string(log).unwrap_or_default().lines().any(|line| line.ends_with(" running")) {
        ensure!(Instant::now() < until, "named does not come up: {}", std::fs::read_to_string(log)?);
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The configuration: which question comes from where decides which world it is asked in.
fn configuration(world: &World, zones: &Zones, anchors: &str) -> String {
    let folder = world.folder.display();
    let [first, second, resolver] = [DOH[0], DOH[1], RESOLVER].map(|host| at(DNS, host));
    let [first4, second4, resolver4] = [first, second, resolver].map(|both| both[0]);
    let [first6, second6, resolver6] = [first, second, resolver].map(|both| both[1]);
    let mut text = format!(
        r#"
tls doh {{ key-file "{folder}/doh.key"; cert-file "{folder}/doh.crt"; }};
http doh {{ endpoints {{ "/dns-query"; }}; }};
options {{
    directory "{folder}"; pid-file none; session-keyfile "{folder}/session.key"; lock-file none;
    listen-on port 53 {{ 127.0.0.1; 127.0.0.2; {resolver4}; }};
    listen-on port 443 tls doh http doh {{ {first4}; {second4}; }};
    listen-on-v6 port 53 {{ {resolver6}; }};
    listen-on-v6 port 443 tls doh http doh {{ {first6}; {second6}; }};
    allow-query {{ any; }}; allow-query-cache {{ any; }}; allow-recursion {{ any; }};
    dnssec-validation yes; empty-zones-enable no; notify no; minimal-responses yes;
    resolver-query-timeout 2000; servfail-ttl 0;
}};
controls {{ }};
view "lame" {{ match-destinations {{ 127.0.0.2; }}; recursion no; allow-query {{ none; }}; }};
view "servers" {{
    match-destinations {{ 127.0.0.1; }}; recursion no;
    {servers}
}};
"#,
        servers = match zones.servers {
            Servers::Bogus => zone_file("first.zone.signed"),
            Servers::Fail => zone_file("no-such.zone"),
            _ => zone_file("first.zone"),
        }
    );
    for (view, [v4, v6]) in [("first", first), ("second", second), ("resolver", resolver)] {
        let own = world.folder.join(format!("{view}.zone"));
        let servers = match view {
            "resolver" => zones.resolver_servers.unwrap_or(zones.servers),
            _ => zones.servers,
        };
        let zone = match servers {
            Servers::Unheard => String::new(),
            Servers::Answer if own.is_file() => zone_file(&format!("{view}.zone")),
            Servers::Answer => zone_file("first.zone"),
            Servers::Lame => behind("127.0.0.2"),
            Servers::Fail | Servers::Bogus => behind("127.0.0.1"),
        };
        let dns64 = match view {
            "resolver" if zones.dns64 => "dns64 64:ff9b::/96 { clients { any; }; };",
            _ => "",
        };
        let _ = write!(
            text,
            "view \"{view}\" {{\n    match-destinations {{ {v4}; {v6}; }}; recursion yes; {dns64}\n    \
             zone \".\" {{ type primary; file \"root.zone\"; }};\n    {zone}\n    {anchors}\n}};\n"
        );
    }
    text
}

fn zone_file(file: &str) -> String {
    format!("zone \"{DOMAIN}\" {{ type primary; file \"{file}\"; }};")
}

fn behind(server: &str) -> String {
    format!("zone \"{DOMAIN}\" {{ type static-stub; server-addresses {{ {server}; }}; }};")
}

/// Signs the domain's zone with signatures that ended yesterday, and gives the trust anchor (RFC 4034).
fn sign(world: &World) -> Result<String> {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&world.folder)
            .output()
            .with_context(|| format!("`{program}` could not be started (Debian package bind9-utils)"))?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{program}: {words}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let key = run("dnssec-keygen", &["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", DOMAIN])?;
    run(
        "dnssec-signzone",
        &[
            "-q",
            "-z",
            "-S",
            "-P",
            "-o",
            DOMAIN,
            "-s",
            "-20d",
            "-e",
            "now-1d",
            "-f",
            "first.zone.signed",
            "first.zone",
            &key,
        ],
    )?;
    let record = std::fs::read_to_string(world.folder.join(format!("{key}.key")))?;
    let line = record.lines().find(|line| !line.starts_with(';')).context("an empty key file")?;
    let fields: Vec<&str> = line.split_whitespace().skip_while(|field| *field != "DNSKEY").skip(1).collect();
    let [flags, protocol, algorithm, key @ ..] = &fields[..] else { anyhow::bail!("no key in {line}") };
    Ok(format!(
        "trust-anchors {{ {DOMAIN}. static-key {flags} {protocol} {algorithm} \"{}\"; }};",
        key.concat()
    ))
}
