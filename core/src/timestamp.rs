//! A moment, as an input: the core has no clock.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// A moment in UTC, to the second. RFC 3339 on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// The moment `seconds` after the Unix epoch; the nearest representable one when out of range.
    pub fn from_unix(seconds: i64) -> Self {
        let bounded = seconds.clamp(-62_135_596_800, 253_402_300_799);
        Self(OffsetDateTime::from_unix_timestamp(bounded).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Seconds since the Unix epoch.
    pub fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The moment `later` after this one.
    pub fn after(self, later: Duration) -> Self {
        Self::from_unix(self.unix().saturating_add(i64::try_from(later.as_secs()).unwrap_or(i64::MAX)))
    }

    /// How long `earlier` lies before this moment; zero when it does not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.unix() - earlier.unix()).unwrap_or(0))
    }

    /// Reads an RFC 3339 date and time. `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|moment| Self::from_unix(moment.unix_timestamp()))
    }

    /// Reads the date of an HTTP header, `Tue, 24 Nov 2026 12:00:00 GMT` (RFC 9110 s5.6.7). `None` when it is not one.
    pub fn parse_http(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc2822).ok().map(|moment| Self::from_unix(moment.unix_timestamp()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 date and time"))
    }
}

text_schema!(Timestamp, "Timestamp", "a moment in UTC (RFC 3339)");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let moment = Timestamp::from_unix(1_795_510_862);
        assert_eq!(moment.to_string(), "2026-11-24T09:01:02Z");
        assert_eq!(Timestamp::parse("2026-11-24T10:01:02+01:00"), Some(moment));
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp::parse_http("Tue, 24 Nov 2026 09:01:02 GMT"), Some(moment));
        assert_eq!(Timestamp::parse_http("2026-11-24T09:01:02Z"), None);
    }

    #[test]
    fn extremes_do_not_overflow() {
        assert_eq!(Timestamp::from_unix(i64::MAX).after(Duration::MAX), Timestamp::from_unix(i64::MAX));
        assert_eq!(Timestamp::from_unix(0).since(Timestamp::from_unix(9)), Duration::ZERO);
    }
}
