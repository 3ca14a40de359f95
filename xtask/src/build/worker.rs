//! The Worker: its wasm bound for Workers, and the page's files beside it.

use super::page::page;
use super::texts;
use crate::{need, shell};
use anyhow::{Context, Result};
use noanswer_minify::minified;
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// Builds the page and the Worker into `wasm/worker/dist`.
pub fn worker() -> Result<()> {
    page()?;
    gateway()
}

/// Builds the gateway, with the page as it was built, into `wasm/worker/dist`.
pub fn gateway() -> Result<()> {
    need::wasm_target()?;
    let mut cargo = shell::cargo(&["build", "--quiet", "--package", "noanswer-worker"]);
    cargo.args(["--target", need::WASM, "--profile", "wasm"]);
    shell::run(shell::shipped(&mut cargo))?;
    let dist = shell::worker().join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    bind(&dist)?;
    fs::copy(shell::worker().join("entry.js"), dist.join("entry.js"))?;
    let web = shell::root().join("web");
    // The page itself is rendered by the Worker, with the article in it.
    let assets = dist.join("assets");
    copy(&web, &assets, &|path| path != web.join("index.html") && path != web.join("site"))?;
    // Beside the Worker and not in it: it is 30 kB of the Worker's size.
    fs::copy(web.join("site/openapi.json"), assets.join("openapi.json"))?;
    // So is the catalogue, 110 kB of it.
    for (language, texts) in texts::all()? {
        fs::write(assets.join(format!("catalogue-{language}.tsv")), texts)?;
    }
    Ok(())
}

fn bind(dist: &Path) -> Result<()> {
    let wasm = shell::target().join(need::WASM).join("wasm/noanswer_worker.wasm");
    Bindgen::new()
        .input_path(&wasm)
        .out_name("worker")
        .module(true)?
        .typescript(false)
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(dist)
        .with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))?;
    // Workers import a compiled module by a plain import; "source phase" is what the standard calls the same.
    let script = dist.join("worker.js");
    let text = fs::read_to_string(&script)?.replace("import source ", "import ");
    Ok(fs::write(script, text)?)
}

/// Copies the files of `from` that `wanted` takes, as they go over the wire.
fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let path = entry.path();
        match (wanted(&path), path.is_dir()) {
            (false, _) => {}
            (true, true) => copy(&path, &to.join(entry.file_name()), wanted)?,
            (true, false) => fs::write(to.join(entry.file_name()), minified(&path, &fs::read(&path)?))?,
        }
    }
    Ok(())
}
