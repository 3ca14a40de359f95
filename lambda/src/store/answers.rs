//! Answers, coalesced over instances: the first who asks a question takes a lease on it and writes the answer, the others
//! wait for that.

use super::{Store, packed};
use crate::aws::{CallError, Item, Put, random_share};
use crate::clock;
use crate::random;
use base64::Engine;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::pin;
use std::time::Duration;

/// How often a lease is renewed.
const RENEWED: Duration = Duration::from_secs(2);

/// The first and the longest pause of those who wait.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(800));

/// The most bytes that are kept of an answer, packed: an item has 400 KB at most with all its names.
const MOST: usize = 390_000;

/// An answer, and for how many seconds more it may be told.
#[derive(Clone, Debug)]
pub struct Shared<T> {
    /// The answer.
    pub answer: T,
    /// How long it holds, in seconds.
    pub holds: i64,
}

/// What stands under a question.
enum There<T> {
    /// Nothing that counts.
    Nothing,
    /// Somebody is asking.
    Lease,
    /// The answer.
    Answer(Shared<T>),
    /// An answer that was too long to be kept: everybody asks for themselves.
    TooLong,
}

impl Store {
    /// The answer to `question` that anybody got within the last `ttl` seconds, or the one that somebody is just
    /// getting, or what `ask` brings, which is
    /// not begun before it is needed. If whoever asks dies, the next one asks within seconds: with its whole time before
    /// it, so that such a check can take longer than others.
    ///
    /// # Errors
    /// When the store does not answer before anything was asked. What was asked is returned, though the store may have
    /// failed to keep it.
    pub async fn share<T: Serialize + DeserializeOwned>(
        &self,
        question: &str,
        ttl: i64,
        ask: impl Future<Output = T>,
    ) -> Result<Shared<T>, CallError> {
        let pk = format!("answer#{question}");
        let me = name()?;
        let mut pause = PAUSE.0;
        let mut there = self.lease(&pk, &me).await?;
        loop {
            match there {
                There::Answer(shared) => return Ok(shared),
                There::TooLong => return Ok(Shared { answer: ask.await, holds: 0 }),
                There::Nothing => break,
                There::Lease => {}
            }
            // Backoff with jitter: those who wait do not all look at the same moment.
            tokio::time::sleep(pause.mul_f64(0.5 + random_share() / 2.0)).await;
            pause = (pause * 3 / 2).min(PAUSE.1);
            there = read(self.table.get(&pk).await?.as_ref());
            if matches!(there, There::Nothing) {
                there = self.lease(&pk, &me).await?;
            }
        }
        let answer = self.ask(&pk, &me, ask).await;
        let until = clock::now().unix() + ttl;
        let item = match pack(&answer) {
            Some(packed) if packed.len() <= MOST => Item::new(&pk, until).bytes("answer", &packed),
            _ => Item::new(&pk, until).text("too_long", "1"),
        };
        // Whoever lost the lease meanwhile has an answer all the same; the one that has it now writes its own.
        if let Err(error) = self.table.put_over(item, "lease", &me).await {
            crate::log::complain("an answer is not shared", &error);
        }
        Ok(Shared { answer, holds: ttl })
    }

    /// Takes the lease on `pk` where nobody has it: `Nothing` stands in the way then.
    async fn lease<T: DeserializeOwned>(&self, pk: &str, me: &str) -> Result<There<T>, CallError> {
        let now = clock::now().unix();
        let item = Item::new(pk, now + self.lease).text("lease", me);
        Ok(match self.table.put_new(item, now).await? {
            Put::Done => There::Nothing,
            // A call that was tried twice may have met its own first try.
            Put::There(Some(item)) if item.get_text("lease") == Some(me) => There::Nothing,
            // Gone between the check and the answer: it is looked at again.
            Put::There(None) => There::Lease,
            Put::There(Some(item)) => match read(Some(&item)) {
                // An answer that cannot be read is another version's: it is not waited for.
                There::Nothing => There::TooLong,
                there => there,
            },
        })
    }

    /// Asks, and renews the lease meanwhile.
    async fn ask<T>(&self, pk: &str, me: &str, ask: impl Future<Output = T>) -> T {
        let mut asked = pin!(ask);
        loop {
            tokio::select! {
                answer = &mut asked => return answer,
                () = tokio::time::sleep(RENEWED) => {
                    let item = Item::new(pk, clock::now().unix() + self.lease).text("lease", me);
                    // A lease that cannot be renewed runs out: at worst somebody else asks too.
                    if let Err(error) = self.table.put_over(item, "lease", me).await {
                        crate::log::complain("a lease is not renewed", &error);
                    }
                }
            }
        }
    }
}

/// What an item says now: what has expired counts for nothing, whether or not DynamoDB has deleted it.
fn read<T: DeserializeOwned>(item: Option<&Item>) -> There<T> {
    let now = clock::now().unix();
    let Some((item, until)) = item.and_then(|item| Some((item, item.expires_at()?))) else {
        return There::Nothing;
    };
    if until <= now {
        return There::Nothing;
    }
    if item.get_text("lease").is_some() {
        return There::Lease;
    }
    if item.get_text("too_long").is_some() {
        return There::TooLong;
    }
    match item.get_bytes("answer").and_then(|packed| unpack(&packed)) {
        Some(answer) => There::Answer(Shared { answer, holds: until - now }),
        None => There::Nothing,
    }
}

/// A name that no other asker has.
fn name() -> Result<String, CallError> {
    let bytes: [u8; 12] = random::bytes().ok_or_else(|| CallError::Nonsense {
        operation: "a lease",
        words: "this system has no randomness".to_owned(),
    })?;
    Ok(base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes))
}

fn pack(answer: &impl Serialize) -> Option<Vec<u8>> {
    packed::pack(&serde_json::to_vec(answer).ok()?)
}

fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Option<T> {
    serde_json::from_slice(&packed::unpack(packed)?).ok()
}
