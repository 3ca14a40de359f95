//! Bills of material, held against the schema of CycloneDX, and against what cargo locked.

use crate::need;
use crate::test::step::Log;
use crate::{dist, shell};
use anyhow::{Result, ensure};
use serde_json::Value;
use std::process::Command;

/// The library of CycloneDX, which brings its schemas, as a wheel.
const CYCLONEDX: &str = "cyclonedx-python-lib[json-validation]==11.12.0";

/// Fails at the first file that the schema does not take.
const VALIDATE: &str = r#"
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validator = JsonStrictValidator(SchemaVersion.V1_5)
for path in sys.argv[1:]:
    wrong = validator.validate_str(open(path).read())
    if wrong:
        sys.exit(f"{path}: {wrong}")
if not validator.validate_str('{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{}]}'):
    sys.exit("nothing is validated")
"#;

/// Every bill.
pub fn bills(log: &mut Log) -> Result<()> {
    let mut bills: Vec<_> = std::fs::read_dir(dist::folder())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".cdx.json"))
        .collect();
    bills.sort();
    ensure!(bills.len() == 4, "three programs and the reader have bills, and there are {}", bills.len());
    let python = need::python("cyclonedx", CYCLONEDX)?.join("bin/python");
    log.run(Command::new(python).args(["-c", VALIDATE]).args(&bills))?;
    let lock = std::fs::read_to_string(shell::root().join("Cargo.lock"))?;
    for bill in &bills {
        let read: Value = serde_json::from_slice(&std::fs::read(bill)?)?;
        let components = read["components"].as_array().cloned().unwrap_or_default();
        ensure!(components.len() >= 20, "{} names {} crates", bill.display(), components.len());
        for one in components {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            let locked = format!("name = \"{}\"\nversion = \"{}\"\n", text("name"), text("version"));
            ensure!(lock.contains(&locked), "{} names {locked}", bill.display());
        }
    }
    Ok(())
}
