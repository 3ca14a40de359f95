//! How long mail software tries again before it gives up: its defaults and the settings' names. The table is
//! [`Table::Retries`]; where each row was read stands there too.

use crate::facts::{Row, Table};
use serde::Serialize;
use std::sync::LazyLock;

/// How one mail software or service retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RetryPolicy {
    /// The software, by the name that [`Symptom::mta`](super::Symptom::mta) uses.
    pub mta: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// When it gives up, in seconds since `counts_from`.
    pub gives_up_after_s: u64,
    /// From when that is counted.
    pub counts_from: CountsFrom,
    /// How often it tries: its backoff.
    pub interval: &'static str,
    /// The setting that says so; empty where there is none.
    pub setting: &'static str,
}

/// From when a software counts how long it has tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountsFrom {
    /// From when it took the message.
    Arrival,
    /// From when the host first failed, for whatever message: Exim's rule. A new message may bounce at its first try.
    FirstFailure,
}

impl RetryPolicy {
    fn of(row: Row) -> Option<Self> {
        Some(Self {
            mta: row.cell(0),
            name: row.cell(1),
            gives_up_after_s: row.cell(2).parse().ok()?,
            counts_from: match row.cell(3) {
                "first_failure" => CountsFrom::FirstFailure,
                _ => CountsFrom::Arrival,
            },
            interval: row.cell(4),
            setting: row.cell(5),
        })
    }

    /// How it tries again, said of `subject`, in a sentence: `Postfix tries every 5 to 67 minutes.` Where its maker states
    /// nothing of it, that is the sentence.
    pub fn tries(&self, subject: &str) -> String {
        if self.interval.ends_with(STATES_NOTHING) {
            format!("{}.", self.interval)
        } else {
            format!("{subject} {}.", self.interval)
        }
    }

    /// When it gives up, in words: `Postfix gives up 5 days after it took the message, by default`.
    pub fn words(&self) -> String {
        let (name, span) = (self.name, spoken(self.gives_up_after_s));
        match self.counts_from {
            CountsFrom::Arrival => format!("{name} gives up {span} after it took the message, by default"),
            CountsFrom::FirstFailure => format!(
                "{name} gives up {span} after this host first failed, for any message, by default: a new one may bounce at once"
            ),
        }
    }
}

/// The policies: defaults; an administrator may have set others.
pub fn policies() -> &'static [RetryPolicy] {
    static POLICIES: LazyLock<Vec<RetryPolicy>> =
        LazyLock::new(|| Table::Retries.rows().filter_map(RetryPolicy::of).collect());
    &POLICIES
}

/// How `mta` retries.
pub fn policy_of(mta: &str) -> Option<&'static RetryPolicy> {
    policies().iter().find(|policy| policy.mta == mta)
}

const HOUR: u64 = 3_600;

/// How the table says that a maker says nothing of intervals, behind its name.
const STATES_NOTHING: &str = " states no intervals";

/// A span of time as people say it: `5 days`, `14 hours`, `1 day and 7 hours`. Rounded to the hour.
pub fn spoken(seconds: u64) -> String {
    let hours = (seconds + HOUR / 2) / HOUR;
    let counted = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match (hours / 24, hours % 24) {
        (0 | 1, _) if hours <= 24 => counted(hours, "hour"),
        (days, 0) => counted(days, "day"),
        (days, hours) => format!("{} and {}", counted(days, "day"), counted(hours, "hour")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * HOUR;

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (seconds, words) in [
            (5 * DAY, "5 days"),
            (DAY, "24 hours"),
            (30 * HOUR, "1 day and 6 hours"),
            (262_080, "3 days and 1 hour"),
            (111_455, "1 day and 7 hours"),
            (HOUR, "1 hour"),
            (14 * HOUR, "14 hours"),
        ] {
            assert_eq!(spoken(seconds), words);
        }
    }

    #[test]
    fn every_row_is_a_policy_that_says_when_and_how_often() {
        assert_eq!(policies().len(), Table::Retries.rows().count());
        for policy in policies() {
            assert!(policy.gives_up_after_s >= HOUR && !policy.interval.is_empty(), "{policy:?}");
        }
    }

    #[test]
    fn how_it_tries_again_is_one_sentence() {
        let tries = |mta: &str| policy_of(mta).unwrap().tries("It tries again");
        assert_eq!(tries("gmail"), "Google states no intervals.");
        assert_eq!(tries("postfix"), "It tries again every 5 to 67 minutes.");
    }

    /// What the sources of Haraka and Postal compute.
    #[test]
    fn the_sums_are_those_of_the_sources() {
        let haraka: u64 = (1..=12).map(|n| 2_u64.pow(n + 5)).sum();
        assert_eq!(policy_of("haraka").unwrap().gives_up_after_s, haraka);
        let postal: f64 = (0..=17).map(|n| 300.0 * 1.3_f64.powi(n)).sum();
        let said = policy_of("postal").unwrap().gives_up_after_s as f64;
        assert!((said - postal).abs() < 60.0, "{postal}");
    }
}
