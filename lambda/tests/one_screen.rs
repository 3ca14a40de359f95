//! What `noanswer check` prints stands on one screen, for every domain of the embedded lab: 30 lines of 80 columns.

use anyhow::{Context, Result, ensure};
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;

const LINES: usize = 30;
const COLUMNS: usize = 80;

/// What a check of `domain` prints that does not fit.
fn too_much(url: &str, domain: &str, symptom: Option<&str>) -> Result<Vec<String>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_noanswer"));
    command.args(["check", domain, "--api", url, "--color", "never"]);
    if let Some(symptom) = symptom {
        command.args(["--symptom", symptom]);
    }
    let output = command.output()?;
    let printed = String::from_utf8(output.stdout)?;
    let lines: Vec<&str> = printed.lines().collect();
    ensure!(!lines.is_empty(), "{domain}: {}", String::from_utf8_lossy(&output.stderr));
    let mut wrong = Vec::new();
    if lines.len() > LINES {
        wrong.push(format!("{domain}: {} lines\n{printed}", lines.len()));
    }
    // A command to be copied is not broken where a shell would not go on reading.
    let long =
        lines.iter().filter(|line| line.chars().count() > COLUMNS && !line.trim_start().starts_with('$'));
    wrong.extend(long.map(|line| format!("{domain}: {line}")));
    Ok(wrong)
}

#[test]
fn every_answer_of_the_lab_stands_on_one_screen() -> Result<()> {
    own_network::enter()?;
    let server = Serve::lab(Path::new(env!("CARGO_BIN_EXE_noanswer")))?;
    let listed = Command::new("curl").args(["-sSf", &format!("{}/v1/lab", server.url)]).output()?;
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).context("the lab's domains")?;
    let domains: Vec<&str> =
        listed.as_array().context("a list")?.iter().filter_map(|one| one["domain"].as_str()).collect();
    ensure!(domains.len() >= 15, "{domains:?}");
    let (told, all) = mpsc::channel();
    std::thread::scope(|scope| {
        for domain in &domains {
            for symptom in [None, Some("441 4.4.1 No answer from host")] {
                let (told, url) = (told.clone(), &server.url);
                scope.spawn(move || told.send(too_much(url, domain, symptom)));
            }
        }
    });
    drop(told);
    let all: Vec<Vec<String>> = all.into_iter().collect::<Result<_>>()?;
    ensure!(all.len() == 2 * domains.len(), "not every check came to an end");
    let wrong: Vec<String> = all.into_iter().flatten().collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
