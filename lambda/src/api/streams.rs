//! Streams of events, and checks that nobody waits for: a client has a few at a time. Each holds a connection, and its check, for up to two minutes.

use noanswer_site::api::Who;
use noanswer_site::api::problem::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// When a client that has all its streams is told to come back, in seconds.
pub(super) const AGAIN_S: u64 = 15;

/// The streams under way, by client.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// A stream's place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    streams: Streams,
    client: String,
}

impl Streams {
    /// A place for a stream of `client`.
    ///
    /// # Errors
    /// 429 where it has as many as it may have.
    pub(super) fn take(&self, who: &Who) -> Result<Place, Problem> {
        let (client, most) = (who.key(), who.streams());
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(client.clone()).or_default();
        if *count >= most {
            return Err(all_taken(who));
        }
        *count += 1;
        Ok(Place { streams: self.clone(), client })
    }
}

/// What a client is told that has as many as it may have.
pub(super) fn all_taken(who: &Who) -> Problem {
    let detail = format!("a client has {} streams at a time: end one, or ask again later", who.streams());
    Problem { detail, ..Problem::too_many(AGAIN_S) }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut under_way = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_a_few_at_a_time_and_gets_them_back() {
        let streams = Streams::default();
        let client = |text: &str| Who { address: text.parse().expect("an address"), client: None };
        let mut held: Vec<Place> = (0..4)
            .map(|host| streams.take(&client(&format!("2001:db8::{host}"))).expect("a place"))
            .collect();
        assert_eq!(streams.take(&client("2001:db8::ffff")).expect_err("the same /64").status, 429);
        assert!(streams.take(&client("192.0.2.1")).is_ok(), "nobody else waits for it");
        held.pop();
        assert!(streams.take(&client("2001:db8::ffff")).is_ok());
        drop(held);
        assert!(streams.0.lock().expect("sound").is_empty(), "nothing is remembered of who has gone");
    }
}
