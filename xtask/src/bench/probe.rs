//! `cargo xtask bench probe`: the prober beside those that everybody has, in one run.

use crate::need::{self, Program};
use crate::shell;
use anyhow::Result;

/// What is measured beside ours, and what makes the network that it is measured in.
const PROGRAMS: &[Program] = &[
    Program { name: "prometheus-blackbox-exporter", package: "prometheus-blackbox-exporter" },
    Program { name: "nmap", package: "nmap" },
    Program { name: "swaks", package: "swaks" },
    Program { name: "nft", package: "nftables" },
    Program { name: "ip", package: "iproute2" },
    Program { name: "unshare", package: "util-linux" },
];

/// Builds the bench as it is released, and runs it.
pub fn run() -> Result<()> {
    need::programs(PROGRAMS)?;
    shell::run(&mut shell::cargo(&["bench", "--quiet", "--package", "noanswer", "--bench", "probe"]))
}
