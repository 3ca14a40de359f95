//! Reply codes (RFC 5321 s4.2) and enhanced status codes (RFC 3463).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A three-digit reply code, kept as it was said: `441` is one although no RFC knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ReplyCode(pub u16);

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

/// An enhanced status code `class.subject.detail` (RFC 3463 s2). A string `"4.4.1"` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnhancedStatus {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    pub class: u8,
    /// What it is about: 4 is network and routing (RFC 3463 s3).
    pub subject: u16,
    /// The detail within the subject.
    pub detail: u16,
}

impl EnhancedStatus {
    /// `class.subject.detail`.
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// The text is not `class.subject.detail` with class 2, 4 or 5 and up to three digits each (RFC 3463 s2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an enhanced status code: expected class.subject.detail, such as 4.4.1")]
pub struct NotAStatus;

impl FromStr for EnhancedStatus {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        let mut parts = text.split('.').map(|part| {
            let sound = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if sound { part.parse::<u16>().ok() } else { None }
        });
        let (Some(Some(class)), Some(Some(subject)), Some(Some(detail)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAStatus);
        };
        match class {
            2 | 4 | 5 => Ok(Self::new(class as u8, subject, detail)),
            _ => Err(NotAStatus),
        }
    }
}

impl Serialize for EnhancedStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EnhancedStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

text_schema!(EnhancedStatus, "EnhancedStatus", "class.subject.detail, such as 4.4.1 (RFC 3463 s2)");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_codes() {
        assert_eq!("4.4.1".parse(), Ok(EnhancedStatus::new(4, 4, 1)));
        assert_eq!("4.4.316".parse(), Ok(EnhancedStatus::new(4, 4, 316)));
        for wrong in ["", "441", "3.4.1", "4.4", "4.4.1.1", "4.4.1000", "4..1", "+4.4.1"] {
            assert_eq!(wrong.parse::<EnhancedStatus>(), Err(NotAStatus), "{wrong}");
        }
    }
}
