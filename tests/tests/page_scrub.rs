//! The page names the same hidden characters as the core does: `web/app/scrub.js` against `core/src/scrub.rs`, over all
//! of Unicode.

use anyhow::{Context, Result, ensure};
use noanswer_core::scrub;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Prints every code point that the page's pattern matches.
const SCRIPT: &str = "
const { HIDDEN } = await import(process.argv[1]);
const hidden = [];
for (let code = 0; code <= 0x10ffff; code += 1) {
  if (String.fromCodePoint(code).match(HIDDEN)) hidden.push(code);
}
console.log(hidden.join(' '));
";

#[test]
fn the_page_hides_what_the_core_hides() -> Result<()> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/app/scrub.js").canonicalize()?;
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", SCRIPT]).arg(format!("file://{}", module.display()));
    let output = node.output().context("this test needs Node.js")?;
    ensure!(output.status.success(), "node: {}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout)?;
    let codes: BTreeSet<u32> =
        printed.split_whitespace().map(str::parse).collect::<Result<_, _>>().context("code points")?;
    for character in '\0'..=char::MAX {
        // The page lays tabs and line feeds out itself.
        let hidden = scrub::visible(&character.to_string()) != character.to_string();
        let wanted = hidden && !matches!(character, '\t' | '\n');
        let page = codes.contains(&u32::from(character));
        ensure!(
            page == wanted,
            "U+{:04X}: hidden by the core {hidden}, by the page {page}",
            u32::from(character)
        );
    }
    let surrogates = (0xd800..=0xdfff).all(|code| codes.contains(&code));
    ensure!(surrogates, "a lone surrogate is shown as it is");
    Ok(())
}
