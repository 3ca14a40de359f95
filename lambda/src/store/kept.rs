//! Reports and cases, kept for all instances.

use super::{Store, packed};
use crate::aws::{CallError, Item};
use noanswer_core::timestamp::Timestamp;
use noanswer_site::api::Kind;

/// The most bytes that are kept of a thing, packed: whoever may ask makes the operator pay for each KB.
const MOST: usize = 64 << 10;

/// A thing that is not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It is too long.
    #[error("it is longer than is kept")]
    TooLong,
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] CallError),
}

fn key(kind: Kind, id: &str) -> String {
    format!("{}#{id}", kind.name())
}

impl Store {
    /// Keeps `bytes` under `id` until `until`, over what was there.
    ///
    /// # Errors
    /// When they are too many, or the store does not answer.
    pub async fn keep(&self, kind: Kind, id: &str, bytes: &[u8], until: Timestamp) -> Result<(), KeepError> {
        let packed = packed::pack(bytes).filter(|packed| packed.len() <= MOST).ok_or(KeepError::TooLong)?;
        let item = Item::new(&key(kind, id), until.unix()).bytes("bytes", &packed);
        Ok(self.table.put_any(item).await?)
    }

    /// What is kept under `id`, and until when. What has expired at `now` is not, whether or not DynamoDB has deleted it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn kept(
        &self,
        kind: Kind,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, CallError> {
        Ok(self.table.get(&key(kind, id)).await?.and_then(|item| read(&item, now)))
    }

    /// Forgets what is kept under `id`: whether there was anything at `now`. Of several who do, one is told yes.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget(&self, kind: Kind, id: &str, now: Timestamp) -> Result<bool, CallError> {
        Ok(self.table.delete(&key(kind, id)).await?.is_some_and(|item| read(&item, now).is_some()))
    }
}

fn read(item: &Item, now: Timestamp) -> Option<(Vec<u8>, Timestamp)> {
    let until = Timestamp::from_unix(item.expires_at()?);
    if until <= now {
        return None;
    }
    Some((packed::unpack(&item.get_bytes("bytes")?)?, until))
}
