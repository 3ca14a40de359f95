//! Limits that protect others, by the platform's rate-limit bindings: per client, and per target network. The figures
//! in `wrangler.toml` are held to [`Limit::a_minute`] by a test.

use noanswer_core::address::target_network;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::{Limit, Who};
use std::net::IpAddr;
use worker::Env;

/// The period of every binding, in seconds: the platform says that a limit is reached, not until when.
const PERIOD_S: u64 = 60;

/// The name of a limit's binding.
const fn binding(limit: Limit) -> &'static str {
    match limit {
        Limit::Checks => "LIMIT_CHECKS",
        Limit::Lookups => "LIMIT_LOOKUPS",
        Limit::Relay => "LIMIT_RELAY",
        Limit::Targets => "LIMIT_TARGETS",
    }
}

async fn allows(limit: Limit, env: &Env, key: String) -> bool {
    // A Worker without the binding must not become an open one.
    match env.rate_limiter(binding(limit)) {
        Ok(limiter) => limiter.limit(key).await.is_ok_and(|outcome| outcome.success),
        Err(_) => false,
    }
}

/// Takes one of what `who` may have. The platform's bindings count to one figure for all: a client that the operator knows
/// counts for itself, to the same.
///
/// # Errors
/// 429 when there is none left.
pub(crate) async fn take(limit: Limit, env: &Env, who: &Who) -> Result<(), Problem> {
    if allows(limit, env, who.key()).await {
        return Ok(());
    }
    Err(Problem::too_many(PERIOD_S))
}

/// Whether `vantage` may ask the network of `target` once more.
pub(crate) async fn spares(env: &Env, vantage: &str, target: IpAddr) -> bool {
    allows(Limit::Targets, env, format!("{vantage} {}", target_network(target))).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Wrangler {
        ratelimits: Vec<Binding>,
    }

    #[derive(Deserialize)]
    struct Binding {
        name: String,
        simple: Simple,
    }

    #[derive(Deserialize)]
    struct Simple {
        limit: u32,
        period: u64,
    }

    #[test]
    fn the_platform_counts_to_the_same_figures() {
        let file: Wrangler = toml::from_str(include_str!("../wrangler.toml")).expect("wrangler.toml");
        assert_eq!(file.ratelimits.len(), Limit::ALL.len());
        for limit in Limit::ALL {
            let bound = file.ratelimits.iter().find(|one| one.name == binding(limit)).expect("a binding");
            assert_eq!((bound.simple.limit, bound.simple.period), (limit.a_minute(), PERIOD_S), "{limit:?}");
        }
    }
}
