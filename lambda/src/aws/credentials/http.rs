//! Small calls to the places that give keys.

use super::held::{CredentialsError, Held};
use noanswer_core::ports::SigningKeys;
use noanswer_core::timestamp::Timestamp;
use reqwest::RequestBuilder;
use serde::Deserialize;
use std::time::Duration;

/// The longest answer that is taken, in bytes.
const LIMIT: usize = 64 << 10;

/// Sends `request` and takes its answer as text, where it is 200 and comes within `patience`. In words, why not.
pub(super) async fn text(request: RequestBuilder, patience: Duration) -> Result<String, String> {
    let answer = async {
        let mut response = request.send().await.map_err(|error| crate::fetch::innermost(&error))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| crate::fetch::innermost(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LIMIT {
                return Err("the answer is too long".to_owned());
            }
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        if status.is_success() { Ok(text) } else { Err(format!("HTTP status {}: {text}", status.as_u16())) }
    };
    tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
}

/// Keys as a container's endpoint, an instance's and a process give them: in JSON, with small differences.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "AccessKeyId")]
    id: Option<String>,
    #[serde(rename = "SecretAccessKey")]
    secret: Option<String>,
    #[serde(rename = "Token", alias = "SessionToken")]
    session: Option<String>,
    #[serde(rename = "Expiration")]
    until: Option<String>,
    #[serde(rename = "Message", alias = "message")]
    message: Option<String>,
}

/// The keys in `json`, which came `from` there.
pub(super) fn keys(json: &str, from: &'static str) -> Result<Held, CredentialsError> {
    let failed = |why: String| CredentialsError::Failed { from, why };
    let document: Document = serde_json::from_str(json)
        .map_err(|error| failed(format!("its answer is not of the form: {error}")))?;
    let (Some(id), Some(secret)) = (document.id, document.secret) else {
        return Err(failed(document.message.unwrap_or_else(|| "there is no key in its answer".to_owned())));
    };
    let until = document
        .until
        .map(|until| Timestamp::parse(&until).ok_or_else(|| failed(format!("{until:?} is not a time"))));
    let until = until.transpose()?.map(Timestamp::unix);
    Ok(Held { keys: SigningKeys { id, secret, session: document.session }, until })
}
