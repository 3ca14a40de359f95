//! `noanswer-VERSION-TARGET.tar.zst`: the static program, to be put anywhere.

use super::program::Platform;
use super::release::Release;
use super::tree::Tree;
use super::{archive, assets};
use crate::build::Arch;
use crate::shell;
use anyhow::Result;
use std::path::PathBuf;

/// Packs one for each processor.
///
/// # Errors
/// When a program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for arch in [Arch::X86_64, Arch::Arm64] {
        let platform = Platform::Linux(arch);
        let name = format!("noanswer-{}-{}", release.version, platform.target());
        let tree = Tree::new(&name)?;
        tree.copy_program("noanswer", &platform.program(release)?)?;
        assets::manual(release, &tree, "man/man1", false)?;
        for (shell, file) in [("bash", "noanswer.bash"), ("fish", "noanswer.fish"), ("zsh", "_noanswer")] {
            assets::completions(release, &tree, shell, &format!("completions/{file}"))?;
        }
        tree.copy_folder("systemd", &assets::packaging("systemd"))?;
        tree.copy_folder("etc", &assets::packaging("etc"))?;
        assets::licences(&tree, "", platform)?;
        tree.copy("README.md", &shell::root().join("README.md"))?;
        let file = release.file(&format!("{name}.tar.zst"))?;
        archive::tar_zst(release, &tree, &format!("{name}/"), &file)?;
        made.push(file);
    }
    Ok(made)
}
