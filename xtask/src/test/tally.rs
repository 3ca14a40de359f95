//! Counting: how many tests passed and failed and how long they took, by what the test runners print.

use super::failures::Failures;
use std::fmt;
use std::time::Duration;

/// How many tests passed and failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
    /// How long the step took.
    pub took: Duration,
    /// Each test that says how long it took, in seconds.
    pub tests: Vec<(String, f64)>,
    /// What the lab says of its scenarios at the end.
    pub lab: Vec<String>,
    /// What failed, and why.
    pub failures: Failures,
    /// The test of node's that is being read.
    current: Option<String>,
}

/// How the lab begins a line of a scenario that came out wrong.
const WRONG: &str = "WRONG ";

impl Tally {
    /// Counts a line of cargo's test runner (`test NAME ... ok <1.234s>`, `test result: ok. 3 passed; 1 failed; …`) or of
    /// node's (`ok 1 - NAME`, `  duration_ms: 3`, `# pass 3`, `# fail 1`, `# cancelled 1`).
    pub fn read(&mut self, line: &str) {
        self.failures.read(line);
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
        } else if let Some(count) = line.strip_prefix("# pass ") {
            self.passed += count.trim().parse().unwrap_or(0);
        } else if let Some(count) = line.strip_prefix("# fail ").or_else(|| line.strip_prefix("# cancelled "))
        {
            self.failed += count.trim().parse().unwrap_or(0);
        } else if line.starts_with(WRONG) || line.starts_with("weaker beside other labs: ") {
            self.lab.push(line.to_owned());
        } else if let Some((test, seconds)) = timed(line) {
            self.tests.push((test.to_owned(), seconds));
        } else if let Some((_, test)) = node_test(line) {
            self.current = Some(test.to_owned());
        } else if let Some(ms) =
            line.strip_prefix("  duration_ms: ").and_then(|ms| ms.trim().parse::<f64>().ok())
            && let Some(test) = self.current.take()
        {
            self.tests.push((test, ms / 1000.0));
        }
    }

    /// Whether the lab says of a scenario that it came out wrong.
    pub fn has_wrong_scenarios(&self) -> bool {
        self.lab.iter().any(|line| line.starts_with(WRONG))
    }

    /// Whether the test of this name ended, however.
    pub fn ran(&self, test: &str) -> bool {
        self.tests.iter().any(|(name, _)| name == test)
    }

    /// Ends the count: a step that fails without a failed test (it did not compile) is a failure all the same, and
    /// one that counts nothing is itself the test.
    pub fn end(&mut self, success: bool, took: Duration) {
        self.took = took;
        if !success && self.failed == 0 {
            self.failed = 1;
        } else if success && self.passed == 0 {
            self.passed = 1;
        }
    }
}

/// `test NAME ... ok <1.234s>`, of `--report-time`.
fn timed(line: &str) -> Option<(&str, f64)> {
    let (test, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let seconds = rest.split_once('<')?.1.strip_suffix("s>")?;
    Some((test, seconds.parse().ok()?))
}

/// `ok 3 - NAME` or `not ok 3 - NAME`, of TAP.
fn node_test(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("not ok ").or_else(|| line.strip_prefix("ok "))?;
    rest.split_once(" - ")
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The tallies of all steps.
#[derive(Debug, Default)]
pub struct Summary(Vec<(&'static str, Tally)>);

impl Summary {
    /// So many of the slowest tests are named.
    const SLOWEST: usize = 10;

    /// Adds a step.
    pub fn add(&mut self, name: &'static str, tally: Tally) {
        self.0.push((name, tally));
    }

    /// Whether no step ran.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps in which something failed.
    pub fn failing(&mut self) -> impl Iterator<Item = (&'static str, &mut Tally)> {
        self.0.iter_mut().filter(|(_, tally)| tally.failed > 0).map(|(name, tally)| (*name, tally))
    }

    /// How many failed in all.
    pub fn failed(&self) -> u64 {
        self.0.iter().map(|(_, tally)| tally.failed).sum()
    }

    /// The steps in which something failed.
    pub fn names_of_failed(&self) -> Vec<&'static str> {
        self.0.iter().filter(|(_, tally)| tally.failed > 0).map(|(name, _)| *name).collect()
    }

    /// The slowest tests, the slowest first.
    pub fn slowest(&self) -> String {
        let mut tests: Vec<&(String, f64)> = self.0.iter().flat_map(|(_, tally)| &tally.tests).collect();
        tests.sort_by(|one, other| other.1.total_cmp(&one.1));
        let lines =
            tests.iter().take(Self::SLOWEST).map(|(test, seconds)| format!("{seconds:>8.1} s  {test}\n"));
        let lines: String = lines.collect();
        if lines.is_empty() { lines } else { format!("slowest tests:\n{lines}") }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (_, tally) in &self.0 {
            for line in tally.failures.lines().chain(tally.lab.iter().cloned()) {
                writeln!(f, "{line}")?;
            }
        }
        for (name, Tally { passed, failed, took, .. }) in &self.0 {
            writeln!(f, "{name:<16} {:>6.1} s {passed:>5} passed {failed:>4} failed", took.as_secs_f64())?;
        }
        let passed: u64 = self.0.iter().map(|(_, tally)| tally.passed).sum();
        write!(f, "{passed} passed, {} failed", self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_both_runners() {
        let mut tally = Tally::default();
        for line in [
            "test symptom::reads ... ok <0.250s>",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured",
            "ok 1 - a page",
            "  duration_ms: 1500.5",
            "# pass 12",
            "# fail 2",
            "# cancelled 0",
            "WRONG closed: healthy: nothing_wrong_now: expected and not named: port_closed",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed), (15, 3));
        assert_eq!(tally.lab.len(), 1);
        assert_eq!(tally.tests, [("symptom::reads".to_owned(), 0.25), ("a page".to_owned(), 1.5005)]);
    }

    #[test]
    fn a_step_that_does_not_compile_has_failed() {
        let mut tally = Tally::default();
        tally.end(false, Duration::ZERO);
        assert_eq!((tally.passed, tally.failed), (0, 1));
    }

    #[test]
    fn the_last_line_is_the_one_that_runners_are_read_by() {
        let mut summary = Summary::default();
        summary.add("format", Tally { passed: 1, ..Tally::default() });
        assert_eq!(summary.to_string().lines().last(), Some("1 passed, 0 failed"));
    }
}
