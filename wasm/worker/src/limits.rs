//! Limits that protect others, by the platform's rate-limit bindings (`wrangler.toml` has their figures): per client,
//! and per target network.

use noanswer_core::address::{client_network, target_network};
use noanswer_site::problem::Problem;
use std::net::IpAddr;
use worker::Env;

/// The period of every binding, in seconds: the platform says that a limit is reached, not until when.
const PERIOD_S: u64 = 60;

/// What is limited, by the name of its binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Checks that one client may ask for.
    Checks,
    /// MX plans that one client may ask for: each is dozens of questions to a public resolver.
    Lookups,
    /// Questions that one client may have relayed to a resolver: a plan is dozens.
    Relay,
    /// Probes that one target network gets, from each vantage.
    Targets,
}

impl Limit {
    fn binding(self) -> &'static str {
        match self {
            Self::Checks => "LIMIT_CHECKS",
            Self::Lookups => "LIMIT_LOOKUPS",
            Self::Relay => "LIMIT_RELAY",
            Self::Targets => "LIMIT_TARGETS",
        }
    }

    async fn allows(self, env: &Env, key: String) -> bool {
        // A gateway without the binding must not become an open one.
        match env.rate_limiter(self.binding()) {
            Ok(limiter) => limiter.limit(key).await.is_ok_and(|outcome| outcome.success),
            Err(_) => false,
        }
    }

    /// Takes one of `client`'s.
    ///
    /// # Errors
    /// 429 when there is none left.
    pub(crate) async fn take(self, env: &Env, client: IpAddr) -> Result<(), Problem> {
        if self.allows(env, client_network(client).to_string()).await {
            return Ok(());
        }
        Err(Problem::too_many(PERIOD_S))
    }

    /// Whether `vantage` may ask the network of `target` once more.
    pub(crate) async fn spares(env: &Env, vantage: &str, target: IpAddr) -> bool {
        Self::Targets.allows(env, format!("{vantage} {}", target_network(target))).await
    }
}
