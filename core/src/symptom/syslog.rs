//! The date of syslog, which has no year (RFC 3164 s4.1.2): `Nov 24 08:57:12`.

use super::model::{Span, Symptom};
use super::tokens::Read;
use crate::cut::Cut as _;
use crate::timestamp::Timestamp;
use std::time::Duration;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// How far a line may lie ahead of now, as it is read: it states no zone and is taken for UTC, and the zone furthest
/// ahead is UTC+14.
const AHEAD: Duration = Duration::from_secs(14 * 3600);

/// A leap day comes again after eight years at the latest.
const YEARS: i32 = 8;

/// How far before a symptom its line is taken to begin at most, in bytes.
const LINE: usize = 16 * 1024;

const MONTHS: [(&str, Month); 12] = [
    ("Jan", Month::January),
    ("Feb", Month::February),
    ("Mar", Month::March),
    ("Apr", Month::April),
    ("May", Month::May),
    ("Jun", Month::June),
    ("Jul", Month::July),
    ("Aug", Month::August),
    ("Sep", Month::September),
    ("Oct", Month::October),
    ("Nov", Month::November),
    ("Dec", Month::December),
];

/// The date and time that `line` begins with, in the latest year in which it does not lie after `now`.
pub(super) fn time(line: &str, now: Timestamp) -> Option<Read<Timestamp>> {
    // A priority in angle brackets stands before it where the line was taken from the wire.
    let plain = line.trim_start();
    let plain = plain.strip_prefix('<').and_then(|rest| Some(rest.split_once('>')?.1)).unwrap_or(plain);
    let start = line.len() - plain.len();
    let month = MONTHS.iter().find(|(name, _)| plain.starts_with(name))?.1;
    let rest = plain.after(3).strip_prefix(' ')?;
    let padded = rest.trim_start_matches(' ');
    let (day, clock) = padded.split_once(' ')?;
    let day: u8 = day.parse().ok()?;
    let clock = clock.trim_start_matches(' ');
    let at = parse_clock(clock.get(..8)?)?;
    let end = line.len() - clock.len() + 8;
    let latest = OffsetDateTime::from_unix_timestamp(now.after(AHEAD).unix()).ok()?;
    let moment = (latest.year() - YEARS..=latest.year()).rev().find_map(|year| {
        let date = Date::from_calendar_date(year, month, day).ok()?;
        Some(PrimitiveDateTime::new(date, at).assume_utc()).filter(|moment| *moment <= latest)
    })?;
    Some(Read { value: Timestamp::from_unix(moment.unix_timestamp()), start, end })
}

/// Gives `symptom`, which was read in `text`, the time of the line that it was read in, unless it has one.
pub(super) fn date(symptom: &mut Symptom, text: &str, now: Timestamp) {
    let Some(place) = symptom.spans.iter().map(|span| span.start).min() else { return };
    if symptom.at.is_some() {
        return;
    }
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let before = text.as_bytes()[..place].iter().rev().take(LINE);
    let from = place - before.take_while(|byte| !is_end(byte)).count();
    let Some(line) = text.get(from..).map(|rest| rest.split(['\n', '\r']).next().unwrap_or_default()) else {
        return;
    };
    if let Some(read) = time(line, now) {
        symptom.at = Some(read.value);
        symptom.spans.push(Span { field: "at".to_owned(), start: from + read.start, end: from + read.end });
    }
}

fn parse_clock(clock: &str) -> Option<Time> {
    let mut parts = clock.split(':').map(|part| part.parse::<u8>().ok().filter(|_| part.len() == 2));
    let time = Time::from_hms(parts.next()??, parts.next()??, parts.next()??).ok();
    time.filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, now: &str) -> Option<String> {
        time(line, Timestamp::parse(now).unwrap())
            .map(|read| format!("{} {}", &line[read.start..read.end], read.value))
    }

    #[test]
    fn the_latest_year_that_is_not_ahead() {
        let now = "2026-01-02T10:00:00Z";
        assert_eq!(read("Jan  2 09:59:59 mx postfix", now).unwrap(), "Jan  2 09:59:59 2026-01-02T09:59:59Z");
        assert_eq!(read("Dec 31 23:59:59 mx", now).unwrap(), "Dec 31 23:59:59 2025-12-31T23:59:59Z");
        // The server's clock may stand in a zone that is ahead.
        assert_eq!(read("Jan  2 23:00:00 mx", now).unwrap(), "Jan  2 23:00:00 2026-01-02T23:00:00Z");
        assert_eq!(read("Jan  4 00:00:00 mx", now).unwrap(), "Jan  4 00:00:00 2025-01-04T00:00:00Z");
        assert_eq!(read("<22>Feb 29 12:00:00 mx", now).unwrap(), "Feb 29 12:00:00 2024-02-29T12:00:00Z");
    }

    #[test]
    fn a_pasted_line_is_dated_by_its_own_stamp() {
        let text = "Look:\nNov 24 08:57:12 mx postfix/smtp[1]: connect to mx.example.org[192.0.2.1]:25: Connection refused\nbye";
        let now = Timestamp::parse("2026-11-25T00:00:00Z").unwrap();
        let symptom = super::super::read_as_of(text, now).remove(0);
        assert_eq!(symptom.at, Timestamp::parse("2026-11-24T08:57:12Z"));
        let span = symptom.spans.iter().find(|span| span.field == "at").unwrap();
        assert_eq!(&text[span.start..span.end], "Nov 24 08:57:12");
        assert_eq!(super::super::read(text)[0].at, None);
    }

    #[test]
    fn what_is_none_is_left() {
        for line in [
            "",
            "Nov",
            "Nov 24",
            "Nov 24 8:57:12 mx",
            "Nov 31 08:57:12 mx",
            "Nov 24 25:00:00 mx",
            "Nov  é 08:57:12",
            "mx Nov 24 08:57:12",
        ] {
            assert_eq!(read(line, "2026-11-24T10:00:00Z"), None, "{line}");
        }
    }
}
