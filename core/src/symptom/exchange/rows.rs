//! Rows, one after the other, whichever log they are of.

use super::fields::{self, Row};
use super::sessions::Sessions;
use super::told::Told;
use super::{connectivity, protocol, tracking};
use crate::cut::Cut as _;

/// What begins a log of Windows: its columns follow.
pub(in crate::symptom) const HEADER: &str = "#Fields: ";

/// Reads rows one after the other.
#[derive(Debug, Default)]
pub(in crate::symptom) struct Rows {
    sessions: Sessions,
    /// The log is one of sessions that others opened: what was said to them is nobody's answer to this host.
    inbound: bool,
}

impl Rows {
    /// Whether `line` is a row or a header of such a log; what it tells goes to `told`. Spans count from `base`.
    pub(in crate::symptom) fn line(&mut self, line: &str, base: usize, told: &mut Vec<Told>) -> bool {
        let marks = line.len() - line.trim_start_matches(['-', '*', '>', '|', ' ', '\u{feff}']).len();
        let (line, base) = (line.after(marks).trim_end(), base + marks);
        let header = line.strip_prefix('#').unwrap_or(line);
        if let Some(kind) = header.strip_prefix("Log-type: ") {
            self.inbound = kind.contains("Receive");
            return true;
        }
        const HEADERS: &str = "Software: Microsoft\nVersion: \nDate: 2\nFields: ";
        if header.begins(HEADERS) {
            return true;
        }
        let Some(row) = fields::row(line, base) else { return false };
        if !self.inbound {
            match row {
                Row::Protocol(row) => protocol::row(&row, &mut self.sessions, told),
                Row::Connectivity(row) => connectivity::row(&row, &mut self.sessions, told),
                Row::Tracking(row) => tracking::row(&row, told),
                Row::Iis(row) => protocol::iis(&row, &mut self.sessions, told),
                Row::HMailServer(row) => protocol::hmailserver(&row, &mut self.sessions, told),
            }
        }
        true
    }

    /// What was told of sessions whose end does not come.
    pub(in crate::symptom) fn finish(&mut self, told: &mut Vec<Told>) {
        self.sessions.finish(told);
    }
}

/// Whether `line` is a row of such a log.
pub(in crate::symptom) fn is_row(line: &str) -> bool {
    line.starts_with(HEADER) || fields::row(line.trim_end(), 0).is_some()
}
