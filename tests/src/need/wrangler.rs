//! Wrangler, with the real workerd, and what else the tests have of npm: packages pinned by the lock files of the folders
//! that they stand in. `cargo xtask` keeps the same marks (`xtask/src/need.rs`).

use super::quiet;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Has npm install what `folder` pins, when it is missing or another version; whether it did.
///
/// # Errors
/// When npm is missing, or the packages cannot be had.
pub fn npm(folder: &Path) -> Result<bool> {
    let _guard = ONE_AT_A_TIME.lock();
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.noanswer");
    if std::fs::read(&mark).is_ok_and(|there| there == lock) {
        return Ok(false);
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    quiet(&mut npm).context("these tests need Node.js 20 or later with npm")?;
    std::fs::write(mark, lock)?;
    Ok(true)
}

/// Wrangler's script, for Node.js. Installed by npm when it is missing or another version.
///
/// # Errors
/// When Node.js or npm is missing, or the packages cannot be had.
pub fn wrangler() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm/worker");
    let script = folder.join("node_modules/wrangler/bin/wrangler.js");
    if npm(&folder)? {
        ensure!(script.is_file(), "npm installed no {}", script.display());
        // npm calls it a success when the program for this machine, an optional package, could not be had.
        let mut workerd = Command::new("node");
        workerd.args(["node_modules/workerd/bin/workerd", "--version"]).current_dir(&folder);
        quiet(&mut workerd).context("npm brought no workerd for this machine")?;
    }
    Ok(script)
}
