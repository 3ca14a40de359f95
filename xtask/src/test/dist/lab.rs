//! A program, wherever it was installed, judged by what it says of the embedded lab.

use crate::need::{self, Program};
use crate::test::step::Log;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// `$NOANSWER` is the program, in as many words as it takes; what it says is kept in `$OUT`.
const SCRIPT: &str = r#"
set -u
rm -f "$OUT"/*
ip link set lo up
$NOANSWER --version >"$OUT/version" || exit 1
$NOANSWER serve --lab --listen 127.0.0.1:4410 >"$OUT/served" 2>&1 & server=$!
trap 'kill $server; wait $server' EXIT
until grep -q listening "$OUT/served"; do
    kill -0 $server || { cat "$OUT/served"; exit 1; }
    sleep 0.2
done
$NOANSWER check healthy.test --api http://127.0.0.1:4410 --json >"$OUT/healthy"; echo "healthy $?"
$NOANSWER check silent.test --api http://127.0.0.1:4410 --json >"$OUT/silent"; echo "silent $?"
$NOANSWER explain '451 4.4.1 connect to mx.example.org[192.0.2.1]:25: Connection timed out' >"$OUT/explained" || exit 1
$NOANSWER queue --file /nonexistent 2>/dev/null; echo "usage $?"
"#;

/// Has `program` serve its lab and judge two of its domains, in a network of its own; what it says is kept in `out`.
///
/// # Errors
/// When it does not run, or says something else than what is true in the lab.
pub fn judge(log: &mut Log, program: &str, out: &Path) -> Result<()> {
    need::programs(&[Program { name: "ip", package: "iproute2" }])?;
    std::fs::create_dir_all(out)?;
    let mut script = Command::new("unshare");
    script.args(["--net", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT]);
    let output =
        script.env("NOANSWER", program).env("OUT", out).output().context("unshare does not start")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    log.line(&format!(
        "{program}\n{}{said}{}",
        read(out, "version"),
        String::from_utf8_lossy(&output.stderr)
    ));
    ensure!(output.status.success(), "it does not run ({}): {}", output.status, read(out, "served"));
    for line in ["healthy 0", "silent 2", "usage 64"] {
        ensure!(said.lines().any(|one| one == line), "expected {line:?}, and it was: {said}");
    }
    ensure!(
        read(out, "version").contains(env!("CARGO_PKG_VERSION")),
        "another version: {}",
        read(out, "version")
    );
    ensure!(read(out, "version").contains("features: page, "), "the page is not in it");
    for (domain, status) in [("healthy", "healthy"), ("silent", "named")] {
        let report: Value = serde_json::from_str(&read(out, domain)).with_context(|| read(out, domain))?;
        ensure!(report["verdict"]["status"] == status, "{domain}.test: {}", report["verdict"]);
    }
    let explained = read(out, "explained");
    ensure!(explained.contains("mx.example.org"), "a text was explained so: {explained}");
    Ok(())
}

fn read(out: &Path, name: &str) -> String {
    std::fs::read_to_string(out.join(name)).unwrap_or_default()
}
