//! A log or a queue as a table: one row a destination and cause.

use super::cause::{Cause, SymptomFamily};
use super::model::Symptom;
use crate::order;
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::cmp::Reverse;

/// What failed at one destination for one cause, and what became of it as far as the log goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The recipients' domain where all lines name the same one, else who runs the hosts, else the address; `None` where
    /// no line names any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The cause.
    pub cause: Cause,
    /// How many lines state it.
    pub count: u64,
    /// How many messages met it, by their queue identifiers; zero where the lines name none.
    pub messages: u64,
    /// How many of these messages were delivered later.
    pub settled: u64,
    /// How many of these messages were given up or refused for good later, or by this very failure.
    pub given_up: u64,
    /// How many mails the destination took since the first of these failures.
    pub delivered: u64,
    /// How many other destinations took mail on port 25 in the same hours, over the same address family.
    pub others: u64,
    /// When it came first, by the clock of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// When it came last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Until when the message that is given up next is tried, by the clock of the log and the software's defaults: counted
    /// from when that message arrived. Never a moment that has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// One failure that stands for all.
    #[serde(skip)]
    pub symptom: Symptom,
}

impl Row {
    /// How many messages wait still, as far as the log shows.
    pub fn waiting(&self) -> u64 {
        self.messages.saturating_sub(self.settled + self.given_up)
    }

    /// Whether every message that met the failure was delivered later.
    pub fn is_settled(&self) -> bool {
        self.messages > 0 && self.settled == self.messages
    }

    /// Whether others took mail in the same hours, so that no block of port 25 at the sender explains the failure. One
    /// other alone may be a relay.
    pub fn is_no_block(&self) -> bool {
        self.others >= 2
    }
}

/// `rows`, the worst first: what is settled last, rejections after failures to connect, then by how many it hit.
pub(super) fn worst_first(rows: &mut [Row]) {
    let rejected = |row: &Row| matches!(row.cause.family(), SymptomFamily::Rejected | SymptomFamily::Busy);
    order::sort_by_key(rows, |row| {
        (row.is_settled(), rejected(row), Reverse(row.messages), Reverse(row.count))
    });
}
