//! The programs that `cargo test` would run, run one by one: so they can be shared out to lanes, and say how long each
//! test took.

use super::step::Log;
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A compiled test program.
#[derive(Debug)]
pub struct Binary {
    /// Its target: `corpus`, `noanswer_core`.
    pub name: String,
    folder: PathBuf,
    program: PathBuf,
}

/// A line of cargo's JSON.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    profile: Profile,
}

#[derive(Default, Deserialize)]
struct Target {
    #[serde(default)]
    name: String,
}

#[derive(Default, Deserialize)]
struct Profile {
    #[serde(default)]
    test: bool,
}

/// Compiles the tests that `arguments` of `cargo test` choose.
///
/// # Errors
/// When they do not compile.
pub fn compile(arguments: &[&str]) -> Result<Vec<Binary>> {
    let mut cargo =
        shell::cargo(&["test", "--quiet", "--no-run", "--message-format=json-render-diagnostics"]);
    cargo.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = cargo.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "the tests do not compile");
    let messages = output.stdout.split(|&byte| byte == b'\n');
    Ok(messages.filter_map(|line| binary(serde_json::from_slice(line).ok()?)).collect())
}

fn binary(message: Message) -> Option<Binary> {
    let folder = message.manifest_path.parent()?.to_owned();
    let program = message.executable.filter(|_| message.profile.test)?;
    Some(Binary { name: message.target.name, folder, program })
}

/// Runs those of `binaries` that are `wanted`, whatever fails before.
///
/// # Errors
/// When one of them failed.
pub fn run(log: &mut Log, binaries: &[Binary], wanted: impl Fn(&str) -> bool) -> Result<()> {
    let mut failed = Vec::new();
    for binary in binaries.iter().filter(|binary| wanted(&binary.name)) {
        log.line(&format!("\n{} ({})", binary.name, shell::shown(&binary.folder)));
        if let Err(error) = log.run(&mut binary.command()) {
            log.line(&format!("{error:#}"));
            failed.push(binary.name.as_str());
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Runs the `tests` of those of `binaries` that are `wanted`.
///
/// # Errors
/// When one of them failed.
pub fn run_alone(
    log: &mut Log,
    binaries: &[Binary],
    tests: &[String],
    wanted: impl Fn(&str) -> bool,
) -> Result<()> {
    for binary in binaries.iter().filter(|binary| wanted(&binary.name)) {
        log.run(binary.command().arg("--exact").args(tests))?;
    }
    Ok(())
}

impl Binary {
    /// As cargo runs it: in its crate's folder. `--report-time` is not stable; the test runner takes it with this
    /// variable, which changes nothing that was compiled.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-Zunstable-options", "--report-time"]).current_dir(&self.folder);
        command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_MANIFEST_DIR", &self.folder).env(shell::BUILT, "1");
        command.env("CARGO", shell::cargo(&[]).get_program()).env("NOANSWER_BIN", noanswer());
        command
    }
}

/// The command that the tests drive.
pub fn noanswer() -> PathBuf {
    shell::target().join("debug/noanswer")
}

/// Whether `path` is there: what a step needs that another step builds.
///
/// # Errors
/// When it is not, with the step that builds it.
pub fn need(path: &Path, step: &str) -> Result<()> {
    ensure!(path.exists(), "{} is missing: the step `{step}` builds it", shell::shown(path));
    Ok(())
}
