//! A package of another suite of Debian: a second version of a program beside the system's own.

use super::{quiet, store};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Finds `path` of `package` as `suite` has it, unpacked below `target/debian`. It comes from where the system's own packages
/// come from, and must need no library that the system lacks.
pub fn debian_of(suite: &str, package: &str, path: &str) -> Result<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let root = store().join(format!("{suite}-{package}"));
    let program = root.join(path);
    if !program.is_file() {
        fetch(suite, package, &root)
            .with_context(|| format!("the tests need the package {package} of Debian's suite {suite}"))?;
        ensure!(program.is_file(), "{package} of {suite} was unpacked, and has no {path}");
    }
    Ok(program)
}

fn fetch(suite: &str, package: &str, root: &Path) -> Result<()> {
    let folder = root.with_extension("apt");
    let (parts, lists, cache) = (folder.join("parts"), folder.join("lists"), folder.join("cache"));
    for one in [&parts, &lists.join("partial"), &cache.join("archives/partial"), &root.to_path_buf()] {
        std::fs::create_dir_all(one)?;
    }
    let (name, source) = source(suite)?;
    std::fs::write(parts.join(name), source)?;
    let apt = || {
        let mut command = Command::new("apt-get");
        command.args(["--quiet=2", "-o", "Dir::Etc::sourcelist=/dev/null"]).current_dir(&folder);
        for (key, at) in
            [("Dir::Etc::sourceparts", &parts), ("Dir::State::lists", &lists), ("Dir::Cache", &cache)]
        {
            command.args(["-o", &format!("{key}={}", at.display())]);
        }
        command
    };
    quiet(apt().arg("update"))?;
    quiet(apt().args(["download", package]))?;
    for entry in std::fs::read_dir(&folder)? {
        let archive = entry?.path();
        if archive.extension().is_some_and(|ending| ending == "deb") {
            quiet(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(root))?;
        }
    }
    Ok(())
}

/// The system's first source of packages, for `suite` instead: the name of a file of sources, and its text.
fn source(suite: &str) -> Result<(&'static str, String)> {
    let parts = std::fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
    for path in parts.map(|entry| entry.path()) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let stanza = text.split("\n\n").find(|stanza| stanza.contains("\nSuites:"));
        if let Some(stanza) = stanza.filter(|_| path.extension().is_some_and(|ending| ending == "sources")) {
            let suites = |line: &str| {
                if line.starts_with("Suites:") { format!("Suites: {suite}\n") } else { format!("{line}\n") }
            };
            return Ok(("suite.sources", stanza.lines().map(suites).collect()));
        }
    }
    let list = std::fs::read_to_string("/etc/apt/sources.list")?;
    let line =
        list.lines().find(|line| line.starts_with("deb ")).context("no source of packages is known")?;
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| word.contains("://")).context("a source has a URL")?;
    *words.get_mut(at + 1).context("a source has a suite")? = suite;
    Ok(("suite.list", words.join(" ") + "\n"))
}
