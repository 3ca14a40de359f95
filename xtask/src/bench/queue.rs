//! `cargo xtask bench queue`: how long a queue of 100,000 messages takes to read.

use crate::shell;
use anyhow::Result;

/// Measures, prints, and fails when one takes longer than 2 s.
pub fn run() -> Result<()> {
    let example = ["run", "--quiet", "--release", "--package", "noanswer-tests", "--example", "bench_queue"];
    shell::run(&mut shell::cargo(&example))
}
