//! `noanswer-VERSION-1.ARCH.rpm`, packed by `rpmbuild`.

use super::assets::{self, filled};
use super::program::Platform;
use super::release::Release;
use super::tree::Tree;
use crate::build::Arch;
use crate::need::{self, Program};
use crate::shell;
use anyhow::Result;
use std::path::PathBuf;

/// Where Fedora's zsh looks for completions, below `/usr/share/zsh`.
const ZSH: &str = "site-functions";

/// Packs one for each processor.
///
/// # Errors
/// When a program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    need::programs(&[Program { name: "rpmbuild", package: "rpm" }])?;
    let mut made = Vec::new();
    for arch in [Arch::X86_64, Arch::Arm64] {
        let tree = Tree::new(&format!("rpm-{}", arch.rust()))?;
        assets::installed(release, &tree, Platform::Linux(arch), ZSH)?;
        tree.date(release)?;
        let work = Tree::new(&format!("rpmbuild-{}", arch.rust()))?;
        work.put("noanswer.spec", filled("rpm/noanswer.spec", &[("VERSION", &release.version)])?)?;
        let top = work.root().display().to_string();
        let mut build = shell::program("rpmbuild", &["-bb", "--quiet", "--nodeps"]);
        build.args(["--target", &format!("{}-unknown-linux", arch.rust())]);
        for (name, value) in [
            ("_topdir", top.as_str()),
            ("tree", &tree.root().display().to_string()),
            // Nothing of this machine: its name, the hour, the number of its processors.
            ("_buildhost", "noanswer.invalid"),
            ("use_source_date_epoch_as_buildtime", "1"),
            ("clamp_mtime_to_source_date_epoch", "1"),
            ("_build_id_links", "none"),
            ("_binary_payload", "w19.zstdio"),
            ("_rpmfilename", "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm"),
        ] {
            build.args(["--define", &format!("{name} {value}")]);
        }
        build.env("SOURCE_DATE_EPOCH", release.epoch.to_string());
        shell::run(build.arg(work.root().join("noanswer.spec")))?;
        let name = format!("noanswer-{}-1.{}.rpm", release.version, arch.rust());
        let file = release.file(&name)?;
        std::fs::copy(work.root().join("RPMS").join(&name), &file)?;
        made.push(file);
    }
    Ok(made)
}
