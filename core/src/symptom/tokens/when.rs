//! Dates and times.

use super::read::{Read, runs};
use crate::cut::Cut as _;
use crate::timestamp::Timestamp;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// The first date and time: in ISO 8601 form, else in words or in the forms of Windows; UTC where no zone is given. The
/// stamps of syslog (RFC 3164) name no year: they are none.
pub(in crate::symptom) fn time(text: &str) -> Option<Read<Timestamp>> {
    iso(text).or_else(|| worded(text))
}

fn iso(text: &str) -> Option<Read<Timestamp>> {
    let is_part =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'.' | b'Z' | b'+' | b'/');
    runs(text, is_part).find_map(|(start, end)| {
        if end - start < 10 || !text.is_char_boundary(start) {
            return None;
        }
        let whole = text.get(start..end)?;
        if let Some(moment) = Timestamp::parse(whole) {
            return Some(Read { value: moment, start, end });
        }
        // `2016-08-22 13:35:02`, `2026-11-24T09:01:02+0100` and the like.
        let local = to_the_second(text.get(start..start + 19)?)?;
        // A fraction, and a zone without its colon.
        let after =
            text.after(start + 19).trim_start_matches(|c: char| matches!(c, '.' | ',') || c.is_ascii_digit());
        let moment = zone_of(after).map_or(local.assume_utc(), |zone| local.assume_offset(zone));
        Some(Read { value: Timestamp::from_unix(moment.unix_timestamp()), start, end: start + 19 })
    })
}

/// `2026-11-24 08:00:00`, or with a `T` between. By hand: `time`'s own descriptions weigh as much as half of this reader.
fn to_the_second(text: &str) -> Option<PrimitiveDateTime> {
    let (day, clock) = text.split_once(['T', ' '])?;
    let mut parts = day.split('-').filter(|part| !part.is_empty());
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Some(PrimitiveDateTime::new(date(year, month, day)?, clock_of(clock)?))
}

/// How many words are looked at.
const WORDS: usize = 2_000;

/// `24 Nov 2026 08:00:00 +0100`, `Nov 24 08:00:00 2026`, `11/24/2026 9:00:00 AM`, `24.11.2026 08:00:00`.
fn worded(text: &str) -> Option<Read<Timestamp>> {
    // Most lines name no year.
    let names_year = |five: &[u8]| matches!(five, [b' ' | b'/' | b'.', b'2', b'0', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit());
    if !text.as_bytes().windows(5).any(names_year) {
        return None;
    }
    let words: Vec<(usize, &str)> = text
        .split([' ', '\n', '\t'])
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, word))
        })
        .filter(|(_, word)| !word.is_empty())
        .take(WORDS)
        .collect();
    (0..words.len()).find_map(|index| {
        let word = |offset: usize| words.get(index + offset).map_or("", |(_, word)| *word);
        let (moment, length) = in_words(word(0), word(1), word(2), word(3), word(4))
            .or_else(|| by_month(word(0), word(1), word(2), word(3)))
            .or_else(|| of_windows(word(0), word(1), word(2)))?;
        let (start, _) = words[index];
        let (last, word) = words.get(index + length - 1)?;
        let value = Timestamp::from_unix(moment.unix_timestamp());
        Some(Read { value, start, end: last + word.len() })
    })
}

/// A moment, and of how many words it was read.
type Moment = Option<(OffsetDateTime, usize)>;

/// RFC 5322 s3.3: `24 Nov 2026 08:00:00 +0100`.
fn in_words(day: &str, month: &str, year: &str, clock: &str, zone: &str) -> Moment {
    let date = date(year, self::month(month)?, day)?;
    let local = PrimitiveDateTime::new(date, clock_of(clock)?);
    Some(match zone_of(zone) {
        Some(zone) => (local.assume_offset(zone), 5),
        None => (local.assume_utc(), 4),
    })
}

/// As asctime(3) writes it: `Nov 24 08:00:00 2026`.
fn by_month(month: &str, day: &str, clock: &str, year: &str) -> Moment {
    let date = date(year, self::month(month)?, day)?;
    Some((PrimitiveDateTime::new(date, clock_of(clock)?).assume_utc(), 4))
}

/// As Windows writes it in the United States, where noon is marked, and in German.
fn of_windows(date: &str, clock: &str, half: &str) -> Moment {
    let date = date.trim_start_matches(|c: char| !c.is_ascii_digit());
    let parts = |sign| {
        let mut parts = date.split(sign);
        Some((parts.next()?, parts.next()?, parts.next().filter(|year| year.len() == 4)?))
    };
    let numbered = |month: &str| Month::try_from(month.parse::<u8>().ok()?).ok();
    let half = half.get(..2).unwrap_or_default();
    let (date, later) = if let Some((month, day, year)) = parts('/') {
        let later = matches!(half, "PM").then_some(12).or_else(|| matches!(half, "AM").then_some(0))?;
        (self::date(year, numbered(month)?, day)?, Some(later))
    } else {
        let (day, month, year) = parts('.')?;
        (self::date(year, numbered(month)?, day)?, None)
    };
    let clock = clock_of(clock)?;
    let clock = match later {
        Some(later) => clock.replace_hour(clock.hour() % 12 + later).ok()?,
        None => clock,
    };
    Some((PrimitiveDateTime::new(date, clock).assume_utc(), if later.is_some() { 3 } else { 2 }))
}

fn date(year: &str, month: Month, day: &str) -> Option<Date> {
    let year = year.trim_end_matches([',', ':', '.', ']']);
    let sound = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    Date::from_calendar_date(year.parse().ok().filter(|_| sound)?, month, day.parse().ok()?).ok()
}

fn month(word: &str) -> Option<Month> {
    const MONTHS: &[&str] =
        &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index = MONTHS.iter().position(|month| *month == word)?;
    Month::try_from(u8::try_from(index + 1).ok()?).ok()
}

/// `8:00:00`, fractions left out.
fn clock_of(word: &str) -> Option<Time> {
    let mut parts =
        word.split([':', '.']).map(|part| part.trim_end_matches([',', ')', ']', ';']).parse::<u8>().ok());
    Time::from_hms(parts.next()??, parts.next()??, parts.next()??).ok()
}

fn zone_of(word: &str) -> Option<UtcOffset> {
    // RFC 5322 s4.3: what the names of zones mean, in hours.
    const NAMED: &[(&str, i8)] = &[
        ("EDT", -4),
        ("EST", -5),
        ("CDT", -5),
        ("CST", -6),
        ("MDT", -6),
        ("MST", -7),
        ("PDT", -7),
        ("PST", -8),
    ];
    if let Some((_, hours)) = NAMED.iter().find(|(name, _)| *name == word) {
        return UtcOffset::from_hms(*hours, 0, 0).ok();
    }
    let digits = word.get(1..5).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let sign = match word.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits.before(2).parse::<i8>().ok()?, digits.after(2).parse::<i8>().ok()?);
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

/// Until when a service says that it tries again: `"expirationTime": "2026-06-16T00:25:40.914Z"` of Amazon SES.
pub(in crate::symptom) fn retry_until(text: &str, lower: &str) -> Option<Read<Timestamp>> {
    const BEFORE: &[&str] = &["expirationtime\": \"", "expirationtime\":\"", "expirationtime = "];
    let start = BEFORE.iter().find_map(|mark| Some(lower.find(mark)? + mark.len()))?;
    let read = iso(text.get(start..)?.get(..40).or(text.get(start..))?)?;
    (read.start == 0).then_some(Read { value: read.value, start, end: start + read.end })
}

/// The date of a mail header (RFC 5322 s3.3).
pub(in crate::symptom) fn header_date(text: &str) -> Option<Timestamp> {
    worded(text).map(|read| read.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_moment() {
        for (text, moment) in [
            ("2026-11-24T09:00:00+01:00 x", "2026-11-24T08:00:00Z"),
            ("2026-11-24T09:01:02+0100 mx", "2026-11-24T08:01:02Z"),
            ("2026-11-24T09:01:02.123456+0100 mx", "2026-11-24T08:01:02Z"),
            ("t,2026-11-24 08:00:00+0000,", "2026-11-24T08:00:00Z"),
            ("x 2026-11-24 08:00:00 1abCdE-000001-2x", "2026-11-24T08:00:00Z"),
            ("Tue, 24 Nov 2026 08:00:00 +0900 (JST)", "2026-11-23T23:00:00Z"),
            ("at Tue, 24 Nov 2026 08:00:00 GMT", "2026-11-24T08:00:00Z"),
            ("Tue, 24 Nov 2026 08:00:00 EST", "2026-11-24T13:00:00Z"),
            ("Tue Nov 24 08:00:00 2026 Info:", "2026-11-24T08:00:00Z"),
            ("{LRT=11/24/2026 9:00:00 PM}", "2026-11-24T21:00:00Z"),
            ("4/11/2016 12:58:21 AM - Remote Server", "2016-04-11T00:58:21Z"),
            ("24.11.2026 08:01:10 - Remote Server", "2026-11-24T08:01:10Z"),
        ] {
            let read = time(text).map(|read| read.value.to_string());
            assert_eq!(read.as_deref(), Some(moment), "{text}");
        }
        for text in [
            "Nov 24 08:00:00 mx postfix/smtp[1]",
            "11/24/2026 9:00:00",
            "31 Feb 2026 08:00:00",
            "May 1 04:31:56",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        let read = time("at 24 Nov 2026 08:00:00 +0900 (JST)").expect("a moment");
        assert_eq!((read.start, read.end), (3, 29));
    }
}
