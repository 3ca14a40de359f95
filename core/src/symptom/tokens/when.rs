//! Dates and times.

use super::{Read, runs};
use crate::timestamp::Timestamp;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// The first date and time in ISO 8601 form; UTC where no zone is given.
pub(in crate::symptom) fn time(text: &str) -> Option<Read<Timestamp>> {
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
        let plain = text.get(start..start + 19)?.replace('T', " ");
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        let moment = PrimitiveDateTime::parse(&plain, format).ok()?.assume_utc();
        Some(Read { value: Timestamp::from_unix(moment.unix_timestamp()), start, end: start + 19 })
    })
}

/// The date of a mail header (RFC 5322 s3.3), comments left out.
pub(in crate::symptom) fn header_date(text: &str) -> Option<Timestamp> {
    let plain = text.split('(').next().unwrap_or_default().trim();
    let moment = OffsetDateTime::parse(plain, &Rfc2822).ok()?;
    Some(Timestamp::from_unix(moment.unix_timestamp()))
}
