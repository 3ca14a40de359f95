//! `SHA256SUMS`, as `sha256sum --check` reads it.

use super::release::{Release, folder};
use super::tree;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The name of the file.
const NAME: &str = "SHA256SUMS";

/// The SHA-256 of `bytes`, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes the sums of everything in `target/dist`.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write(release: &Release) -> Result<()> {
    let mut lines = String::new();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && name != NAME {
            names.push(name);
        }
    }
    names.sort();
    for name in names {
        let _ = writeln!(lines, "{}  {name}", sha256(&tree::read(&folder().join(&name))?));
    }
    Ok(std::fs::write(release.file(NAME)?, lines)?)
}
