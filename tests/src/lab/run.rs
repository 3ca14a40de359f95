//! A scenario run: the world built and broken, the vantages started, the command asked, the report held against what
//! must come out.

use super::plan::{DNS, DOH, NETS, REGION, RESOLVER, VANTAGE_PORT, at};
use super::scenario::Scenario;
use super::world::{World, sibling, wait_for_listener};
use super::{dns, hosts};
use anyhow::{Context, Result, ensure};
use noanswer_core::report::Report;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that names the command under test.
pub const COMMAND: &str = "NOANSWER_BIN";

/// The variable that holds the vantages' token.
const TOKEN: &str = "NOANSWER_LAB_TOKEN";

/// How a scenario went.
pub struct Outcome {
    /// What the command printed.
    pub report: Report,
    /// Its exit code.
    pub code: Option<i32>,
    /// How long the check took.
    pub took: Duration,
    /// What is not as it must be; empty when all is.
    pub wrong: Vec<String>,
}

/// The command under test: `NOANSWER_BIN`, or what this workspace builds.
pub fn command_under_test() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(COMMAND) {
        return Ok(path.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "noanswer"])
        .current_dir(root)
        .status()
        .context("`cargo` could not be started")?;
    ensure!(status.success(), "the command under test could not be built");
    sibling("noanswer")
}

/// Runs `scenario` with the command `noanswer`.
pub fn run(scenario: &Scenario, noanswer: &Path) -> Result<Outcome> {
    let mut world = World::new(scenario.container)?;
    let usual = dns::usual(scenario.exchanges.len(), [scenario.ipv4, scenario.ipv6]);
    dns::start(&mut world, &scenario.dns, &usual)?;
    let resolv_conf = world.folder.join("resolv.conf");
    std::fs::write(&resolv_conf, format!("nameserver {}\n", at(DNS, RESOLVER)[0]))?;
    world.set_resolver(&resolv_conf);
    let controls = hosts::controls(&mut world)?;
    hosts::exchanges(&mut world, &scenario.exchanges)?;
    for fault in &scenario.faults {
        fault.build(&mut world).with_context(|| format!("{fault:?}"))?;
    }
    let mut flags = vec!["--doh-ca".to_owned(), world.folder.join("authority.pem").display().to_string()];
    for host in DOH.iter().take(scenario.doh) {
        flags.extend(["--doh".to_owned(), format!("https://{}/dns-query", at(DNS, *host)[0])]);
    }
    flags.extend(["--controls".to_owned(), controls.display().to_string()]);
    flags.extend(NETS.iter().flat_map(|net| ["--allow-net".to_owned(), (*net).to_owned()]));
    let vantages = vantages(&mut world, scenario, noanswer, &flags)?;

    let mut command = world.subject().command(noanswer);
    command.args(["check", &scenario.domain, "--json"]).args(&flags).env(TOKEN, "lab");
    if scenario.vantages > 0 {
        command.arg("--vantages").arg(vantages);
    }
    if let Some(text) = &scenario.symptom {
        let file = world.folder.join("symptom.txt");
        std::fs::write(&file, text)?;
        command.arg("--file").arg(file);
    }
    if scenario.patient {
        command.args(["--patient", "--deadline", "150"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().with_context(|| noanswer.display().to_string())?;
    let output = std::thread::scope(|scope| {
        scope.spawn(|| later(&world, start));
        child.wait_with_output()
    })?;
    let took = start.elapsed();
    let report: Report = serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "no report: {}\n{}",
            String::from_utf8_lossy(&output.stderr).trim(),
            String::from_utf8_lossy(&output.stdout)
        )
    })?;
    let wrong = super::expect::compare(&scenario.expect, &report, output.status.code());
    Ok(Outcome { report, code: output.status.code(), took, wrong })
}

/// Lifts the faults that end while the check runs.
fn later(world: &World, start: Instant) {
    let mut later = world.later.clone();
    later.sort();
    for (seconds, rules) in later {
        std::thread::sleep(Duration::from_secs(seconds).saturating_sub(start.elapsed()));
        if let Err(error) = world.target.nft(&rules) {
            eprintln!("a fault could not be lifted: {error:#}");
        }
    }
}

/// Starts the service of every region that shall have one, and writes the vantages file.
fn vantages(world: &mut World, scenario: &Scenario, noanswer: &Path, flags: &[String]) -> Result<PathBuf> {
    let mut file = String::new();
    let silenced: Vec<usize> =
        scenario.faults.iter().filter_map(|fault| fault.silences()?.region()).collect();
    for (index, net) in (REGION..).take(scenario.vantages).enumerate() {
        let n = index + 1;
        let listen = SocketAddr::new(at(net, 2)[0], VANTAGE_PORT);
        let network = if scenario.one_network { 1 } else { n };
        file += &format!(
            "[[vantage]]\nid = \"region-{n}\"\nplace = \"Region {n}\"\nnetwork = \"network-{network}\"\n\
             url = \"http://{listen}\"\nauth = {{ bearer-env = \"{TOKEN}\" }}\n"
        );
        if silenced.contains(&index) {
            continue;
        }
        let mut command = world.regions[index].command(noanswer);
        command
            .args(["serve", "--vantage", "--listen", &listen.to_string(), "--token-env", TOKEN])
            .args(flags);
        command.env(TOKEN, "lab");
        let log = world.start(command, &format!("vantage-{n}"))?;
        wait_for_listener(&world.regions[index], listen)
            .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
    }
    let path = world.folder.join("vantages.toml");
    std::fs::write(&path, file)?;
    Ok(path)
}
