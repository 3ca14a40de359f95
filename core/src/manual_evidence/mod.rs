//! The sending server's own word, without noanswer on it: commands that its system has anyway, and what they print, read
//! as evidence.

mod commands;
mod lines;

pub use commands::{Commands, commands};
pub use lines::{NothingToRead, read};

use crate::evidence::{Evidence, Role};
use crate::report::Report;

/// How the lines that the commands print begin.
const PREFIX: &str = "noanswer-witness";

/// How long the commands wait for a connection and the greeting together, in seconds.
const WAIT_S: u64 = 20;

/// `report` with the sending server's evidence put in (or in the place of what it said before), judged again.
pub fn judged_with(mut report: Report, sender: Evidence) -> Report {
    report.evidence.retain(|evidence| evidence.role != Role::Sender);
    report.evidence.insert(0, sender);
    report.judge_again();
    report
}
