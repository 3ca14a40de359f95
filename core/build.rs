//! Splits each table of `src/facts` in two: what a fact says, and where that was read. The page's wasm links the first
//! alone: nobody needs a hundred kB of sources before the first answer.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads and writes files"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// The first of the columns that say where a fact was read.
const PROVENANCE: &str = "since";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/facts");
    let out = env::var("OUT_DIR")?;
    for entry in fs::read_dir("src/facts")? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "tsv") {
            split(&path, Path::new(&out))?;
        }
    }
    Ok(())
}

fn split(table: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(table)?;
    let (head, rows) = text.split_once('\n').ok_or("a table begins with the names of its columns")?;
    let names: Vec<&str> = head.split('\t').collect();
    let cut = names.iter().position(|name| *name == PROVENANCE).ok_or("a table has a column `since`")?;
    let (mut facts, mut sources) = (String::new(), String::new());
    for line in rows.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells.len() != names.len() {
            return Err(
                format!("{}: {} columns, not {}: {line}", table.display(), cells.len(), names.len()).into()
            );
        }
        writeln!(facts, "{}", cells[..cut].join("\t"))?;
        writeln!(sources, "{}", cells[cut..].join("\t"))?;
    }
    let name = table.file_stem().ok_or("a table has a name")?.to_string_lossy().into_owned();
    fs::write(out.join(format!("{name}.facts")), facts)?;
    fs::write(out.join(format!("{name}.sources")), sources)?;
    Ok(())
}
