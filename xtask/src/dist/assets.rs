//! What stands beside a program in its packages: manual pages, completions, licences, units.

use super::licences;
use super::program::Platform;
use super::release::Release;
use super::tree::{Tree, read};
use crate::build::Arch;
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// A file of `packaging/`.
pub fn packaging(name: &str) -> PathBuf {
    shell::root().join("packaging").join(name)
}

/// A file of `packaging/`, with `{KEY}` replaced for each key.
///
/// # Errors
/// When it cannot be read, or a key is left over.
pub fn filled(name: &str, keys: &[(&str, &str)]) -> Result<String> {
    let mut text = String::from_utf8(read(&packaging(name))?)?;
    for (key, value) in keys {
        text = text.replace(&format!("{{{key}}}"), value);
    }
    Ok(text)
}

/// The program of this machine, which writes its own manual and completions.
fn own(release: &Release) -> Result<PathBuf> {
    let arch = Arch::here().context("packages are made on x86-64 or arm64")?;
    Platform::Linux(arch).program(release)
}

/// Where each shell looks for completions, below `/usr/share`.
const COMPLETIONS: &[(&str, &str)] = &[
    ("bash", "bash-completion/completions/noanswer"),
    ("fish", "fish/vendor_completions.d/noanswer.fish"),
    ("zsh", "zsh/{ZSH}/_noanswer"),
];

/// What the program prints.
fn printed(program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let mut command = std::process::Command::new(program);
    let output = command.args(arguments).output().with_context(|| program.display().to_string())?;
    ensure!(output.status.success(), "noanswer {}: {}", arguments.join(" "), output.status);
    Ok(output.stdout)
}

/// Puts the completions of one shell.
///
/// # Errors
/// When the program does not run.
pub fn completions(release: &Release, tree: &Tree, shell: &str, name: &str) -> Result<()> {
    tree.put(name, printed(&own(release)?, &["completions", shell])?)
}

/// Puts manual pages into `folder`, packed where distributions want them so.
///
/// # Errors
/// When the program does not run.
pub fn manual(release: &Release, tree: &Tree, folder: &str, packed: bool) -> Result<()> {
    let scratch = Tree::new(".man")?;
    printed(&own(release)?, &["man", &scratch.root().display().to_string()])?;
    for page in scratch.names()? {
        let bytes = read(&scratch.root().join(&page))?;
        if packed {
            tree.put(&format!("{folder}/{page}.gz"), super::archive::gzip(&bytes)?)?;
        } else {
            tree.put(&format!("{folder}/{page}"), bytes)?;
        }
    }
    Ok(())
}

/// Puts our licences and those of what is linked into `folder`, which is empty or ends in a slash.
///
/// # Errors
/// When cargo cannot tell what is linked.
pub fn licences(tree: &Tree, folder: &str, platform: Platform) -> Result<()> {
    for (name, text) in licences::ours()? {
        tree.put(&format!("{folder}{name}"), text)?;
    }
    tree.put(&format!("{folder}{}", licences::NAME), licences::of_program(platform)?)
}

/// What a distribution's package installs: all but what describes the package itself. `zsh` is where the distribution's zsh
/// looks.
///
/// # Errors
/// When something of it cannot be made.
pub fn installed(release: &Release, tree: &Tree, platform: Platform, zsh: &str) -> Result<()> {
    tree.copy_program("usr/bin/noanswer", &platform.program(release)?)?;
    manual(release, tree, "usr/share/man/man1", true)?;
    for (shell, path) in COMPLETIONS {
        completions(release, tree, shell, &format!("usr/share/{}", path.replace("{ZSH}", zsh)))?;
    }
    for unit in ["noanswer.service", "noanswer.socket", "noanswer-vantage.service", "noanswer-vantage.socket"]
    {
        tree.copy(&format!("usr/lib/systemd/system/{unit}"), &packaging("systemd").join(unit))?;
    }
    tree.copy("usr/lib/sysusers.d/noanswer.conf", &packaging("systemd/noanswer.conf"))?;
    for file in ["vantages.toml", "controls.toml"] {
        tree.copy(&format!("etc/noanswer/{file}"), &packaging("etc").join(file))?;
    }
    licences(tree, "usr/share/doc/noanswer/", platform)?;
    tree.put("usr/share/doc/noanswer/README.md", read(&shell::root().join("README.md"))?)
}
