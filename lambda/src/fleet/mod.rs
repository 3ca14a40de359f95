//! The vantages: this host's own prober, and others by HTTP.

mod remote;

pub use remote::Remote;

use crate::probe::Prober;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure};
use noanswer_core::ports::{Probe, ProbeRequest};
use noanswer_site::caller;
use std::sync::Arc;
use std::time::Duration;

/// The vantages of a check, in the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    vantages: Vec<Vantage>,
    members: Vec<Member>,
}

#[derive(Clone, Debug)]
enum Member {
    Local(Arc<Prober>),
    Remote(Arc<Remote>),
}

impl Fleet {
    /// Adds a prober of this process.
    pub fn add_local(&mut self, prober: Arc<Prober>) {
        self.vantages.push(prober.vantage().clone());
        self.members.push(Member::Local(prober));
    }

    /// Adds a vantage that is asked by HTTP.
    pub fn add_remote(&mut self, remote: Remote) {
        self.vantages.push(remote.vantage().clone());
        self.members.push(Member::Remote(Arc::new(remote)));
    }

    /// Whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What each vantage sees of its controls now, all asked at once.
    pub async fn sights(&self) -> Vec<Evidence> {
        let asked = self.vantages.iter().zip(&self.members).map(|(vantage, member)| async move {
            let seen = match member {
                Member::Local(prober) => Ok(prober.sight().await),
                Member::Remote(remote) => remote.sight().await,
            };
            Evidence::answered(vantage, seen)
        });
        futures_util::future::join_all(asked).await
    }
}

impl Probe for Fleet {
    fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> Result<Evidence, VantageFailure> {
        let at = self.vantages.iter().position(|one| one == vantage);
        match at.map(|at| &self.members[at]) {
            Some(Member::Local(prober)) => Ok(prober.probe(request).await),
            Some(Member::Remote(remote)) => remote.probe(request).await,
            None => Err(caller::unreachable("there is no such vantage")),
        }
    }

    async fn pause(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
