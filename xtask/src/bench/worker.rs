//! The Worker: what is uploaded, and how long workerd takes to start it.

use crate::{build, need, shell};
use anyhow::Result;

/// Measures, prints, and fails when a budget is not kept.
pub fn run() -> Result<()> {
    need::node()?;
    build::worker()?;
    need::wrangler()?;
    shell::run(shell::program("node", &["measure.mjs"]).current_dir(shell::worker()))
}
