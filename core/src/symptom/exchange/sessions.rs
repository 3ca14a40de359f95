//! The sessions that are open, in memory that has an end.

use super::connection::Connection;
use super::session::Session;
use super::told::Told;
use std::collections::BTreeMap;

/// At most this many sessions are followed at a time: Exchange opens a thousand outbound connections at most.
const MOST: usize = 2_000;

/// Sessions by a hash of their name.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    smtp: BTreeMap<u64, Session>,
    connections: BTreeMap<u64, Connection>,
}

impl Sessions {
    /// The SMTP session of that name. Where too many are open, the first is given up.
    pub(super) fn smtp(&mut self, name: u64) -> &mut Session {
        make_room(&mut self.smtp, name);
        self.smtp.entry(name).or_default()
    }

    /// The same of a connectivity log.
    pub(super) fn connection(&mut self, name: u64) -> &mut Connection {
        make_room(&mut self.connections, name);
        self.connections.entry(name).or_default()
    }

    /// A session has ended.
    pub(super) fn forget(&mut self, name: u64) {
        self.smtp.remove(&name);
        self.connections.remove(&name);
    }

    /// The log has ended: what was told of sessions is all that will be.
    pub(super) fn finish(&mut self, told: &mut Vec<Told>) {
        for session in std::mem::take(&mut self.smtp).into_values() {
            told.extend(session.rest().map(|symptom| Told::Failed(symptom, None)));
        }
    }
}

fn make_room<T>(open: &mut BTreeMap<u64, T>, name: u64) {
    if open.len() >= MOST && !open.contains_key(&name) {
        open.pop_first();
    }
}
