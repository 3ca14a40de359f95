//! The vantages, asked politely for many domains at once: no address twice, and the hosts of one operator one domain after
//! the other.

use crate::fleet::Fleet;
use noanswer_core::evidence::{Attempt, Vantage};
use noanswer_core::operator::operator_of;
use noanswer_core::ports::{Probe, ProbeDecorator, ProbeRequest, ProbeResult};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A turn at the hosts of one operator.
type Turn = Arc<tokio::sync::Mutex<()>>;

/// Domains of one provider share its hosts: what was seen of an address holds for all of them.
pub(super) struct Polite<'f> {
    fleet: &'f Fleet,
    /// A turn at the hosts of an operator, a vantage each.
    turns: Mutex<HashMap<(String, String), Turn>>,
    /// What a vantage saw of an address, a round each.
    seen: Mutex<HashMap<(String, IpAddr, u8), Attempt>>,
}

impl<'f> Polite<'f> {
    pub(super) fn new(fleet: &'f Fleet) -> Self {
        Self { fleet, turns: Mutex::default(), seen: Mutex::default() }
    }

    fn turn(&self, vantage: &str, operator: &str) -> Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry((vantage.to_owned(), operator.to_owned())).or_default().clone()
    }
}

impl ProbeDecorator for Polite<'_> {
    type Behind = Fleet;

    fn behind(&self) -> &Fleet {
        self.fleet
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        let operators: BTreeSet<&str> =
            request.targets.iter().map(|target| operator_of(&target.exchange)).collect();
        // In one order, so that two domains never wait for each other.
        let mut turns = Vec::new();
        for operator in operators {
            turns.push(self.turn(&vantage.id, operator).lock_owned().await);
        }
        let key = |address| (vantage.id.clone(), address, request.round);
        let mut known = Vec::new();
        let mut ask = request.clone();
        {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            ask.targets.retain(|target| match seen.get(&key(target.address)) {
                Some(attempt) => {
                    known.push(Attempt { exchange: target.exchange.clone(), ..attempt.clone() });
                    false
                }
                None => true,
            });
        }
        let mut answer = self.fleet.probe(vantage, &ask).await?;
        // A panel's rows are of many places: nothing of them is remembered.
        if let [evidence] = &mut answer[..] {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            for attempt in &evidence.attempts {
                seen.insert(key(attempt.address), attempt.clone());
            }
            evidence.attempts.extend(known);
        }
        Ok(answer)
    }
}
