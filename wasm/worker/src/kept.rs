//! Reports and cases, in the platform's key-value store (Workers KV).
//!
//! KV is not of one mind everywhere at once: what is written at one place of the platform is read at another up to a minute
//! later. So the lines of a case may come late, and two who ask at the same moment may both have them.

use crate::clock;
use crate::random;
use noanswer_core::timestamp::Timestamp;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{Kind, Shelf};
use worker::Env;
use worker::kv::{KvError, KvStore};

/// The binding of the namespace. A Worker without it keeps nothing.
const BINDING: &str = "NOANSWER_KEPT";

/// KV takes nothing that expires sooner, in seconds.
const SHORTEST_S: i64 = 60;

/// The namespace.
pub(crate) struct Kept(KvStore);

impl Kept {
    /// The one that is bound, where one is.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        env.kv(BINDING).ok().map(Self)
    }
}

fn key(kind: Kind, id: &str) -> String {
    format!("{}/{id}", kind.name())
}

fn unanswered(error: &KvError) -> Problem {
    worker::console_error!("the store of reports does not answer: {error}");
    Problem::unavailable("The store does not answer", "ask again later")
}

/// What is kept begins with when it expires: KV deletes it then, or some time later.
fn read(value: &[u8], now: Timestamp) -> Option<(Vec<u8>, Timestamp)> {
    let (until, bytes) = value.split_first_chunk()?;
    let until = Timestamp::from_unix(i64::from_be_bytes(*until));
    (until > now).then(|| (bytes.to_vec(), until))
}

impl Shelf for Kept {
    async fn put(&self, kind: Kind, id: &str, bytes: Vec<u8>, until: Timestamp) -> Result<(), Problem> {
        let value = [&until.unix().to_be_bytes()[..], &bytes].concat();
        let expires = until.unix().max(clock::now().unix() + SHORTEST_S);
        let put = self.0.put_bytes(&key(kind, id), &value).map_err(|error| unanswered(&error))?;
        let put = put.expiration(u64::try_from(expires).unwrap_or_default());
        put.execute().await.map_err(|error| unanswered(&error))
    }

    async fn get(
        &self,
        kind: Kind,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, Problem> {
        let value = self.0.get(&key(kind, id)).bytes().await.map_err(|error| unanswered(&error))?;
        Ok(value.and_then(|value| read(&value, now)))
    }

    async fn remove(&self, kind: Kind, id: &str) -> Result<bool, Problem> {
        let was_there = self.get(kind, id, clock::now()).await?.is_some();
        self.0.delete(&key(kind, id)).await.map_err(|error| unanswered(&error))?;
        Ok(was_there)
    }

    fn random(&self) -> Option<[u8; 16]> {
        random::bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use noanswer_core::timestamp::Timestamp;

    #[test]
    fn what_has_expired_is_not_there_whether_or_not_it_was_deleted() {
        let value = [&1_000_i64.to_be_bytes()[..], b"x"].concat();
        let (before, at) = (Timestamp::from_unix(999), Timestamp::from_unix(1_000));
        assert_eq!(read(&value, before), Some((b"x".to_vec(), at)));
        assert_eq!(read(&value, at), None);
        assert_eq!(read(b"short", before), None);
    }
}
