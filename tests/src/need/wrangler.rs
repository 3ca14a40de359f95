//! Wrangler, with the real workerd: npm packages below `wasm/worker`, pinned by its lock file. `cargo xtask` keeps the same
//! mark (`xtask/src/need.rs`).

use super::quiet;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Wrangler's script, for Node.js. Installed by npm when it is missing or another version.
///
/// # Errors
/// When Node.js or npm is missing, or the packages cannot be had.
pub fn wrangler() -> Result<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm/worker");
    let script = folder.join("node_modules/wrangler/bin/wrangler.js");
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.noanswer");
    if !script.is_file() || std::fs::read(&stamp).ok() != Some(lock.clone()) {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        quiet(&mut npm)
            .context("the Worker's tests need Node.js 20 or later with npm, and wrangler by it")?;
        ensure!(script.is_file(), "npm installed no {}", script.display());
        // npm calls it a success when the program for this machine, an optional package, could not be had.
        let mut workerd = Command::new("node");
        workerd.args(["node_modules/workerd/bin/workerd", "--version"]).current_dir(&folder);
        quiet(&mut workerd).context("npm brought no workerd for this machine")?;
        std::fs::write(stamp, lock)?;
    }
    Ok(script)
}
