//! The licences of what is linked, in full: each text once, and the crates that it is for.

use super::metadata::{Linked, linked};
use super::program::Platform;
use crate::shell;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::{Mutex, PoisonError};

/// The file's name in packages.
pub const NAME: &str = "THIRD-PARTY-LICENSES.txt";

/// What is linked beside crates.
const BESIDE: &str = "\
The Rust standard library is MIT OR Apache-2.0 (Copyright The Rust Project Contributors). Programs for Linux hold musl,
MIT (Copyright 2005-2020 Rich Felker, et al.); the program for Windows holds the runtime of mingw-w64, ZPL-2.1 and in the
public domain.
";

/// Of a program.
///
/// # Errors
/// When cargo cannot tell what is linked.
pub fn of_program(platform: Platform) -> Result<String> {
    // Cargo takes its time, and every package asks.
    static KNOWN: Mutex<BTreeMap<&str, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = known.get(platform.target()) {
        return Ok(text.clone());
    }
    let text = texts(&linked("noanswer", None, platform.target())?);
    known.insert(platform.target(), text.clone());
    Ok(text)
}

/// Of the page's reader.
///
/// # Errors
/// When cargo cannot tell what is linked.
pub fn of_reader() -> Result<String> {
    Ok(texts(&linked("noanswer-browser", Some("reader"), crate::need::WASM)?))
}

/// Of the gateway.
///
/// # Errors
/// When cargo cannot tell what is linked.
pub fn of_worker() -> Result<String> {
    Ok(texts(&linked("noanswer-worker", None, crate::need::WASM)?))
}

fn texts(crates: &[Linked]) -> String {
    let mut text = format!("What this program links, and under which licences.\n\n{BESIDE}\n");
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in crates.iter().filter(|one| one.checksum.is_some()) {
        let name = format!("{} {}", one.name, one.version);
        let _ = writeln!(text, "{name}: {}", one.licence);
        for licence in files(one) {
            by_text.entry(licence).or_default().push(name.clone());
        }
    }
    for (licence, names) in by_text {
        let _ = write!(text, "\n{}\n{}\n\n{licence}\n", "-".repeat(80), names.join(", "));
    }
    text
}

/// The texts that a crate brings.
fn files(one: &Linked) -> Vec<String> {
    let is_licence = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"]
            .iter()
            .any(|word| name.starts_with(word))
    };
    let entries = fs::read_dir(&one.folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let named =
        paths.iter().filter(|path| path.file_name().is_some_and(|name| is_licence(&name.to_string_lossy())));
    let texts = named.filter_map(|path| fs::read_to_string(path).ok());
    texts.map(|text| text.trim_end().replace("\r\n", "\n")).collect()
}

/// Our own two licences: name and text.
///
/// # Errors
/// When they cannot be read.
pub fn ours() -> Result<[(&'static str, String); 2]> {
    let read = |name| fs::read_to_string(shell::root().join(name));
    Ok([("LICENSE-MIT", read("LICENSE-MIT")?), ("LICENSE-APACHE", read("LICENSE-APACHE")?)])
}
