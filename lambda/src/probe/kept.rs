//! What an address showed within the last minute, for whoever asks for it under another name: a big host serves many
//! domains, and its limits are not used up by each of them.

use super::turns::lock;
use noanswer_core::evidence::Attempt;
use noanswer_core::operator::operator_of;
use noanswer_core::ports::Patience;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// How long an attempt is told again.
const HOLDS: Duration = Duration::from_secs(60);

/// As many attempts are kept.
const MOST: usize = 4_096;

/// One question to an address. The operator is in it: what a host says to one name it need not say to another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    address: IpAddr,
    operator: String,
    round: u8,
    patient: bool,
}

impl Key {
    fn new(exchange: &str, address: IpAddr, round: u8, patience: Patience) -> Self {
        let operator = operator_of(exchange).to_owned();
        Self { address, operator, round, patient: patience == Patience::Patient }
    }
}

/// The attempts of the last minute.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<Key, (Instant, Attempt)>>);

impl Kept {
    /// What the address showed to anybody who asked the same of it.
    pub(super) fn get(
        &self,
        exchange: &str,
        address: IpAddr,
        round: u8,
        patience: Patience,
    ) -> Option<Attempt> {
        let kept = lock(&self.0);
        let (until, attempt) = kept.get(&Key::new(exchange, address, round, patience))?;
        let holds = *until > Instant::now();
        holds.then(|| Attempt { exchange: exchange.to_owned(), ..attempt.clone() })
    }

    /// Keeps an attempt that was made just now.
    pub(super) fn put(&self, attempt: &Attempt, patience: Patience) {
        let now = Instant::now();
        let mut kept = lock(&self.0);
        if kept.len() >= MOST {
            kept.retain(|_, (until, _)| *until > now);
        }
        if kept.len() < MOST {
            let key = Key::new(&attempt.exchange, attempt.address, attempt.round, patience);
            kept.insert(key, (now + HOLDS, attempt.clone()));
        }
    }
}
