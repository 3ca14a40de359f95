//! `cargo xtask`: everything that is done to the house, and nothing that must be installed by hand.

mod bench;
mod build;
mod deploy;
mod dist;
mod facts;
mod lab;
mod need;
mod release;
mod run;
mod shell;
mod test;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds, runs, tests and measures noanswer.",
    disable_version_flag = true
)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the page and starts it with its lab on http://127.0.0.1:4410
    Run(run::Run),
    /// Runs every check and test, installs what they lack, and prints one summary
    Test(test::Test),
    /// Measures what is promised in figures
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Runs the lab's scenarios, or those whose names contain NAME
    Lab(lab::Lab),
    /// Counts what is stated as known, or lists what was read long ago
    Facts(facts::Facts),
    /// Builds the page's wasm into web/pkg, or something else that is named
    Build(build::Build),
    /// Packs what a release holds into target/dist
    Dist(dist::Dist),
    /// Checks, packs, tries and tags a version
    Release(release::Release),
    /// Brings noanswer up in a cloud of your own
    #[command(subcommand)]
    Deploy(deploy::Deploy),
    /// Takes it down again, and leaves nothing
    #[command(subcommand)]
    Destroy(deploy::Destroy),
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Run(run) => run.run(),
        Task::Test(test) => test.run(),
        Task::Bench(bench) => bench.run(),
        Task::Facts(facts) => facts.run(),
        Task::Lab(lab) => lab.run(),
        Task::Build(build) => build.run(),
        Task::Dist(dist) => dist.run(),
        Task::Release(release) => release.run(),
        Task::Deploy(deploy) => deploy.run(),
        Task::Destroy(destroy) => destroy.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, what failed and why; a backtrace would say where in xtask, which nobody asked.
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
