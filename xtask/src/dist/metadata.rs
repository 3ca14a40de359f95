//! What is linked into a program, asked of cargo.

use crate::shell;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A crate that is linked.
#[derive(Clone, Debug)]
pub struct Linked {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, an SPDX expression.
    pub licence: String,
    /// What it is, in its own words.
    pub description: Option<String>,
    /// The folder of its source.
    pub folder: PathBuf,
    /// The SHA-256 of its package; none of our own.
    pub checksum: Option<String>,
    /// What it is linked for: name and version of what it uses.
    pub uses: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    description: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// The crates that are linked into the package `package` (with these `features` alone, where some are named) for `target`,
/// in order: no macros, no build scripts, no tests.
///
/// # Errors
/// When cargo cannot tell.
pub fn linked(package: &str, features: Option<&str>, target: &str) -> Result<Vec<Linked>> {
    let mut tree = shell::cargo(&["tree", "--locked", "--package", package, "--target", target]);
    tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
    if let Some(features) = features {
        tree.args(["--no-default-features", "--features", features]);
    }
    let listed = answer(&mut tree)?;
    let names: BTreeSet<(String, String)> = listed.lines().filter_map(name_and_version).collect();
    let mut metadata = shell::cargo(&["metadata", "--locked", "--format-version", "1"]);
    metadata.args(["--filter-platform", target]);
    let metadata: Metadata = serde_json::from_str(&answer(&mut metadata)?)?;
    let lock: Lock = toml::from_str(&std::fs::read_to_string(shell::root().join("Cargo.lock"))?)?;
    let checksums: BTreeMap<(&str, &str), Option<&String>> = lock
        .package
        .iter()
        .map(|one| ((one.name.as_str(), one.version.as_str()), one.checksum.as_ref()))
        .collect();
    let by_id: BTreeMap<&str, (String, String)> = metadata
        .packages
        .iter()
        .map(|one| (one.id.as_str(), (one.name.clone(), one.version.clone())))
        .collect();
    let uses = |id: &str| {
        let node = metadata.resolve.nodes.iter().find(|node| node.id == id);
        let all = node.into_iter().flat_map(|node| &node.dependencies);
        all.filter_map(|id| by_id.get(id.as_str())).filter(|used| names.contains(*used)).cloned().collect()
    };
    let mut found: Vec<Linked> = Vec::new();
    for one in &metadata.packages {
        if names.contains(&(one.name.clone(), one.version.clone())) {
            found.push(Linked {
                licence: one.license.as_deref().context("a crate without a licence")?.replace('/', " OR "),
                description: one.description.as_deref().map(|text| text.trim().replace('\n', " ")),
                folder: one.manifest_path.parent().context("a file in a folder")?.to_owned(),
                checksum: checksums
                    .get(&(one.name.as_str(), one.version.as_str()))
                    .copied()
                    .flatten()
                    .cloned(),
                uses: uses(&one.id),
                name: one.name.clone(),
                version: one.version.clone(),
            });
        }
    }
    ensure!(
        found.len() == names.len(),
        "cargo tree names {} crates, and cargo metadata {}",
        names.len(),
        found.len()
    );
    found.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Ok(found)
}

/// `serde v1.0.0 (/path)`
fn name_and_version(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.split_once(" v")?;
    Some((name.to_owned(), rest.split(' ').next()?.to_owned()))
}

fn answer(command: &mut std::process::Command) -> Result<String> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`{}` failed ({})", shell::describe(command), output.status);
    Ok(String::from_utf8(output.stdout)?)
}
