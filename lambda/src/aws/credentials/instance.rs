//! The role of an EC2 instance, by its metadata service in version 2 (EC2 User Guide, "Use the Instance Metadata Service"):
//! version 1, which anybody may ask by a GET, is not asked.

use super::environment::Environment;
use super::held::{CredentialsError, Found};
use super::http;
use std::time::Duration;

const FROM: &str = "the instance's role";

/// Where an instance finds its metadata.
const HERE: &str = "http://169.254.169.254";

/// Elsewhere than on EC2 nobody answers there, and whoever waits waits for nothing.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) async fn keys(client: &reqwest::Client, env: &Environment) -> Found {
    if env.get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let base = env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(HERE).trim_end_matches('/');
    let token = client
        .put(format!("{base}/latest/api/token"))
        .header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        .header("content-length", "0");
    // Nobody there, or nobody who knows of tokens: this is no instance.
    let Ok(token) = http::text(token, PATIENCE).await else { return Ok(None) };
    let get = |path: &str| {
        let url = format!("{base}/latest/meta-data/iam/security-credentials/{path}");
        http::text(client.get(url).header("x-aws-ec2-metadata-token", token.trim()), PATIENCE)
    };
    let failed = |why: String| CredentialsError::Failed { from: FROM, why };
    let roles = get("").await.map_err(|why| failed(format!("it has none: {why}")))?;
    let role = roles.lines().next().map(str::trim).filter(|role| !role.is_empty());
    let role = role.ok_or_else(|| failed("it has none".to_owned()))?;
    http::keys(&get(role).await.map_err(failed)?, FROM).map(Some)
}
