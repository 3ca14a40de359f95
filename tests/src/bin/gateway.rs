//! `gateway NOANSWER PORT [COMMAND…]`: the gateway at the edge in workerd, before the lab of the command NOANSWER. With
//! COMMAND it runs that, NOANSWER_URL naming the gateway, and ends with it. `cargo xtask run --worker` is its front door.

use anyhow::{Context, Result};
use noanswer_tests::gateway::Gateway;
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let noanswer = PathBuf::from(arguments.next().context("which noanswer?")?);
    let port = arguments.next().and_then(|port| port.to_str()?.parse().ok()).context("which port?")?;
    // A browser is to reach it.
    own_network::stay_outside();
    let lab = Serve::lab(&noanswer)?;
    let mut gateway = Gateway::before_lab(port, &lab.url)?;
    println!("listening on {}", gateway.url);
    let Some(program) = arguments.next() else {
        gateway.wait()?;
        return Ok(ExitCode::SUCCESS);
    };
    let status = Command::new(&program).args(arguments).env("NOANSWER_URL", &gateway.url).status();
    let status = status.with_context(|| program.display().to_string())?;
    if !status.success() {
        eprintln!("{}", gateway.log());
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
