//! `cargo xtask bench symptom`: the reader's scores on the corpus, then its speed and memory on two logs, natively and in
//! the page's wasm, beside each other.

use crate::{build, need, shell};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A log, how fast it must be read natively, in MB/s, and how much of that wasm must reach. The busy server's log is the
/// promise; the blocked server's, in which every line is a failure, is the worst case.
const LOGS: &[(&str, &str, Option<Wanted>)] = &[
    ("mixed.log", "a busy server's, 100 MB", Some(Wanted { native: 200.0, wasm: 100.0 })),
    ("blocked.log", "nothing but failures, 20 MB", Some(Wanted { native: 60.0, wasm: 30.0 })),
];

/// The most memory that a log of any size may take, in bytes.
const MEMORY: u64 = 64_000_000;

/// What is promised of a log, in MB/s: wasm reaches half of what is promised natively.
struct Wanted {
    native: f64,
    wasm: f64,
}

/// What a program measured of one log.
#[derive(Deserialize)]
struct Measured {
    bytes: u64,
    seconds: f64,
    lines: u64,
    failures: u64,
    memory_bytes: u64,
}

impl Measured {
    /// In MB/s.
    fn speed(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.seconds
    }
}

/// Measures, prints, and fails when the corpus' thresholds or the promised figures are not kept.
pub fn run() -> Result<()> {
    need::node()?;
    shell::run(&mut shell::cargo(&[
        "test",
        "--quiet",
        "--package",
        "noanswer-tests",
        "--test",
        "corpus",
        "--test",
        "corpus_texts",
        "--test",
        "corpus_formats",
        "--test",
        "corpus_words",
        "--",
        "--nocapture",
    ]))?;
    build::page()?;
    let example = ["--package", "noanswer-tests", "--example", "bench_symptom"];
    shell::run(shell::cargo(&["build", "--quiet", "--release"]).args(example))?;
    let native = shell::target().join("release/examples/bench_symptom");
    let folder = shell::target().join("bench");
    fs::create_dir_all(&folder)?;
    shell::run(Command::new(&native).arg("make").arg(&folder))?;
    let files: Vec<PathBuf> = LOGS.iter().map(|(name, ..)| folder.join(name)).collect();
    let natively = measured(Command::new(&native).arg("read"), &files)?;
    let in_wasm = measured(&mut shell::program("node", &["tests/browser/bench/reader.mjs"]), &files)?;
    files.iter().try_for_each(fs::remove_file)?;
    print(&natively, &in_wasm)
}

/// What `program` prints of each file.
fn measured(program: &mut Command, files: &[impl AsRef<Path>]) -> Result<Vec<Measured>> {
    program.args(files.iter().map(AsRef::as_ref));
    let line = shell::describe(program);
    let output = program.output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout)?.lines().map(|row| Ok(serde_json::from_str(row)?)).collect()
}

fn print(natively: &[Measured], in_wasm: &[Measured]) -> Result<()> {
    let mut kept = true;
    println!("| log | lines | failures | native | wasm | wasm / native | memory native, wasm |");
    println!("|---|---|---|---|---|---|---|");
    for ((_, about, wanted), (native, wasm)) in LOGS.iter().zip(natively.iter().zip(in_wasm)) {
        if (native.lines, native.failures) != (wasm.lines, wasm.failures) {
            bail!("natively and in wasm the same log reads differently");
        }
        let (speed, in_wasm) = (native.speed(), wasm.speed());
        println!(
            "| {about} | {} | {} | {speed:.0} MB/s | {in_wasm:.0} MB/s | {:.2} | {:.1} MB, {:.1} MB |",
            native.lines,
            native.failures,
            in_wasm / speed,
            native.memory_bytes as f64 / 1e6,
            wasm.memory_bytes as f64 / 1e6,
        );
        kept &= wanted.as_ref().is_none_or(|wanted| speed >= wanted.native && in_wasm >= wanted.wasm);
        kept &= native.memory_bytes < MEMORY && wasm.memory_bytes < MEMORY;
    }
    if !kept {
        bail!(
            "not kept: 200 MB/s natively and 100 MB/s in wasm on a busy server's log, 60 and 30 on one of nothing but failures, in less than 64 MB of memory"
        );
    }
    Ok(())
}
