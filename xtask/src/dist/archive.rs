//! Archives that hold nothing of the machine that made them: files in order, one owner, one time.

use super::release::Release;
use super::tree::{self, Tree};
use crate::need::{self, Program};
use crate::shell;
use anyhow::Result;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

/// Tar, of everything in `tree` below `prefix`.
///
/// # Errors
/// When a file cannot be read.
pub fn tar(release: &Release, tree: &Tree, prefix: &str) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut folders = std::collections::BTreeSet::new();
    for name in tree.names()? {
        let path = tree.root().join(&name);
        let inside = format!("{prefix}{name}");
        // Folders stand before what is in them.
        for (at, _) in inside.match_indices('/') {
            if folders.insert(inside[..at].to_owned()) {
                let mut header = header(release, 0o755, 0);
                header.set_entry_type(tar::EntryType::Directory);
                builder.append_data(&mut header, &inside[..=at], std::io::empty())?;
            }
        }
        let bytes = tree::read(&path)?;
        let mode = std::fs::metadata(&path)?.permissions().mode() & 0o777;
        let mut header = header(release, mode, bytes.len() as u64);
        builder.append_data(&mut header, &inside, bytes.as_slice())?;
    }
    Ok(builder.into_inner()?)
}

fn header(release: &Release, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(release.epoch);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Gzip, without name and time.
///
/// # Errors
/// Never: memory takes it.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder: GzEncoder<Vec<u8>> = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// `tree` below `prefix` as `file`, a `.tar.zst`.
///
/// # Errors
/// When it cannot be read, packed or written.
pub fn tar_zst(release: &Release, tree: &Tree, prefix: &str, file: &Path) -> Result<()> {
    need::programs(&[Program { name: "zstd", package: "zstd" }])?;
    let plain = file.with_extension("");
    std::fs::write(&plain, tar(release, tree, prefix)?)?;
    let mut zstd = shell::program("zstd", &["-19", "--quiet", "--force", "--rm", "-o"]);
    shell::run(zstd.arg(file).arg(&plain))
}

/// `tree` below `prefix` as `file`, a `.tar.gz` or `.tgz`.
///
/// # Errors
/// When it cannot be read, packed or written.
pub fn tar_gz(release: &Release, tree: &Tree, prefix: &str, file: &Path) -> Result<()> {
    Ok(std::fs::write(file, gzip(&tar(release, tree, prefix)?)?)?)
}

/// `tree` below `prefix` as `file`, a zip. Its times are 1980-01-01, which is where zip begins to count.
///
/// # Errors
/// When it cannot be read, packed or written.
pub fn zip(tree: &Tree, prefix: &str, file: &Path) -> Result<()> {
    let mut writer = ZipWriter::new(File::create(file)?);
    for name in tree.names()? {
        let path = tree.root().join(&name);
        let mode = std::fs::metadata(&path)?.permissions().mode() & 0o777;
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        writer.start_file(format!("{prefix}{name}"), options)?;
        writer.write_all(&tree::read(&path)?)?;
    }
    writer.finish()?;
    Ok(())
}
