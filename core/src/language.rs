//! The languages of letters and pages.

use serde::{Deserialize, Serialize};

/// A language of letters and pages; its name on the wire is that of BCP 47.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

impl Language {
    /// Every language, English first.
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// The one of this language, of one for each in the order of [`ALL`](Self::ALL).
    pub(crate) const fn choose<T>(self, [english, german, french, spanish]: [&'static T; 4]) -> &'static T {
        match self {
            Self::En => english,
            Self::De => german,
            Self::Fr => french,
            Self::Es => spanish,
        }
    }
}
