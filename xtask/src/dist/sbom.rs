//! Bills of material (CycloneDX 1.5, JSON): what is linked into each program and into the reader, with checksums.

use super::licences;
use super::metadata::{Linked, linked};
use super::program::Platform;
use super::release::Release;
use crate::need;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// `noanswer-VERSION-TARGET.cdx.json` for each platform, one for the reader, and the licences in full.
///
/// # Errors
/// When cargo cannot tell what is linked.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for platform in Platform::ALL {
        let target = platform.target();
        made.push(write(release, "noanswer", target, &linked("noanswer", None, target)?)?);
        let file = release.file(&format!("noanswer-{}-{target}-{}", release.version, licences::NAME))?;
        std::fs::write(&file, licences::of_program(platform)?)?;
        made.push(file);
    }
    let reader = linked("noanswer-browser", Some("reader"), need::WASM)?;
    made.push(write(release, "noanswer-browser", need::WASM, &reader)?);
    Ok(made)
}

fn write(release: &Release, package: &str, target: &str, crates: &[Linked]) -> Result<PathBuf> {
    let file = release.file(&format!("noanswer-{}-{target}.cdx.json", release.version))?;
    let mut text = serde_json::to_string_pretty(&bill(release, package, target, crates)?)?;
    text.push('\n');
    std::fs::write(&file, text)?;
    Ok(file)
}

fn bill(release: &Release, package: &str, target: &str, crates: &[Linked]) -> Result<Value> {
    let time = OffsetDateTime::from_unix_timestamp(release.epoch.try_into()?)?.format(&Rfc3339)?;
    let (main, others): (Vec<_>, Vec<_>) = crates.iter().partition(|one| one.name == package);
    let dependencies: Vec<Value> = crates
        .iter()
        .map(|one| {
            let uses: Vec<String> = one.uses.iter().map(|(name, version)| purl(name, version)).collect();
            json!({ "ref": purl(&one.name, &one.version), "dependsOn": uses })
        })
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": time,
            "component": main.first().map(|one| component(one, "application")),
            "properties": [
                { "name": "noanswer:commit", "value": release.commit },
                { "name": "noanswer:target", "value": target },
            ],
        },
        "components": others.iter().map(|one| component(one, "library")).collect::<Vec<_>>(),
        "dependencies": dependencies,
    }))
}

fn component(one: &Linked, kind: &str) -> Value {
    let purl = purl(&one.name, &one.version);
    let mut component = json!({
        "type": kind,
        "bom-ref": purl,
        "name": one.name,
        "version": one.version,
        "purl": purl,
        "licenses": [{ "expression": one.licence }],
    });
    if let Some(description) = &one.description {
        component["description"] = json!(description);
    }
    if let Some(checksum) = &one.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

fn purl(name: &str, version: &str) -> String {
    format!("pkg:cargo/{name}@{version}")
}
