//! JavaScript as strict as the rest: formatted, linted, and type-checked against the API's own document.

use super::step::Log;
use crate::{need, shell};
use anyhow::Result;
use std::process::Command;

/// The types of a report and of all in it, as the page's JSDoc imports them: from the document that a test proves to be
/// fresh.
const TYPES: &str = "node_modules/@noanswer/api/index.d.ts";

/// Checks the form, the lint rules, and the types, in this order.
///
/// # Errors
/// When a check fails, or npm cannot install what it needs.
pub fn check(log: &mut Log) -> Result<()> {
    need::npm(shell::root())?;
    log.run(&mut tool("prettier/bin/prettier.cjs", &["--check", "--log-level=warn", "."]))?;
    log.run(&mut tool("eslint/bin/eslint.js", &["."]))?;
    let mut generate = tool("openapi-typescript/bin/cli.js", &["web/site/openapi.json", "--output", TYPES]);
    let output = generate.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    log.run(&mut tool("typescript/bin/tsc", &["--project", "."]))
}

fn tool(script: &str, arguments: &[&str]) -> Command {
    let mut node = shell::program("node", &[&format!("node_modules/{script}")]);
    node.args(arguments);
    node
}
