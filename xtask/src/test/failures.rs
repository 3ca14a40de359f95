//! What failed, with the first lines of why, as the test runners print it: the end of a long run must say it again.

/// The failures of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failures {
    /// Each with its name first, and what was printed of it.
    all: Vec<Vec<String>>,
    /// Whether the lines that come tell of the last one.
    open: bool,
    /// Whether all passed when they were run again, with nothing beside them.
    passed_alone: bool,
}

impl Failures {
    /// So many lines are kept of each failure.
    const LINES: usize = 14;
    /// So many characters of a line.
    const WIDTH: usize = 300;

    /// Reads a line of cargo's test runner (`---- NAME stdout ----`, then what the test printed, up to the list
    /// `failures:`) or of TAP (`not ok 3 - NAME`, then a block of YAML up to `...`).
    pub fn read(&mut self, line: &str) {
        let text = line.trim();
        let cargo = text.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        let tap = text.strip_prefix("not ok ").and_then(|rest| rest.split_once(" - ")).map(|(_, name)| name);
        if let Some(name) = cargo.or(tap) {
            self.all.push(vec![name.to_owned()]);
            self.open = true;
        } else if matches!(text, "failures:" | "...") {
            self.open = false;
        } else if self.open
            && !text.is_empty()
            && text != "---"
            && let Some(last) = self.all.last_mut()
            && last.len() <= Self::LINES
        {
            last.push(text.chars().take(Self::WIDTH).collect());
        }
    }

    /// The names of the tests.
    pub fn names(&self) -> Vec<String> {
        self.all.iter().filter_map(|failure| failure.first().cloned()).collect()
    }

    /// That all passed when they were run again, with nothing beside them.
    pub fn passed_alone(&mut self) {
        self.passed_alone = true;
    }

    /// The lines to print.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let what = if self.passed_alone { "failed beside others, passed alone" } else { "failed" };
        self.all.iter().flat_map(move |failure| {
            failure.iter().enumerate().map(move |(at, line)| {
                if at == 0 { format!("{what}: {line}") } else { format!("    {line}") }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let mut failures = Failures::default();
        text.lines().for_each(|line| failures.read(line));
        failures.lines().collect()
    }

    #[test]
    fn cargo_s_failures_are_named_with_their_reason() {
        let printed = "test a ... FAILED <0.1s>\n\nfailures:\n\n---- a stdout ----\n\nthread 'a' panicked at x.rs:3:5:\n\
                       left is right\n\nfailures:\n    a\n\ntest result: FAILED. 0 passed; 1 failed";
        assert_eq!(of(printed), ["failed: a", "    thread 'a' panicked at x.rs:3:5:", "    left is right"]);
    }

    #[test]
    fn a_page_s_failures_are_named_with_their_reason() {
        let printed = "ok 1 - fine\n  ---\n  duration_ms: 1\n  ...\nnot ok 2 - a page\n  ---\n  error: 'no card'\n  ...\n\
                       # fail 1";
        assert_eq!(of(printed), ["failed: a page", "    error: 'no card'"]);
    }
}
