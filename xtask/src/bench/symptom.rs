//! `cargo xtask bench symptom`: the reader's scores on the corpus, its speed and its memory.

use crate::shell;
use anyhow::Result;

/// Measures, prints, and fails when the corpus' thresholds are not kept.
pub fn run() -> Result<()> {
    shell::run(&mut shell::cargo(&[
        "test",
        "--quiet",
        "--package",
        "noanswer-tests",
        "--test",
        "corpus",
        "--",
        "--nocapture",
    ]))?;
    shell::run(&mut shell::cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "noanswer-tests",
        "--example",
        "bench_symptom",
    ]))
}
