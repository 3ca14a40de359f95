//! What is packed: version, commit, and the moment that everything in it is dated.

use crate::shell;
use anyhow::{Context, Result, ensure};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What is packed.
pub struct Release {
    /// The version, as `Cargo.toml` of the workspace has it: the one place where it stands.
    pub version: String,
    /// The commit, `-dirty` where files are changed.
    pub commit: String,
    /// When the commit was made, in seconds since the Unix epoch (`SOURCE_DATE_EPOCH`).
    pub epoch: u64,
    /// Whether programs of an earlier run are packed.
    pub built: bool,
    /// What this run has built.
    pub done: RefCell<BTreeSet<&'static str>>,
    /// What weighs more than it may.
    pub too_heavy: RefCell<BTreeSet<String>>,
}

impl Release {
    /// The clone that xtask stands in.
    ///
    /// # Errors
    /// When it is no clone of git.
    pub fn of_clone(built: bool) -> Result<Self> {
        let commit = git(&["describe", "--always", "--dirty", "--abbrev=12", "--match="])?;
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(given) => given,
            Err(_) => git(&["log", "-1", "--format=%ct"])?,
        };
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit,
            epoch: epoch.parse().context("SOURCE_DATE_EPOCH is a number of seconds")?,
            built,
            done: RefCell::default(),
            too_heavy: RefCell::default(),
        })
    }

    /// A file of the release: `target/dist/NAME`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn file(&self, name: &str) -> Result<PathBuf> {
        let folder = folder();
        std::fs::create_dir_all(&folder)?;
        Ok(folder.join(name))
    }

    /// Says that something weighs more than it may: it is packed all the same, and the run fails in the end.
    pub fn over(&self, what: String) {
        self.too_heavy.borrow_mut().insert(what);
    }

    /// Whether `part` is still to be built in this run; from here on it is not.
    pub fn first(&self, part: &'static str) -> bool {
        self.done.borrow_mut().insert(part) && !self.built
    }
}

/// Where a release is packed.
pub fn folder() -> PathBuf {
    shell::target().join("dist")
}

/// What git says, without its line end.
pub fn git(arguments: &[&str]) -> Result<String> {
    let output = shell::program("git", arguments).output().context("git does not start")?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "git {}: {}", arguments.join(" "), words.trim());
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
