//! Dates and ages as listings write them.

use super::Setting;
use crate::timestamp::Timestamp;
use ::time::{Date, Month, PrimitiveDateTime, Time};
use std::time::Duration;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month(name: &str) -> Option<Month> {
    let name = name.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == name)?;
    Month::try_from(u8::try_from(at).ok()? + 1).ok()
}

/// `10:00:00`, `10:00`.
fn clock(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| part.parse::<u8>());
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().transpose().ok()?.unwrap_or(0);
    Time::from_hms(hour, minute, second).ok()
}

fn local(date: Date, time: Time, offset_s: i32) -> Timestamp {
    let utc = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
    Timestamp::from_unix(utc - i64::from(offset_s))
}

/// A local date without its year: the latest year in which it does not lie ahead.
pub(super) fn without_year(name: &str, day: &str, at: &str, setting: &Setting) -> Option<Timestamp> {
    let (month, day, at) = (month(name)?, day.parse::<u8>().ok()?, clock(at)?);
    let now = ::time::OffsetDateTime::from_unix_timestamp(setting.now.unix()).ok()?;
    // A day of grace: clocks and zones differ.
    let latest = setting.now.after(Duration::from_secs(86_400));
    (0..4).find_map(|back| {
        let date = Date::from_calendar_date(now.year() + 1 - back, month, day).ok()?;
        let moment = local(date, at, setting.utc_offset_s);
        (moment <= latest).then_some(moment)
    })
}

/// `26 Nov 2026 10:00:00`, in UTC.
pub(super) fn day_month_year(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (day, name, year, at) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let date = Date::from_calendar_date(year.parse().ok()?, month(name)?, day.parse().ok()?).ok()?;
    Some(local(date, clock(at)?, 0))
}

/// How long ago, as Exim writes it: `25m`, `3h`, `2d`.
pub(super) fn age(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}

/// A date as PowerShell prints it, in the server's language: `11/26/2026 3:24:00 PM`, `26.11.2026 15:24:00`,
/// `2026-11-26T15:24:00`, `/Date(1795707840000)/`. `None` where day and month cannot be told apart.
pub(super) fn of_powershell(text: &str, setting: &Setting) -> Option<Timestamp> {
    let text = text.trim().trim_matches('"');
    if let Some(rest) = text.strip_prefix("/Date(") {
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
        return Some(Timestamp::from_unix(digits.parse::<i64>().ok()? / 1_000));
    }
    if let Some(moment) = Timestamp::parse(text) {
        return Some(moment);
    }
    let (day, rest) = text.split_once(['T', ' '])?;
    let half = rest.trim().get(rest.trim().len().saturating_sub(2)..).unwrap_or_default().to_uppercase();
    let at = clock_of_day(rest, &half)?;
    let numbers: Vec<u16> = day.split(['/', '.', '-']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [first, second, third] = numbers[..] else { return None };
    let (year, month, day) = if first > 31 {
        (first, second, third)
    } else if day.contains('.') || first > 12 {
        (third, second, first)
    } else if matches!(half.as_str(), "AM" | "PM") || second > 12 || first == second {
        (third, first, second)
    } else {
        return None;
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    Some(local(date, at, setting.utc_offset_s))
}

fn clock_of_day(text: &str, half: &str) -> Option<Time> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c.is_whitespace());
    let time = clock(digits.split('.').next()?)?;
    match (half, time.hour()) {
        ("AM", 12) => time.replace_hour(0).ok(),
        ("PM", hour) if hour < 12 => time.replace_hour(hour + 12).ok(),
        _ => Some(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> Setting {
        Setting { utc_offset_s: 3_600, ..Setting::utc(Timestamp::parse("2026-01-02T10:00:00Z").unwrap()) }
    }

    fn said(moment: Option<Timestamp>) -> String {
        moment.map_or("none".to_owned(), |moment| moment.to_string())
    }

    #[test]
    fn a_date_without_a_year_is_the_last_such_day() {
        assert_eq!(said(without_year("Dec", "31", "23:30:00", &setting())), "2025-12-31T22:30:00Z");
        assert_eq!(said(without_year("Jan", "2", "09:00", &setting())), "2026-01-02T08:00:00Z");
        assert_eq!(said(without_year("Feb", "30", "09:00", &setting())), "none");
    }

    #[test]
    fn powershell_writes_dates_in_the_servers_language() {
        for (text, expected) in [
            ("11/26/2025 3:24:00 PM", "2025-11-26T14:24:00Z"),
            ("26/11/2025 15:24:00", "2025-11-26T14:24:00Z"),
            ("26.11.2025 15:24:00", "2025-11-26T14:24:00Z"),
            ("05.11.2025 00:24:00", "2025-11-04T23:24:00Z"),
            ("12/5/2025 12:24:00 AM", "2025-12-04T23:24:00Z"),
            ("2025-11-26T15:24:00.123", "2025-11-26T14:24:00Z"),
            ("2025-11-26T15:24:00Z", "2025-11-26T15:24:00Z"),
            ("/Date(1764170640000)/", "2025-11-26T15:24:00Z"),
            // May the fifth of December, or the twelfth of May.
            ("12/5/2025 15:24:00", "none"),
            ("never", "none"),
        ] {
            assert_eq!(said(of_powershell(text, &setting())), expected, "{text}");
        }
    }
}
