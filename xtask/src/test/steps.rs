//! What `cargo xtask test` does, and what runs beside what.

use super::binaries::{self, Binary};
use super::lane::Stage;
use super::step::{Log, Step};
use super::{dependencies, javascript, workflows};
use crate::{build, need, shell};
use anyhow::{Result, ensure};
use std::process::Command;
use std::sync::OnceLock;

/// The test programs that spend their time waiting: for time-outs of the lab, for servers and clouds to start.
const WAITING: &[&str] = &[
    "api_clients",
    "cloud_deploy",
    "cloud_runtime",
    "worker",
    "lab",
    "lab_kinds",
    "lab_self",
    "lab_worlds",
    "mta",
    "examples",
    "trial",
    "cloud_by_hand",
];

/// The random worlds, which have a step and a profile of their own.
const WORLDS: &str = "worlds";

/// What the quick loop runs of the tests' crate: all in memory.
const QUICK: &[&str] = &["architecture", "corpus", "corpus_texts", "dialogues", "mx_worlds", "verdicts"];

/// What runs the browser's tests.
const BROWSER: &[&str] = &["--test", "--test-reporter=tap", "--test-concurrency=1"];

/// What axe looks at, for minutes: the same page, whoever serves it.
const BY_AXE: &str = "accessibility.test.mjs";

/// Everything. What computes on one core for long (the wasm, optimised for size) has a lane beside what compiles.
pub fn all() -> Vec<Stage> {
    vec![
        Stage::alone(vec![format(), javascript(), workflows(), dependencies()]),
        Stage {
            front: vec![lint(), wasm_lint(), documentation()],
            beside: vec![vec![Step::task("page and Worker", |_| build::worker()), browser_modules()]],
        },
        Stage::alone(vec![Step::task("compile", |_| binaries().map(drop))]),
        Stage {
            front: vec![rust(), doc_tests(), worlds()],
            beside: vec![vec![lab()], vec![browser(), browser_edge()]],
        },
    ]
}

/// Less than a minute on a warm tree.
pub fn quick() -> Vec<Stage> {
    vec![
        Stage { front: vec![format(), lint()], beside: vec![vec![javascript()]] },
        Stage::alone(vec![Step::task("rust", |log| {
            let mut arguments = vec!["--package", "noanswer-core", "--package", "noanswer-site", "--lib"];
            let units = binaries::compile(&arguments)?;
            arguments = vec!["--package", "noanswer-tests"];
            for test in QUICK {
                arguments.extend(["--test", test]);
            }
            let whole = binaries::compile(&arguments)?;
            binaries::run(log, &units, |_| true).and(binaries::run(log, &whole, |_| true))
        })]),
    ]
}

fn format() -> Step {
    Step::program("format", || shell::cargo(&["fmt", "--all", "--check"]))
}

fn javascript() -> Step {
    Step::task("javascript", javascript::check)
}

fn workflows() -> Step {
    Step::task("workflows", workflows::check)
}

fn dependencies() -> Step {
    Step::task("dependencies", dependencies::check)
}

fn lint() -> Step {
    Step::program("lint", || {
        shell::cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])
    })
}

fn wasm_lint() -> Step {
    Step::program("wasm32", || {
        let mut check = shell::cargo(&["clippy", "--quiet", "--target", need::WASM]);
        for package in ["noanswer-core", "noanswer-site", "noanswer-browser", "noanswer-worker"] {
            check.args(["--package", package]);
        }
        check.args(["--", "--deny", "warnings"]);
        check
    })
}

fn documentation() -> Step {
    Step::program("documentation", || {
        let mut doc = shell::cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
        doc.env("RUSTDOCFLAGS", "--deny warnings");
        doc
    })
}

/// The workspace's test programs, compiled once.
fn binaries() -> Result<&'static [Binary]> {
    static COMPILED: OnceLock<Vec<Binary>> = OnceLock::new();
    if let Some(compiled) = COMPILED.get() {
        return Ok(compiled);
    }
    // The lab's servers and the Worker too: tests start them.
    let compiled = binaries::compile(&["--workspace"])?;
    shell::run(&mut shell::cargo(&["build", "--quiet", "--package", "noanswer-tests", "--bins"]))?;
    Ok(COMPILED.get_or_init(|| compiled))
}

fn rust() -> Step {
    let wanted = |name: &str| !WAITING.contains(&name) && name != WORLDS;
    Step::task("rust", move |log| binaries::run(log, binaries()?, wanted))
        .or_alone(move |log, tests| binaries::run_alone(log, binaries()?, tests, wanted))
}

fn lab() -> Step {
    let wanted = |name: &str| WAITING.contains(&name);
    Step::task("lab and clouds", move |log| binaries::run(log, binaries()?, wanted))
        .or_alone(move |log, tests| binaries::run_alone(log, binaries()?, tests, wanted))
}

/// The examples in comments. Crates without one are left out: each is a compilation of its own.
fn doc_tests() -> Step {
    Step::task("doc tests", |log| {
        let mut test = shell::cargo(&["test", "--quiet", "--doc"]);
        for package in super::examples::packages()? {
            test.args(["--package", &package]);
        }
        log.run(&mut test)
    })
}

fn worlds() -> Step {
    Step::program("random worlds", || {
        // Behind what waits beside it: the lab's clocks go on.
        let mut worlds = Command::new("nice");
        worlds.arg(shell::cargo(&[]).get_program()).current_dir(shell::root());
        worlds.args(["test", "--profile", "worlds", "--package", "noanswer-worlds"]);
        worlds.env("NOANSWER_WORLDS", "50000");
        worlds
    })
}

fn browser_modules() -> Step {
    Step::task("browser modules", |_| need::npm(&shell::root().join("tests/browser")))
}

fn browser() -> Step {
    let run = |log: &mut Log, tests: &[String]| {
        let noanswer = binaries::noanswer();
        binaries::need(&noanswer, "compile")?;
        let mut node = shell::program("node", BROWSER);
        node.args(named(tests)).current_dir(shell::root().join("tests/browser"));
        log.run(node.env("NOANSWER", noanswer))
    };
    Step::task("browser", move |log| run(log, &[])).or_alone(run)
}

/// The same suite, with the Worker as the page's server; without what axe looks at for long, which is the same page.
fn browser_edge() -> Step {
    let run = |log: &mut Log, tests: &[String]| {
        let worker = shell::target().join("debug/worker");
        binaries::need(&worker, "compile")?;
        binaries::need(&shell::worker().join("dist/entry.js"), "page and Worker")?;
        let mut worker = Command::new(worker);
        let wanted = if tests.is_empty() { not_by_axe()? } else { named(tests) };
        worker.arg(binaries::noanswer()).args(["0", "node"]).args(BROWSER).args(wanted);
        log.run(worker.current_dir(shell::root().join("tests/browser")))
    };
    Step::task("browser, edge", move |log| run(log, &[])).or_alone(run)
}

/// The files of the browser's tests, but for [`BY_AXE`].
fn not_by_axe() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(shell::root().join("tests/browser"))? {
        files.extend(entry?.file_name().into_string().ok());
    }
    files.retain(|name| name.ends_with(".test.mjs") && name != BY_AXE);
    ensure!(!files.is_empty(), "the browser has no tests");
    files.sort();
    Ok(files)
}

/// The arguments that have node run the `tests` alone, or all where none is named.
fn named(tests: &[String]) -> Vec<String> {
    let literal = |name: &String| {
        let escaped =
            |c: char| if c.is_alphanumeric() || c == ' ' { c.to_string() } else { format!("\\{c}") };
        format!("--test-name-pattern=/{}$/", name.chars().map(escaped).collect::<String>())
    };
    tests.iter().map(literal).collect()
}
