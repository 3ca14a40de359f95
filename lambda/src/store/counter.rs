//! Counters: so many a minute for each of those who ask.

use super::Store;
use crate::aws::CallError;

/// The window of a counter, in seconds.
pub const WINDOW: i64 = 60;

/// Whether something is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It is: how many are left, and for how many seconds more, 1 to [`WINDOW`].
    Left(u32, u64),
    /// Not before so many seconds have passed: 1 to [`WINDOW`].
    After(u64),
}

impl Store {
    /// Takes one of the `most` that `who` may have of `what` in the minute of `at` (seconds since 1970).
    ///
    /// However many take at once, `most` are granted in a minute. A window that has passed counts for nothing, whether or
    /// not DynamoDB has deleted it: its number is part of the key.
    ///
    /// # Errors
    /// When the store does not answer. One may have been counted without being granted.
    pub async fn take(&self, what: &str, most: u32, who: &str, at: i64) -> Result<Granted, CallError> {
        let window = at.div_euclid(WINDOW);
        let ends = (window + 1) * WINDOW;
        // The secret of the window's first second: at midnight, all instances change to the new one with the window.
        let who = self.secrets.hash(&self.table, who, window * WINDOW).await?;
        let pk = format!("limit#{what}#{window}#{who}");
        let ends_s = u64::try_from(ends - at).unwrap_or(1);
        let count = self.table.count(&pk, most, ends + WINDOW).await?;
        Ok(count.map_or(Granted::After(ends_s), |count| Granted::Left(most.saturating_sub(count), ends_s)))
    }
}
