//! Counting: how many tests passed and failed, by what the test runners print.

use std::fmt;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
}

impl Tally {
    /// Counts a closing line of cargo's test runner (`test result: ok. 3 passed; 1 failed; …`) or of node's
    /// (`# pass 3`, `# fail 1`, `# cancelled 1`).
    pub fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
        } else if let Some(count) = line.strip_prefix("# pass ") {
            self.passed += count.trim().parse().unwrap_or(0);
        } else if let Some(count) = line.strip_prefix("# fail ").or_else(|| line.strip_prefix("# cancelled "))
        {
            self.failed += count.trim().parse().unwrap_or(0);
        }
    }

    /// Ends the count: a step that fails without a failed test (it did not compile) is a failure all the same, and
    /// one that counts nothing is itself the test.
    pub fn end(&mut self, success: bool) {
        if !success && self.failed == 0 {
            self.failed = 1;
        } else if success && self.passed == 0 {
            self.passed = 1;
        }
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The tallies of all steps.
#[derive(Debug, Default)]
pub struct Summary(Vec<(&'static str, Tally)>);

impl Summary {
    /// Adds a step.
    pub fn add(&mut self, name: &'static str, tally: Tally) {
        self.0.push((name, tally));
    }

    /// How many failed in all.
    pub fn failed(&self) -> u64 {
        self.0.iter().map(|(_, tally)| tally.failed).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, Tally { passed, failed }) in &self.0 {
            writeln!(f, "{name:<16} {passed:>5} passed {failed:>4} failed")?;
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
            "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured",
            "# pass 12",
            "# fail 2",
            "# cancelled 0",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 15, failed: 3 });
    }

    #[test]
    fn a_step_that_does_not_compile_has_failed() {
        let mut tally = Tally::default();
        tally.end(false);
        assert_eq!(tally, Tally { passed: 0, failed: 1 });
    }
}
