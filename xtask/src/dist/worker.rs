//! The gateway for Cloudflare Workers, for `npx wrangler deploy` without Rust.

use super::release::Release;
use super::tree::{Tree, read};
use super::{archive, licences, program};
use crate::{build, shell};
use anyhow::Result;
use std::path::PathBuf;

/// `noanswer-VERSION-worker.zip`.
///
/// # Errors
/// When it does not build.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    program::page(release)?;
    if release.first("worker") {
        build::worker_alone()?;
    }
    let from = shell::worker();
    let tree = Tree::new("worker")?;
    tree.copy_folder("dist", &from.join("dist"))?;
    for name in ["wrangler.toml", "package.json", "package-lock.json", "README.md"] {
        tree.put(name, read(&from.join(name))?)?;
    }
    for (licence, text) in licences::ours()? {
        tree.put(licence, text)?;
    }
    tree.put(licences::NAME, licences::of_worker()?)?;
    let name = format!("noanswer-{}-worker", release.version);
    let file = release.file(&format!("{name}.zip"))?;
    archive::zip(&tree, &format!("{name}/"), &file)?;
    Ok(vec![file])
}
