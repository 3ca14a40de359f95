//! One step of the tests: a program that is run to its end, or a task of our own.

use super::tally::Tally;
use crate::shell;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

enum Work {
    Program(fn() -> Command),
    Task(fn() -> Result<()>),
}

/// One step of the tests.
pub struct Step {
    /// Its name in the summary.
    pub name: &'static str,
    work: Work,
}

impl Step {
    /// A step that runs a program.
    pub fn new(name: &'static str, command: fn() -> Command) -> Self {
        Self { name, work: Work::Program(command) }
    }

    /// A step of our own.
    pub fn task(name: &'static str, task: fn() -> Result<()>) -> Self {
        Self { name, work: Work::Task(task) }
    }

    /// Runs it and counts what its output says; a step that counts nothing counts as one.
    pub fn run(&self) -> Tally {
        let (mut tally, result) = match self.work {
            Work::Task(task) => (Tally::default(), task().map(|()| true)),
            Work::Program(command) => {
                let mut tally = Tally::default();
                let result = follow(&mut command(), &mut tally);
                (tally, result)
            }
        };
        if let Err(error) = &result {
            println!("{error:#}");
        }
        tally.end(result.is_ok_and(|success| success));
        tally
    }
}

/// Runs `command`, shows its output as it comes, and counts the tests in it. Whether it succeeded.
fn follow(command: &mut Command, tally: &mut Tally) -> Result<bool> {
    let line = shell::describe(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let output = child.stdout.take().context("no output to read")?;
    for said in BufReader::new(output).split(b'\n') {
        let said = String::from_utf8_lossy(&said?).into_owned();
        println!("{said}");
        tally.read(&said);
    }
    Ok(child.wait()?.success())
}
