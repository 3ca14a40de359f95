//! Streams under way, by client: each has one of so many places, for no longer than an instance lives.

use super::Store;
use crate::aws::{CallError, Item, Put};

/// How long a place is held where nobody gives it back, in seconds: an instance is ended after 150 s, and may not have come
/// to it.
const LONGEST_S: i64 = 150;

/// One of a client's places.
#[derive(Debug)]
pub struct Place(String);

impl Store {
    /// One of the `most` places that `who` has for streams at a time, at `at` (seconds since 1970); nothing where all are
    /// taken. However many take at once, a place is given to one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn place(&self, who: &str, most: usize, at: i64) -> Result<Option<Place>, CallError> {
        // At midnight a client has all its places once more: their names change with the day's secret.
        let who = self.secrets.hash(&self.table, who, at).await?;
        for number in 0..most {
            let pk = format!("stream#{who}#{number}");
            if self.table.put_new(Item::new(&pk, at + LONGEST_S), at).await? == Put::Done {
                return Ok(Some(Place(pk)));
            }
        }
        Ok(None)
    }

    /// Gives `place` back.
    ///
    /// # Errors
    /// When the store does not answer. It is free all the same after a while.
    pub async fn give_back(&self, place: &Place) -> Result<(), CallError> {
        self.table.delete(&place.0).await.map(drop)
    }
}
