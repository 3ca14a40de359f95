//! Python programs: each in an environment of its own below `target/python`, at a version of its own.

use super::{quiet, target};
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

/// The environment that holds moto, the AWS of these tests: its Python is `bin/python`.
pub fn moto() -> Result<PathBuf> {
    python("moto", &["moto[server]==5.2.5"])
}

/// `cargo-lambda`, whose `watch` is the Lambda runtime of these tests.
pub fn cargo_lambda() -> Result<PathBuf> {
    Ok(python("cargo-lambda", &["cargo-lambda==1.9.2"])?.join("bin/cargo-lambda"))
}

/// The environment that holds the AWS command line and CloudFormation's linter: `bin/aws`, `bin/cfn-lint`.
pub fn aws() -> Result<PathBuf> {
    python("aws", &["awscli==1.46.3", "cfn-lint==1.58.0"])
}

/// The environment `name`, with `packages` installed in it: made once, then found again until the packages change.
/// Its programs stand in `bin/`.
pub fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = target().join("python");
    std::fs::create_dir_all(&folder)?;
    let environment = folder.join(name);
    let wanted = packages.join("\n");
    let mark = environment.join("packages.txt");
    // Tests of several processes may come at once: the first installs, the others wait for it.
    let lock = File::create(folder.join(format!("{name}.lock")))?;
    lock.lock()?;
    if std::fs::read_to_string(&mark).is_ok_and(|there| there == wanted) {
        return Ok(environment);
    }
    let says = || {
        format!("the tests need Python with {packages:?}: apt-get install python3-venv, and PyPI in reach")
    };
    super::command("python3", "python3-venv")?;
    let make = || {
        let mut command = Command::new("python3");
        command.args(["-m", "venv", "--clear"]).arg(&environment);
        command
    };
    if quiet(&mut make()).is_err() {
        // Debian's python3 comes without what makes environments.
        super::install("python3-venv").and_then(|()| quiet(&mut make())).with_context(says)?;
    }
    let mut install = Command::new(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    quiet(&mut install).with_context(says)?;
    std::fs::write(&mark, &wanted)?;
    ensure!(environment.join("bin/python").exists(), says());
    Ok(environment)
}
