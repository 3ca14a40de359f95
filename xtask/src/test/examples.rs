//! Which crates have examples in their comments.

use crate::shell;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// The packages of libraries whose comments have a fenced block. Whether it is code says rustdoc.
///
/// # Errors
/// When the workspace cannot be read, or none has one: a run without examples proves nothing.
pub fn packages() -> Result<Vec<String>> {
    let metadata: serde_json::Value = {
        let output = shell::cargo(&["metadata", "--no-deps", "--format-version", "1"]).output()?;
        serde_json::from_slice(&output.stdout).context("`cargo metadata` gives no JSON")?
    };
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let libraries =
            package["targets"].as_array().into_iter().flatten().filter(|target| is_library(target));
        for library in libraries {
            let root = library["src_path"].as_str().and_then(|path| Path::new(path).parent());
            if root.is_some_and(has_fence) {
                found.extend(package["name"].as_str().map(str::to_owned));
            }
        }
    }
    ensure!(!found.is_empty(), "no crate has an example");
    Ok(found)
}

fn is_library(target: &serde_json::Value) -> bool {
    target["doctest"] == true
        && target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind != "bin"))
}

/// Whether a comment of documentation in `folder` or below begins a fenced block.
fn has_fence(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return has_fence(&path);
        }
        let text = match path.extension() {
            Some(ending) if ending == "rs" => fs::read_to_string(&path).unwrap_or_default(),
            _ => return false,
        };
        let begins = |line: &str| {
            let line = line.trim_start();
            let words = line.strip_prefix("///").or(line.strip_prefix("//!"));
            // A paper that is taken in whole may have any.
            words.is_some_and(|words| words.trim_start().starts_with("```"))
                || line.starts_with("#[doc = include_str!")
        };
        text.lines().any(begins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_has_an_example_and_the_minifier_none() {
        let packages = packages().unwrap();
        assert!(packages.iter().any(|name| name == "noanswer-core"), "{packages:?}");
        assert!(!packages.iter().any(|name| name == "noanswer-minify"), "{packages:?}");
    }
}
