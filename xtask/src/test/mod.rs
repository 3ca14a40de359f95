//! `cargo xtask test`: every check and every test, and one summary.
//!
//! What computes and what waits run beside each other: the lab spends most of its time waiting for time-outs, compilers
//! none. `steps` lists what there is and what runs beside what, `lane` runs it, `tally` counts.

mod binaries;
mod dependencies;
mod dist;
mod examples;
mod failures;
mod javascript;
mod lane;
mod step;
mod steps;
mod tally;
mod workflows;

use crate::need;
use anyhow::{Result, bail};
use need::Program;
use std::time::Instant;

/// The arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub struct Test {
    /// Only the steps whose name contains this; `dist` tries every artefact of a release, which is not part of the rest
    only: Option<String>,
    /// What a change is most likely to break, in less than a minute on a warm tree: format, lint, types, tests in memory
    #[arg(long)]
    quick: bool,
}

/// What the tests start beside our own programs.
const PROGRAMS: &[Program] = &[
    Program { name: "chromium", package: "chromium" },
    Program { name: "ip", package: "iproute2" },
    Program { name: "nft", package: "nftables" },
    Program { name: "named", package: "bind9" },
];

impl Test {
    /// Runs every step, whatever fails before it, and fails when any did.
    pub fn run(self) -> Result<()> {
        let began = Instant::now();
        need::node()?;
        let stages = if self.quick {
            steps::quick()
        } else if self.only.as_deref().is_some_and(|only| only.starts_with("dist")) {
            vec![lane::Stage::alone(dist::steps())]
        } else {
            need::wasm_target()?;
            need::programs(PROGRAMS)?;
            steps::all()
        };
        let wanted = |name: &str| self.only.as_deref().is_none_or(|part| name.contains(part));
        let mut summary = tally::Summary::default();
        for stage in &stages {
            for (name, tally) in lane::run(stage, &wanted) {
                summary.add(name, tally);
            }
        }
        for (name, tally) in summary.failing() {
            if let Some(step) = stages.iter().find_map(|stage| stage.step(name)) {
                step.alone(tally);
            }
        }
        println!("\n{}", summary.slowest());
        println!("{} s in all", began.elapsed().as_secs());
        println!("{summary}");
        if summary.is_empty() {
            bail!("no step has {:?} in its name", self.only.unwrap_or_default());
        }
        if summary.failed() > 0 {
            bail!("failed: {}", summary.names_of_failed().join(", "));
        }
        Ok(())
    }
}
