//! `cargo xtask test`: every check and every test, and one summary.

mod dependencies;
mod javascript;
mod step;
mod tally;

use crate::{build, need, shell};
use anyhow::{Result, bail};
use need::Program;
use step::Step;

/// The arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub struct Test {
    /// Only the steps whose name contains this
    only: Option<String>,
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
        let wanted = |step: &Step| self.only.as_deref().is_none_or(|part| step.name.contains(part));
        need::wasm_target()?;
        need::node()?;
        need::programs(PROGRAMS)?;
        let mut summary = tally::Summary::default();
        for step in steps().iter().filter(|step| wanted(step)) {
            println!("\n── {} ──", step.name);
            summary.add(step.name, step.run());
        }
        println!("\n{summary}");
        if summary.failed() > 0 {
            bail!("not all is well");
        }
        Ok(())
    }
}

/// The steps, those that fail soonest first.
fn steps() -> Vec<Step> {
    vec![
        Step::new("format", || shell::cargo(&["fmt", "--all", "--check"])),
        Step::task("javascript", javascript::check),
        Step::task("dependencies", dependencies::check),
        Step::new("lint", || {
            shell::cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])
        }),
        Step::new("wasm32", || {
            let mut check = shell::cargo(&["clippy", "--quiet", "--target", need::WASM]);
            for package in ["noanswer-core", "noanswer-site", "noanswer-browser", "noanswer-worker"] {
                check.args(["--package", package]);
            }
            check.args(["--", "--deny", "warnings"]);
            check
        }),
        Step::new("documentation", || {
            let mut doc = shell::cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
            doc.env("RUSTDOCFLAGS", "--deny warnings");
            doc
        }),
        Step::task("page and Worker", build::worker),
        // The lab, the MTAs and the browser drive the command itself.
        Step::new("command", || shell::cargo(&["build", "--quiet", "--package", "noanswer"])),
        Step::new("rust", || shell::cargo(&["test", "--workspace", "--no-fail-fast"])),
        Step::new("a million worlds", || {
            let mut worlds =
                shell::cargo(&["test", "--release", "--package", "noanswer-tests", "--test", "worlds"]);
            worlds.env("NOANSWER_WORLDS", "1000000");
            worlds
        }),
        Step::new("browser modules", || {
            let mut npm = shell::program("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
            npm.current_dir(shell::root().join("tests/browser"));
            npm
        }),
        Step::new("browser", || {
            let mut node = shell::program("node", BROWSER);
            node.current_dir(shell::root().join("tests/browser"));
            node.env("NOANSWER", command());
            node
        }),
        // The same suite, with the gateway as the page's server.
        Step::new("browser, edge", || {
            let mut gateway = std::process::Command::new(shell::target().join("debug/gateway"));
            gateway.arg(command()).args(["0", "node"]).args(BROWSER);
            gateway.current_dir(shell::root().join("tests/browser"));
            gateway
        }),
    ]
}

/// What runs the browser's tests.
const BROWSER: &[&str] = &["--test", "--test-reporter=tap", "--test-concurrency=1"];

/// The command that the tests drive.
fn command() -> std::path::PathBuf {
    shell::target().join("debug/noanswer")
}
