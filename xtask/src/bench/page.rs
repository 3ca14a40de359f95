//! The page, measured by a script in a real Chromium against the release server.

use crate::need::{self, Program};
use crate::{build, shell};
use anyhow::Result;

/// Measures the page.
pub fn run() -> Result<()> {
    need::programs(&[Program { name: "chromium", package: "chromium" }])?;
    need::node()?;
    build::page()?;
    shell::run(&mut shell::cargo(&["build", "--quiet", "--release", "--package", "noanswer"]))?;
    let folder = shell::root().join("tests/browser/bench");
    shell::run(
        shell::program("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder),
    )?;
    let mut measure = shell::program("node", &["measure.mjs"]);
    measure.current_dir(&folder).env("NOANSWER", shell::target().join("release/noanswer"));
    shell::run(&mut measure)
}
