//! The Windows program, by Wine.

use super::files::unzip;
use super::lab;
use super::places::{artefact, scratch};
use crate::need::{self, Program};
use crate::test::step::Log;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;

/// Wine 8 of Debian 12 lacks `bcryptprimitives.dll`, which every Windows since 8 has and Rust's standard library takes its
/// random numbers from. This stands in for it, in the test alone.
const RANDOM: &str = "
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) { return RtlGenRandom(bytes, length); }
";

/// The zip, its manifests, and the program against the lab.
pub fn windows(log: &mut Log) -> Result<()> {
    need::programs(&[
        Program { name: "wine", package: "wine64" },
        Program { name: "x86_64-w64-mingw32-gcc", package: "gcc-mingw-w64-x86-64" },
    ])?;
    let folder = scratch("windows")?;
    let zip = artefact("noanswer-", "-pc-windows-gnu.zip")?;
    unzip(log, &zip, &folder)?;
    let inner = std::fs::read_dir(&folder)?.next().context("an empty zip")??.path();
    manifests(log, &zip)?;
    stand_in(log, &inner)?;
    let prefix = scratch("wine")?;
    let program = format!(
        "env WINEPREFIX={} WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= wine {}",
        prefix.display(),
        inner.join("noanswer.exe").display()
    );
    lab::judge(log, &program, &inner.with_extension("out"))
}

fn stand_in(log: &mut Log, folder: &Path) -> Result<()> {
    let source = folder.join("random.c");
    std::fs::write(&source, RANDOM)?;
    let mut compile = Command::new("x86_64-w64-mingw32-gcc");
    compile.args(["-shared", "-o"]).arg(folder.join("bcryptprimitives.dll")).arg(&source).arg("-ladvapi32");
    log.run(&mut compile)
}

/// Both manifests name the zip's own hash, and the program where it lies in it.
fn manifests(log: &mut Log, zip: &Path) -> Result<()> {
    let sum = Command::new("sha256sum").arg(zip).output()?;
    let sum = String::from_utf8_lossy(&sum.stdout).split(' ').next().unwrap_or_default().to_owned();
    log.line(&sum);
    let name = zip.file_stem().context("a name")?.to_string_lossy().into_owned();
    let scoop: serde_json::Value =
        serde_json::from_slice(&std::fs::read(artefact("noanswer.scoop", ".json")?)?)?;
    let bits = &scoop["architecture"]["64bit"];
    ensure!(bits["hash"] == sum.as_str() && bits["extract_dir"] == name.as_str(), "scoop: {scoop}");
    let winget = std::fs::read_to_string(artefact("noanswer.noanswer.installer", ".yaml")?)?;
    ensure!(winget.contains(&sum) && winget.contains(&format!("{name}\\noanswer.exe")), "winget: {winget}");
    Ok(())
}
