//! `cargo xtask bench lambda`: what the function weighs, how soon it polls, how much memory it takes.

use crate::build::{self, Arch};
use crate::shell;
use anyhow::{Context, Result};

/// Builds the function for this machine's processor, measures it in a Lambda runtime and in the lab, and fails when a
/// budget is not kept.
pub fn run() -> Result<()> {
    let arch = Arch::here().context("Lambda has no processor of this machine's kind")?;
    build::keeps_budget(&build::lambda(arch)?)?;
    let mut bench =
        shell::cargo(&["run", "--quiet", "--package", "noanswer-tests", "--example", "bench_lambda"]);
    // The lab's fate servers stand beside the example.
    shell::run(&mut shell::cargo(&["build", "--quiet", "--package", "noanswer-tests", "--bins"]))?;
    shell::run(bench.env("NOANSWER_BIN", build::lambda_binary(arch)))
}
