//! What the page can say in its other languages: `core/src/catalogue.tsv`, looked up by the page's own code.

use anyhow::{Context, Result, ensure};
use noanswer_core::letters::Language;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Says every text in every language, as it is and as a sentence of its own, and prints what no row has, or what comes
/// out with English left in it.
const SCRIPT: &str = r#"
import { readFileSync } from "node:fs";
const app = process.argv[1];
const { sentence } = await import(`${app}/words.js`);
const { tables, texts } = JSON.parse(readFileSync(0, "utf8"));
const every = process.argv[2] === "all";
const left = /(?<![\p{L}„«"-])(?:the|which|each|and|that|with|its|of)(?![\p{L}-])/u;
const unsaid = [];
globalThis.document = { documentElement: {} };
for (const [name, table] of Object.entries(tables)) {
  globalThis.fetch = async () => ({ ok: true, text: async () => table });
  const { speak, translated, isForeign } = await import(`${app}/language.js?${name}`);
  await speak(name);
  if (every) {
    unsaid.push(texts.map(translated));
    continue;
  }
  for (const text of texts)
    for (const said of new Set([text, sentence(text)])) {
      if (isForeign(said)) unsaid.push(`${name} lacks ${said}`);
      else if (left.test(translated(said))) unsaid.push(`${name} keeps English: ${translated(said)}`);
    }
}
console.log(JSON.stringify(unsaid));
"#;

/// The catalogue as the page gets it: one table a language, each line an English text, a tab, and the other language's.
fn tables() -> BTreeMap<&'static str, String> {
    let rows = || include_str!("../../core/src/catalogue.tsv").lines().filter(|line| !line.starts_with('#'));
    let table = |at: usize| {
        let pair = |row: &str| {
            let mut columns = row.split('\t');
            Some(format!("{}\t{}\n", columns.next()?, columns.nth(at)?))
        };
        rows().filter_map(pair).collect()
    };
    let names = ["de", "fr", "es"];
    assert_eq!(names.len() + 1, Language::ALL.len(), "every language but English has a table");
    (0..).zip(names).map(|(at, name)| (name, table(at))).collect()
}

/// What of `texts` the page cannot say in some language, with the language's name.
///
/// # Errors
/// Without Node.js.
pub fn unsaid(texts: &BTreeSet<String>) -> Result<Vec<String>> {
    Ok(serde_json::from_slice(&run(texts, "lacking")?)?)
}

/// What the page says of each of `texts`, in every language beside English.
///
/// # Errors
/// Without Node.js.
pub fn said(texts: &BTreeSet<String>) -> Result<Vec<(Language, Vec<String>)>> {
    let all: Vec<Vec<String>> = serde_json::from_slice(&run(texts, "all")?)?;
    // As the script goes through the tables: by their names.
    Ok([Language::De, Language::Es, Language::Fr].into_iter().zip(all).collect())
}

fn run(texts: &BTreeSet<String>, what: &str) -> Result<Vec<u8>> {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/app").canonicalize()?;
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", SCRIPT]).arg(format!("file://{}", app.display())).arg(what);
    let mut running = node
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("this test needs Node.js")?;
    let mut input = running.stdin.take().context("its input")?;
    // Node reads the whole before it writes.
    input.write_all(json!({ "tables": tables(), "texts": texts }).to_string().as_bytes())?;
    drop(input);
    let output = running.wait_with_output()?;
    ensure!(output.status.success(), "node: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}
