//! A role by a web identity: the token that Kubernetes (EKS, "IAM roles for service accounts") or a CI system writes into a
//! file.

use super::environment::Environment;
use super::held::{CredentialsError, Found, Held};
use super::sts;

/// What the place is called.
pub(super) const FROM: &str = "the web identity";

pub(super) async fn keys(client: &reqwest::Client, env: &Environment) -> Found {
    let (Some(file), Some(role)) = (env.get("AWS_WEB_IDENTITY_TOKEN_FILE"), env.get("AWS_ROLE_ARN")) else {
        return Ok(None);
    };
    let region = env.region().map(str::to_owned);
    assume(client, env, file, role, env.get("AWS_ROLE_SESSION_NAME"), region).await.map(Some)
}

/// Takes the role `role` by the token in `file`, which is read each time: it is replaced while the process lives.
pub(super) async fn assume(
    client: &reqwest::Client,
    env: &Environment,
    file: &str,
    role: &str,
    session: Option<&str>,
    region: Option<String>,
) -> Result<Held, CredentialsError> {
    let token = std::fs::read_to_string(file)
        .map_err(|error| CredentialsError::Failed { from: FROM, why: format!("{file}: {error}") })?;
    let call = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", role),
        ("RoleSessionName", session.unwrap_or(sts::SESSION)),
        ("WebIdentityToken", token.trim()),
    ];
    sts::keys(client, env, &call, None, region, FROM).await
}
