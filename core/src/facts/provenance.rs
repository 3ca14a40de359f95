//! Where a fact was read, when, and how sure it is.

use std::fmt;

/// What one cell holds where there is nothing to say.
pub(super) const NOTHING: &str = "-";

/// Where a fact was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Since which version or date it holds; empty where that is not known, or it always held.
    pub since: &'static str,
    /// The source, with its section or file.
    pub source: &'static str,
    /// An address of that source.
    pub link: &'static str,
    /// The month in which it was read, or of which the source speaks where that is older.
    pub read: Option<Month>,
    /// How sure it is.
    pub sure: Option<Sure>,
}

impl Provenance {
    /// The last five cells of a row.
    pub(super) fn of(line: &'static str) -> Self {
        let mut cells = line.split('\t').map(|cell| if cell == NOTHING { "" } else { cell });
        let mut next = || cells.next().unwrap_or_default();
        let (since, source, link) = (next(), next(), next());
        Self { since, source, link, read: Month::parse(next()), sure: Sure::parse(next()) }
    }
}

/// A month, as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        ((1_980..3_000).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// How many months lie between this one and a `later` one; 0 where that is not later.
    pub fn until(self, later: Self) -> u32 {
        let count = |at: Self| u32::from(at.year) * 12 + u32::from(at.month);
        count(later).saturating_sub(count(self))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// How sure a fact is: by how it came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sure {
    /// It is tried by a test of this house.
    Ran,
    /// The source itself was read.
    Read,
    /// A copy or a quotation of the source was read.
    Copied,
    /// Users report it.
    Reported,
    /// Common knowledge of the trade; the source that is named was not read for it.
    Known,
}

impl Sure {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "ran" => Self::Ran,
            "read" => Self::Read,
            "copied" => Self::Copied,
            "reported" => Self::Reported,
            "known" => Self::Known,
            _ => return None,
        })
    }

    /// As people read it beside a date.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ran => "tried",
            Self::Read => "read",
            Self::Copied => "read in a copy",
            Self::Reported => "reported by users",
            Self::Known => "common knowledge",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted() {
        let month = |text| Month::parse(text).unwrap();
        assert_eq!(month("2025-11").until(month("2026-11")), 12);
        assert_eq!(month("2026-11").until(month("2025-11")), 0);
        assert_eq!(month("2026-03").to_string(), "2026-03");
        for wrong in ["", "2026", "2026-13", "26-1", "soon"] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }
}
