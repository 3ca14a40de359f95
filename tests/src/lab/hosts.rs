//! The servers of a world in which all is well: controls, and the recipient's exchanges.

use super::fate::Server;
use super::plan::{CONTROL_HOST, EXCHANGES, OPERATORS, TARGET, at};
use super::scenario::Controls;
use super::world::World;
use anyhow::Result;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Starts the control hosts, in both families, and writes the controls file.
pub fn controls(world: &mut World, wanted: &Controls) -> Result<PathBuf> {
    let mut servers = Vec::new();
    let mut file = String::new();
    let closed_fate = if wanted.closed_is_open { "greets" } else { "closed" }.to_owned();
    let fates = wanted.fates.iter().chain([&closed_fate]);
    for ((operator, net), fate) in OPERATORS.into_iter().zip(fates) {
        let [v4, v6] = at(net, CONTROL_HOST);
        let closed = operator == "closed";
        for ip in [v4, v6] {
            if fate != "closed" {
                servers.push(Server::new(SocketAddr::new(ip, 25), fate, &format!("mx.{operator}.test"))?);
            }
            if wanted.https && !closed {
                servers.push(Server::new(
                    SocketAddr::new(ip, 443),
                    "accepts",
                    &format!("mx.{operator}.test"),
                )?);
            }
        }
        let _ = if closed {
            writeln!(
                file,
                "[[negative-control]]\naddress = \"{v4}\"\n[[negative-control]]\naddress = \"{v6}\""
            )
        } else {
            writeln!(
                file,
                "[[control]]\noperator = \"{operator}\"\nhost = \"mx.{operator}.test\"\naddress = [\"{v4}\", \"{v6}\"]"
            )
        };
    }
    if !servers.is_empty() {
        world.serve(|world| &world.controls, &servers)?;
    }
    let path = world.folder.join("controls.toml");
    std::fs::write(&path, file)?;
    Ok(path)
}

/// Starts the recipient's exchanges.
pub fn exchanges(world: &mut World, fates: &[String]) -> Result<()> {
    let mut servers = Vec::new();
    for (n, (fate, host)) in fates.iter().zip(EXCHANGES).enumerate() {
        let name = format!("mx{}.recipient.test", n + 1);
        match fate.as_str() {
            "exim" => super::exim::start(world, at(TARGET, host), &name)?,
            "postfix" => super::postfix::start(world, at(TARGET, host), &name)?,
            "closed" => {}
            fate => {
                for ip in at(TARGET, host) {
                    servers.push(Server::new(SocketAddr::new(ip, 25), fate, &name)?);
                }
            }
        }
    }
    if servers.is_empty() { Ok(()) } else { world.serve(|world| &world.target, &servers) }
}
