//! The page's wasm: built by cargo, bound to JavaScript by wasm-bindgen as a library, so that nothing is installed by
//! hand and the two halves of wasm-bindgen cannot drift apart.

use crate::{need, shell};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// The files of wasm, each a feature of the crate: what every visit needs, and what a check needs.
const PARTS: &[&str] = &["reader", "checker"];

/// Builds the page's wasm and its JavaScript into `web/pkg`.
pub fn page() -> Result<()> {
    need::wasm_target()?;
    let package = shell::root().join("web/pkg");
    for part in PARTS {
        bind(part, &package)?;
    }
    fs::write(package.join("precache.js"), precache(&shell::root().join("web"))?)?;
    Ok(())
}

fn bind(part: &str, package: &Path) -> Result<()> {
    let mut cargo =
        shell::cargo(&["build", "--quiet", "--package", "noanswer-browser", "--no-default-features"]);
    cargo.args(["--features", part, "--target", need::WASM, "--profile", "wasm"]);
    shell::run(shell::shipped(&mut cargo))?;
    let wasm = shell::target().join(need::WASM).join("wasm/noanswer_browser.wasm");
    Bindgen::new()
        .input_path(&wasm)
        .out_name(part)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(package)
        .with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))
}

/// The list of files that the service worker keeps, and a version that changes with any of their bytes: that is how a
/// browser learns that a page it keeps has become old.
fn precache(web: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(web, web, &mut files)?;
    files.sort();
    let mut hashed = files.clone();
    hashed.extend(["index.html", "pkg/checker.js", "pkg/checker_bg.wasm"].map(str::to_owned));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a: telling versions apart needs no secrecy
    for file in &hashed {
        for byte in fs::read(web.join(file))?.iter().chain(file.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let list: Vec<String> = files.iter().map(|file| format!("  \"/{file}\",\n")).collect();
    Ok(format!("self.PRECACHE = {{ version: \"{hash:016x}\", files: [\n{}] }};\n", list.concat()))
}

/// Every file of the page, as a path below `web`.
fn collect(web: &Path, folder: &Path, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path == web.join("site") {
            continue; // Rust: what servers say, not what browsers load
        }
        if path.is_dir() {
            collect(web, &path, files)?;
            continue;
        }
        let name = path.strip_prefix(web)?.to_string_lossy().replace('\\', "/");
        // The page itself is served with the article in it, the service worker must not keep itself, and what a check
        // needs is kept once it was needed: a first visit must not pay for it.
        let apart = ["index.html", "sw.js", "pkg/precache.js", "robots.txt"].contains(&name.as_str())
            || name.starts_with("pkg/checker");
        if !apart {
            files.push(name);
        }
    }
    Ok(())
}
