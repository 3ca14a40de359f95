//! The function for AWS Lambda, for `aws cloudformation deploy` and Terraform without Rust: the zips, the template, a module.

use super::assets::packaging;
use super::program::Platform;
use super::release::Release;
use super::tree::{Tree, read};
use super::{archive, licences};
use crate::build::{self, Arch};
use crate::shell;
use anyhow::Result;
use std::path::PathBuf;

/// `noanswer-VERSION-lambda-ARCH.zip` for each processor, the template, and `noanswer-VERSION-terraform.zip`.
///
/// # Errors
/// When a program does not build, or a zip cannot be written. One over its budget is told at the end.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for arch in [Arch::Arm64, Arch::X86_64] {
        let program = Platform::Linux(arch).program(release)?;
        let zip = release.file(&format!("noanswer-{}-lambda-{}.zip", release.version, arch.name()))?;
        build::pack_lambda(&program, &zip)?;
        if let Err(over) = build::keeps_budget(&zip) {
            release.over(over.to_string());
        }
        made.push(zip);
    }
    let template = read(&shell::root().join("lambda/deploy/template.yaml"))?;
    let file = release.file(&format!("noanswer-{}-template.yaml", release.version))?;
    std::fs::write(&file, &template)?;
    made.push(file);
    let module = Tree::new("terraform")?;
    module.copy_folder("", &packaging("terraform"))?;
    module.put("template.yaml", &template)?;
    for (licence, text) in licences::ours()? {
        module.put(licence, text)?;
    }
    let file = release.file(&format!("noanswer-{}-terraform.zip", release.version))?;
    archive::zip(&module, "", &file)?;
    made.push(file);
    Ok(made)
}
