//! `cargo xtask test dist`: each artefact of `target/dist`, installed as a stranger would, and run there on the embedded lab, in
//! a network namespace of its own. Heavy (release builds, a Debian from its packages), so apart from `cargo xtask test`.

mod container;
mod debian;
mod files;
mod lab;
mod library;
mod papers;
mod places;
mod sbom;
mod scripts;
mod terraform;
mod wine;

use super::step::{Log, Step};
use crate::{dist, shell};
use anyhow::{Result, ensure};
use std::process::Command;

/// Every step, each with `dist` in its name.
pub fn steps() -> Vec<Step> {
    vec![
        Step::task("dist, packed", packed),
        Step::task("dist, same bytes", same_bytes),
        Step::task("dist, static", files::archive),
        Step::task("dist, static arm64", files::arm64),
        Step::task("dist, deb", debian::deb),
        Step::task("dist, rpm", debian::rpm),
        Step::task("dist, image", container::image),
        Step::task("dist, wheel", scripts::wheel),
        Step::task("dist, npm", scripts::npm),
        Step::task("dist, reader", scripts::reader),
        Step::task("dist, crate", library::core),
        Step::task("dist, semver", library::semver),
        Step::task("dist, page", scripts::page),
        Step::task("dist, worker", scripts::worker),
        Step::task("dist, lambda", files::lambda),
        Step::task("dist, terraform", terraform::module),
        Step::task("dist, sbom", sbom::bills),
        Step::task("dist, book", library::book),
        Step::task("dist, windows", wine::windows),
    ]
}

/// Packs what is not packed yet, holds every file against its sum, and what the papers name against the files.
fn packed(log: &mut Log) -> Result<()> {
    if !dist::folder().join("SHA256SUMS").is_file() {
        log.run(Command::new(std::env::current_exe()?).arg("dist").current_dir(shell::root()))?;
    }
    let mut sums = Command::new("sha256sum");
    log.run(sums.args(["--check", "--strict", "--quiet", "SHA256SUMS"]).current_dir(dist::folder()))?;
    papers::files()
}

/// Packs the same programs twice. That they are built alike is another matter: `docs/RELEASE.md`.
fn same_bytes(log: &mut Log) -> Result<()> {
    let sums = |log: &mut Log| {
        log.run(Command::new(std::env::current_exe()?).args(["dist", "--built"]).current_dir(shell::root()))?;
        Ok::<String, anyhow::Error>(std::fs::read_to_string(dist::folder().join("SHA256SUMS"))?)
    };
    let (one, two) = (sums(log)?, sums(log)?);
    ensure!(!one.is_empty() && one == two, "packed twice, other bytes:\n{one}\n{two}");
    Ok(())
}
