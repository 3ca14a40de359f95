//! A report as monitoring plugins write it: one line, a status word, performance data (Monitoring Plugins Development
//! Guidelines, "Plugin Output for Nagios").

use super::matrix;
use noanswer_core::evidence::{Attempt, Evidence};
use noanswer_core::report::Report;
use noanswer_core::scrub;

/// The status words, by exit code.
const WORDS: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

/// The line for `report`.
pub(crate) fn line(report: &Report) -> String {
    format!("{} | {}", status_line(report.exit_code(), &report.verdict.headline), data(report))
}

/// The line for an exit code and what is said, without performance data.
pub(crate) fn status_line(exit_code: u8, words: &str) -> String {
    let word = WORDS[usize::from(exit_code).min(3)];
    format!("NOANSWER {word} - {}", one_line(words))
}

/// The line for what could not be asked at all.
pub(crate) fn unknown(words: &str) -> String {
    format!("NOANSWER UNKNOWN - {}", one_line(words))
}

/// Text on one line, without the sign that performance data begin with.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    scrub::visible(&text).replace('|', "/")
}

/// Seconds to the best connection and greeting, and how many places could see.
fn data(report: &Report) -> String {
    let counting: Vec<&Evidence> = report.evidence.iter().filter(|one| matrix::counts(one)).collect();
    let best = |time: fn(&Attempt) -> Option<f64>| {
        counting.iter().flat_map(|one| &one.attempts).filter_map(time).min_by(f64::total_cmp)
    };
    let mut parts = Vec::new();
    if let Some(ms) = best(|attempt| attempt.connect_ms) {
        parts.push(format!("'connect'={:.6}s;;;0", ms / 1e3));
    }
    if let Some(ms) = best(|attempt| attempt.greeting_ms) {
        parts.push(format!("'greeting'={:.6}s;;;0", ms / 1e3));
    }
    parts.push(format!("'vantages_clear'={};;;0;{}", counting.len(), report.evidence.len()));
    parts.push(format!("'faults'={};;;0", report.verdict.faults.len()));
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_and_its_data_are_its_own() {
        assert_eq!(unknown("a\n|b"), "NOANSWER UNKNOWN - a /b");
    }
}
