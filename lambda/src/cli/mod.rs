//! `noanswer`, the command line.

mod alternatives;
mod answer;
mod args;
mod change;
mod check;
mod config;
mod config_check;
mod config_token;
mod explain;
mod inherited;
mod judge;
mod lab;
mod letter;
mod live;
mod manual;
mod matrix;
mod mine;
mod mx;
mod nagios;
mod paint;
mod probe;
mod push;
mod question;
mod queue;
mod relay;
mod remote;
mod render;
mod said;
mod seen;
mod self_check;
mod serve;
#[cfg(windows)]
mod service;
mod setup;
mod signals;
mod suggested;
mod vantages;
mod watch;
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
    let arguments = match config::completed(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(error) => return fail(&error.to_string(), USAGE),
    };
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    paint::choose(cli.color);
    #[cfg(windows)]
    let cli = match cli.command {
        Command::Serve(args) if args.service => {
            return match service::run(args) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error.to_string(), USAGE),
            };
        }
        command => Cli { command, ..cli },
    };
    #[cfg(unix)]
    if matches!(cli.command, Command::Serve(_)) {
        inherited::take_over();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), USAGE),
    };
    let ended = runtime.block_on(run(cli.command));
    // A lookup of the system's own that nobody waits for any more must not keep the process.
    runtime.shutdown_background();
    match ended {
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
        Command::Judge(args) => judge::run(&args),
        Command::SelfCheck(args) => self_check::run(&args).await,
        Command::Queue(args) => queue::run(&args).await,
        Command::Vantages(args) => vantages::run(&args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Config(args::Config::Check(args)) => config_check::run(&args).await,
        Command::Config(args::Config::Token(args)) => config_token::run(&args),
        Command::Completions(args) => Ok(manual::completions(&args)),
        Command::Man(args) => manual::pages(&args),
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
    // "tip: a similar subcommand exists: 'check'"
    if let Some(tip) = text.lines().find_map(|line| line.trim().strip_prefix("tip: ")) {
        line = format!("{line}: {tip}");
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "say what to do: explain, mx, probe, check, judge, self, queue, vantages or serve"
            .clone_into(&mut line);
    }
    fail(&format!("{line} (see noanswer --help)"), USAGE)
}

fn fail(line: &str, code: u8) -> ExitCode {
    if for_nagios() {
        // A plugin speaks on standard output, and what it was not asked rightly is UNKNOWN.
        println!("{}", nagios::unknown(line));
        return ExitCode::from(UNDETERMINED);
    }
    eprintln!("noanswer: {}", noanswer_core::scrub::visible(line));
    ExitCode::from(code)
}

/// Whether a monitoring plugin's line was asked for, in whatever else was asked wrongly.
fn for_nagios() -> bool {
    let arguments: Vec<_> = std::env::args_os().collect();
    let pair = |pair: &[std::ffi::OsString]| pair[0] == "--output" && pair[1] == "nagios";
    arguments.iter().any(|one| one == "--output=nagios") || arguments.windows(2).any(pair)
}
