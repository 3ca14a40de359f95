//! The house's one-way rules: a module of the core uses only floors below its own and nothing that does I/O; no file of any
//! crate, nor of the page, imports in a circle.

mod floors;
mod graph;
mod javascript;
mod rust;

use anyhow::{Result, bail, ensure};
use graph::Graph;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates, and the page.
const HOUSES: &[&str] = &[
    "core/src",
    "lambda/src",
    "tests/src",
    "tests/worlds/src",
    "wasm/browser/src",
    "wasm/worker/src",
    "web/app",
    "web/site/src",
    "xtask/src",
];

/// What the core must never stand on, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("async-std", "the core has no async runtime"),
    ("chrono", "the core keeps time with the `time` crate"),
    ("hyper", "the core has no HTTP: it asks through ports::Fetch"),
    ("js-sys", "the browser's own crates belong into wasm/"),
    ("mio", "the core has no sockets"),
    ("native-tls", "the core has no TLS"),
    ("regex", "it costs several hundred kB in the page"),
    ("regex-automata", "it costs several hundred kB in the page"),
    ("reqwest", "the core has no HTTP: it asks through ports::Fetch"),
    ("rustls", "the core has no TLS"),
    ("smol", "the core has no async runtime"),
    ("socket2", "the core has no sockets"),
    ("tokio", "the core has no async runtime"),
    ("web-sys", "the browser's own crates belong into wasm/"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below `folder` whose names end in `.extension`, in order.
fn files_below(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path, extension)?);
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn imports(house: &str) -> Result<Graph> {
    let folder = root().join(house);
    let graph = if house == "web/app" { javascript::imports(&folder)? } else { rust::imports(&folder)? };
    ensure!(graph.len() > 3, "{house} has only {} files", graph.len());
    Ok(graph)
}

#[test]
fn no_files_import_in_a_circle() -> Result<()> {
    let mut wrong = Vec::new();
    for house in HOUSES {
        wrong.extend(imports(house)?.circles().iter().map(|circle| format!("{house}: {}", circle.join(" "))));
    }
    ensure!(
        wrong.is_empty(),
        "files import in circles; what two need belongs below both:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

#[test]
fn no_arrows_lead_back_up() -> Result<()> {
    let mut wrong = Vec::new();
    for house in HOUSES {
        wrong.extend(imports(house)?.back_arrows().into_iter().map(|arrow| format!("{house}: {arrow}")));
    }
    ensure!(wrong.is_empty(), "arrows lead back up between the rooms of a folder:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_core_stands_on_nothing_that_does_io() -> Result<()> {
    for target in ["wasm32-unknown-unknown", "x86_64-unknown-linux-gnu"] {
        let mut tree = Command::new(env!("CARGO"));
        tree.args(["tree", "--locked", "-p", "noanswer-core", "-e", "normal", "--target", target]);
        let output = tree.args(["--prefix", "none", "--format", "{p}"]).output()?;
        ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
        let listed = String::from_utf8(output.stdout)?;
        let crates: BTreeSet<&str> =
            listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
        ensure!(
            crates.contains("hickory-proto"),
            "cargo tree did not list the core's dependencies: {listed}"
        );
        for (name, reason) in BANNED {
            if crates.contains(name) {
                bail!("noanswer-core depends on {name} for {target}: {reason}");
            }
        }
    }
    Ok(())
}
