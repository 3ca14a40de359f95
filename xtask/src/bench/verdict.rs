//! `cargo xtask bench verdict`: how long one case takes to judge.

use crate::shell;
use anyhow::Result;

/// Measures, prints, and fails when one takes longer than 5 ms.
pub fn run() -> Result<()> {
    let example = [
        "run",
        "--quiet",
        "--profile",
        "worlds",
        "--package",
        "noanswer-worlds",
        "--example",
        "bench_verdict",
    ];
    shell::run(&mut shell::cargo(&example))
}
