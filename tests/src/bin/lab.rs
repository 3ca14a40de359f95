//! `lab [NAME] [--table]`: runs the scenarios whose names contain NAME; `cargo xtask lab` is its front door.

use noanswer_tests::lab::suite;
use noanswer_tests::namespace;
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !namespace::is_inside() {
        let status = suite::step_inside(&arguments)?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let table = arguments.iter().any(|argument| argument == "--table");
    let only = arguments.iter().find(|argument| !argument.starts_with("--")).map_or("", String::as_str);
    let lines = suite::all(only)?;
    anyhow::ensure!(!lines.is_empty(), "no scenario of tests/lab/ has {only:?} in its name");
    if table {
        println!("| scenario | expected | got | time | |\n|---|---|---|---|---|");
        for line in &lines {
            let mark = if line.is_right() { "✓" } else { "✗" };
            println!(
                "| {} | {} | {} | {} | {mark} |",
                line.scenario.name,
                line.expected(),
                line.got(),
                line.time()
            );
        }
    }
    let right = lines.iter().filter(|line| line.is_right()).count();
    println!("{right} of {} scenarios came out as they must", lines.len());
    Ok(if right == lines.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
