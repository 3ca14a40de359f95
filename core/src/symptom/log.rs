//! A log of any size, read as a stream in constant memory: grouped by cause, destination operator and family.

use super::classify::statement;
use super::{LogControls, LogDestination, Symptom, SymptomFamily, WrittenBy};
use crate::address::Family;
use crate::operator::operator_of;
use crate::smtp::Stage;
use crate::symptom::Cause;
use crate::timestamp::Timestamp;
use aho_corasick::AhoCorasick;
use memchr::{memchr, memmem, memrchr};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Lines longer than this are not read, in bytes: no mail software writes them.
const LINE: usize = 64 * 1024;

/// At most this many groups and destinations are kept: a hostile log must not grow without end.
const GROUPS: usize = 2_000;

/// What marks a line that may say something. The rest of the log is skipped at the speed of memory.
const MARKS: &[&str] = &[
    "status=",
    "stat=",
    " == ",
    " ** ",
    " => ",
    "connect to ",
    "timed out",
    "imeout",
    "refused",
    "nreachable",
    "No route to host",
    "lost connection",
    "Winsock",
    "returned '",
    "smtp-out:",
    "defer (",
    "dsnDiag",
    "ECONN",
    "ETIMEDOUT",
    "SMTP error",
    "requests to connect",
    "10060",
    "10061",
];

/// Reads a log in pieces.
#[derive(Debug, Default)]
pub struct Log {
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    /// The line is too long: skip to its end.
    skipping: bool,
    encoding: Encoding,
    groups: BTreeMap<(Cause, String, Option<Family>), Symptom>,
    destinations: BTreeMap<(String, Option<Family>), (u64, u64)>,
    lines: u64,
    failures: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// How the log is encoded, by its first bytes.
#[derive(Debug, Default)]
enum Encoding {
    #[default]
    Unknown,
    Utf8,
    Utf16 {
        little: bool,
        half: Option<u8>,
    },
}

/// What a log says.
#[derive(Clone, Debug)]
pub struct LogSummary {
    /// One symptom a group, most frequent first, with its count.
    pub symptoms: Vec<Symptom>,
    /// How the destinations fared.
    pub controls: LogControls,
    /// Lines read.
    pub lines: u64,
    /// Lines that state a failure.
    pub failures: u64,
}

impl Log {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next piece, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.encoding, Encoding::Unknown) && bytes.len() >= 2 {
            self.encoding = match bytes {
                [0xff, 0xfe, ..] => Encoding::Utf16 { little: true, half: None },
                [0xfe, 0xff, ..] => Encoding::Utf16 { little: false, half: None },
                _ => Encoding::Utf8,
            };
        }
        if matches!(self.encoding, Encoding::Utf16 { .. }) {
            let text = self.utf8(bytes);
            self.push_utf8(text.as_bytes());
        } else {
            self.push_utf8(bytes);
        }
    }

    fn utf8(&mut self, bytes: &[u8]) -> String {
        let Encoding::Utf16 { little, half } = &mut self.encoding else { return String::new() };
        let whole: Vec<u8> = half.take().into_iter().chain(bytes.iter().copied()).collect();
        let pairs = whole.chunks_exact(2);
        *half = pairs.remainder().first().copied();
        let little = *little;
        let units = pairs.map(|pair| {
            let pair = [pair[0], pair[1]];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    fn push_utf8(&mut self, bytes: &[u8]) {
        let Some(first) = memchr(b'\n', bytes) else { return self.keep(bytes) };
        // The line that began in an earlier piece.
        if self.skipping {
            self.skipping = false;
        } else if self.rest.is_empty() {
            self.scan(&bytes[..first]);
        } else {
            let mut line = std::mem::take(&mut self.rest);
            line.extend_from_slice(&bytes[..first]);
            self.scan(&line);
            line.clear();
            self.rest = line;
        }
        let last = memrchr(b'\n', bytes).unwrap_or(first);
        if last > first {
            self.scan(&bytes[first + 1..last]);
        }
        self.keep(&bytes[last + 1..]);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skipping {
            return;
        }
        if self.rest.len() + bytes.len() > LINE {
            self.rest.clear();
            self.skipping = true;
        } else {
            self.rest.extend_from_slice(bytes);
        }
    }

    /// Reads whole lines: only those that a mark stands in are looked at.
    fn scan(&mut self, block: &[u8]) {
        self.lines += 1 + u64::try_from(memchr::memchr_iter(b'\n', block).count()).unwrap_or(u64::MAX);
        static MACHINE: OnceLock<Option<AhoCorasick>> = OnceLock::new();
        let Some(machine) = MACHINE.get_or_init(|| AhoCorasick::new(MARKS).ok()) else { return };
        let mut at = 0;
        while let Some(found) = machine.find(&block[at..]) {
            let (start, end) = (at + found.start(), at + found.end());
            let from = memrchr(b'\n', &block[at..start]).map_or(at, |newline| at + newline + 1);
            let to = memchr(b'\n', &block[end..]).map_or(block.len(), |newline| end + newline);
            self.line(&block[from..to]);
            at = to.min(block.len());
        }
    }

    fn line(&mut self, line: &[u8]) {
        if line.len() > LINE {
            return;
        }
        if is_success(line) {
            return self.success(line);
        }
        let text = String::from_utf8_lossy(line);
        let Some(symptom) = statement(text.trim_end(), 0) else { return };
        self.failures += 1;
        self.first = earliest(self.first, symptom.at);
        self.last = latest(self.last, symptom.at);
        let host = symptom.remote_host.as_deref().or(symptom.recipient_domain.as_deref());
        let operator = host.map_or_else(String::new, |host| operator_of(host).to_owned());
        let family = symptom.remote_address.map(Family::of);
        let unreached = symptom.family == SymptomFamily::NoAnswer && symptom.stage <= Stage::Greeting;
        let spoke = symptom.written_by == WrittenBy::Remote;
        if (unreached || spoke) && !operator.is_empty() {
            self.destination(&operator, family, unreached, spoke);
        }
        self.group((symptom.cause, operator, family), symptom);
    }

    fn group(&mut self, key: (Cause, String, Option<Family>), symptom: Symptom) {
        if let Some(group) = self.groups.get_mut(&key) {
            group.count = group.count.map(|count| count + 1);
            group.expired |= symptom.expired;
        } else if self.groups.len() < GROUPS {
            self.groups.insert(key, Symptom { count: Some(1), spans: Vec::new(), ..symptom });
        }
    }

    fn destination(&mut self, operator: &str, family: Option<Family>, unreached: bool, spoke: bool) {
        let full = self.destinations.len() >= GROUPS;
        let key = (operator.to_owned(), family);
        if full && !self.destinations.contains_key(&key) {
            return;
        }
        let (failed, good) = self.destinations.entry(key).or_default();
        *failed += u64::from(unreached);
        *good += u64::from(spoke);
    }

    /// A delivery: the destination spoke. Postfix's `relay=host[address]`, Exim's `H=host [address]`, sendmail's `relay=`.
    fn success(&mut self, line: &[u8]) {
        let start =
            [&b"relay="[..], b" H="].iter().find_map(|mark| Some(memmem::find(line, mark)? + mark.len()));
        let Some(start) = start else { return };
        let rest = &line[start..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
            .count();
        let Ok(host) = std::str::from_utf8(&rest[..length]) else { return };
        if !host.contains('.') {
            return;
        }
        let bracket = rest[length..].iter().take(4).position(|byte| *byte == b'[').map(|at| length + at + 1);
        let family = bracket.map(|at| {
            if memchr(b':', &rest[at..rest.len().min(at + 6)]).is_some() {
                Family::Ipv6
            } else {
                Family::Ipv4
            }
        });
        // Looked up before it is stored: a busy log has few destinations, and no line need allocate.
        let operator = operator_of(host);
        self.destination(operator, family, false, true);
    }

    /// What the log says.
    pub fn finish(mut self) -> LogSummary {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.scan(&rest);
        }
        let mut symptoms: Vec<Symptom> = self.groups.into_values().collect();
        symptoms.sort_by_key(|symptom| std::cmp::Reverse(symptom.count));
        let mut destinations: Vec<LogDestination> = self
            .destinations
            .into_iter()
            .map(|((operator, family), (unreached, spoke))| LogDestination {
                operator,
                family,
                unreached,
                spoke,
            })
            .collect();
        destinations.sort_by_key(|one| std::cmp::Reverse((one.unreached, one.spoke)));
        // Both kinds must be seen: what worked must not be crowded out by what failed.
        let (failed, worked): (Vec<_>, Vec<_>) = destinations.into_iter().partition(|one| one.unreached > 0);
        let half = LogControls::LIMIT / 2;
        let destinations = failed.into_iter().take(half).chain(worked.into_iter().take(half)).collect();
        let controls = LogControls { destinations, first: self.first, last: self.last };
        LogSummary { symptoms, controls, lines: self.lines, failures: self.failures }
    }
}

fn is_success(line: &[u8]) -> bool {
    let has = |mark: &[u8]| memmem::find(line, mark).is_some();
    has(b"status=sent") || has(b"stat=Sent") || (has(b" => ") && has(b" H="))
}

fn earliest(known: Option<Timestamp>, new: Option<Timestamp>) -> Option<Timestamp> {
    known.into_iter().chain(new).min()
}

fn latest(known: Option<Timestamp>, new: Option<Timestamp>) -> Option<Timestamp> {
    known.into_iter().chain(new).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
2026-11-24T09:00:00Z mx postfix/smtp[1]: A1: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)\n\
2026-11-24T09:00:01Z mx postfix/smtpd[2]: connect from unknown[198.51.100.9]\n\
2026-11-24T09:00:02Z mx postfix/smtp[3]: connect to mx.example.net[192.0.2.7]:25: Connection timed out\n\
2026-11-24T09:00:09Z mx postfix/smtp[3]: connect to mx2.example.net[192.0.2.8]:25: Connection timed out\n\
2026-11-24T09:00:10Z mx postfix/smtp[3]: connect to mx.example.net[2001:db8::7]:25: Network is unreachable";

    fn summary(size: usize) -> LogSummary {
        let mut log = Log::new();
        LOG.as_bytes().chunks(size).for_each(|piece| log.push(piece));
        log.finish()
    }

    #[test]
    fn pieces_make_no_difference() {
        let whole = summary(usize::MAX);
        assert_eq!((whole.lines, whole.failures), (5, 3));
        assert_eq!(whole.symptoms[0].count, Some(2));
        assert_eq!(whole.symptoms[0].cause, Cause::ConnectTimedOut);
        let spoke: Vec<_> = whole
            .controls
            .destinations
            .iter()
            .filter(|one| one.spoke > 0)
            .map(|one| one.operator.as_str())
            .collect();
        assert_eq!(spoke, ["example.org"]);
        for size in [1, 7, 100] {
            let cut = summary(size);
            assert_eq!(
                (&cut.symptoms, &cut.controls),
                (&whole.symptoms, &whole.controls),
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn a_line_without_end_costs_nothing() {
        let mut log = Log::new();
        for _ in 0..100 {
            log.push(&[b'x'; 100_000]);
        }
        assert!(log.rest.len() <= LINE);
        log.push(b"\nconnect to mx.example.net[192.0.2.7]:25: Connection refused\n");
        assert_eq!(log.finish().failures, 1);
    }

    #[test]
    fn utf16_is_read() {
        let bytes: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(LOG.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let mut log = Log::new();
        bytes.chunks(33).for_each(|piece| log.push(piece));
        assert_eq!(log.finish().failures, 3);
    }
}
