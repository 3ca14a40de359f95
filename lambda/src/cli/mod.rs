//! `noanswer`, the command line.

mod args;
mod check;
mod explain;
mod mx;
mod paint;
mod probe;
mod queue;
mod remote;
mod render;
mod serve;
mod setup;
mod vantages;
mod words;

use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;
use setup::Usage;
use std::process::ExitCode;

/// Usage error (sysexits.h EX_USAGE).
const USAGE: u8 = 64;

/// Nothing could be found out (UNKNOWN, monitoring-plugins).
const UNDETERMINED: u8 = 3;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    crate::clock::learn_zone();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), USAGE),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error.to_string(), if error.is_ours() { USAGE } else { UNDETERMINED }),
    }
}

async fn run(command: Command) -> Result<u8, Usage> {
    match command {
        Command::Explain(args) => explain::run(&args),
        Command::Mx(args) => mx::run(&args).await,
        Command::Probe(args) => probe::run(&args).await,
        Command::Check(args) => check::run(args).await,
        Command::Queue(args) => queue::run(&args).await,
        Command::Vantages(args) => vantages::run(&args).await,
        Command::Serve(args) => serve::run(args).await,
    }
}

/// One line for what clap says in many: what is wrong, and where help is.
fn refused(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut line =
        lines.next().unwrap_or("what is asked cannot be read").trim_start_matches("error: ").to_owned();
    if line.ends_with(':') {
        line = format!("{line} {}", lines.next().unwrap_or_default());
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "say what to do: explain, mx, probe, check, queue, vantages or serve".clone_into(&mut line);
    }
    fail(&format!("{line} (see noanswer --help)"), USAGE)
}

fn fail(line: &str, code: u8) -> ExitCode {
    eprintln!("noanswer: {}", noanswer_core::scrub::visible(line));
    ExitCode::from(code)
}
