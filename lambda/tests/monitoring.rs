//! A real Prometheus scrapes the embedded lab, with the configuration, the rules and the dashboard of `docs/monitoring`.

use anyhow::{Context, Result, ensure};
use noanswer_tests::need::{self, Program};
use noanswer_tests::serve::Serve;
use noanswer_tests::{own_network, port};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn papers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring")
}

fn promtool() -> Result<Program> {
    need::debian("prometheus", "usr/bin/promtool")
}

fn run(program: &Program, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(&program.path).args(arguments).current_dir(papers()).output()?)
}

#[test]
fn the_rules_are_sound_and_ring_when_they_should() -> Result<()> {
    let promtool = promtool()?;
    for arguments in [
        ["check", "config", "--syntax-only", "prometheus.yml"].as_slice(),
        &["check", "rules", "alerts.yml"],
        &["test", "rules", "alerts_test.yml"],
    ] {
        let output = run(&promtool, arguments)?;
        ensure!(output.status.success(), "{arguments:?}: {output:?}");
    }
    Ok(())
}

/// A process that is ended with its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_real_prometheus_reads_the_figures() -> Result<()> {
    let (prometheus, promtool) = (need::debian("prometheus", "usr/bin/prometheus")?, promtool()?);
    own_network::enter()?;
    let server = Serve::lab(Path::new(env!("CARGO_BIN_EXE_noanswer")))?;
    let folder = tempfile(&server)?;
    let listen = format!("127.0.0.1:{}", port::free()?);
    let child = Command::new(&prometheus.path)
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={listen}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("prometheus")?;
    let _ended = Ended(child);
    let url = format!("http://{listen}");
    let ask = |query: &str| -> Result<String> {
        let output = run(&promtool, &["query", "instant", &url, query])?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let wait = |query: &str, wanted: &str| -> Result<()> {
        // Patience, no measure: the first scrape comes when Prometheus likes.
        for _ in 0..600 {
            if ask(query)?.contains(wanted) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        anyhow::bail!("{query}: {}", ask(query)?)
    };
    wait("noanswer_check_exit_code{domain=\"silent.test\"} == 2", "silent.test")?;
    wait("noanswer_check_exit_code{domain=\"healthy.test\"} == 0", "healthy.test")?;
    wait("noanswer_check_fault{domain=\"silent.test\"}", "party=\"them\"")?;
    wait("noanswer_check_connect_seconds{domain=\"healthy.test\"}", "192.0.2.10")?;
    wait("noanswer_verdicts_total", "status=\"named\"")?;
    wait("noanswer_vantage_sight{sight=\"blind\"} == 1", "west")?;
    dashboard(&|query| {
        let output = run(&promtool, &["query", "instant", &url, query])?;
        ensure!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    })?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The configuration of `docs/monitoring`, for `server` and its domains, with a scrape a second.
fn tempfile(server: &Serve) -> Result<PathBuf> {
    let folder = need::target().join(format!("monitoring-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let address = server.url.trim_start_matches("http://");
    let text = std::fs::read_to_string(papers().join("prometheus.yml"))?;
    let text = text
        .replace("127.0.0.1:4410", address)
        .replace("example.org", "silent.test")
        .replace("example.net", "healthy.test")
        .replace("scrape_interval: 5m", "scrape_interval: 30s");
    let text = format!("global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\n{text}");
    std::fs::write(folder.join("prometheus.yml"), text)?;
    std::fs::copy(papers().join("alerts.yml"), folder.join("alerts.yml"))?;
    Ok(folder)
}

/// Every query of the dashboard is one that Prometheus takes, and names a figure that there is.
fn dashboard(ask: &dyn Fn(&str) -> Result<()>) -> Result<()> {
    let text = std::fs::read_to_string(papers().join("dashboard.json"))?;
    let dashboard: serde_json::Value = serde_json::from_str(&text)?;
    let panels = dashboard["panels"].as_array().context("panels")?;
    let queries = panels.iter().filter_map(|panel| panel["targets"][0]["expr"].as_str());
    let queries: Vec<String> = queries.map(|query| query.replace("$domain", ".*")).collect();
    ensure!(queries.len() == panels.len(), "a panel without a query");
    queries.iter().try_for_each(|query| ask(query))
}
