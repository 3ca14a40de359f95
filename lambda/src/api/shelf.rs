//! Where reports and cases are kept: `noanswer serve` has them in memory or in a folder, a function in its table.

use crate::random;
use crate::store::{KeepError, Store};
use noanswer_core::address::target_network;
use noanswer_core::timestamp::Timestamp;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{Kind, Shelf, Who};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// As many bytes are kept, in memory or in files; whoever comes when they are used up is told so.
const ROOM: usize = 64 << 20;

/// So much of it a known client has, or an IPv4 /24 or IPv6 /48: whoever fills a share takes no place from anybody else.
const SHARE: usize = ROOM / 8;

/// How much more a thing counts than its bytes: a small one takes room, too.
const OVERHEAD: usize = 256;

/// The reports and cases of a server.
#[derive(Debug)]
pub enum Kept {
    /// Of this process.
    Here(Here),
    /// Of all instances of a function.
    Shared(Arc<Store>),
}

/// What this process keeps. In a folder, reports outlive it; cases never do.
#[derive(Debug)]
pub struct Here {
    things: Mutex<Things>,
    folder: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Things {
    by_id: HashMap<(Kind, String), Thing>,
    size: usize,
}

#[derive(Debug)]
struct Thing {
    until: i64,
    /// Nothing where they are in a file.
    bytes: Option<Vec<u8>>,
    size: usize,
    /// The client that it is kept for; of a report that outlived the process, nobody.
    of: Option<String>,
}

impl Things {
    fn forget(&mut self, kind: Kind, id: &str) -> Option<Thing> {
        let thing = self.by_id.remove(&(kind, id.to_owned()))?;
        self.size -= thing.size;
        Some(thing)
    }

    fn keep(&mut self, kind: Kind, id: &str, thing: Thing) {
        self.size += thing.size;
        self.by_id.insert((kind, id.to_owned()), thing);
    }
}

impl Kept {
    /// In memory.
    pub fn in_memory() -> Self {
        Self::Here(Here { things: Mutex::default(), folder: None })
    }

    /// In a folder, with the reports that it holds.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        Here::in_folder(folder).map(Self::Here)
    }
}

impl Here {
    fn in_folder(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut things = Things::default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (name, size) = (entry.file_name(), entry.metadata()?.len());
            let name = name.to_string_lossy();
            let Some((until, id)) = name.strip_suffix(".json").and_then(|name| name.split_once('.')) else {
                continue;
            };
            let Ok(until) = until.parse() else { continue };
            let size = usize::try_from(size).unwrap_or(ROOM) + OVERHEAD;
            things.keep(Kind::Report, id, Thing { until, bytes: None, size, of: None });
        }
        Ok(Self { things: Mutex::new(things), folder: Some(folder.to_owned()) })
    }

    fn file(&self, id: &str, until: i64) -> Option<PathBuf> {
        // The id was checked: it is a word of base64url.
        self.folder.as_ref().map(|folder| folder.join(format!("{until}.{id}.json")))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_file(&self, id: &str, thing: &Thing) {
        if let Some(file) = self.file(id, thing.until).filter(|_| thing.bytes.is_none()) {
            // One that somebody else took away is as good as deleted.
            let _ = std::fs::remove_file(file);
        }
    }

    fn forget_expired(&self, things: &mut Things, now: i64) {
        let expired: Vec<(Kind, String)> =
            things.by_id.iter().filter(|(_, one)| one.until <= now).map(|(key, _)| key.clone()).collect();
        for (kind, id) in expired {
            if let Some(thing) = things.forget(kind, &id) {
                self.forget_file(&id, &thing);
            }
        }
    }
}

/// Whose share it is: a known client's, or a network's. An IPv6 /48 has 65,536 clients, and no more room than one.
fn owner(who: &Who) -> String {
    match &who.client {
        Some(_) => who.key(),
        None => target_network(who.address.to_canonical()).to_string(),
    }
}

fn full() -> Problem {
    Problem::unavailable("There is no room", "as much is kept as this server keeps: ask again later")
}

fn share_is_full() -> Problem {
    Problem::unavailable(
        "There is no room",
        "this client keeps as much as one may: delete some, or ask again later",
    )
}

fn failed(error: &io::Error) -> Problem {
    crate::log::complain("a report is not kept", error);
    Problem::unavailable("The store does not answer", "ask again later")
}

fn unanswered(error: &dyn std::error::Error) -> Problem {
    crate::log::complain("the store of reports does not answer", error);
    Problem::unavailable("The store does not answer", "ask again later")
}

impl Shelf for Kept {
    async fn put_for(
        &self,
        who: &Who,
        kind: Kind,
        id: &str,
        bytes: Vec<u8>,
        until: Timestamp,
    ) -> Result<(), Problem> {
        match self {
            Self::Here(here) => here.put(Some(owner(who)), kind, id, bytes, until),
            Self::Shared(_) => self.put(kind, id, bytes, until).await,
        }
    }

    async fn put(&self, kind: Kind, id: &str, bytes: Vec<u8>, until: Timestamp) -> Result<(), Problem> {
        match self {
            Self::Here(here) => here.put(None, kind, id, bytes, until),
            Self::Shared(store) => store.keep(kind, id, &bytes, until).await.map_err(|error| match error {
                KeepError::TooLong => Problem::new(413, "The report is too large", "so much is not kept"),
                KeepError::Store(error) => unanswered(&error),
            }),
        }
    }

    async fn get(
        &self,
        kind: Kind,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, Problem> {
        match self {
            Self::Here(here) => here.get(kind, id, now),
            Self::Shared(store) => store.kept(kind, id, now).await.map_err(|error| unanswered(&error)),
        }
    }

    async fn remove(&self, kind: Kind, id: &str) -> Result<bool, Problem> {
        match self {
            Self::Here(here) => Ok(here.remove(kind, id)),
            Self::Shared(store) => {
                let now = crate::clock::now();
                store.forget(kind, id, now).await.map_err(|error| unanswered(&error))
            }
        }
    }

    fn random(&self) -> Option<[u8; 16]> {
        random::bytes()
    }
}

impl Here {
    /// Keeps `bytes` for the client `of`, or for whom they were kept before.
    fn put(
        &self,
        of: Option<String>,
        kind: Kind,
        id: &str,
        bytes: Vec<u8>,
        until: Timestamp,
    ) -> Result<(), Problem> {
        let mut things = self.lock();
        self.forget_expired(&mut things, crate::clock::now().unix());
        let size = bytes.len() + OVERHEAD;
        let there = things.by_id.get(&(kind, id.to_owned()));
        let (before, of) = (there.map_or(0, |thing| thing.size), of.or_else(|| there?.of.clone()));
        let is_its = |thing: &&Thing| of.is_some() && thing.of == of;
        let has: usize = things.by_id.values().filter(is_its).map(|thing| thing.size).sum();
        if of.is_some() && has.saturating_sub(before) + size > SHARE {
            return Err(share_is_full());
        }
        if things.size - before + size > ROOM {
            return Err(full());
        }
        let file = self.file(id, until.unix()).filter(|_| kind == Kind::Report);
        let bytes = match file {
            Some(file) => {
                std::fs::write(file, bytes).map_err(|error| failed(&error))?;
                None
            }
            None => Some(bytes),
        };
        things.forget(kind, id);
        things.keep(kind, id, Thing { until: until.unix(), bytes, size, of });
        Ok(())
    }

    fn get(&self, kind: Kind, id: &str, now: Timestamp) -> Result<Option<(Vec<u8>, Timestamp)>, Problem> {
        let things = self.lock();
        let thing = things.by_id.get(&(kind, id.to_owned())).filter(|thing| thing.until > now.unix());
        let Some(thing) = thing else { return Ok(None) };
        let until = Timestamp::from_unix(thing.until);
        match (&thing.bytes, self.file(id, thing.until)) {
            (Some(bytes), _) => Ok(Some((bytes.clone(), until))),
            (None, Some(file)) => match std::fs::read(file) {
                Ok(bytes) => Ok(Some((bytes, until))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(failed(&error)),
            },
            (None, None) => Ok(None),
        }
    }

    fn remove(&self, kind: Kind, id: &str) -> bool {
        let mut things = self.lock();
        let Some(thing) = things.forget(kind, id) else { return false };
        self.forget_file(id, &thing);
        thing.until > crate::clock::now().unix()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_minute() -> Timestamp {
        Timestamp::from_unix(crate::clock::now().unix() + 60)
    }

    #[tokio::test]
    async fn there_is_so_much_room_and_what_expires_gives_it_back() {
        let kept = Kept::in_memory();
        let half = vec![0; ROOM / 2 - OVERHEAD];
        let past = Timestamp::from_unix(crate::clock::now().unix() - 1);
        kept.put(Kind::Report, "a", half.clone(), in_a_minute()).await.expect("room");
        kept.put(Kind::Report, "b", half.clone(), past).await.expect("room");
        assert!(kept.get(Kind::Report, "b", crate::clock::now()).await.expect("it answers").is_none());
        kept.put(Kind::Report, "c", half.clone(), in_a_minute()).await.expect("b is over");
        assert_eq!(kept.put(Kind::Case, "d", vec![1], in_a_minute()).await.expect_err("full").status, 503);
        kept.put(Kind::Report, "c", half, in_a_minute()).await.expect("it takes its own place");
        assert!(kept.remove(Kind::Report, "a").await.expect("it answers"));
        kept.put(Kind::Case, "d", vec![1], in_a_minute()).await.expect("room again");
    }

    #[tokio::test]
    async fn one_network_fills_its_own_share_and_nobody_elses() {
        let kept = Kept::in_memory();
        let of = |site: u16| Who { address: [0x2001, 0xdb8, 7, site, 0, 0, 0, 1].into(), client: None };
        let eighth = vec![0; SHARE / 8 - OVERHEAD];
        for n in 0..8 {
            let id = format!("a{n}");
            // Each from another /64 of the same /48.
            kept.put_for(&of(n), Kind::Report, &id, eighth.clone(), in_a_minute()).await.expect("room");
        }
        let more = kept.put_for(&of(1), Kind::Check, "more", vec![1], in_a_minute()).await;
        assert_eq!(more.expect_err("its share is full").status, 503);
        // What is written anew under an id stays whose it is.
        let longer = vec![0; SHARE / 8];
        assert_eq!(kept.put(Kind::Report, "a0", longer, in_a_minute()).await.expect_err("full").status, 503);
        kept.put(Kind::Report, "a0", eighth.clone(), in_a_minute()).await.expect("it takes its own place");
        let other = Who { address: [192, 0, 2, 1].into(), client: None };
        kept.put_for(&other, Kind::Report, "b", eighth.clone(), in_a_minute())
            .await
            .expect("another's share");
        assert!(kept.remove(Kind::Report, "a0").await.expect("it answers"));
        kept.put_for(&of(1), Kind::Report, "again", eighth, in_a_minute()).await.expect("room again");
    }

    #[tokio::test]
    async fn reports_in_a_folder_outlive_the_process_until_they_are_over() {
        let folder = std::env::temp_dir().join(format!("noanswer-kept-{}", std::process::id()));
        let kept = Kept::in_folder(&folder).expect("a folder");
        kept.put(Kind::Report, "a", b"one".to_vec(), in_a_minute()).await.expect("kept");
        let again = Kept::in_folder(&folder).expect("a folder");
        let (bytes, _) =
            again.get(Kind::Report, "a", crate::clock::now()).await.expect("it answers").expect("there");
        assert_eq!(bytes, b"one");
        assert!(again.remove(Kind::Report, "a").await.expect("it answers"));
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0, "nothing is left behind");
        std::fs::remove_dir_all(&folder).expect("it was there");
    }
}
