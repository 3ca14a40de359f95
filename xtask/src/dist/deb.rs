//! `noanswer_VERSION_ARCH.deb`, packed by `dpkg-deb`, which keeps `SOURCE_DATE_EPOCH`.

use super::assets::{self, filled, packaging};
use super::program::Platform;
use super::release::Release;
use super::tree::{Tree, read};
use crate::build::Arch;
use crate::need::{self, Program};
use crate::shell;
use anyhow::Result;
use std::path::PathBuf;

/// Where Debian's zsh looks for completions, below `/usr/share/zsh`.
const ZSH: &str = "vendor-completions";

/// Packs one for each processor.
///
/// # Errors
/// When a program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    need::programs(&[Program { name: "dpkg-deb", package: "dpkg" }])?;
    let mut made = Vec::new();
    for arch in [Arch::X86_64, Arch::Arm64] {
        let tree = Tree::new(&format!("deb-{}", arch.debian()))?;
        assets::installed(release, &tree, Platform::Linux(arch), ZSH)?;
        tree.copy("usr/share/doc/noanswer/copyright", &packaging("debian/copyright"))?;
        let size: usize =
            tree.names()?.iter().map(|name| read(&tree.root().join(name)).map_or(0, |b| b.len())).sum();
        let kib = size.div_ceil(1_024).to_string();
        let keys = [("VERSION", release.version.as_str()), ("ARCH", arch.debian()), ("KIB", &kib)];
        let sums = sums(&tree)?;
        tree.put("DEBIAN/control", filled("debian/control", &keys)?)?;
        tree.put("DEBIAN/conffiles", "/etc/noanswer/vantages.toml\n/etc/noanswer/controls.toml\n")?;
        tree.put("DEBIAN/md5sums", sums)?;
        for script in ["postinst", "prerm", "postrm"] {
            tree.copy_program(&format!("DEBIAN/{script}"), &packaging("debian").join(script))?;
        }
        tree.date(release)?;
        let file = release.file(&format!("noanswer_{}_{}.deb", release.version, arch.debian()))?;
        let mut pack = shell::program("dpkg-deb", &["--root-owner-group", "-Zxz", "--build"]);
        pack.arg(tree.root()).arg(&file).stdout(std::process::Stdio::null());
        // The number of threads shows in what xz writes.
        pack.env("SOURCE_DATE_EPOCH", release.epoch.to_string()).env("DPKG_DEB_THREADS_MAX", "1");
        shell::run(&mut pack)?;
        made.push(file);
    }
    Ok(made)
}

/// The checksums by which `dpkg --verify` knows that a file was changed.
fn sums(tree: &Tree) -> Result<Vec<u8>> {
    let mut command = std::process::Command::new("md5sum");
    command.args(tree.names()?.iter().filter(|name| !name.starts_with("etc/"))).current_dir(tree.root());
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), "md5sum failed ({})", output.status);
    Ok(output.stdout)
}
