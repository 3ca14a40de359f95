//! OpenSMTPD: `smtpctl show queue`, one envelope (message and recipient) a line, fields parted by `|`:
//!
//! envelope, source family, `mta` or `mda`, flags, sender, recipient, destination, creation, expiry, last try, tries,
//! state, seconds until the next event, error (smtpctl.c, `show_queue_envelope`). Times are seconds since the epoch.

use super::group::{Destination, Groups, Message, Waits};
use crate::timestamp::Timestamp;

/// How many fields stand before the error, which may have a `|` of its own.
const FIELDS: usize = 13;

/// How many hexadecimal digits of an envelope are its message's.
const MESSAGE: usize = 8;

struct Envelope<'a> {
    message: &'a str,
    transport: &'a str,
    recipient: &'a str,
    created: i64,
    expires: i64,
    state: &'a str,
    error: &'a str,
}

/// Whether a line is an envelope of OpenSMTPD's.
pub(super) fn is_entry(line: &str) -> bool {
    parts(line).is_some()
}

fn parts(line: &str) -> Option<Envelope<'_>> {
    let fields: Vec<&str> = line.trim().splitn(FIELDS + 1, '|').collect();
    let [id, _, transport, flags, _, _, recipient, created, expires, _, _, state, rest @ ..] = &fields[..]
    else {
        return None;
    };
    if id.len() != 16 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let held = flags.contains("suspend") || flags.contains("hold");
    Some(Envelope {
        message: &id[..MESSAGE],
        transport,
        recipient,
        created: created.parse().ok()?,
        expires: expires.parse().ok()?,
        state: if held { "hold" } else { state },
        error: rest.get(1).copied().unwrap_or_default(),
    })
}

pub(super) fn read(text: &str, groups: &mut Groups) {
    let mut envelopes: Vec<Envelope<'_>> = text.lines().filter_map(parts).collect();
    envelopes.sort_by_key(|one| one.message);
    for message in envelopes.chunk_by(|one, next| one.message == next.message) {
        let first = &message[0];
        let entry = Message {
            id: first.message,
            count: 1,
            arrived: Some(Timestamp::from_unix(first.created)),
            // An envelope without a time to live of its own is listed as if it had none at all (seen in 6.8): then the
            // server's setting holds.
            expires: (first.expires > first.created).then(|| Timestamp::from_unix(first.expires)),
            held: message.iter().all(|one| one.state == "hold"),
        };
        groups.add(
            &entry,
            message.iter().map(|one| {
                let destination = Destination::of(one.recipient, Some(one.error));
                if one.transport == "mda" {
                    Destination { waits: Waits::Local, ..destination }
                } else {
                    destination
                }
            }),
        );
    }
}
