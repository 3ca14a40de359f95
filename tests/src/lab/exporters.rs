//! blackbox_exporter in the regions: the real one, in two versions, and one that lies.

use super::fault::Lie;
use super::plan::{REGION, REGION_ASN, TARGET, at};
use super::scenario::Scenario;
use super::world::{World, wait_for_listener};
use crate::http::{self, Answer};
use crate::need;
use anyhow::{Context, Result};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;

/// Where exporters listen.
const PORT: u16 = 9115;

const PACKAGE: &str = "prometheus-blackbox-exporter";
const PATH: &str = "usr/bin/prometheus-blackbox-exporter";

/// The suite that has a version whose metrics tell the greeting (0.26).
const LATER: &str = "trixie";

/// The module of the documentation, as versions up to 0.25 take it, and all later ones.
const MODULES: [&str; 2] = [
    r#"modules:
  noanswer_smtp:
    prober: tcp
    timeout: 20s
    tcp:
      query_response:
        - expect: "^([2-5][0-9][0-9])([ -])([ -~]*)"
        - send: "QUIT\r"
"#,
    r#"modules:
  noanswer_smtp:
    prober: tcp
    timeout: 20s
    tcp:
      query_response:
        - expect: "^([2-5][0-9][0-9])([ -])([ -~]*)"
          labels:
            - { name: code, value: "${1}" }
            - { name: text, value: "${3}" }
        - send: "QUIT\r"
"#,
];

/// The exporters of both versions: Debian's here, and a later one.
pub fn find() -> Result<[PathBuf; 2]> {
    Ok([need::debian(PACKAGE, PATH)?.path, need::debian_of(LATER, PACKAGE, PATH)?])
}

/// Starts an exporter in each region that shall have one, and writes their entries of the vantages file. They stand in the
/// networks of the regions' own probers.
pub fn start(world: &mut World, scenario: &Scenario) -> Result<String> {
    let mut file = String::new();
    for (index, net) in (REGION..).take(scenario.blackbox).enumerate() {
        let n = index + 1;
        let listen = SocketAddr::new(at(net, 2)[0], PORT);
        let asn = REGION_ASN + if scenario.one_network { 0 } else { u32::try_from(index)? };
        file += &format!(
            "[[vantage]]\nid = \"exporter-{n}\"\nplace = \"Region {n}\"\nnetwork = \"AS{asn}\"\n\
             kind = \"blackbox\"\nurl = \"http://{listen}\"\n"
        );
        let lie = scenario.faults.iter().find_map(|fault| fault.exporter_lies(index));
        match lie {
            Some(lie) => lies(world, index, listen, lie)?,
            None => exports(world, index, listen)?,
        }
    }
    Ok(file)
}

/// The first region has the earlier version, the others the later one; the last one logs errors alone, as 0.28 does.
fn exports(world: &mut World, index: usize, listen: SocketAddr) -> Result<()> {
    let [earlier, later] = find()?;
    let config = world.folder.join(format!("blackbox-{index}.yml"));
    std::fs::write(&config, MODULES[usize::from(index > 0)])?;
    let mut command = world.regions[index].command(if index == 0 { earlier } else { later });
    command.arg(format!("--web.listen-address={listen}")).arg(format!("--config.file={}", config.display()));
    if index > 1 {
        command.arg("--log.prober=error");
    }
    let log = world.start(command, &format!("exporter-{}", index + 1))?;
    wait_for_listener(&world.regions[index], listen)
        .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())
}

fn lies(world: &World, index: usize, listen: SocketAddr, lie: Lie) -> Result<()> {
    let listener = world.regions[index].run(|| TcpListener::bind(listen))?;
    http::serve(listener, move |request| {
        let target = request.path.split_once("target=").map_or("", |(_, rest)| rest);
        let target = target.split('&').next().unwrap_or_default().replace("%5B", "[").replace("%5D", "]");
        let body = target.parse().map_or_else(|_| String::new(), |target: SocketAddr| page(target.ip(), lie));
        Answer { status: if lie == Lie::Nothing { 0 } else { 200 }, headers: Vec::new(), body }
    });
    Ok(())
}

/// The page about `target`.
fn page(target: IpAddr, lie: Lie) -> String {
    let greets = format!("probe_expect_info{{code=\"220\",text=\"mail at {target}\"}} 1\nprobe_success 1\n");
    let fails = |words: &str| {
        format!(
            "Logs for the probe:\nlevel=ERROR msg=\"Error dialing TCP\" err=\"dial tcp {target}:25: {words}\"\n\n\
             Metrics that would have been returned:\nprobe_duration_seconds 1\nprobe_success 0\n"
        )
    };
    let is_of = |net: u8| at(net, 0).into_iter().any(|one| prefix(one) == prefix(target));
    let of_target = is_of(TARGET);
    // The negative control.
    let closed = is_of(24);
    match lie {
        Lie::TargetIsSilent if of_target => fails("i/o timeout"),
        Lie::TargetRefuses if of_target => fails("connect: connection refused"),
        _ if closed && lie != Lie::EverythingGreets => fails("connect: connection refused"),
        _ => greets,
    }
}

/// The network of `address`, as the plan numbers it.
fn prefix(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets()[..3].to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}
