//! What the dependencies are held to: `deny.toml`, by `cargo deny`.

use super::step::Log;
use crate::{need, shell};
use anyhow::Result;
use std::process::Command;

/// Checks licences, duplicate versions and sources; known vulnerabilities too, where RustSec's database can be fetched.
///
/// # Errors
/// When a dependency breaks a rule, or `cargo-deny` cannot be had.
pub fn check(log: &mut Log) -> Result<()> {
    let program = need::cargo_deny()?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--color", "never", "--locked"]).args(arguments).current_dir(shell::root());
        command
    };
    log.run(&mut deny(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))?;
    let mut fetch = deny(&["fetch", "db"]);
    // git asks nobody, and gives up on a network that swallows everything.
    fetch
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs([("GIT_HTTP_LOW_SPEED_LIMIT", "1"), ("GIT_HTTP_LOW_SPEED_TIME", "20")]);
    if fetch.output()?.status.success() {
        return log.run(&mut deny(&["check", "--hide-inclusion-graph", "advisories"]));
    }
    log.line("advisories NOT checked: RustSec's database cannot be fetched (github.com/RustSec/advisory-db)");
    Ok(())
}
