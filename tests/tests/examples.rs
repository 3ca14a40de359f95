//! The examples of the papers, run as they stand there: the lines for the embedded lab, and those that only read a text.

use anyhow::{Context, Result, ensure};
use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::need;
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the papers' lab listens.
const LAB: &str = "http://127.0.0.1:4410";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The lines of `sh` blocks in `text` that can be run anywhere.
fn examples(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language.to_owned()) };
        } else if block.as_deref() == Some("sh") && is_for_anywhere(line.trim()) {
            found.push(line.trim().to_owned());
        }
    }
    found
}

fn is_for_anywhere(line: &str) -> bool {
    let ours = line.starts_with("noanswer ") || line.starts_with("curl ");
    let reads = line.strip_prefix("noanswer explain ").is_some_and(|text| !text.starts_with('-'));
    ours && (line.contains(LAB) || reads)
}

/// What is wrong with an example. A server of its own: clients are limited, and there are many examples.
fn wrong(noanswer: &Path, line: &str) -> Result<Option<String>> {
    own_network::enter()?;
    let lab = Serve::lab(noanswer)?;
    let command = line.replace(LAB, &lab.url).replacen("curl ", "curl --fail-with-body ", 1);
    let script = format!("noanswer() {{ \"$NOANSWER\" \"$@\"; }}\n{command}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("NOANSWER", noanswer).stdin(Stdio::null()).current_dir(root());
    let output = shell.output().context("`sh` does not start")?;
    // 3 is "undetermined", 64 a usage error; the lab's hosts are determined.
    let most = if line.starts_with("curl ") { 0 } else { 2 };
    let is_well = output.status.code().is_some_and(|code| code <= most) && !output.stdout.is_empty();
    let said = [output.stdout, output.stderr].concat();
    Ok((!is_well).then(|| format!("{line}\n  {}: {}", output.status, String::from_utf8_lossy(&said))))
}

#[test]
fn every_example_of_the_papers_runs() -> Result<()> {
    let noanswer = command_under_test()?;
    need::command("curl", "curl")?;
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"]).current_dir(root());
    let papers = String::from_utf8(git.output().context("`git` could not be started")?.stdout)?;
    let mut running = Vec::new();
    for paper in papers.lines() {
        for line in examples(&std::fs::read_to_string(root().join(paper))?) {
            let noanswer = noanswer.clone();
            // Each waits for hosts that are silent.
            running.push((paper, std::thread::spawn(move || wrong(&noanswer, &line))));
        }
    }
    ensure!(running.len() >= 15, "only {} examples were found", running.len());
    let mut failed = Vec::new();
    for (paper, example) in running {
        let wrong = example.join().map_err(|_| anyhow::anyhow!("an example of {paper} panicked"))??;
        failed.extend(wrong.map(|wrong| format!("{paper}: {wrong}")));
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

#[test]
fn what_can_be_run_is_found() {
    let text = "```sh\nnoanswer check a.test --api http://127.0.0.1:4410\nnoanswer check example.org\nnoanswer explain 441\nnoanswer explain -f x\n```\n```\ncurl http://127.0.0.1:4410\n```\n";
    assert_eq!(examples(text), ["noanswer check a.test --api http://127.0.0.1:4410", "noanswer explain 441"]);
}
