//! The sessions that are open, in memory that has an end.

use super::connection::Connection;
use super::session::Session;
use super::told::Told;
use crate::keyed::Keyed;

/// At most this many sessions are followed at a time: Exchange opens a thousand outbound connections at most.
const MOST: usize = 2_000;

/// Sessions by a hash of their name.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    smtp: Keyed<Session>,
    connections: Keyed<Connection>,
}

impl Sessions {
    /// The SMTP session of that name. Where too many are open, the first is given up.
    pub(super) fn smtp(&mut self, name: u64) -> &mut Session {
        room_for(&mut self.smtp, name)
    }

    /// The same of a connectivity log.
    pub(super) fn connection(&mut self, name: u64) -> &mut Connection {
        room_for(&mut self.connections, name)
    }

    /// A session has ended.
    pub(super) fn forget(&mut self, name: u64) {
        self.smtp.remove(&name.to_be_bytes());
        self.connections.remove(&name.to_be_bytes());
    }

    /// The log has ended: what was told of sessions is all that will be.
    pub(super) fn finish(&mut self, told: &mut Vec<Told>) {
        for session in std::mem::take(&mut self.smtp).into_values() {
            told.extend(session.rest().map(|symptom| Told::Failed(symptom, None)));
        }
    }
}

fn room_for<T: Default>(open: &mut Keyed<T>, name: u64) -> &mut T {
    let name = name.to_be_bytes();
    if open.len() >= MOST && !open.contains(&name) {
        open.remove_first();
    }
    open.get_or_insert_with(&name, T::default)
}
