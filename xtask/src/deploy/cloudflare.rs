//! `cargo xtask deploy cloudflare`: the Worker by wrangler, which knows how the operator signs in.

use super::random;
use crate::{build, need, shell};
use anyhow::{Context, Result, bail, ensure};
use noanswer_site::fleet::{Auth, VantagesFile};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The secret that a check must carry.
const TOKEN: &str = "NOANSWER_TOKEN";

/// The arguments of `cargo xtask deploy cloudflare`.
#[derive(clap::Args)]
pub struct Up {
    /// The Worker's name
    #[arg(long, default_value = "noanswer")]
    name: String,
    /// A vantages file: whom the Worker asks. The tokens that it names are taken from the environment
    #[arg(long, value_name = "FILE")]
    vantages: Option<PathBuf>,
    /// Lets everybody check, within limits; else a check needs the token
    #[arg(long)]
    public: bool,
    /// Makes another token; the old one is worth nothing then
    #[arg(long, conflicts_with = "public")]
    new_token: bool,
    /// DNS-over-HTTPS servers, instead of the built-in ones
    #[arg(long, value_name = "URL")]
    doh: Vec<String>,
    /// Does not build: uploads what was built last (an older checkout's build is a rollback)
    #[arg(long)]
    no_build: bool,
}

/// The arguments of `cargo xtask destroy cloudflare`.
#[derive(clap::Args)]
pub struct Down {
    /// The Worker's name
    #[arg(long, default_value = "noanswer")]
    name: String,
}

/// A secret as wrangler lists it.
#[derive(Deserialize)]
struct Secret {
    name: String,
}

/// A KV namespace as wrangler lists it.
#[derive(Deserialize)]
struct Namespace {
    id: String,
    title: String,
}

impl Up {
    /// Deploys, and says where it is and what is left to do. Until its secrets are there, checks are closed.
    ///
    /// # Errors
    /// When the file of vantages cannot be used, a token is missing, or wrangler fails.
    pub fn run(self) -> Result<()> {
        need::node()?;
        let text = match &self.vantages {
            Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
            None => String::new(),
        };
        let mut secrets = credentials(&text)?;
        if !self.no_build {
            build::worker()?;
        }
        need::wrangler()?;
        let mut deploy = wrangler(&["deploy", "--name", &self.name]);
        deploy.args(["--var", &format!("NOANSWER_VANTAGES:{text}")]);
        if self.public {
            deploy.args(["--var", "NOANSWER_PUBLIC:1"]);
        }
        if !self.doh.is_empty() {
            deploy.args(["--var", &format!("NOANSWER_DOH:{}", self.doh.join(" "))]);
        }
        shell::run(&mut deploy)?;
        if !self.public && (self.new_token || !self.secrets()?.iter().any(|secret| secret.name == TOKEN)) {
            let token = random::token()?;
            println!("the token of checks, shown this once:\n\n    {token}\n");
            secrets.insert(TOKEN.to_owned(), token);
        }
        for (name, value) in &secrets {
            self.keep(name, value)?;
        }
        println!("who sees port 25: noanswer vantages --api URL, with the URL that wrangler names above");
        Ok(())
    }

    fn secrets(&self) -> Result<Vec<Secret>> {
        let listed = wrangler(&["secret", "list", "--name", &self.name]).stderr(Stdio::inherit()).output()?;
        ensure!(listed.status.success(), "the Worker's secrets cannot be listed ({})", listed.status);
        serde_json::from_slice(&listed.stdout).context("wrangler lists its secrets in another form")
    }

    /// Keeps a secret: by standard input, since the arguments of a process are no secret.
    fn keep(&self, name: &str, value: &str) -> Result<()> {
        let mut put = wrangler(&["secret", "put", name, "--name", &self.name]);
        let mut child = put.stdin(Stdio::piped()).spawn().context("wrangler does not start")?;
        child.stdin.take().context("piped")?.write_all(value.as_bytes())?;
        let status = child.wait()?;
        ensure!(status.success(), "the secret {name} was not kept ({status}): run this again");
        Ok(())
    }
}

impl Down {
    /// Removes the Worker, its secrets and the reports that it kept with it.
    ///
    /// # Errors
    /// When wrangler fails.
    pub fn run(self) -> Result<()> {
        need::node()?;
        need::wrangler()?;
        shell::run(&mut wrangler(&["delete", "--name", &self.name, "--force"]))?;
        let title = kept_in(&self.name);
        for namespace in namespaces()?.into_iter().filter(|one| one.title == title) {
            let id = ["--namespace-id", &namespace.id, "--skip-confirmation"];
            shell::run(wrangler(&["kv", "namespace", "delete"]).args(id))?;
        }
        println!("removed: the Worker {}, with its secrets, its limits and what it kept", self.name);
        Ok(())
    }
}

/// The title of the KV namespace that wrangler makes for the Worker `name`: for its binding `NOANSWER_KEPT`.
fn kept_in(name: &str) -> String {
    format!("{name}-noanswer-kept")
}

fn namespaces() -> Result<Vec<Namespace>> {
    let listed = wrangler(&["kv", "namespace", "list"]).stderr(Stdio::inherit()).output()?;
    ensure!(listed.status.success(), "the KV namespaces cannot be listed ({})", listed.status);
    serde_json::from_slice(&listed.stdout).context("wrangler lists KV namespaces in another form")
}

/// What the vantages of the file `text` want to be shown, out of the environment.
fn credentials(text: &str) -> Result<BTreeMap<String, String>> {
    let mut names = Vec::new();
    for entry in VantagesFile::parse(text, "of --vantages")?.vantages {
        match entry.auth {
            Auth::None => {}
            Auth::BearerEnv(name) => names.push(name),
            Auth::AwsIam => names.extend(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(str::to_owned)),
        }
    }
    let mut secrets = BTreeMap::new();
    for name in names {
        match std::env::var(&name) {
            Ok(value) if !value.is_empty() => secrets.insert(name, value),
            _ => bail!("the vantages file needs the variable {name}, which is not set"),
        };
    }
    Ok(secrets)
}

fn wrangler(arguments: &[&str]) -> Command {
    let mut command = Command::new("node");
    command.arg("node_modules/wrangler/bin/wrangler.js").args(arguments);
    command.current_dir(shell::worker()).env("WRANGLER_HIDE_BANNER", "true");
    command
}
