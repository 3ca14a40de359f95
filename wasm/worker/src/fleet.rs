//! The vantages: asked by signed calls, their answers shared for a minute.

use crate::cache;
use crate::clock;
use crate::fetch::Call;
use crate::limits::Limit;
use crate::settings::value;
use futures_util::future::join_all;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure};
use noanswer_core::ports::{FetchError, Probe, ProbeRequest};
use noanswer_site::caller::{self, Caller};
use std::time::Duration;
use worker::{Delay, Env, Method};

/// The vantages of the operator.
pub(crate) struct Fleet {
    env: Env,
    vantages: Vec<Vantage>,
    callers: Vec<Caller>,
    limited: bool,
}

impl Fleet {
    /// The fleet of `callers`. Only a lab's, which probes itself, is not `limited`.
    pub(crate) fn new(env: Env, callers: Vec<Caller>, limited: bool) -> Self {
        let vantages = callers.iter().map(|caller| caller.vantage().clone()).collect();
        Self { env, vantages, callers, limited }
    }

    /// What each vantage sees of its controls now, all asked at once.
    pub(crate) async fn sights(&self) -> Vec<Evidence> {
        let asked = self.callers.iter().map(|caller| async {
            Evidence::answered(caller.vantage(), self.ask(caller, &caller::sight()).await)
        });
        join_all(asked).await
    }

    /// Asks, unless the same was asked within a minute.
    async fn ask(&self, caller: &Caller, request: &ProbeRequest) -> Result<Evidence, VantageFailure> {
        let call = caller.call(request, clock::system(), &|name| value(&self.env, name))?;
        // The request and whom it goes to; not its signature, which differs each time.
        let question = [caller.url().as_bytes(), b"\n", &call.body].concat();
        if let Some(kept) = cache::get("evidence", &question).await {
            return caller::evidence(200, &kept);
        }
        self.spare(caller.vantage(), request).await?;
        let post =
            Call { method: Method::Post, url: caller.url(), headers: &call.headers, body: Some(&call.body) };
        let answer = post.send(call.limit, caller::LIMIT).await.map_err(|error| match error {
            FetchError::TimedOut => caller::timed_out(call.limit),
            FetchError::TooLarge => caller::too_long(),
            other => caller::unreachable(&other.to_string()),
        })?;
        let evidence = caller::evidence(answer.status, &answer.body)?;
        cache::put("evidence", &question, answer.body, cache::EVIDENCE_S).await;
        Ok(evidence)
    }

    /// Takes one probe of each network that `request` goes to.
    async fn spare(&self, vantage: &Vantage, request: &ProbeRequest) -> Result<(), VantageFailure> {
        if !self.limited {
            return Ok(());
        }
        for network in request.networks() {
            if !Limit::spares(&self.env, &vantage.id, network).await {
                return Err(caller::spared());
            }
        }
        Ok(())
    }
}

impl Probe for Fleet {
    fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> Result<Evidence, VantageFailure> {
        match self.callers.iter().find(|caller| caller.vantage() == vantage) {
            Some(caller) => self.ask(caller, request).await,
            None => Err(caller::unreachable("there is no such vantage")),
        }
    }

    async fn pause(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }
}
