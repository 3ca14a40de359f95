//! Splits each table of `src/facts` in two: what a fact says, and where that was read. The page's wasm links the first
//! alone: nobody needs a hundred kB of sources before the first answer. So with the reader's phrases, which become Rust.
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
    println!("cargo::rerun-if-changed=src/symptom/phrases.tsv");
    phrases(Path::new("src/symptom/phrases.tsv"), &Path::new(&out).join("phrases.rs"))?;
    Ok(())
}

/// The reader's phrases as a slice of `(what they tell, phrases)`: of neighbours that tell the same, one a line.
fn phrases(table: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(table)?;
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [phrase, effect, cause, stage, writer, source] = cells.as_slice() else {
            return Err(format!("{}: not six columns: {line}", table.display()).into());
        };
        if phrase.is_empty() || source.is_empty() || !["sender", "remote", "system"].contains(writer) {
            return Err(format!(
                "{}: a phrase, its writer or its source is missing: {line}",
                table.display()
            )
            .into());
        }
        let cause = format!("Cause::{}", camel(cause));
        let stage = match *stage {
            "-" => "None".to_owned(),
            stage => format!("Some(Stage::{})", camel(stage)),
        };
        let tells = match *effect {
            "fact" => format!("Fact({cause}, {stage})"),
            "consequence" => format!("Consequence({cause})"),
            "refusal" => format!("Refusal({cause})"),
            "at" => format!("At(Stage::{})", camel(cells[3])),
            "given_up" => "GivenUp".to_owned(),
            "remote_speaks" => format!("RemoteSpeaks({stage})"),
            other => return Err(format!("{}: no effect: {other}", table.display()).into()),
        };
        match groups.last_mut() {
            Some((same, phrases)) if *same == tells => phrases.push(phrase),
            _ => groups.push((tells, vec![phrase])),
        }
    }
    let groups =
        groups.iter().map(|(tells, phrases)| format!("(Tells::{tells}, {:?}),\n", phrases.join("\n")));
    Ok(fs::write(out, format!("&[\n{}]", groups.collect::<String>()))?)
}

/// `connect_timed_out` as `ConnectTimedOut`.
fn camel(snake: &str) -> String {
    let upper = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    snake.split('_').map(upper).collect()
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
