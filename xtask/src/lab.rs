//! `cargo xtask lab`: whole small Internets, really built and really broken, and the verdict held against them.

use crate::shell;
use anyhow::Result;

/// The arguments of `cargo xtask lab`.
#[derive(clap::Args)]
pub struct Lab {
    /// Only the scenarios whose name contains this
    name: Option<String>,
    /// Print a table at the end: scenario, expected, got
    #[arg(long)]
    table: bool,
}

impl Lab {
    /// Builds the command, the lab and its servers, and runs the scenarios.
    pub fn run(self) -> Result<()> {
        let packages = ["--package", "noanswer", "--package", "noanswer-tests", "--bins"];
        shell::run(shell::cargo(&["build", "--quiet"]).args(packages))?;
        let lab = shell::target().join("debug/lab");
        let mut command = shell::program(&lab.to_string_lossy(), &[]);
        command.args(self.name).args(self.table.then_some("--table"));
        command.env("NOANSWER_BIN", shell::target().join("debug/noanswer"));
        shell::run(&mut command)
    }
}
