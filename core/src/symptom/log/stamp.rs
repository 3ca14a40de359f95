//! What a log line begins with: its time, the process that wrote it, and the message that it is about.

use super::hours::hour_of;
use super::whose::Whose;
use crate::symptom::hash::hashed;
use crate::symptom::{syslog, tokens};
use crate::timestamp::Timestamp;

/// How much of a line's beginning holds its time, in bytes.
const HEAD: usize = 48;

/// How much of it stays the same within a minute, in every form: `2026-11-24T08`, `Nov 24 08:57`.
const SAME: usize = 12;

/// How long the date of syslog is, in bytes: `Nov 24 08:57:12`.
const SYSLOG: usize = 15;

/// The hour of lines, read again only where their stamp changes.
#[derive(Debug, Default)]
pub(super) struct Clock {
    stamp: [u8; SAME],
    hour: Option<i64>,
    /// The last date of syslog that was read, and when that was.
    syslog: [u8; SYSLOG],
    at: Option<Timestamp>,
}

impl Clock {
    /// The time of `line` by its date of syslog, read at `now`.
    pub(super) fn syslog(&mut self, line: &str, now: Timestamp) -> Option<Timestamp> {
        let stamp: &[u8; SYSLOG] = line.as_bytes().first_chunk()?;
        // Any other form of the date is as long as it likes to be.
        if stamp[9] != b':' || stamp[12] != b':' {
            return Some(syslog::time(line, now)?.value);
        }
        if *stamp != self.syslog {
            self.syslog = *stamp;
            self.at = syslog::time(line, now).map(|read| read.value);
        }
        self.at
    }

    /// The hour in which `line` was written.
    pub(super) fn hour(&mut self, line: &[u8], now: Option<Timestamp>) -> Option<i64> {
        let stamp: &[u8; SAME] = line.first_chunk()?;
        if *stamp != self.stamp {
            self.stamp = *stamp;
            self.hour = time(line, now).map(hour_of);
        }
        self.hour
    }
}

/// The time that `line` begins with.
fn time(line: &[u8], now: Option<Timestamp>) -> Option<Timestamp> {
    let head = &line[..line.len().min(HEAD)];
    let head =
        std::str::from_utf8(head).ok().or_else(|| std::str::from_utf8(&head[..32.min(head.len())]).ok())?;
    let read = tokens::time(head).or_else(|| now.and_then(|now| syslog::time(head, now)));
    read.map(|read| read.value)
}

/// Whether `line` begins with a time, as a log's does.
pub(super) fn is_stamped(line: &str, now: Timestamp) -> bool {
    let line = line.trim_start_matches(['[', ' ', '<']);
    time(line.as_bytes(), Some(now)).is_some()
        && line.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
}

/// Whom a line is about: `postfix/smtp[123]: 4XyzAB1cdEz9: …`, `sendmail[123]: 4AO8: …`, `… 1tFabc-0004gI-6W …` of Exim.
pub(super) fn whose(line: &[u8]) -> Whose {
    let mark = memchr::memmem::find(line, b"]: ");
    if let Some(end) = mark {
        let start = memchr::memrchr(b'[', &line[..end]).map_or(end, |at| at + 1);
        let digits = &line[start..end];
        if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
            let rest = &line[end + 3..];
            let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let named = length >= 3
                && rest.get(length) == Some(&b':')
                && rest[..length].iter().any(u8::is_ascii_digit);
            let process = Some(hashed(&line[start..end]));
            return match exim(rest) {
                Some(id) => Whose { process, message: Some(hashed(id)) },
                None => Whose { process, message: named.then(|| hashed(&rest[..length])) },
            };
        }
    }
    Whose { process: None, message: exim(line).map(hashed) }
}

/// A message identifier of Exim among the first words.
fn exim(line: &[u8]) -> Option<&[u8]> {
    line.split(|byte| *byte == b' ').take(5).find(|word| {
        let dashes = (word.get(6), word.get(13), word.get(18));
        let old = word.len() == 16 && dashes.0 == Some(&b'-') && dashes.1 == Some(&b'-');
        let new = word.len() == 23 && dashes.0 == Some(&b'-') && dashes.2 == Some(&b'-');
        (old || new) && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    })
}

/// The domain of the recipient that `line` names: `to=<user@domain>`, Exim's `=> user@domain`.
pub(super) fn recipient(line: &[u8]) -> Option<&str> {
    let start = [b"to=<".as_slice(), b" => ", b" -> "]
        .iter()
        .find_map(|mark| memchr::memmem::find(line, mark).map(|at| at + mark.len()))?;
    let rest = &line[start..];
    let end = rest.iter().position(|byte| matches!(byte, b'>' | b' ' | b',')).unwrap_or(rest.len());
    let at = memchr::memrchr(b'@', &rest[..end])?;
    std::str::from_utf8(&rest[at + 1..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_message() {
        let same = |one: &str, other: &str| {
            let (one, other) = (whose(one.as_bytes()), whose(other.as_bytes()));
            (one.message.is_some() && one.message == other.message, one.process == other.process)
        };
        assert_eq!(
            same(
                "a postfix/smtp[12]: 4XyzAB1cdEz9: to=<u@example.org>",
                "b postfix/smtp[12]: 4XyzAB1cdEz9: to="
            ),
            (true, true)
        );
        assert_eq!(
            same("a postfix/smtp[12]: 4A1: to=<u@example.org>", "b postfix/smtp[12]: 4A2: to="),
            (false, true)
        );
        assert_eq!(
            same("a postfix/smtp[12]: connect to mx", "a postfix/smtp[12]: A1B2C3: to="),
            (false, true)
        );
        assert_eq!(
            same("2026-11-24 09:00:00 1tFabc-0004gI-6W H=mx", "2026-11-24 09:00:01 1tFabc-0004gI-6W => u@"),
            (true, true)
        );
        assert_eq!(whose(b"connect to mx[192.0.2.1]: refused").message, None);
        assert_eq!(recipient(b"4X: to=<u@example.org>, relay="), Some("example.org"));
        assert_eq!(recipient(b"1tF => u@example.net R=dnslookup"), Some("example.net"));
    }
}
