//! A running `noanswer serve`, ended with its test.

use noanswer_tests::own_network;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_noanswer");

/// The token that servers of these tests take.
pub const TOKEN: &str = "correct horse battery staple";

/// A running server.
pub struct Server {
    process: Child,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Server {
    /// Starts `noanswer serve` with further arguments, on a free port.
    pub fn start(arguments: &[&str]) -> Self {
        own_network::enter().expect("a network of one's own");
        let mut process = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let said = process.stdout.as_mut().expect("piped");
        BufReader::new(said).read_line(&mut line).expect("it says where it listens");
        let url = line.trim().strip_prefix("listening on ").expect("it says where it listens").to_owned();
        Self { process, url }
    }

    /// The lab.
    pub fn lab() -> Self {
        Self::start(&["--lab"])
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to read its settings again.
    pub fn hang_up(&self) {
        let asked = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status();
        assert!(asked.expect("kill starts").success());
    }

    /// Asks it to stop, as a service manager does, and waits for its end.
    pub fn stop(mut self) -> std::process::ExitStatus {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(asked.expect("kill starts").success());
        self.process.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An HTTP client.
pub fn client() -> reqwest::Client {
    noanswer::fetch::DohFetch::new(None).expect("built-in roots").client().clone()
}
