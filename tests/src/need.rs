//! What the tests need of the machine: Debian packages, installed where that is in order, unpacked beside the build
//! where it is not (the two mail servers exclude each other), and named in one line where neither can be.

mod python;
mod suite;
mod wrangler;

pub use python::{aws, cargo_lambda, moto, python};
pub use suite::debian_of;
pub use wrangler::{npm, wrangler};

use crate::namespace::Namespace;
use crate::own_network;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// A program of a Debian package, wherever it was found.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// The folder that the package was unpacked into; none where it is installed.
    pub root: Option<PathBuf>,
}

impl Program {
    /// A command of this program in `host`, which finds the libraries that were unpacked with it.
    pub fn command_in(&self, host: &Namespace) -> Command {
        let mut command = host.command(&self.path);
        if let Some(root) = &self.root {
            let folders = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib/postfix"];
            let paths: Vec<String> = folders.iter().map(|at| root.join(at).display().to_string()).collect();
            command.env("LD_LIBRARY_PATH", paths.join(":"));
        }
        command
    }
}

/// Fails where a mail server could not change its user: in a user namespace that knows one user alone.
pub fn other_users(program: &str) -> Result<()> {
    let map = std::fs::read_to_string("/proc/self/uid_map")?;
    let count = map.split_whitespace().nth(2).and_then(|count| count.parse::<u64>().ok()).unwrap_or_default();
    ensure!(count > 1, "a real {program} changes its user: run this scenario as root");
    Ok(())
}

/// Makes the system accounts that an unpacked package would have made, for this tree of processes alone: inside the
/// lab, where `/etc` can be covered.
pub fn accounts(names: &[&str]) -> Result<()> {
    static ONCE: OnceLock<bool> = OnceLock::new();
    let cover = || {
        cover("/etc/passwd", "/mnt/passwd", names, |name, id| {
            format!("{name}:x:{id}:{id}::/nonexistent:/bin/false\n")
        })
        .and(cover("/etc/group", "/mnt/group", names, |name, id| format!("{name}:x:{id}:\n")))
        .is_ok()
    };
    ensure!(*ONCE.get_or_init(cover), "the accounts {names:?} could not be made");
    Ok(())
}

/// The number of an account.
pub fn account(name: &str) -> Result<u32> {
    let text = std::fs::read_to_string("/etc/passwd")?;
    let line = text.lines().find(|line| line.starts_with(&format!("{name}:")));
    let number =
        line.and_then(|line| line.split(':').nth(2)).with_context(|| format!("no account {name}"))?;
    Ok(number.parse()?)
}

fn cover(file: &str, copy: &str, names: &[&str], line: impl Fn(&str, usize) -> String) -> Result<()> {
    let mut text = std::fs::read_to_string(file)?;
    for (n, name) in names.iter().enumerate() {
        if !text.lines().any(|line| line.starts_with(&format!("{name}:"))) {
            text += &line(name, 64_000 + n);
        }
    }
    std::fs::write(copy, text)?;
    quiet(Command::new("mount").args(["--bind", copy, file]))
}

/// Whether whoever started the tests has built the programs that they start: `cargo xtask test` has.
pub fn is_built() -> bool {
    std::env::var_os("NOANSWER_BUILT").is_some()
}

/// The folder of all that is built.
pub fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"))
}

/// The folder that packages are unpacked into.
fn store() -> PathBuf {
    target().join("debian")
}

/// Makes sure that `program` can be started by name: installs its Debian package as root, or says which it is.
pub fn command(program: &str, package: &str) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = || {
        let sbin = ["/usr/sbin", "/sbin"].map(PathBuf::from);
        std::env::split_paths(&path).chain(sbin).any(|folder| folder.join(program).is_file())
    };
    if found() {
        return Ok(());
    }
    let wanted = format!("the tests need `{program}`: apt-get install --no-install-recommends {package}");
    install(package).with_context(|| wanted.clone())?;
    ensure!(found(), wanted);
    Ok(())
}

/// Installs a Debian package, as root.
fn install(package: &str) -> Result<()> {
    // What is installed must not start: it is for namespaces alone. `policy-rc.d` is where Debian asks.
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let ours = !policy.exists() && std::fs::write(policy, "#!/bin/sh\nexit 101\n").is_ok();
    let installed = quiet(Command::new("chmod").arg("755").arg(policy)).and_then(|()| {
        quiet(Command::new("apt-get").args(["update", "--quiet=2"]))?;
        let arguments = ["install", "--yes", "--quiet=2", "--no-install-recommends", package];
        quiet(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    });
    if ours {
        std::fs::remove_file(policy)?;
    }
    installed
}

/// Finds `path` of the Debian package `package`: on this system, or unpacked with what it needs below `target/debian`.
pub fn debian(package: &str, path: &str) -> Result<Program> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let installed = Path::new("/").join(path);
    if installed.is_file() {
        return Ok(Program { path: installed, root: None });
    }
    let root = store().join(package);
    let unpacked = root.join(path);
    if !unpacked.is_file() {
        unpack(package, &root).with_context(|| {
            format!("the tests need the Debian package {package}: apt-get install {package}")
        })?;
        ensure!(unpacked.is_file(), "the Debian package {package} was unpacked, and has no {path}");
    }
    Ok(Program { path: unpacked, root: Some(root) })
}

/// Downloads `package` and those of its dependencies that this system lacks, and unpacks them into `root`.
fn unpack(package: &str, root: &Path) -> Result<()> {
    let archives = root.with_extension("archives");
    std::fs::create_dir_all(&archives)?;
    std::fs::create_dir_all(root)?;
    let mut names = missing(package)?;
    if names.is_empty() {
        bail!("apt knows no package {package}");
    }
    names.push(package.to_owned());
    names.dedup();
    let mut download = Command::new("apt-get");
    download.args(["download", "--quiet=2"]).args(&names).current_dir(&archives);
    quiet(&mut download)?;
    for entry in std::fs::read_dir(&archives)? {
        let archive = entry?.path();
        if archive.extension().is_some_and(|ending| ending == "deb") {
            quiet(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(root))?;
        }
    }
    Ok(())
}

/// What apt would install for `package` here.
fn missing(package: &str) -> Result<Vec<String>> {
    let plan = || {
        let output = Command::new("apt-get")
            .args(["install", "--simulate", "--no-install-recommends", package])
            .stdin(Stdio::null())
            .output()
            .context("`apt-get` could not be started")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let names =
            text.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next().map(str::to_owned));
        Ok::<Vec<String>, anyhow::Error>(names.collect())
    };
    let names = plan()?;
    if !names.is_empty() {
        return Ok(names);
    }
    // A machine that never fetched the lists of packages knows none.
    quiet(Command::new("apt-get").args(["update", "--quiet=2"]))?;
    plan()
}

/// Runs `command`, an installation or a part of one, in the machine's own network.
fn quiet(command: &mut Command) -> Result<()> {
    let output = own_network::outside(command)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{command:?}"))?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{command:?} said: {}", words.trim());
    Ok(())
}
