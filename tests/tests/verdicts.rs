//! The verdict on worlds that are written down: `tests/verdict/*.toml`. What must be named, what must be ruled out, and
//! what must never be said.

use noanswer_core::verdict::{Fault, Standing, Status};
use noanswer_tests::worlds::{World, simulate};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    story: String,
    expect: Expected,
    world: World,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: Status,
    faults: BTreeSet<Fault>,
    #[serde(default)]
    ruled_out: BTreeSet<Fault>,
    #[serde(default)]
    never: BTreeSet<Fault>,
}

fn objections(written: &Written) -> Vec<String> {
    let verdict = simulate(&written.world).verdict();
    let named: BTreeSet<Fault> = verdict.faults.iter().map(|named| named.fault).collect();
    let ruled_out: BTreeSet<Fault> = verdict.ruled_out.iter().map(|out| out.fault).collect();
    let mut objections = Vec::new();
    if verdict.status != written.expect.status {
        objections.push(format!("status {:?}, not {:?}", verdict.status, written.expect.status));
    }
    if named != written.expect.faults {
        objections.push(format!("names {named:?}, not {:?}", written.expect.faults));
    }
    if let Some(missing) = written.expect.ruled_out.difference(&ruled_out).next() {
        objections.push(format!("does not rule out {missing:?}: only {ruled_out:?}"));
    }
    if let Some(said) = written.expect.never.intersection(&named).next() {
        objections.push(format!("says {said:?}"));
    }
    let possible = verdict.faults.iter().any(|named| named.standing == Standing::Possible);
    if possible != (verdict.status == Status::Ambiguous) {
        objections.push("a fault's standing does not fit the status".to_owned());
    }
    if verdict.faults.iter().any(|named| named.because.is_empty()) {
        objections.push("a fault without a reason".to_owned());
    }
    if verdict.status == Status::Ambiguous && verdict.next.is_none() {
        objections.push("ambiguous, and nothing to do next".to_owned());
    }
    objections
}

#[test]
fn every_written_world_is_judged_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("verdict");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("tests/verdict").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(files.len() >= 15, "the worlds are there");
    let mut wrong = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("readable");
        let written: Written =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for objection in objections(&written) {
            wrong.push(format!("{} ({}): {objection}", file.display(), written.story));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
