//! A running `noanswer serve`, ended with its test.

use crate::own_network;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server on a free port of loopback.
#[derive(Debug)]
pub struct Serve {
    process: Child,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Serve {
    /// Starts `noanswer serve` with further arguments.
    ///
    /// # Errors
    /// When it does not start, or does not say where it listens.
    pub fn start(noanswer: &Path, arguments: &[&str]) -> Result<Self> {
        Self::start_with(noanswer, arguments, &[])
    }

    /// The same, with more in its environment.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_with(noanswer: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        own_network::enter()?;
        let mut process = Command::new(noanswer)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| noanswer.display().to_string())?;
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().context("piped")?).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let server = Self { process, url };
        ensure!(!server.url.is_empty(), "it does not say where it listens: {line:?}");
        Ok(server)
    }

    /// Starts the embedded lab: an API, and a DoH server that knows `.test` and nothing else.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn lab(noanswer: &Path) -> Result<Self> {
        Self::start(noanswer, &["--lab"])
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The lab's DoH server.
    pub fn doh(&self) -> String {
        format!("{}/lab/dns-query", self.url)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
