//! `noanswer-VERSION-x86_64-pc-windows-gnu.zip`, and the manifests by which winget and scoop install it.

use super::assets::{self, filled};
use super::program::Platform;
use super::release::Release;
use super::tree::{Tree, read};
use super::{archive, sums};
use crate::shell;
use anyhow::Result;
use std::path::PathBuf;

/// The manifests that winget reads, in the order of its documentation.
const WINGET: &[&str] =
    &["noanswer.noanswer.yaml", "noanswer.noanswer.installer.yaml", "noanswer.noanswer.locale.en-US.yaml"];

/// Packs the zip and the manifests.
///
/// # Errors
/// When the program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let platform = Platform::Windows;
    let name = format!("noanswer-{}-{}", release.version, platform.target());
    let tree = Tree::new(&name)?;
    tree.copy_program("noanswer.exe", &platform.program(release)?)?;
    assets::completions(release, &tree, "powershell", "noanswer.ps1")?;
    assets::licences(&tree, "", platform)?;
    tree.copy("README.md", &shell::root().join("README.md"))?;
    let zip = release.file(&format!("{name}.zip"))?;
    archive::zip(&tree, &format!("{name}/"), &zip)?;
    let hash = sums::sha256(&read(&zip)?);
    let keys = [("VERSION", release.version.as_str()), ("FOLDER", &name), ("SHA256", &hash)];
    let scoop = release.file("noanswer.scoop.json")?;
    std::fs::write(&scoop, filled("windows/scoop.json", &keys)?)?;
    let mut made = vec![zip, scoop];
    for manifest in WINGET {
        let file = release.file(manifest)?;
        std::fs::write(&file, filled(&format!("windows/{manifest}"), &keys)?)?;
        made.push(file);
    }
    Ok(made)
}
