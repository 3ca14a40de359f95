//! What is unpacked and run, with nothing else around it.

use super::lab;
use super::places::{artefact, scratch};
use crate::need::{self, Program};
use crate::shell;
use crate::test::step::Log;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The static program, in a root that holds the archive and nothing else.
pub fn archive(log: &mut Log) -> Result<()> {
    let root = unpacked(log, "static", "x86_64-unknown-linux-musl.tar.zst")?;
    for name in
        ["man/man1/noanswer.1", "completions/noanswer.bash", "systemd/noanswer.service", "LICENSE-MIT"]
    {
        ensure!(root.join(name).metadata().is_ok_and(|file| file.len() > 100), "the archive has no {name}");
    }
    for shell in ["bash -n completions/noanswer.bash", "man --local-file --warnings man/man1/noanswer.1"] {
        need::programs(&[Program { name: "man", package: "man-db" }])?;
        let mut words = shell.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        let output = command.args(words).current_dir(&root).output()?;
        ensure!(
            output.status.success() && output.stderr.is_empty(),
            "{shell}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let out = root.with_extension("out");
    lab::judge(log, &format!("chroot {} /noanswer", root.display()), &out)
}

/// The static program for arm64, by QEMU.
pub fn arm64(log: &mut Log) -> Result<()> {
    let root = unpacked(log, "arm64", "aarch64-unknown-linux-musl.tar.zst")?;
    need::programs(&[Program { name: "qemu-aarch64-static", package: "qemu-user-static" }])?;
    let program = format!("qemu-aarch64-static {}", root.join("noanswer").display());
    lab::judge(log, &program, &root.with_extension("out"))
}

/// Unpacks the archive whose name ends so, and gives its one folder.
fn unpacked(log: &mut Log, name: &str, ends: &str) -> Result<PathBuf> {
    let folder = scratch(name)?;
    need::programs(&[Program { name: "zstd", package: "zstd" }])?;
    log.run(
        Command::new("tar")
            .arg("--extract")
            .arg("--file")
            .arg(artefact("noanswer-", ends)?)
            .arg("-C")
            .arg(&folder),
    )?;
    let entry = std::fs::read_dir(&folder)?.next().context("an empty archive")??;
    Ok(entry.path())
}

/// The function's zips and the template.
pub fn lambda(log: &mut Log) -> Result<()> {
    for (arch, machine) in [("x86_64", "x86-64"), ("arm64", "aarch64")] {
        let folder = scratch(&format!("lambda-{arch}"))?;
        unzip(log, &artefact("noanswer-", &format!("-lambda-{arch}.zip"))?, &folder)?;
        need::programs(&[Program { name: "file", package: "file" }])?;
        let about = Command::new("file").arg("--brief").arg(folder.join("bootstrap")).output()?;
        let about = String::from_utf8_lossy(&about.stdout).into_owned();
        log.line(&about);
        ensure!(about.contains(machine) && about.contains("static"), "bootstrap is {about}");
    }
    // As Lambda would start it, and as the papers bring it up.
    let tests = |test: &str, name: &str| {
        let mut tests = shell::cargo(&["test", "--quiet", "--workspace", "--test", test]);
        tests.args(["--", "--test-threads=1", name]);
        tests
    };
    let bootstrap = shell::target().join("dist-test/lambda-x86_64/bootstrap");
    log.run(tests("cloud_runtime", "contract::").env("NOANSWER_BIN", bootstrap))?;
    log.run(tests("cloud_by_hand", "").env("NOANSWER_DIST", crate::dist::folder()))
}

/// Unpacks a zip.
///
/// # Errors
/// When it cannot be unpacked.
pub fn unzip(log: &mut Log, zip: &Path, folder: &Path) -> Result<()> {
    need::programs(&[Program { name: "unzip", package: "unzip" }])?;
    log.run(Command::new("unzip").arg("-q").arg(zip).arg("-d").arg(folder))
}
