//! The packages of distributions, in a bare Debian: installed, upgraded, removed, purged.

use super::lab;
use super::places::{artefact, scratch};
use crate::need::{self, Program};
use crate::shell;
use crate::test::step::Log;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Further distributions with Debian's packages, by the user's word: `SUITE=MIRROR`, separated by spaces.
const ROOTS: &str = "NOANSWER_ROOTS";

/// A distribution with Debian's packages.
struct Distribution {
    suite: String,
    /// None: where this machine's apt takes its own from.
    mirror: Option<String>,
}

impl Distribution {
    /// The one of this machine.
    fn own() -> Result<Self> {
        let release = std::fs::read_to_string("/etc/os-release")?;
        let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        Ok(Self { suite: suite.unwrap_or("stable").to_owned(), mirror: None })
    }

    /// Those that the user names.
    fn further() -> Result<Vec<Self>> {
        let named = std::env::var(ROOTS).unwrap_or_default();
        let one = |pair: &str| {
            let (suite, mirror) =
                pair.split_once('=').with_context(|| format!("{ROOTS}: {pair} is no SUITE=MIRROR"))?;
            Ok(Self { suite: suite.to_owned(), mirror: Some(mirror.to_owned()) })
        };
        named.split_whitespace().map(one).collect()
    }
}

/// A distribution with what is essential and nothing else. Unpacked anew for each test.
fn bare(log: &mut Log, name: &str, distribution: &Distribution) -> Result<PathBuf> {
    need::programs(&[Program { name: "mmdebstrap", package: "mmdebstrap" }])?;
    let tar = shell::target().join(format!("dist-test/{}.tar", distribution.suite));
    if !tar.is_file() {
        std::fs::create_dir_all(shell::target().join("dist-test"))?;
        let mut make = Command::new("mmdebstrap");
        make.args(["--quiet", "--variant=minbase", &distribution.suite]).arg(&tar).args(&distribution.mirror);
        if let Err(error) = log.run(&mut make) {
            let _ = std::fs::remove_file(&tar);
            return Err(error);
        }
    }
    let root = scratch(name)?;
    log.run(Command::new("tar").arg("-xf").arg(&tar).arg("-C").arg(&root))?;
    Ok(root)
}

/// Runs a shell's words in the root, without any network.
fn within(log: &mut Log, root: &Path, words: &str) -> Result<()> {
    log.line(&format!("# {words}"));
    let mut command = Command::new("unshare");
    command.args(["--net", "chroot"]).arg(root).args(["sh", "-euc", words]);
    log.run(command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("DEBIAN_FRONTEND", "noninteractive"))
}

/// What an installed package must have brought.
const INSTALLED: &str = "
noanswer --version
getent passwd noanswer
test -s /usr/share/man/man1/noanswer-self.1.gz
test -s /usr/share/bash-completion/completions/noanswer
test -s /etc/noanswer/vantages.toml
test -s /etc/noanswer/controls.toml
test $(stat -c %a /etc/noanswer/vantage.env) = 600
grep -Eq '^NOANSWER_TOKEN=[0-9a-f]{64}$' /etc/noanswer/vantage.env
";

/// The Debian package, in this machine's distribution and in those that the user names.
pub fn deb(log: &mut Log) -> Result<()> {
    deb_in(log, &Distribution::own()?)?;
    let further = Distribution::further()?;
    if further.is_empty() {
        log.line(&format!(
            "no other distribution was tried: {ROOTS}=\"SUITE=MIRROR …\" names some, as Ubuntu's noble"
        ));
    }
    further.iter().try_for_each(|one| deb_in(log, one).with_context(|| one.suite.clone()))
}

fn deb_in(log: &mut Log, distribution: &Distribution) -> Result<()> {
    let root = bare(log, "deb", distribution)?;
    let deb = artefact("noanswer_", "_amd64.deb")?;
    std::fs::copy(&deb, root.join("one.deb"))?;
    newer(log, &deb, &root.join("two.deb"))?;
    within(log, &root, "dpkg -i /one.deb")?;
    within(log, &root, INSTALLED)?;
    within(log, &root, "test -z \"$(dpkg --verify noanswer)\"")?;
    units(log, &root)?;
    lab::judge(log, &format!("chroot {} /usr/bin/noanswer", root.display()), &root.with_extension("out"))?;
    // What was configured outlives an upgrade and a removal, and not a purge.
    within(log, &root, "echo '# mine' >>/etc/noanswer/controls.toml; cp /etc/noanswer/vantage.env /before")?;
    within(
        log,
        &root,
        "dpkg -i /two.deb; dpkg-query -W noanswer | grep -q newer; grep -q mine /etc/noanswer/controls.toml; cmp /before /etc/noanswer/vantage.env",
    )?;
    within(
        log,
        &root,
        "dpkg -r noanswer; ! test -e /usr/bin/noanswer; grep -q mine /etc/noanswer/controls.toml",
    )?;
    within(log, &root, "dpkg -P noanswer; ! test -e /etc/noanswer; ! dpkg-query -W noanswer")
}

/// The same package under a later version.
fn newer(log: &mut Log, deb: &Path, to: &Path) -> Result<()> {
    let folder = scratch("deb-newer")?;
    log.run(Command::new("dpkg-deb").arg("-R").arg(deb).arg(&folder))?;
    let control = folder.join("DEBIAN/control");
    let text = std::fs::read_to_string(&control)?;
    let version = env!("CARGO_PKG_VERSION");
    std::fs::write(
        &control,
        text.replace(&format!("Version: {version}"), &format!("Version: {version}+newer")),
    )?;
    log.run(Command::new("dpkg-deb").args(["--root-owner-group", "-Zgzip", "-b"]).arg(&folder).arg(to))
}

/// The RPM, by Debian's rpm: its files and scripts are those that Fedora would run.
pub fn rpm(log: &mut Log) -> Result<()> {
    need::programs(&[Program { name: "rpm", package: "rpm" }])?;
    let root = bare(log, "rpm", &Distribution::own()?)?;
    let package = artefact("noanswer-", ".x86_64.rpm")?;
    let rpm = |arguments: &[&str]| {
        let mut rpm = Command::new("rpm");
        // Debian has no rpm database that would know of a shell and of `useradd`.
        rpm.arg("--root").arg(&root).arg("--nodeps").args(arguments);
        rpm.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        rpm
    };
    log.run(rpm(&["--install", "--ignorearch"]).arg(&package))?;
    within(log, &root, INSTALLED)?;
    units(log, &root)?;
    lab::judge(log, &format!("chroot {} /usr/bin/noanswer", root.display()), &root.with_extension("out"))?;
    within(log, &root, "echo '# mine' >>/etc/noanswer/controls.toml; cp /etc/noanswer/vantage.env /before")?;
    log.run(rpm(&["--upgrade", "--force", "--ignorearch"]).arg(&package))?;
    within(
        log,
        &root,
        "grep -q mine /etc/noanswer/controls.toml; cmp /before /etc/noanswer/vantage.env; noanswer -V",
    )?;
    log.run(&mut rpm(&["--erase", "noanswer"]))?;
    within(
        log,
        &root,
        "! test -e /usr/bin/noanswer; ! test -e /usr/lib/systemd/system/noanswer.service; grep -q mine /etc/noanswer/controls.toml*",
    )
}

/// The units, as systemd reads them: nothing to complain of, and not exposed.
fn units(log: &mut Log, root: &Path) -> Result<()> {
    need::programs(&[Program { name: "systemd-analyze", package: "systemd" }])?;
    // The bare root has no systemd, whose targets every unit stands on.
    let targets = "cp --no-clobber /usr/lib/systemd/system/*.target \"$1/usr/lib/systemd/system/\"";
    log.run(Command::new("sh").args(["-c", targets, "sh"]).arg(root))?;
    for unit in ["noanswer.service", "noanswer-vantage.service"] {
        let path = format!("/usr/lib/systemd/system/{unit}");
        let output = Command::new("systemd-analyze")
            .args(["verify", "--man=no", "--root"])
            .arg(root)
            .arg(&path)
            .output()?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let ours: Vec<&str> = words.lines().filter(|line| line.contains("noanswer")).collect();
        ensure!(ours.is_empty(), "systemd-analyze verify: {ours:?}");
        let mut security = Command::new("systemd-analyze");
        security
            .args(["security", "--offline=yes", "--threshold=20", "--no-pager", "--root"])
            .arg(root)
            .arg(unit);
        let output = security.output()?;
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        log.line(words.lines().last().unwrap_or_default());
        ensure!(
            output.status.success(),
            "{unit} is exposed:\n{words}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
