//! A secret that SSM's parameter store keeps (`AmazonSSM`).

use super::client::{CallError, Client};
use serde_json::json;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

const GET: &str = "AmazonSSM.GetParameter";

/// How long a value is used before it is fetched again: a new token holds within minutes.
const KEPT: Duration = Duration::from_secs(300);

/// A `SecureString`, fetched when it is first needed: a function that starts does not wait for it.
pub struct Parameter {
    client: Client,
    name: String,
    kept: Mutex<Option<(Instant, String)>>,
}

impl Parameter {
    /// The parameter `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), kept: Mutex::default() }
    }

    /// Its value, at most five minutes old. Whoever comes first fetches it, the others wait for the same answer.
    ///
    /// # Errors
    /// When SSM does not give it.
    pub async fn value(&self) -> Result<String, CallError> {
        let mut kept = self.kept.lock().await;
        if let Some((since, value)) = kept.as_ref()
            && since.elapsed() < KEPT
        {
            return Ok(value.clone());
        }
        let call = json!({ "Name": self.name, "WithDecryption": true });
        let answer = self.client.call("ssm", GET, &call).await?;
        let value = answer["Parameter"]["Value"].as_str().filter(|value| !value.is_empty());
        let value = value.map(str::to_owned).ok_or_else(|| CallError::Nonsense {
            operation: GET,
            words: "there is no value in it".to_owned(),
        })?;
        *kept = Some((Instant::now(), value.clone()));
        Ok(value)
    }
}
