//! What a package holds, laid out in a folder.

use super::release::{Release, folder};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A folder that is being filled.
pub struct Tree(PathBuf);

impl Tree {
    /// An empty one, of this name, outside of what is published.
    ///
    /// # Errors
    /// When an earlier one cannot be removed.
    pub fn new(name: &str) -> Result<Self> {
        let root = folder().join(".trees").join(name);
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(&root)?;
        Ok(Self(root))
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.put_as(name, bytes, 0o644)
    }

    /// Writes a program.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_program(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.put_as(name, bytes, 0o755)
    }

    fn put_as(&self, name: &str, bytes: impl AsRef<[u8]>, mode: u32) -> Result<()> {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        Ok(fs::set_permissions(&path, fs::Permissions::from_mode(mode))?)
    }

    /// Copies a file.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy(&self, name: &str, from: &Path) -> Result<()> {
        self.put(name, read(from)?)
    }

    /// Copies a program.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy_program(&self, name: &str, from: &Path) -> Result<()> {
        self.put_program(name, read(from)?)
    }

    /// Copies a folder, and what is in it.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy_folder(&self, name: &str, from: &Path) -> Result<()> {
        for file in files(from)? {
            let below = file.strip_prefix(from)?.display().to_string();
            let path = if name.is_empty() { below } else { format!("{name}/{below}") };
            self.copy(&path, &file)?;
        }
        Ok(())
    }

    /// Every file, in order, by its name below the root.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let names =
            files(&self.0)?.into_iter().map(|file| Ok(file.strip_prefix(&self.0)?.display().to_string()));
        names.collect()
    }

    /// Dates everything in it by the release, for packers that keep times.
    ///
    /// # Errors
    /// When a time cannot be set.
    pub fn date(&self, release: &Release) -> Result<()> {
        date(&self.0, std::time::UNIX_EPOCH + std::time::Duration::from_secs(release.epoch))
    }
}

fn date(path: &Path, time: std::time::SystemTime) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            date(&entry?.path(), time)?;
        }
    }
    Ok(fs::File::open(path)?.set_modified(time)?)
}

/// The bytes of a file.
///
/// # Errors
/// When it cannot be read, with its name.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

/// Every file below `folder`, in order.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
