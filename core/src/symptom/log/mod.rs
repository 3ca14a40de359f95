//! A log of any size, read as a stream in constant memory: grouped by cause, destination operator and family.

mod encoding;
mod form;
mod groups;
mod hours;
mod passing;
mod rows;
mod signs;
mod stamp;
mod whose;
mod words;

use super::cause::{Cause, SymptomFamily};
use super::classify::statement;
use super::controls::LogControls;
use super::exchange::{self, Taken, Told};
use super::hash::hashed;
use super::model::{Symptom, WrittenBy};
use super::sessions;
use super::table::Row;
use crate::address::Family;
use crate::operator::operator_of;
use crate::smtp::Stage;
use crate::timestamp::Timestamp;
use encoding::Encoding;
pub(crate) use form::Forms;
use groups::{Destinations, Groups};
use memchr::memmem::Finder;
use memchr::{memchr, memrchr};
use rows::Rows;
use stamp::Clock;
use std::collections::VecDeque;
use std::net::IpAddr;
use whose::Whose;

/// Lines longer than this are not read, in bytes: no mail software writes them.
const LINE: usize = 64 * 1024;

/// How many sessions of OpenSMTPD are remembered: as many as may be open at once.
const SESSIONS: usize = 1_000;

/// How many lines may stand before a log of Windows says that it is one.
const HEAD: usize = 20;

/// Reads a log in pieces.
#[derive(Debug, Default)]
pub struct Log {
    now: Option<Timestamp>,
    encoding: Encoding,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    /// The line is too long: skip to its end.
    skipping: bool,
    groups: Groups,
    destinations: Destinations,
    rows: Rows,
    forms: Forms,
    clock: Clock,
    /// Where the log is one of Windows: what became of an attempt is told by several of its rows.
    windows: Option<exchange::Rows>,
    lines: u64,
    too_long: u64,
    failures: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// OpenSMTPD's last sessions that came about.
    sessions: VecDeque<u64>,
}

/// What a log says.
#[derive(Clone, Debug)]
pub struct LogSummary {
    /// One symptom a group, most frequent first, with its count, and when it came first (`at`) and last (`last_at`).
    pub symptoms: Vec<Symptom>,
    /// How the destinations fared.
    pub controls: LogControls,
    /// One row a destination and cause, the worst first.
    pub table: Vec<Row>,
    /// Lines of the log.
    pub lines: u64,
    /// Lines of more than 64 KiB, which were not read.
    pub too_long: u64,
    /// Lines that state a failure.
    pub failures: u64,
}

impl Log {
    /// An empty log. Dates without a year, which syslog writes, are left out.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty log that is read at `now`: a date without a year is in the latest year in which it does not lie ahead.
    pub fn as_of(now: Timestamp) -> Self {
        Self { now: Some(now), ..Self::default() }
    }

    /// Reads the next piece, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        let decoded = self.encoding.decode(bytes);
        self.push_utf8(&decoded);
    }

    fn push_utf8(&mut self, bytes: &[u8]) {
        let Some(first) = memchr(b'\n', bytes) else { return self.keep(bytes) };
        // The line that began in an earlier piece.
        if self.skipping {
            self.skipping = false;
            self.skipped();
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

    fn skipped(&mut self) {
        self.lines += 1;
        self.too_long += 1;
    }

    /// Reads whole lines, but for those that are too long.
    fn scan(&mut self, mut block: &[u8]) {
        let mut seen = 0;
        while block.len() - seen > LINE {
            if let Some(newline) = memrchr(b'\n', &block[seen..=seen + LINE]) {
                seen += newline + 1;
                continue;
            }
            if seen > 0 {
                self.sift(&block[..seen - 1]);
            }
            self.skipped();
            match memchr(b'\n', &block[seen + LINE..]) {
                Some(newline) => block = &block[seen + LINE + newline + 1..],
                None => return,
            }
            seen = 0;
        }
        self.sift(block);
    }

    /// Reads lines of a sound length: only those in which a sign of a failure or of a delivery stands are looked at.
    fn sift(&mut self, block: &[u8]) {
        if self.lines == 0 || memchr::memmem::find(block, exchange::HEADER.as_bytes()).is_some() {
            let head = block.split(|byte| *byte == b'\n').take(HEAD);
            let is_row = |line: &[u8]| exchange::is_row(&String::from_utf8_lossy(line));
            if self.windows.is_none() && head.into_iter().any(is_row) {
                self.windows = Some(exchange::Rows::default());
            }
        }
        self.lines += 1 + u64::try_from(memchr::memchr_iter(b'\n', block).count()).unwrap_or(u64::MAX);
        if self.windows.is_some() {
            return block.split(|byte| *byte == b'\n').for_each(|line| self.row(line));
        }
        self.signs(block);
    }

    /// A line of a log of Windows, whichever it is.
    fn row(&mut self, line: &[u8]) {
        let mut told = Vec::new();
        let text = String::from_utf8_lossy(line);
        if !self.windows.as_mut().is_some_and(|rows| rows.line(&text, 0, &mut told)) {
            return self.signs(line);
        }
        told.into_iter().for_each(|told| self.told(told));
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Failed(symptom, message) => self.failed(symptom, Whose { process: None, message }),
            Told::Taken(taken) => self.taken(&taken),
        }
    }

    /// A delivery that a row tells of.
    fn taken(&mut self, taken: &Taken) {
        let whose = Whose { process: None, message: taken.message };
        for domain in &taken.domains {
            self.rows.delivered(whose, domain);
        }
        // A hop within the own house is no destination.
        if taken.address.is_some_and(|address| !is_elsewhere(address)) {
            return;
        }
        let Some(host) = taken.host.as_ref().filter(|host| host.contains('.')).or(taken.domains.first())
        else {
            return;
        };
        let operator = operator_of(host);
        let family = taken.address.map(Family::of);
        self.destinations.spoke(operator, family);
        let hour = taken.at.filter(|_| taken.port == Some(25)).map(hours::hour_of);
        self.rows.taken(operator, hour, family);
    }

    /// The lines of `block` in which a sign of a failure or of a delivery stands.
    fn signs(&mut self, block: &[u8]) {
        let sieve = signs::sieve();
        let mut rest = block;
        while let Some(hit) = sieve.find(rest) {
            let from = memrchr(b'\n', &rest[..hit.start]).map_or(0, |newline| newline + 1);
            let to = memchr(b'\n', &rest[hit.end..]).map_or(rest.len(), |newline| hit.end + newline);
            if rest[hit.start..to].starts_with(signs::SENT) {
                self.success(&rest[from..to]);
            } else if rest[hit.start..to] == *sessions::CONNECTED.as_bytes() {
                self.connected(&rest[from..to]);
            } else {
                self.line(&rest[from..to]);
            }
            rest = rest.get(to + 1..).unwrap_or_default();
        }
    }

    fn line(&mut self, line: &[u8]) {
        if is_success(line) {
            return self.success(line);
        }
        if is_inbound(line) {
            return;
        }
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        let Some(mut symptom) = self.forms.read(text, |line| statement(line, 0)) else { return };
        if symptom.at.is_none() {
            symptom.at = self.now.and_then(|now| self.clock.syslog(text, now));
        }
        if symptom.cause == Cause::ConnectTimedOut
            && let Some(name) = sessions::name(text)
            && self.sessions.contains(&hashed(name.as_bytes()))
        {
            sessions::had_come_about(&mut symptom);
        }
        self.failed(symptom, stamp::whose(line));
    }

    /// A session of OpenSMTPD came about.
    fn connected(&mut self, line: &[u8]) {
        let name = std::str::from_utf8(line).ok().and_then(sessions::name);
        self.sessions.extend(name.map(|name| hashed(name.as_bytes())));
        if self.sessions.len() > SESSIONS {
            self.sessions.pop_front();
        }
    }

    fn failed(&mut self, symptom: Symptom, whose: Whose) {
        self.failures += 1;
        self.first = self.first.into_iter().chain(symptom.at).min();
        self.last = self.last.max(symptom.at);
        let host = symptom.remote_host.as_deref().or(symptom.recipient_domain.as_deref());
        let operator = host.map_or_else(String::new, |host| operator_of(host).to_owned());
        let family = symptom.remote_address.map(Family::of);
        let unreached = symptom.family == SymptomFamily::NoAnswer && symptom.stage <= Stage::Greeting;
        if !operator.is_empty() {
            if unreached {
                self.destinations.unreached(&operator, family);
            }
            if symptom.written_by == WrittenBy::Remote {
                self.destinations.spoke(&operator, family);
            }
        }
        self.rows.failed(&symptom, &operator, whose);
        self.groups.add(symptom, &operator, family);
    }

    /// A delivery: the destination spoke. Postfix's `relay=host[address]`, Exim's `H=host [address]`, sendmail's `relay=`.
    fn success(&mut self, line: &[u8]) {
        let marks = signs::marks();
        let Some(start) = [&marks.relay, &marks.host].iter().find_map(|mark| after(mark, line)) else {
            return;
        };
        let rest = &line[start..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
            .count();
        let Ok(host) = std::str::from_utf8(&rest[..length]) else { return };
        if !host.contains('.') {
            return;
        }
        let operator = operator_of(host);
        if self.rows.follows()
            && let Some(domain) = stamp::recipient(line)
        {
            self.rows.delivered(stamp::whose(line), &domain.to_ascii_lowercase());
        }
        let bracket = rest[length..].iter().take(4).position(|byte| *byte == b'[').map(|at| length + at + 1);
        let family = bracket.map(|at| {
            if memchr(b':', &rest[at..rest.len().min(at + 6)]).is_some() {
                Family::Ipv6
            } else {
                Family::Ipv4
            }
        });
        self.destinations.spoke(operator, family);
        let hour = if is_on_port_25(&rest[length..], line) { self.clock.hour(line, self.now) } else { None };
        self.rows.taken(operator, hour, family);
    }

    /// What the log says.
    pub fn finish(mut self) -> LogSummary {
        let held = self.encoding.rest().to_vec();
        self.keep(&held);
        let rest = std::mem::take(&mut self.rest);
        if self.skipping {
            self.skipped();
        } else if !rest.is_empty() {
            self.scan(&rest);
        }
        let mut told = Vec::new();
        self.windows.iter_mut().for_each(|rows| rows.finish(&mut told));
        told.into_iter().for_each(|told| self.told(told));
        LogSummary {
            symptoms: self.groups.into_symptoms(),
            table: self.rows.into_table(self.now),
            controls: LogControls { first: self.first, last: self.last, ..self.destinations.into_controls() },
            lines: self.lines,
            too_long: self.too_long,
            failures: self.failures,
        }
    }
}

/// The table of `symptoms`, which were read in `text` at `now`: by its lines where it is a log, whose deliveries count too.
pub fn table(text: &str, symptoms: &[Symptom], now: Timestamp) -> Vec<Row> {
    if !is_log(text, now) {
        return table_of(symptoms, now);
    }
    let mut log = Log::as_of(now);
    log.push(text.as_bytes());
    log.finish().table
}

/// Whether `text`, read at `now`, is a log: two of its lines or more are.
pub fn is_log(text: &str, now: Timestamp) -> bool {
    let is_of_log = |line: &&str| stamp::is_stamped(line, now) || exchange::is_row(line);
    text.lines().filter(is_of_log).take(2).count() == 2
}

/// The table of `symptoms` that stand in no log, at `now`.
pub fn table_of(symptoms: &[Symptom], now: Timestamp) -> Vec<Row> {
    rows::of_symptoms(symptoms, Some(now))
}

/// Whether a delivery went to port 25: the line says so, or its software names a transport that goes there. `rest` begins
/// after the host's name.
fn is_on_port_25(rest: &[u8], line: &[u8]) -> bool {
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let Some(rest) = rest.strip_prefix(b"[") else { return false };
    let Some(end) = memchr(b']', rest) else { return false };
    let address = std::str::from_utf8(&rest[..end]).ok().and_then(|address| address.parse().ok());
    let elsewhere = address.is_some_and(is_elsewhere);
    let after = &rest[end + 1..];
    let by_name = || signs::marks().direct.iter().any(|mark| mark.find(line).is_some());
    elsewhere
        && if after.first() == Some(&b':') {
            after.starts_with(b":25") && !after.get(3).is_some_and(u8::is_ascii_digit)
        } else {
            by_name()
        }
}

/// Whether an address is none of the own house.
fn is_elsewhere(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

fn is_success(line: &[u8]) -> bool {
    let marks = signs::marks();
    let has = |mark: &Finder| mark.find(line).is_some();
    has(&marks.sent) || has(&marks.sent_by_sendmail) || (has(&marks.to) && has(&marks.host))
}

/// Whether a server tells of a client that came to it: what it said to that client is nobody's answer to this host.
fn is_inbound(line: &[u8]) -> bool {
    signs::marks().inbound.iter().any(|mark| mark.find(line).is_some())
}

/// Where `mark` ends in `line`.
fn after(mark: &Finder, line: &[u8]) -> Option<usize> {
    Some(mark.find(line)? + mark.needle().len())
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
