//! What a server keeps for a while under an id that nobody can guess: reports, and cases that wait for a server's lines.

use super::problem::Problem;
use super::who::Who;
use noanswer_core::timestamp::Timestamp;
use std::convert::Infallible;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A report, for 30 days.
    Report,
    /// A case that waits for what a sending server prints, for 15 minutes.
    Case,
    /// A check that nobody waits for, and its report, for a day.
    Check,
}

impl Kind {
    /// How long it is kept, in seconds.
    pub const fn lifetime_s(self) -> i64 {
        match self {
            Self::Report => 30 * 86_400,
            Self::Case => 15 * 60,
            Self::Check => 86_400,
        }
    }

    /// Its name in paths and stores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "reports",
            Self::Case => "cases",
            Self::Check => "checks",
        }
    }

    /// The path of what is kept under `id`.
    pub fn path(self, id: &str) -> String {
        format!("/v1/{}/{id}", self.name())
    }
}

/// Where it is kept. An operator may have none.
pub trait Shelf {
    /// Keeps `bytes` under `id` until `until`, over what was there.
    ///
    /// # Errors
    /// 503 when there is no room, or the store does not answer.
    fn put(
        &self,
        kind: Kind,
        id: &str,
        bytes: Vec<u8>,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Problem>>;

    /// Keeps `bytes` under a new `id` for `who`, who may have a share of the room and no more. A host whose store has no
    /// end has no shares either.
    ///
    /// # Errors
    /// As for [`put`](Self::put); 503 when the share is used up.
    fn put_for(
        &self,
        _who: &Who,
        kind: Kind,
        id: &str,
        bytes: Vec<u8>,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Problem>> {
        self.put(kind, id, bytes, until)
    }

    /// What is kept under `id`, and until when.
    ///
    /// # Errors
    /// 503 when the store does not answer.
    fn get(
        &self,
        kind: Kind,
        id: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<(Vec<u8>, Timestamp)>, Problem>>;

    /// Forgets what is kept under `id`: whether there was anything.
    ///
    /// # Errors
    /// 503 when the store does not answer.
    fn remove(&self, kind: Kind, id: &str) -> impl Future<Output = Result<bool, Problem>>;

    /// 16 bytes that nobody can guess; `None` when the system has no randomness.
    fn random(&self) -> Option<[u8; 16]>;
}

/// A host that keeps nothing.
impl Shelf for Infallible {
    async fn put(&self, _: Kind, _: &str, _: Vec<u8>, _: Timestamp) -> Result<(), Problem> {
        match *self {}
    }

    async fn get(&self, _: Kind, _: &str, _: Timestamp) -> Result<Option<(Vec<u8>, Timestamp)>, Problem> {
        match *self {}
    }

    async fn remove(&self, _: Kind, _: &str) -> Result<bool, Problem> {
        match *self {}
    }

    fn random(&self) -> Option<[u8; 16]> {
        match *self {}
    }
}
