//! An AWS of our own: moto's server on a free port of loopback, ended with its test.

use crate::{need, own_network};
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running moto server, with nothing in it.
#[derive(Debug)]
pub struct Moto {
    process: Child,
    /// Where it is: `http://127.0.0.1:PORT`. It takes every credential.
    pub url: String,
}

/// moto's own command serves requests in threads, and takes no lock between a condition's check and the write: what
/// DynamoDB promises for an item (conditional writes are atomic) holds in it only when it does one request at a time.
/// Reading standard input ends it with whoever started it, however that ended.
const SERVER: &str = r#"
import os, sys, threading, logging
logging.getLogger("werkzeug").setLevel(logging.ERROR)
import werkzeug.serving as serving
from moto.server import DomainDispatcherApplication, create_backend_app
serving.BaseWSGIServer.request_queue_size = 1024
server = serving.make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
os.environ["MOTO_PORT"] = str(server.port)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.port, flush=True)
server.serve_forever()
"#;

impl Moto {
    /// Starts one; the first call on a machine installs it.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_with("", &[])
    }

    /// Starts one that runs `more` first, which teaches it something, with more in its environment.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn start_with(more: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let python = need::moto()?.join("bin/python");
        own_network::enter()?;
        let mut process = Command::new(python)
            .args(["-c", &format!("{more}\n{SERVER}")])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("moto does not start")?;
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().context("piped")?).read_line(&mut line)?;
        ensure!(line.trim().parse::<u16>().is_ok(), "moto does not say where it listens: {line:?}");
        Ok(Self { process, url: format!("http://127.0.0.1:{}", line.trim()) })
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
