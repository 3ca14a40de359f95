//! A vantage that is asked by HTTP.

use crate::fetch::innermost;
use noanswer_core::evidence::{Evidence, Vantage, VantageFailure};
use noanswer_core::ports::ProbeRequest;
use noanswer_site::caller::{self, Caller};
use noanswer_site::vantages::{Entry, VantagesError};
use std::time::SystemTime;

/// How to ask one vantage.
#[derive(Debug)]
pub struct Remote {
    caller: Caller,
    client: reqwest::Client,
}

impl Remote {
    /// The vantage of a file's entry. The token is taken from the environment now.
    ///
    /// # Errors
    /// When the URL cannot be used, or the variable that holds the token is not set.
    pub fn new(entry: &Entry, client: reqwest::Client) -> Result<Self, VantagesError> {
        Ok(Self { caller: Caller::new(entry, &env)?, client })
    }

    /// The vantage.
    pub fn vantage(&self) -> &Vantage {
        self.caller.vantage()
    }

    /// Has it probe.
    ///
    /// # Errors
    /// When it could not be asked, or did not answer with evidence.
    pub async fn probe(&self, request: &ProbeRequest) -> Result<Evidence, VantageFailure> {
        let call = self.caller.call(request, SystemTime::now(), &env)?;
        let limit = call.limit;
        tokio::time::timeout(limit, self.send(call)).await.unwrap_or_else(|_| Err(caller::timed_out(limit)))
    }

    /// Has it look at its controls alone.
    ///
    /// # Errors
    /// As for [`probe`](Self::probe).
    pub async fn sight(&self) -> Result<Evidence, VantageFailure> {
        self.probe(&caller::sight()).await
    }

    async fn send(&self, call: caller::Outgoing) -> Result<Evidence, VantageFailure> {
        let unreachable = |error: reqwest::Error| caller::unreachable(&innermost(&error));
        let mut post = self.client.post(self.caller.url());
        for (name, value) in call.headers {
            post = post.header(name, value);
        }
        let mut response = post.body(call.body).send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            answer.extend_from_slice(&chunk);
            if answer.len() > caller::LIMIT {
                return Err(caller::too_long());
            }
        }
        caller::evidence(status, &answer)
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
