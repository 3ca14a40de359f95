//! Python wheels (PEP 427) that carry the program as a script: `pip install`, `pipx`, `uvx`. A static program asks nothing of
//! the system's libc, so that one wheel is tagged for glibc and musl alike (PEP 600, PEP 656).

use super::program::Platform;
use super::release::Release;
use super::tree::{Tree, read};
use super::{archive, licences};
use crate::build::Arch;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Packs one for each platform.
///
/// # Errors
/// When a program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    Platform::ALL.into_iter().map(|platform| wheel(release, platform)).collect()
}

/// The platforms that a wheel is for, as pip names them.
fn tags(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Linux(Arch::X86_64) => {
            &["manylinux_2_17_x86_64", "manylinux2014_x86_64", "musllinux_1_1_x86_64"]
        }
        Platform::Linux(Arch::Arm64) => {
            &["manylinux_2_17_aarch64", "manylinux2014_aarch64", "musllinux_1_1_aarch64"]
        }
        Platform::Windows => &["win_amd64"],
    }
}

fn wheel(release: &Release, platform: Platform) -> Result<PathBuf> {
    let name = format!("noanswer-{}", release.version);
    let tags = tags(platform);
    let file = release.file(&format!("{name}-py3-none-{}.whl", tags.join(".")))?;
    let tree = Tree::new(&format!("wheel-{}", platform.target()))?;
    tree.copy_program(&format!("{name}.data/scripts/{}", platform.name()), &platform.program(release)?)?;
    let info = format!("{name}.dist-info");
    tree.put(
        &format!("{info}/METADATA"),
        super::assets::filled("python/METADATA", &[("VERSION", &release.version)])?,
    )?;
    let mut wheel = "Wheel-Version: 1.0\nGenerator: cargo xtask dist\nRoot-Is-Purelib: false\n".to_owned();
    for tag in tags {
        let _ = writeln!(wheel, "Tag: py3-none-{tag}");
    }
    tree.put(&format!("{info}/WHEEL"), wheel)?;
    for (licence, text) in licences::ours()? {
        tree.put(&format!("{info}/licenses/{licence}"), text)?;
    }
    tree.put(&format!("{info}/licenses/{}", licences::NAME), licences::of_program(platform)?)?;
    let record = record(&tree, &format!("{info}/RECORD"))?;
    tree.put(&format!("{info}/RECORD"), record)?;
    archive::zip(&tree, "", &file)?;
    Ok(file)
}

/// Every file, its hash and its size; of the record itself, neither.
fn record(tree: &Tree, own: &str) -> Result<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut text = String::new();
    for name in tree.names()? {
        let bytes = read(&tree.root().join(&name))?;
        let _ = writeln!(
            text,
            "{name},sha256={},{}",
            URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes)),
            bytes.len()
        );
    }
    let _ = writeln!(text, "{own},,");
    Ok(text)
}
