//! A whole log against the text of one line: what `read` finds in a line, `Log` counts.

use noanswer_core::symptom::{self, Cause, Log, Symptom, SymptomFamily};
use std::fs;
use std::path::PathBuf;

fn log_of(line: &str) -> Vec<Cause> {
    let mut log = Log::new();
    log.push(line.as_bytes());
    log.finish().symptoms.iter().map(|symptom| symptom.cause).collect()
}

#[test]
fn dump() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut lines: Vec<String> = Vec::new();
    let table: toml::Table =
        toml::from_str(&fs::read_to_string(corpus.join("must_fire.toml")).unwrap()).unwrap();
    for texts in table.values() {
        for text in texts.as_array().unwrap() {
            lines.extend(text.as_str().unwrap().lines().map(str::to_owned));
        }
    }
    for name in ["loglines.jsonl", "formats.jsonl"] {
        for row in fs::read_to_string(corpus.join(name)).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            let text = row.get("text").or(row.get("sample")).unwrap().as_str().unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    let (mut bad, mut all) = (0, 0);
    for line in &lines {
        let read: Vec<Symptom> = symptom::read(line);
        let log = log_of(line);
        let wanted: Vec<Cause> =
            read.iter().filter(|s| !matches!(s.family, SymptomFamily::Rejected)).map(|s| s.cause).collect();
        all += wanted.len();
        if !wanted.is_empty() && wanted != log {
            bad += 1;
            println!("{wanted:?} {log:?} {line}");
        }
    }
    println!("{bad} of {all} in {}", lines.len());
    panic!();
}
