//! npm package `noanswer`, `npx noanswer`: a few lines that start the program of the platform's own package, which npm chooses
//! by `os` and `cpu`. Nothing is downloaded by scripts.

use super::assets::{filled, packaging};
use super::program::Platform;
use super::release::Release;
use super::tree::Tree;
use super::{archive, licences};
use crate::build::Arch;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Packs the package, and one for each platform.
///
/// # Errors
/// When a program does not build, or cannot be packed.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for platform in Platform::ALL {
        made.push(carrier(release, platform)?);
    }
    let tree = Tree::new("npm-noanswer")?;
    let optional: Value = Platform::ALL
        .into_iter()
        .map(|one| (name(one), json!(release.version)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut manifest = manifest(release, "noanswer", "Says why mail meets \"441 4.4.1 No answer from host\"");
    manifest["bin"] = json!({ "noanswer": "noanswer.js" });
    manifest["type"] = json!("module");
    manifest["engines"] = json!({ "node": ">=18" });
    manifest["optionalDependencies"] = optional;
    tree.put("package.json", pretty(&manifest)?)?;
    tree.copy_program("noanswer.js", &packaging("npm/noanswer/noanswer.js"))?;
    tree.put("README.md", filled("npm/noanswer/README.md", &[])?)?;
    made.push(packed(release, &tree, "noanswer")?);
    Ok(made)
}

/// The package of a platform.
fn carrier(release: &Release, platform: Platform) -> Result<PathBuf> {
    let name = name(platform);
    let tree = Tree::new(&format!("npm-{}", platform.target()))?;
    let (os, cpu) = npm(platform);
    let mut manifest = manifest(release, &name, &format!("The program of noanswer for {os}, {cpu}"));
    manifest["os"] = json!([os]);
    manifest["cpu"] = json!([cpu]);
    tree.put("package.json", pretty(&manifest)?)?;
    tree.put("README.md", format!("The program that the package `noanswer` starts on {os}, {cpu}.\n"))?;
    tree.copy_program(&format!("bin/{}", platform.name()), &platform.program(release)?)?;
    tree.put(licences::NAME, licences::of_program(platform)?)?;
    packed(release, &tree, &name)
}

/// The platform's package.
fn name(platform: Platform) -> String {
    let (os, cpu) = npm(platform);
    format!("@noanswer/{os}-{cpu}")
}

/// Operating system and processor, as Node.js names them.
fn npm(platform: Platform) -> (&'static str, &'static str) {
    match platform {
        Platform::Linux(Arch::X86_64) => ("linux", "x64"),
        Platform::Linux(Arch::Arm64) => ("linux", "arm64"),
        Platform::Windows => ("win32", "x64"),
    }
}

/// What every package says of itself.
fn manifest(release: &Release, name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "version": release.version,
        "description": description,
        "license": "MIT OR Apache-2.0",
        "keywords": ["smtp", "mail", "441", "4.4.1", "bounce", "deliverability"],
    })
}

/// JSON as people read it.
///
/// # Errors
/// Never: it is JSON.
fn pretty(manifest: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(manifest)? + "\n")
}

/// `tree` as npm packs the package `name`: `@noanswer/reader` becomes `noanswer-reader-VERSION.tgz`.
///
/// # Errors
/// When it cannot be packed.
pub fn packed(release: &Release, tree: &Tree, name: &str) -> Result<PathBuf> {
    for (licence, text) in licences::ours()? {
        tree.put(licence, text)?;
    }
    let flat = name.trim_start_matches('@').replace('/', "-");
    let file = release.file(&format!("{flat}-{}.tgz", release.version))?;
    archive::tar_gz(release, tree, "package/", &file)?;
    Ok(file)
}
