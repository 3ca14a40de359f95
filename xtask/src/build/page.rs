//! The page's wasm: built by cargo, bound to JavaScript by wasm-bindgen as a library, so that nothing is installed by
//! hand and the two halves of wasm-bindgen cannot drift apart.

use crate::{need, shell};
use anyhow::{Context, Result};
use noanswer_core::facts::Table;
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// A file of wasm: a feature of the crate, and the profile that it is compiled by.
type Part = (&'static str, &'static str);

/// The files of wasm: what every visit needs, what a log needs, what a check needs, and what the page needs to judge by itself.
const PARTS: &[Part] = &[("reader", "wasm"), ("log", "wasm-log"), ("checker", "wasm"), ("judge", "wasm")];

/// Builds the page's wasm and its JavaScript into `web/pkg`.
pub fn page() -> Result<()> {
    need::wasm_target()?;
    let package = shell::root().join("web/pkg");
    for &part in PARTS {
        bind(part, &package)?;
    }
    texts(&package)?;
    fs::write(package.join("codes.txt"), Table::Codes.text())?;
    fs::write(package.join("precache.js"), precache(&shell::root().join("web"))?)?;
    Ok(())
}

fn bind((part, profile): Part, package: &Path) -> Result<()> {
    let mut cargo =
        shell::cargo(&["build", "--quiet", "--package", "noanswer-browser", "--no-default-features"]);
    cargo.args(["--features", part, "--target", need::WASM, "--profile", profile]);
    shell::run(shell::shipped(&mut cargo))?;
    let wasm = shell::target().join(need::WASM).join(profile).join("noanswer_browser.wasm");
    let mut bound = Bindgen::new()
        .input_path(&wasm)
        .out_name(part)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))?;
    // Linkers read it, and nothing that runs the module.
    bound.wasm_mut().customs.remove_raw("target_features");
    bound.emit(package)
}

/// What a check, a log or another language needs and a text does not: loaded, and kept by the service worker, when it is first
/// needed, so that a first visit does not pay for it.
const LATER: &[&str] = &[
    "app/case-link.js",
    "app/doh.js",
    "app/globalping.js",
    "app/share.js",
    "app/turnstile.js",
    "app/views/exchanges.js",
    "app/views/faults.js",
    "app/views/log-table.js",
    "app/views/messages.js",
    "app/views/next.js",
    "app/views/path.js",
    "app/views/progress.js",
    "app/views/results.js",
    "app/views/timeline.js",
    "app/views/vantages.js",
    "app/views/verdict.js",
    "pkg/checker.js",
    "pkg/checker_bg.wasm",
    "pkg/judge.js",
    "pkg/judge_bg.wasm",
    "pkg/log.js",
    "pkg/log_bg.wasm",
    "pkg/texts-de.tsv",
    "pkg/texts-es.tsv",
    "pkg/texts-fr.tsv",
];

/// The catalogue's part of the page.
fn texts(package: &Path) -> Result<()> {
    for (language, texts) in super::texts::of_the_page()? {
        fs::write(package.join(format!("texts-{language}.tsv")), texts)?;
    }
    Ok(())
}

/// The list of files that the service worker keeps, and a version that changes with any of their bytes: that is how a
/// browser learns that a page it keeps has become old.
fn precache(web: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(web, web, &mut files)?;
    files.sort();
    let mut hashed = files.clone();
    hashed.push("index.html".to_owned());
    hashed.extend(LATER.iter().map(|file| (*file).to_owned()));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a: telling versions apart needs no secrecy
    for file in &hashed {
        for byte in fs::read(web.join(file))?.iter().chain(file.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let list = |files: &[&str]| -> String { files.iter().map(|file| format!("  \"/{file}\",\n")).collect() };
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (files, later) = (list(&files), list(LATER));
    Ok(format!("self.PRECACHE = {{ version: \"{hash:016x}\", files: [\n{files}], later: [\n{later}] }};\n"))
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
        // The page itself is served with the article in it, and the service worker must not keep itself.
        let apart = ["index.html", "sw.js", "pkg/precache.js", "robots.txt"].contains(&name.as_str())
            || LATER.contains(&name.as_str());
        if !apart {
            files.push(name);
        }
    }
    Ok(())
}
