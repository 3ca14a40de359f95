//! Keys that a program prints: `credential_process` of a profile, which `aws configure export-credentials` is for IAM
//! Identity Center (SSO) and all that this has no own way for.

use super::held::{CredentialsError, Held};
use super::http;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const FROM: &str = "the profile's credential_process";

const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `line` as a shell does.
pub(super) async fn keys(line: &str) -> Result<Held, CredentialsError> {
    let failed = |why: String| CredentialsError::Failed { from: FROM, why };
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.args([flag, line]).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| failed("it does not end".to_owned()))?;
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    http::keys(&String::from_utf8_lossy(&output.stdout), FROM)
}
