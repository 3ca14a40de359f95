//! The secrets that make counters' keys: one a day, made by whichever instance comes first that day.

use crate::aws::{CallError, Item, Put, Table};
use crate::random;
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::fmt::Write;
use tokio::sync::Mutex;

const DAY: i64 = 86_400;

/// The day's secret. After its day it is deleted, and nobody can tell any more whom a key stood for.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    known: Mutex<Option<(i64, Key)>>,
}

impl Secrets {
    /// `what` under the secret of the day of `at`, in hexadecimal.
    pub(super) async fn hash(&self, table: &Table, what: &str, at: i64) -> Result<String, CallError> {
        let key = self.of(table, at.div_euclid(DAY), at).await?;
        let tag = sign(&key, what.as_bytes());
        let mut hash = String::new();
        for byte in &tag.as_ref()[..16] {
            let _ = write!(hash, "{byte:02x}");
        }
        Ok(hash)
    }

    async fn of(&self, table: &Table, day: i64, at: i64) -> Result<Key, CallError> {
        let mut known = self.known.lock().await;
        if let Some((of, key)) = known.as_ref()
            && *of == day
        {
            return Ok(key.clone());
        }
        let secret: [u8; 32] = random::bytes().ok_or_else(|| nonsense("this system has no randomness"))?;
        let item = Item::new(&format!("secret#{day}"), (day + 1) * DAY + 3_600).bytes("secret", &secret);
        let secret = match table.put_new(item, at).await? {
            Put::Done => secret.to_vec(),
            Put::There(there) => there
                .and_then(|item| item.get_bytes("secret"))
                .ok_or_else(|| nonsense("the day's secret has no bytes"))?,
        };
        let key = Key::new(HMAC_SHA256, &secret);
        *known = Some((day, key.clone()));
        Ok(key)
    }
}

fn nonsense(words: &str) -> CallError {
    CallError::Nonsense { operation: "the day's secret", words: words.to_owned() }
}
