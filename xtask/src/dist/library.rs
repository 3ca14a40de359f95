//! `noanswer-core-VERSION.crate`: the core as a library for Rust, as `cargo publish` would send it.

use super::release::Release;
use crate::shell;
use anyhow::Result;
use std::path::PathBuf;

/// Packs it. That it builds by itself is for `cargo xtask test dist` to show.
///
/// # Errors
/// When a file of it is missing, or its manifest lacks what a registry asks for.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let mut cargo = shell::cargo(&["package", "--quiet", "--package", "noanswer-core"]);
    // Changed files are named by the release itself: `-dirty`.
    shell::run(cargo.args(["--no-verify", "--locked", "--allow-dirty"]))?;
    let name = format!("noanswer-core-{}.crate", release.version);
    let file = release.file(&name)?;
    std::fs::copy(shell::target().join("package").join(&name), &file)?;
    Ok(vec![file])
}
