//! Where an artefact is found, and where it is tried.

use crate::{dist, shell};
use anyhow::{Result, ensure};
use std::path::PathBuf;

/// The artefact whose name begins and ends so.
pub fn artefact(begins: &str, ends: &str) -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dist::folder())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(begins) && name.ends_with(ends)
        })
        .collect();
    ensure!(found.len() == 1, "{} files are named {begins}…{ends}", found.len());
    Ok(found.remove(0))
}

/// An empty folder for a test.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let folder = shell::target().join("dist-test").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
