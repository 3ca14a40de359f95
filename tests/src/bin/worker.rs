//! `worker NOANSWER PORT [COMMAND…]`: the Worker in workerd, before the lab of the command NOANSWER. With
//! COMMAND it runs that, NOANSWER_URL naming the Worker, and ends with it. `cargo xtask run --worker` is its front door.

use anyhow::{Context, Result};
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use noanswer_tests::worker::Worker;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let noanswer = PathBuf::from(arguments.next().context("which noanswer?")?);
    let port = arguments.next().and_then(|port| port.to_str()?.parse().ok()).context("which port?")?;
    // A browser is to reach it.
    own_network::stay_outside();
    let lab = Serve::lab(&noanswer)?;
    let mut worker = Worker::before_lab(port, &lab.url)?;
    println!("listening on {}", worker.url);
    let Some(program) = arguments.next() else {
        worker.wait()?;
        return Ok(ExitCode::SUCCESS);
    };
    let status = Command::new(&program).args(arguments).env("NOANSWER_URL", &worker.url).status();
    let status = status.with_context(|| program.display().to_string())?;
    if !status.success() {
        eprintln!("{}", complaints(&worker.log()));
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The last lines of a log but those of answers that are as they should be.
fn complaints(log: &str) -> String {
    let well = |line: &&str| line.contains(" 200 OK ") || line.contains(" 304 Not Modified ");
    let lines: Vec<&str> = log.lines().filter(|line| !well(line)).collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
