//! One call of the AWS command line, and what it says.

use crate::shell;
use anyhow::{Result, bail};
use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A call that AWS refused, or that did not reach it.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// AWS answered with an error.
    #[error("{words} ({code})")]
    Refused {
        /// AWS's name of the error.
        code: String,
        /// What it said.
        words: String,
    },
    /// The command failed before an answer, or said something else.
    #[error("{0}")]
    Failed(Said),
    /// The command could not be run, or not be talked to.
    #[error("`aws` cannot be run: {0}")]
    NotRun(#[from] std::io::Error),
    /// The answer is not JSON.
    #[error("`aws` answered something that is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
}

/// The command's last words.
#[derive(Debug)]
pub struct Said(String);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl CallError {
    /// Whether AWS says that what was asked for is not there.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Refused { code, words } => {
                ["404", "NoSuchBucket", "ParameterNotFound", "ResourceNotFoundException"]
                    .contains(&code.as_str())
                    || (code == "ValidationError" && words.contains("does not exist"))
            }
            _ => false,
        }
    }

    /// `An error occurred (CODE) when calling the NAME operation: WORDS`, or whatever was said.
    fn read(output: &Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        // `cloudformation deploy` says more below, of use to those who typed it.
        let said = said.trim();
        let refused = said.split_once("An error occurred (").and_then(|(_, rest)| {
            let (code, rest) = rest.split_once(')')?;
            let (_, words) = rest.split_once("operation: ").or_else(|| rest.split_once("operation"))?;
            let words = words.lines().next().unwrap_or_default().trim_end_matches('.');
            Some(Self::Refused { code: code.to_owned(), words: words.to_owned() })
        });
        refused.unwrap_or_else(|| Self::Failed(Said(said.lines().next().unwrap_or("no word").to_owned())))
    }
}

/// The AWS command line, in one region.
#[derive(Clone, Debug)]
pub struct Aws {
    /// The region.
    pub region: String,
}

impl Aws {
    /// The command line for `region`.
    pub fn new(region: &str) -> Self {
        Self { region: region.to_owned() }
    }

    /// Fails when the command line is not installed.
    pub fn need() -> Result<()> {
        if !shell::has("aws") {
            bail!("deploying needs the AWS command line: https://aws.amazon.com/cli/");
        }
        Ok(())
    }

    /// Calls it, and reads its answer; `Null` when it says nothing.
    pub fn call(&self, arguments: &[&str]) -> Result<Value, CallError> {
        read(&self.command(arguments).output()?)
    }

    /// Calls it with `input` in a file that only its owner can read, for as long as the call takes: secrets do not
    /// belong into a list of processes. (The command reads its input twice, so that a pipe will not do.)
    pub fn call_with(&self, arguments: &[&str], input: &Value) -> Result<Value, CallError> {
        let file = Private::write(&input.to_string())?;
        let url = format!("file://{}", file.0.display());
        self.call(&[arguments, &["--cli-input-json", &url]].concat())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = shell::program("aws", arguments);
        command.args(["--region", &self.region, "--output", "json"]);
        // Version 2 would open a pager.
        command.env("AWS_PAGER", "").stdin(Stdio::null());
        command
    }
}

fn read(output: &Output) -> Result<Value, CallError> {
    if !output.status.success() {
        return Err(CallError::read(output));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(if said.trim().is_empty() { Value::Null } else { serde_json::from_str(&said)? })
}

/// A file of the owner's alone, removed when it is dropped.
struct Private(PathBuf);

impl Private {
    fn write(text: &str) -> std::io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = shell::target().join("deploy");
        std::fs::create_dir_all(&folder)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let this = Self(folder.join(format!("input-{}-{number}.json", std::process::id())));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&this.0)?.write_all(text.as_bytes())?;
        Ok(this)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn error(said: &str) -> CallError {
        let status = std::process::ExitStatus::from_raw(256);
        CallError::read(&Output { status, stdout: Vec::new(), stderr: said.into() })
    }

    #[test]
    fn what_aws_refuses_is_read() {
        let absent = error(
            "\nAn error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id x does not exist\n",
        );
        assert!(absent.is_absence());
        assert_eq!(absent.to_string(), "Stack with id x does not exist (ValidationError)");
        let denied = error("An error occurred (AccessDenied) when calling the X operation: no.\nHint: …");
        assert!(!denied.is_absence());
        assert_eq!(denied.to_string(), "no (AccessDenied)");
        assert!(
            error("An error occurred (404) when calling the HeadBucket operation: Not Found").is_absence()
        );
    }

    #[test]
    fn anything_else_is_passed_on() {
        assert_eq!(error("\nUnable to locate credentials\n").to_string(), "Unable to locate credentials");
        assert_eq!(error("").to_string(), "no word");
    }
}
