//! Haraka: `haraka -c CONFIG --qlist` (bin/haraka of 3.3): `Q: FILE rcpt:1 from:<sender@example.org> domain:example.net`. The
//! file's name begins with when the message came, in milliseconds since the epoch (outbound/qfile.js). Why it waits stands in
//! the log.

use super::group::{Destination, Groups, Message, Waits};
use crate::timestamp::Timestamp;

/// Whether a line is a message of Haraka's.
pub(super) fn is_entry(line: &str) -> bool {
    parts(line).is_some()
}

fn parts(line: &str) -> Option<(&str, &str)> {
    let (file, rest) = line.trim().strip_prefix("Q: ")?.split_once(" rcpt:")?;
    let (_, domain) = rest.rsplit_once(" domain:")?;
    Some((file, domain))
}

pub(super) fn read(text: &str, groups: &mut Groups) {
    for (file, domain) in text.lines().filter_map(parts) {
        let came = file.split('_').next().and_then(|came| came.parse::<i64>().ok());
        let arrived = came.map(|came| Timestamp::from_unix(came / 1_000));
        let message = Message { id: file, count: 1, arrived, expires: None, held: false };
        let name = domain.trim_end_matches('.').to_lowercase();
        groups.add(&message, [Destination { name, waits: Waits::Domain, reason: None }]);
    }
}
