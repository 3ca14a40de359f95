//! An AWS account of our own, and `cargo xtask` deploying to it with the real AWS command line.

use crate::moto::Moto;
use crate::process::sibling;
use crate::{need, own_network};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What moto's CloudFormation lacks of the template.
const MORE: &str = include_str!("../cloud/more_of_moto.py");

/// The account, empty at first.
pub struct Cloud {
    moto: Moto,
    xtask: PathBuf,
    /// Where `bin/aws` and `bin/cfn-lint` are.
    tools: PathBuf,
    python: PathBuf,
    folder: PathBuf,
}

/// What a command printed, and whether it succeeded.
#[derive(Debug)]
pub struct Said {
    /// Whether it succeeded.
    pub well: bool,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

impl Said {
    /// Fails unless the command succeeded: what it printed.
    ///
    /// # Errors
    /// When it did not, with its words.
    pub fn well(self) -> Result<String> {
        ensure!(self.well, "it failed:\n{}{}", self.out, self.err);
        Ok(self.out)
    }
}

impl Cloud {
    /// An empty account; `api` stands in for the coordinator's function URL, where nobody would answer. `name` keeps
    /// the files of several tests apart.
    ///
    /// # Errors
    /// When what it needs cannot be installed, built or started.
    pub fn new(name: &str, api: &str) -> Result<Self> {
        need::command("curl", "curl")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "xtask"]).current_dir(root());
        ensure!(
            need::is_built() || own_network::outside(&mut build).status()?.success(),
            "xtask could not be built"
        );
        let xtask = sibling("xtask")?;
        let folder = need::target().join("cloud").join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            moto: Moto::start_with(MORE, &[("NOANSWER_TEST_API", api)])?,
            xtask,
            tools: need::aws()?.join("bin"),
            python: need::moto()?.join("bin/python"),
            folder,
        })
    }

    /// `cargo xtask` with `arguments`, in this account.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn xtask(&self, arguments: &[&str]) -> Result<Said> {
        let mut command = self.signed_in(&self.xtask);
        command.args(arguments).env("CARGO_TARGET_DIR", &self.folder).env("RUST_BACKTRACE", "0");
        self.said(&mut command)
    }

    /// The lines of a shell, in this account and in the folder of this test's files.
    ///
    /// # Errors
    /// When the shell cannot be started.
    pub fn shell(&self, lines: &str) -> Result<Said> {
        let mut command = self.signed_in(Path::new("sh"));
        self.said(command.args(["-euc", lines]).current_dir(&self.folder))
    }

    /// Runs `command`, for which the AWS command line is on the path.
    fn said(&self, command: &mut Command) -> Result<Said> {
        let mut path = vec![self.tools.clone()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let output = command.env("PATH", std::env::join_paths(path)?).output();
        let output = output.with_context(|| format!("{:?} does not start", command.get_program()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Said { well: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) })
    }

    /// What stands in the account: `tests/cloud/look.py`.
    ///
    /// # Errors
    /// When it cannot be looked at, or what is asked for is not there.
    pub fn look(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = self.signed_in(&self.python);
        let output = command.arg(root().join("tests/cloud/look.py")).args(arguments).output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "look.py {arguments:?}: {words}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Writes a file of this test.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    fn signed_in(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Nobody's own profile may be used, or be needed.
        command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command.env("AWS_ENDPOINT_URL", &self.moto.url).env("AWS_DEFAULT_REGION", "eu-central-1");
        command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
        command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN").env_remove("AWS_REGION");
        command
    }
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
