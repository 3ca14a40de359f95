//! The Windows program, by Wine.

use super::files::unzip;
use super::lab;
use super::places::{artefact, scratch};
use crate::need::{self, Program};
use crate::shell;
use crate::test::step::Log;
use anyhow::{Context, Result, ensure};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Wine 8 of Debian 12 lacks `bcryptprimitives.dll`, which every Windows since 8 has and Rust's standard library takes its
/// random numbers from. This stands in for it, in the test alone.
const RANDOM: &str = "
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) { return RtlGenRandom(bytes, length); }
";

/// The zip, its manifests, and the program against the lab.
pub fn windows(log: &mut Log) -> Result<()> {
    need::programs(&[
        Program { name: "wine", package: "wine64" },
        Program { name: "x86_64-w64-mingw32-gcc", package: "gcc-mingw-w64-x86-64" },
    ])?;
    let folder = scratch("windows")?;
    let zip = artefact("noanswer-", "-pc-windows-gnu.zip")?;
    unzip(log, &zip, &folder)?;
    let inner = std::fs::read_dir(&folder)?.next().context("an empty zip")??.path();
    manifests(log, &zip)?;
    stand_in(log, &inner)?;
    let prefix = scratch("wine")?;
    let program = format!(
        "env WINEPREFIX={} WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= wine {}",
        prefix.display(),
        inner.join("noanswer.exe").display()
    );
    lab::judge(log, &program, &inner.with_extension("out"))?;
    let exe = inner.join("noanswer.exe");
    service(log, &exe, &prefix)?;
    contract(log, &exe, &prefix)?;
    worlds(log, &exe, &prefix)
}

/// What Wine is told for all programs of a prefix.
fn in_wine<'c>(command: &'c mut Command, prefix: &Path) -> &'c mut Command {
    command.env("WINEPREFIX", prefix).env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", "mscoree,mshtml=")
}

/// A service's life, by the service manager: made, started, asked, stopped. Wine ends its services a few seconds after the
/// last program that is none, on a busy machine before they listen: `-p` has them stay.
const SERVICE: &str = r#"
set -eu
ip link set lo up
trap 'wineserver -k || true' EXIT
wineserver -p
wine sc.exe create noanswer start= demand binPath= "Z:$(printf %s "$EXE" | tr / '\\') serve --lab --service --listen 127.0.0.1:4410"
wine sc.exe start noanswer
until_so() {
    tries=0
    until "$@"; do tries=$((tries + 1)); test $tries -lt 240; sleep 0.5; done
}
is() { wine sc.exe query noanswer | grep "$1"; }
until_so curl --silent --fail --max-time 2 http://127.0.0.1:4410/healthz
until_so is RUNNING
wine sc.exe stop noanswer
until_so is STOPPED
wine sc.exe delete noanswer
if wine "$EXE" serve --service; then exit 1; fi
"#;

fn service(log: &mut Log, exe: &Path, prefix: &Path) -> Result<()> {
    need::programs(&[Program { name: "curl", package: "curl" }])?;
    let mut script = Command::new("unshare");
    script.args(["--net", "--pid", "--fork", "--kill-child", "sh", "-c", SERVICE]).env("EXE", exe);
    log.run(in_wine(&mut script, prefix)).context("as a service of Windows")
}

/// Every case of `tests/contract/command.toml`.
fn contract(log: &mut Log, exe: &Path, prefix: &Path) -> Result<()> {
    let mut test = shell::cargo(&["test", "--quiet", "--workspace", "--test", "edge"]);
    test.args(["command::every_case_of_the_contract", "--", "--exact"]).env("NOANSWER_WINDOWS", exe);
    log.run(in_wine(&mut test, prefix))
}

/// Scenarios of `tests/lab` that the program for Windows judges as any other does: silent, refused, mute, busy hosts, broken
/// TLS, both families, a resolver that lies, a machine without a network, and who forbids: the recipient, or the own firewall.
/// A name may stand in those of several.
const SCENARIOS: &[&str] = &[
    "healthy-two-exchanges",
    "ipv6-only-target-gone",
    "target-ipv4-gone",
    "first-exchange-closed",
    "never-greets",
    "greets-with-450",
    "closes-at-greeting",
    "tls-garbage",
    "sender-resolver-lies-target-gone",
    "sender-ipv6-no-route",
    "target-ipv6-prohibits-sender",
    "sender-firewall-forbids",
    "sender-offline",
];

/// `serve`, which vantages are, by this system's program; all else by the other. Wine's server opens all sockets, in the
/// network that it was started in: each call has its own, with a prefix of its own.
const WRAPPER: &str = r#"#!/bin/sh
case "$1" in serve) exec "$NATIVE" "$@" ;; esac
prefix=$(mktemp -d) || exit 70
trap 'wineserver -k; rm -rf "$prefix"' EXIT
cp -al "$WINEPREFIX/." "$prefix" && export WINEPREFIX="$prefix"
wine "$EXE" "$@"
"#;

fn worlds(log: &mut Log, exe: &Path, prefix: &Path) -> Result<()> {
    log.run(&mut shell::cargo(&["build", "--quiet", "--package", "noanswer"]))?;
    log.run(&mut shell::cargo(&["build", "--quiet", "--package", "noanswer-tests", "--bins"]))?;
    let wrapper = exe.with_file_name("wrapper");
    std::fs::write(&wrapper, WRAPPER)?;
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755))?;
    let debug = shell::target().join("debug");
    let start = |name: &&'static str| -> Result<(&'static str, Child)> {
        let mut lab = Command::new(debug.join("lab"));
        lab.arg(name).env("NOANSWER_BIN", &wrapper).env("NATIVE", debug.join("noanswer")).env("EXE", exe);
        lab.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok((name, in_wine(&mut lab, prefix).spawn().context("the lab does not start")?))
    };
    let mut wrong = Vec::new();
    // The first unpacks what the lab needs; the others wait more than they compute.
    let (first, others) = SCENARIOS.split_at(1);
    let mut running: Vec<_> = first.iter().map(start).collect::<Result<_>>()?;
    running[0].1.wait()?;
    running.extend(others.iter().map(start).collect::<Result<Vec<_>>>()?);
    for (name, lab) in running {
        let output = lab.wait_with_output()?;
        log.line(&format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ));
        wrong.extend((!output.status.success()).then_some(name));
    }
    ensure!(wrong.is_empty(), "judged otherwise than on Linux: {}", wrong.join(", "));
    Ok(())
}

fn stand_in(log: &mut Log, folder: &Path) -> Result<()> {
    let source = folder.join("random.c");
    std::fs::write(&source, RANDOM)?;
    let mut compile = Command::new("x86_64-w64-mingw32-gcc");
    compile.args(["-shared", "-o"]).arg(folder.join("bcryptprimitives.dll")).arg(&source).arg("-ladvapi32");
    log.run(&mut compile)
}

/// Both manifests name the zip's own hash, and the program where it lies in it.
fn manifests(log: &mut Log, zip: &Path) -> Result<()> {
    let sum = Command::new("sha256sum").arg(zip).output()?;
    let sum = String::from_utf8_lossy(&sum.stdout).split(' ').next().unwrap_or_default().to_owned();
    log.line(&sum);
    let name = zip.file_stem().context("a name")?.to_string_lossy().into_owned();
    let scoop: serde_json::Value =
        serde_json::from_slice(&std::fs::read(artefact("noanswer.scoop", ".json")?)?)?;
    let bits = &scoop["architecture"]["64bit"];
    ensure!(bits["hash"] == sum.as_str() && bits["extract_dir"] == name.as_str(), "scoop: {scoop}");
    let winget = std::fs::read_to_string(artefact("noanswer.noanswer.installer", ".yaml")?)?;
    ensure!(winget.contains(&sum) && winget.contains(&format!("{name}\\noanswer.exe")), "winget: {winget}");
    Ok(())
}
