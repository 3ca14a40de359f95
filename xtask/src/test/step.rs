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
    /// What fails alone has failed, and so has a wrong accusation of the lab, which no load excuses. What passes alone is
    /// still told of.
    pub fn alone(&self, tally: &mut Tally) {
        let names = tally.failures.names();
        let Some(again) = &self.again else { return };
        let named = names.len() as u64 == tally.failed;
        if !named || names.len() > Self::FEW || tally.has_wrong_scenarios() {
            return;
        }
        println!("\n── {}, what failed, alone ──", self.name);
        let (second, _) = Log::of(true, &|log| again(log, &names));
        if second.failed == 0 && names.iter().all(|name| second.ran(name)) {
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

    /// Runs `command`, with no terminal before it, and reads what it prints.
    ///
    /// # Errors
    /// When it cannot be started, or fails. One that fails without a failed test (it crashed) counts as a failure.
    pub fn run(&mut self, command: &mut Command) -> Result<()> {
        let told = self.tally.failed;
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
        if !status.success() && self.tally.failed == told {
            self.tally.failed += 1;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A step whose program prints `first`, and fails; again, it prints `again` and does not.
    fn step(first: &'static str, again: &'static str) -> Step {
        let program = |log: &mut Log, printed: &str, end: &str| {
            log.run(shell::program("sh", &["-c", r#"printf '%b' "$0"; exit "$1""#]).args([printed, end]))
        };
        Step::task("a step", move |log| program(log, first, "1"))
            .or_alone(move |log, _| program(log, again, "0"))
    }

    fn failed(first: &'static str, again: &'static str) -> u64 {
        let step = step(first, again);
        let (mut tally, _) = step.run(false);
        step.alone(&mut tally);
        tally.failed
    }

    const FAILS: &str = "not ok 1 - a page\n# fail 1\n";
    const PASSES: &str = "ok 1 - a page\n  duration_ms: 3\n# pass 1\n# fail 0\n";

    #[test]
    fn what_passes_alone_is_forgiven_and_told_of() {
        let step = step(FAILS, PASSES);
        let (mut tally, _) = step.run(false);
        assert_eq!(tally.failed, 1);
        step.alone(&mut tally);
        assert_eq!((tally.passed, tally.failed), (1, 0));
        assert_eq!(
            tally.failures.lines().next().as_deref(),
            Some("failed beside others, passed alone: a page")
        );
    }

    #[test]
    fn what_is_not_seen_to_pass_has_failed() {
        assert_eq!(failed(FAILS, FAILS), 1, "it fails again");
        assert_eq!(failed(FAILS, ""), 1, "nothing ran again");
        assert_eq!(failed(FAILS, "ok 1 - another\n  duration_ms: 3\n# pass 1\n"), 1, "another ran");
    }

    #[test]
    fn a_crash_and_a_wrong_accusation_are_not_forgiven() {
        assert_eq!(failed("", PASSES), 1, "it crashed");
        assert_eq!(failed("not ok 1 - a page\n# fail 1\nWRONG a-world: named: host_down\n", PASSES), 1);
    }
}
