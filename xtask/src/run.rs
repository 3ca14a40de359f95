//! `cargo xtask run`: the page with its lab, from nothing but a clone.

use crate::{build, shell};
use anyhow::{Context, Result};

/// The arguments of `cargo xtask run`.
#[derive(clap::Args)]
pub struct Run {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:4410")]
    listen: String,
    /// Without the lab: the real DNS, and the vantages of a file given to `noanswer serve`
    #[arg(long)]
    no_lab: bool,
    /// The Worker before the lab, in the real workerd, instead of the server itself
    #[arg(long, conflicts_with_all = ["no_lab", "more"])]
    worker: bool,
    /// More arguments for `noanswer serve`
    #[arg(last = true)]
    more: Vec<String>,
}

impl Run {
    /// Builds the page and the server, and runs the server until it is stopped.
    pub fn run(self) -> Result<()> {
        println!("building the page …");
        if self.worker {
            build::worker()?;
        } else {
            build::page()?;
        }
        println!("building the server …");
        shell::run(&mut shell::cargo(&["build", "--quiet", "--release", "--package", "noanswer"]))?;
        if self.worker {
            return self.worker();
        }
        let mut server = std::process::Command::new(shell::target().join("release/noanswer"));
        server.arg("serve").args(["--listen", &self.listen]);
        if !self.no_lab {
            server.arg("--lab");
        }
        server.args(&self.more).current_dir(shell::root());
        println!("noanswer: http://{}  (Ctrl-C ends it)", self.listen);
        shell::run(&mut server)
    }

    fn worker(&self) -> Result<()> {
        let (_, port) = self.listen.rsplit_once(':').context("--listen is ADDRESS:PORT")?;
        shell::run(&mut shell::cargo(&[
            "build",
            "--quiet",
            "--package",
            "noanswer-tests",
            "--bin",
            "worker",
        ]))?;
        let mut worker = std::process::Command::new(shell::target().join("debug/worker"));
        worker.arg(shell::target().join("release/noanswer")).arg(port).current_dir(shell::root());
        shell::run(&mut worker)
    }
}
