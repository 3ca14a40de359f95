//! A scenario run: the world built and broken, the vantages started, the command asked, the report held against what
//! must come out.

use super::plan::{DNS, DOH, NETS, RESOLVER, at};
use super::scenario::Scenario;
use super::vantages::{self, Settings, TOKEN};
use super::world::World;
use super::{atlas, check_host, dns, globalping, hosts};
use crate::own_network;
use crate::process::sibling;
use anyhow::{Context, Result, ensure};
use noanswer_core::report::Report;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that names the command under test.
pub const COMMAND: &str = "NOANSWER_BIN";

/// How a scenario went.
pub struct Outcome {
    /// What the command printed.
    pub report: Report,
    /// Its exit code.
    pub code: Option<i32>,
    /// How long the check took.
    pub took: Duration,
    /// The most memory that each program of the world held, in kB.
    pub peaks_kb: Vec<(String, u64)>,
    /// What is not as it must be; empty when all is.
    pub wrong: Vec<String>,
    /// What of that no load of the machine excuses: the truth is ruled out, something else is established, or a network's
    /// rules were not kept.
    pub unsound: Vec<String>,
}

/// The command under test: `NOANSWER_BIN`, or what this workspace builds.
pub fn command_under_test() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(COMMAND) {
        return Ok(path.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "noanswer"]).current_dir(root);
    let status = own_network::outside(&mut build).status().context("`cargo` could not be started")?;
    ensure!(status.success(), "the command under test could not be built");
    sibling("noanswer")
}

/// The world of a scenario, broken as it says, and what its resolvers, controls and authority are.
struct Built {
    world: World,
    doh: Vec<String>,
    ca: PathBuf,
    controls: PathBuf,
}

impl Built {
    fn settings<'a>(&'a self, noanswer: &'a Path) -> Settings<'a> {
        Settings { noanswer, doh: &self.doh, ca: &self.ca, controls: &self.controls, nets: &NETS }
    }
}

fn build(scenario: &Scenario) -> Result<Built> {
    let mut world = World::new(scenario.container)?;
    let usual = dns::usual(scenario.exchanges.len(), [scenario.ipv4, scenario.ipv6]);
    dns::start(&mut world, &scenario.dns, &usual)?;
    let resolv_conf = world.folder.join("resolv.conf");
    std::fs::write(&resolv_conf, format!("nameserver {}\n", at(DNS, RESOLVER)[0]))?;
    world.set_resolver(&resolv_conf);
    if let Some(servers) = &scenario.nameservers {
        let path = world.folder.join("sender-resolv.conf");
        let lines: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
        std::fs::write(&path, lines)?;
        world.sender.set_resolver(path);
    }
    let controls = hosts::controls(&mut world, &scenario.controls)?;
    hosts::exchanges(&mut world, &scenario.exchanges)?;
    for fault in &scenario.faults {
        fault.build(&mut world).with_context(|| format!("{fault:?}"))?;
    }
    let doh = DOH
        .iter()
        .take(scenario.doh)
        .map(|host| doh_url(at(DNS, *host)[scenario.service_family()]))
        .collect();
    let ca = world.folder.join("authority.pem");
    Ok(Built { world, doh, ca, controls })
}

/// What `noanswer self` printed, its exit code, and how long it took.
pub struct SelfOutcome {
    /// The JSON that it printed.
    pub printed: serde_json::Value,
    /// Its exit code.
    pub code: Option<i32>,
    /// How long it took.
    pub took: Duration,
}

/// Runs `noanswer self` in the world of `scenario`, after `prepare` has changed what it likes.
pub fn run_self(
    scenario: &Scenario,
    noanswer: &Path,
    prepare: impl FnOnce(&World, &mut Command) -> Result<()>,
) -> Result<SelfOutcome> {
    let built = build(scenario)?;
    let mut command = built.world.subject().command(noanswer);
    command.args(["self", "--json"]).args(built.settings(noanswer).flags());
    prepare(&built.world, &mut command)?;
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output().with_context(|| noanswer.display().to_string())?;
    let took = start.elapsed();
    let printed = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&output.stderr).trim()))?;
    Ok(SelfOutcome { printed, code: output.status.code(), took })
}

/// Runs `scenario` with the command `noanswer`.
pub fn run(scenario: &Scenario, noanswer: &Path) -> Result<Outcome> {
    let mut built = build(scenario)?;
    let Built { world, doh, ca, controls } = &mut built;
    let settings = Settings { noanswer, doh, ca, controls, nets: &NETS };
    let check_host = match scenario.check_host {
        0 => None,
        nodes => Some(check_host::start(world, nodes)?),
    };
    let atlas = match scenario.atlas {
        0 => None,
        probes => Some(atlas::start(world, probes)?),
    };
    let mut more =
        check_host.as_ref().map(|api| check_host::entry(api, scenario.check_host)).unwrap_or_default();
    more.extend(atlas.as_ref().map(|api| atlas::entry(api, scenario.atlas)));
    let vantages = vantages::start(world, scenario, &settings, &more)?;

    if scenario.vantages_known {
        let mut look = world.subject().command(noanswer);
        look.args(["vantages", "--vantages"]).arg(&vantages).args(settings.flags()).env(TOKEN, "lab");
        look.stdin(Stdio::null()).output().with_context(|| noanswer.display().to_string())?;
    }
    let mut command = world.subject().command(noanswer);
    command.args(["check", &scenario.domain, "--json"]).args(settings.flags()).env(TOKEN, "lab");
    if scenario.vantages + scenario.blackbox + scenario.check_host + scenario.atlas > 0 {
        command.arg("--vantages").arg(vantages);
    }
    let globalping = match scenario.globalping {
        0 => None,
        probes => Some(globalping::start(world, probes)?),
    };
    if let Some(api) = &globalping {
        command.args(["--globalping"]).env("GLOBALPING_API", &api.origin);
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
        scope.spawn(|| later(world, start));
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
    let mut wrong = super::expect::compare(&scenario.expect, &report, output.status.code());
    let mut unsound = super::expect::unsound(&scenario.expect, &report);
    if let Some(api) = &globalping {
        unsound.extend(globalping::against_the_rules(api, scenario.patient));
    }
    unsound.extend(check_host.iter().flat_map(check_host::against_the_rules));
    unsound.extend(atlas.iter().flat_map(atlas::against_the_rules));
    wrong.extend(unsound.iter().filter(|one| !wrong.contains(one)).cloned().collect::<Vec<_>>());
    Ok(Outcome { report, code: output.status.code(), took, peaks_kb: world.peaks_kb(), wrong, unsound })
}

fn doh_url(server: IpAddr) -> String {
    format!("https://{}/dns-query", SocketAddr::new(server, 443))
}

/// Lifts the faults that end while the check runs.
fn later(world: &World, start: Instant) {
    let mut later = world.later.clone();
    later.sort();
    for (seconds, at, rules) in later {
        std::thread::sleep(Duration::from_secs(seconds).saturating_sub(start.elapsed()));
        if let Err(error) = world.host(at).nft(&rules) {
            eprintln!("a fault could not be lifted: {error:#}");
        }
    }
}
