//! `cargo xtask bench soak`: how a server bears those who hold connections, and a minute of requests.

use crate::shell;
use anyhow::Result;

/// Measures, prints, and fails when `/healthz` is late, memory is not flat, or a request fails.
pub fn run() -> Result<()> {
    shell::run(&mut shell::cargo(&["build", "--quiet", "--release", "--package", "noanswer"]))?;
    let program = shell::target().join("release/noanswer");
    let example = ["run", "--quiet", "--package", "noanswer-tests", "--example", "bench_soak", "--"];
    shell::run(shell::cargo(&example).arg(program))
}
