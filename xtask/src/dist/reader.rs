//! npm package `@noanswer/reader`: the page's wasm that reads failure texts, as a library for Node.js and browsers, with
//! types from the API's own document.

use super::assets::{filled, packaging};
use super::program;
use super::release::Release;
use super::tree::{Tree, read};
use super::{licences, npm};
use crate::{need, shell};
use anyhow::{Result, ensure};
use std::path::PathBuf;

/// The most that the wasm may have, compressed by brotli, in bytes.
const BUDGET: usize = 150_000;

/// Packs the package.
///
/// # Errors
/// When the wasm does not build, or npm cannot bring what writes the types. A wasm over its budget is told at the end.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    program::page(release)?;
    let built = shell::root().join("web/pkg");
    let wasm = read(&built.join("reader_bg.wasm"))?;
    let size = brotli(&wasm)?;
    println!("the reader's wasm: {size} bytes of brotli, of {BUDGET} at most");
    if size > BUDGET {
        release.over(format!("the reader's wasm has {size} bytes of brotli, of {BUDGET} at most"));
    }
    let tree = Tree::new("npm-reader")?;
    // A template: which file a host takes is decided by the order of its `exports`.
    tree.put("package.json", filled("npm/reader/package.json", &[("VERSION", &release.version)])?)?;
    for file in ["node.js", "browser.js", "reader.js", "index.d.ts"] {
        tree.copy(file, &packaging("npm/reader").join(file))?;
    }
    tree.put("README.md", filled("npm/reader/README.md", &[])?)?;
    tree.put("wasm/reader_bg.wasm", wasm)?;
    tree.copy("wasm/reader.js", &built.join("reader.js"))?;
    tree.copy("wasm/log_bg.wasm", &built.join("log_bg.wasm"))?;
    tree.copy("wasm/log.js", &built.join("log.js"))?;
    tree.copy("wasm/codes.txt", &built.join("codes.txt"))?;
    tree.put("api.d.ts", types()?)?;
    tree.put(licences::NAME, licences::of_reader()?)?;
    Ok(vec![npm::packed(release, &tree, "@noanswer/reader")?])
}

/// The API's document as TypeScript.
fn types() -> Result<Vec<u8>> {
    need::node()?;
    need::npm(shell::root())?;
    let script = "node_modules/openapi-typescript/bin/cli.js";
    let output = shell::program("node", &[script, "web/site/openapi.json"]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

fn brotli(bytes: &[u8]) -> Result<usize> {
    let mut packed = Vec::new();
    brotli::BrotliCompress(
        &mut std::io::Cursor::new(bytes),
        &mut packed,
        &brotli::enc::BrotliEncoderParams::default(),
    )?;
    Ok(packed.len())
}
