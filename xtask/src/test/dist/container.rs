//! The OCI image, taken apart as an engine would: index, manifest, layer; every digest held against its blob.

use super::lab;
use super::places::{artefact, scratch};
use crate::test::step::Log;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The image for amd64, run as the user that it names.
pub fn image(log: &mut Log) -> Result<()> {
    let layout = scratch("image")?;
    log.run(
        Command::new("tar").arg("-xf").arg(artefact("noanswer-", "-image-amd64.tar")?).arg("-C").arg(&layout),
    )?;
    let index: Value = serde_json::from_slice(&std::fs::read(layout.join("index.json"))?)?;
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(blob(log, &layout, &index["manifests"][0])?)?)?;
    let config: Value = serde_json::from_slice(&std::fs::read(blob(log, &layout, &manifest["config"])?)?)?;
    let layer = blob(log, &layout, &manifest["layers"][0])?;
    let root = scratch("image-root")?;
    log.run(Command::new("tar").arg("-xzf").arg(&layer).arg("-C").arg(&root))?;
    let user = config["config"]["User"].as_str().context("no user")?;
    ensure!(!user.starts_with('0') && user.contains(':'), "the image runs as {user}");
    let program = config["config"]["Entrypoint"][0].as_str().context("no entry point")?;
    lab::judge(
        log,
        &format!("chroot --userspec={user} {} {program}", root.display()),
        &root.with_extension("out"),
    )
}

/// The file of a descriptor.
fn blob(log: &mut Log, layout: &Path, descriptor: &Value) -> Result<PathBuf> {
    let digest = descriptor["digest"].as_str().context("no digest")?.trim_start_matches("sha256:").to_owned();
    let path = layout.join("blobs/sha256").join(&digest);
    ensure!(Some(path.metadata()?.len()) == descriptor["size"].as_u64(), "{digest} has another size");
    let sum = Command::new("sha256sum").arg(&path).output()?;
    let sum = String::from_utf8_lossy(&sum.stdout).into_owned();
    log.line(&sum);
    ensure!(sum.starts_with(&digest), "the blob {digest} has other bytes");
    Ok(path)
}
