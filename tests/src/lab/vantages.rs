//! The regions' services, and the vantages file that names them: `noanswer serve --vantage`, or the function in a
//! Lambda runtime.

use super::exporters;
use super::plan::{REGION, REGION_ASN, VANTAGE_PORT, at};
use super::scenario::{Runtime, Scenario};
use super::world::{World, wait_for_listener};
use crate::{need, runtime};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The variable that holds the vantages' token.
pub const TOKEN: &str = "NOANSWER_LAB_TOKEN";

/// The name of the function, where the regions' services are functions.
const FUNCTION: &str = "prober";

/// How long the Lambda runtime waits for the function: as long as a patient check does.
const LIMIT: Duration = Duration::from_secs(150);

/// What a vantage is told of this lab.
pub struct Settings<'a> {
    /// The command under test, which is also the function.
    pub noanswer: &'a Path,
    /// The DoH servers.
    pub doh: &'a [String],
    /// The file of their CA.
    pub ca: &'a Path,
    /// The controls file.
    pub controls: &'a Path,
    /// The ranges that may be connected to.
    pub nets: &'a [&'a str],
}

impl Settings<'_> {
    /// As the command line takes them.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--doh-ca".to_owned(), self.ca.display().to_string()];
        flags.extend(self.doh.iter().flat_map(|url| ["--doh".to_owned(), url.clone()]));
        flags.extend(["--controls".to_owned(), self.controls.display().to_string()]);
        flags.extend(self.nets.iter().flat_map(|net| ["--allow-net".to_owned(), (*net).to_owned()]));
        flags
    }

    /// As the function takes them.
    fn variables(&self) -> Result<[(&'static str, String); 6]> {
        Ok([
            ("NOANSWER_ROLE", "prober".to_owned()),
            ("NOANSWER_TOKEN", "lab".to_owned()),
            ("NOANSWER_DOH", self.doh.join(" ")),
            ("NOANSWER_DOH_CA", self.ca.display().to_string()),
            ("NOANSWER_CONTROLS", std::fs::read_to_string(self.controls)?),
            ("NOANSWER_ALLOW_NET", self.nets.join(" ")),
        ])
    }
}

/// Starts the service of every region that shall have one, and writes the vantages file, with the entries `more` at its end.
pub fn start(world: &mut World, scenario: &Scenario, settings: &Settings<'_>, more: &str) -> Result<PathBuf> {
    let mut file = String::new();
    let silenced: Vec<usize> =
        scenario.faults.iter().filter_map(|fault| fault.silences()?.region()).collect();
    for (index, net) in (REGION..).take(scenario.vantages).enumerate() {
        let n = index + 1;
        let listen = SocketAddr::new(at(net, 2)[scenario.service_family()], VANTAGE_PORT);
        let asn = REGION_ASN + if scenario.one_network { 0 } else { u32::try_from(index)? };
        let url = match scenario.runtime {
            Runtime::Serve => format!("http://{listen}"),
            Runtime::Lambda => runtime::url(listen, FUNCTION),
        };
        file += &format!(
            "[[vantage]]\nid = \"region-{n}\"\nplace = \"Region {n}\"\nnetwork = \"AS{asn}\"\n\
             url = \"{url}\"\nauth = {{ bearer-env = \"{TOKEN}\" }}\n"
        );
        if silenced.contains(&index) {
            continue;
        }
        match scenario.runtime {
            Runtime::Serve => serve(world, index, listen, settings)?,
            Runtime::Lambda => function(world, index, listen, settings)?,
        }
    }
    file += &exporters::start(world, scenario)?;
    file += more;
    let path = world.folder.join("vantages.toml");
    std::fs::write(&path, file)?;
    Ok(path)
}

fn serve(world: &mut World, index: usize, listen: SocketAddr, settings: &Settings<'_>) -> Result<()> {
    let mut command = world.regions[index].command(settings.noanswer);
    command.args(["serve", "--vantage", "--listen", &listen.to_string(), "--token-env", TOKEN]);
    command.args(settings.flags()).env(TOKEN, "lab");
    listening(world, index, command, &format!("vantage-{}", index + 1), listen)
}

/// A region of a cloud: a Lambda runtime of its own, and an instance of the function.
fn function(world: &mut World, index: usize, listen: SocketAddr, settings: &Settings<'_>) -> Result<()> {
    let n = index + 1;
    let mut command = world.regions[index].command(need::cargo_lambda()?);
    let folder = world.folder.join(format!("functions-{n}"));
    runtime::configure(&mut command, &folder, &[FUNCTION], listen, LIMIT)?;
    listening(world, index, command, &format!("runtime-{n}"), listen)?;
    let mut command = world.regions[index].command(settings.noanswer);
    command.env_clear().envs(runtime::variables(listen, FUNCTION)).envs(settings.variables()?);
    command.env("AWS_REGION", format!("region-{n}"));
    world.start(command, &format!("function-{n}")).map(drop)
}

fn listening(
    world: &mut World,
    index: usize,
    command: Command,
    name: &str,
    listen: SocketAddr,
) -> Result<()> {
    let log = world.start(command, name)?;
    wait_for_listener(&world.regions[index], listen)
        .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())
}
