//! One step of the tests: programs that are run to their end.

use super::tally::Tally;
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

type Work = Box<dyn Fn(&mut Log) -> Result<()> + Send + Sync>;
type Again = Box<dyn Fn(&mut Log, &[String]) -> Result<()> + Send + Sync>;

/// One step of the tests.
pub struct Step {
    /// Its name in the summary.
    pub name: &'static str,
    work: Work,
    again: Option<Again>,
}

impl Step {
    /// A step that runs a program.
    pub fn program(name: &'static str, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self::task(name, move |log| log.run(&mut command()))
    }

    /// A step of several programs.
    pub fn task(name: &'static str, task: impl Fn(&mut Log) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { name, work: Box::new(task), again: None }
    }

    /// The same step, of whose tests those that are named can be run again, with nothing beside them.
    pub fn or_alone(self, again: impl Fn(&mut Log, &[String]) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { again: Some(Box::new(again)), ..self }
    }

    /// Runs it and counts what its output says; a step that counts nothing counts as one. With `live` the output is
    /// shown as it comes, else it is given back.
    pub fn run(&self, live: bool) -> (Tally, String) {
        Log::of(live, &*self.work)
    }

    /// Runs what failed in `tally` again, with nothing beside it, where each failure has a name and they are few: two cores
    /// that compile, probe and draw at once are late at times, and what is late in one run alone is no fault of the program.
    /// What fails alone has failed. What passes alone is still told of.
    pub fn alone(&self, tally: &mut Tally) {
        let names = tally.failures.names();
        let Some(again) = &self.again else { return };
        if names.is_empty() || names.len() > Self::FEW || names.len() as u64 != tally.failed {
            return;
        }
        println!("\n── {}, what failed, alone ──", self.name);
        let (second, _) = Log::of(true, &|log| again(log, &names));
        if second.failed == 0 && second.passed >= tally.failed {
            tally.passed += tally.failed;
            tally.failed = 0;
            tally.failures.passed_alone();
        }
        tally.took += second.took;
    }

    /// So many failures of a step are run again.
    const FEW: usize = 5;
}

/// What a step prints, read as it comes.
pub struct Log {
    live: bool,
    tally: Tally,
    kept: String,
}

impl Log {
    /// Does `work`, and counts what its output says.
    fn of(live: bool, work: &dyn Fn(&mut Self) -> Result<()>) -> (Tally, String) {
        let began = Instant::now();
        let mut log = Self { live, tally: Tally::default(), kept: String::new() };
        let result = work(&mut log);
        if let Err(error) = &result {
            log.line(&format!("{error:#}"));
        }
        log.tally.end(result.is_ok(), began.elapsed());
        (log.tally, log.kept)
    }

    /// Counts a failure that no test has told of, where `program` failed and no test of it did: it may have crashed.
    pub fn heed(&mut self, program: &mut Command) -> Result<()> {
        let before = self.tally.failed;
        let result = self.run(program);
        if result.is_err() && self.tally.failed == before {
            self.tally.failed += 1;
        }
        result
    }

    /// Runs `command`, with no terminal before it, and reads what it prints.
    ///
    /// # Errors
    /// When it cannot be started, or fails.
    pub fn run(&mut self, command: &mut Command) -> Result<()> {
        let line = shell::describe(command);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        if !self.live {
            command.stderr(Stdio::piped());
        }
        let mut child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
        // Read beside the rest: a full pipe would stop the program.
        let errors = child.stderr.take().map(|errors| {
            std::thread::spawn(move || {
                let lines = BufReader::new(errors).split(b'\n').map_while(Result::ok);
                lines.map(|line| String::from_utf8_lossy(&line).into_owned() + "\n").collect::<String>()
            })
        });
        let output = child.stdout.take().context("no output to read")?;
        for printed in BufReader::new(output).split(b'\n') {
            let printed = String::from_utf8_lossy(&printed?).into_owned();
            self.tally.read(&printed);
            self.line(&printed);
        }
        if let Some(text) = errors.and_then(|reader| reader.join().ok()) {
            self.kept += &text;
        }
        let status = child.wait()?;
        ensure!(status.success(), "`{line}` failed ({status})");
        Ok(())
    }

    /// Prints a line.
    pub fn line(&mut self, text: &str) {
        if self.live {
            println!("{text}");
        } else {
            self.kept.push_str(text);
            self.kept.push('\n');
        }
    }
}
