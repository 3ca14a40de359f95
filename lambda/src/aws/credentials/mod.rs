//! The keys that calls to AWS are signed with, from where AWS's own SDKs look for them, in their order: variables, the
//! profile of `~/.aws`, a web identity (a pod of EKS), a container's endpoint (ECS, EKS Pod Identity), the instance's (EC2).
//!
//! `aws-config` would do it, and costs more than there is: docs/DESIGN.md has the figure.

mod container;
mod environment;
mod held;
mod http;
mod instance;
mod process;
mod profile;
mod sts;
mod web_identity;

pub use environment::Environment;
pub use held::CredentialsError;

use held::Held;
use noanswer_core::ports::SigningKeys;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// So long before they expire, keys are fetched anew: whoever is asked late, and a clock that is off, meet no expired ones.
const EARLY_S: i64 = 300;

/// So long nobody is asked again where no keys were found.
const AGAIN: Duration = Duration::from_secs(10);

/// The keys of this process, kept until shortly before they expire.
#[derive(Clone)]
pub struct Credentials {
    http: reqwest::Client,
    environment: Environment,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    held: Option<Held>,
    failed: Option<(Instant, CredentialsError)>,
}

impl Credentials {
    /// The keys that `environment` leads to. Nothing is asked for yet.
    pub fn new(http: reqwest::Client, environment: Environment) -> Self {
        Self { http, environment, kept: Arc::default() }
    }

    /// The keys; newer ones than `refused`, where there are. Whoever comes first fetches them, the others wait for the same.
    ///
    /// # Errors
    /// When there are none.
    pub async fn keys(&self, refused: Option<&SigningKeys>) -> Result<SigningKeys, CredentialsError> {
        let mut kept = self.kept.lock().await;
        let now = crate::clock::now().unix();
        if let Some(held) = &kept.held {
            let fresh = held.until.is_none_or(|until| now < until - EARLY_S);
            if fresh && refused != Some(&held.keys) {
                return Ok(held.keys.clone());
            }
        }
        if let Some((since, error)) = &kept.failed
            && since.elapsed() < AGAIN
            && kept.held.is_none()
        {
            return Err(error.clone());
        }
        match self.found().await {
            Ok(held) => {
                let keys = held.keys.clone();
                *kept = Kept { held: Some(held), failed: None };
                Ok(keys)
            }
            Err(error) => {
                // Keys that hold a little longer are good enough while their place does not answer.
                let holds = kept.held.as_ref().filter(|held| held.until.is_none_or(|until| now < until));
                if let Some(held) = holds {
                    return Ok(held.keys.clone());
                }
                *kept = Kept { held: None, failed: Some((Instant::now(), error.clone())) };
                Err(error)
            }
        }
    }

    async fn found(&self) -> Result<Held, CredentialsError> {
        let (http, env) = (&self.http, &self.environment);
        if let Some(held) = env.keys() {
            return Ok(held);
        }
        if let Some(held) = profile::keys(http, env).await? {
            return Ok(held);
        }
        if let Some(held) = web_identity::keys(http, env).await? {
            return Ok(held);
        }
        if let Some(held) = container::keys(http, env).await? {
            return Ok(held);
        }
        instance::keys(http, env).await?.ok_or(CredentialsError::None)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}
