//! The function in figures: from its start to its first poll, and the most memory that it holds. `NOANSWER_BIN` names
//! the binary; `cargo xtask bench lambda` builds it and runs this.

use anyhow::{Context, Result, ensure};
use noanswer_tests::lab::run::{command_under_test, run};
use noanswer_tests::lab::{scenario, suite};
use noanswer_tests::namespace;
use noanswer_tests::runtime::{Instance, Runtime, variables};
use noanswer_tests::serve::Serve;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// How often the function is started; the first start, which finds nothing in the page cache, is not counted.
const STARTS: usize = 21;
/// The most that the median of its starts may take, in milliseconds.
const START_MS: f64 = 30.0;
/// The most memory that it may hold, in kB: 40 MB.
const PEAK_KB: u64 = 40_000;
/// The scenario whose functions' memory is measured: DoH by HTTPS, three controls, and STARTTLS with a real Exim.
const SCENARIO: &str = "lambda-healthy";

fn main() -> Result<ExitCode> {
    let noanswer = command_under_test()?;
    if namespace::is_inside() {
        return prober_memory(&noanswer);
    }
    println!("| figure | measured | budget | |\n|---|---|---|---|");
    let mut kept = true;
    for role in ["prober", "coordinator"] {
        let mut starts = (0..STARTS).map(|_| start_ms(&noanswer, role)).collect::<Result<Vec<f64>>>()?;
        starts.remove(0);
        starts.sort_by(f64::total_cmp);
        let (median, worst) = (starts[starts.len() / 2], starts[starts.len() - 1]);
        let label = format!("{role}: start to first poll, median of {} (worst {worst:.1} ms)", starts.len());
        kept &= row(&label, &format!("{median:.1} ms"), &format!("{START_MS} ms"), median <= START_MS);
    }
    kept &= memory_row(
        "coordinator: memory after a check of two regions and a text of 1 MiB",
        coordinator(&noanswer)?,
    );
    let inside = suite::step_inside(std::iter::empty::<&str>())?;
    Ok(if kept && inside.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(figure: &str, measured: &str, budget: &str, kept: bool) -> bool {
    println!("| {figure} | {measured} | {budget} | {} |", if kept { "✓" } else { "✗" });
    kept
}

fn memory_row(figure: &str, kb: u64) -> bool {
    row(figure, &format!("{:.1} MB", kb as f64 / 1e3), &format!("{} MB", PEAK_KB / 1000), kb <= PEAK_KB)
}

/// One start: from the process' birth until its poll for the first event has come, in milliseconds.
fn start_ms(noanswer: &Path, role: &str) -> Result<f64> {
    let runtime = TcpListener::bind("127.0.0.1:0")?;
    let mut command = Command::new(noanswer);
    command.env_clear().envs(variables(runtime.local_addr()?, role));
    command.envs([("NOANSWER_ROLE", role), ("NOANSWER_TOKEN", "secret"), ("AWS_REGION", "eu-central-1")]);
    let began = Instant::now();
    let _instance = Instance::start(command)?;
    let (poll, _) = runtime.accept()?;
    poll.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut line = String::new();
    BufReader::new(poll).read_line(&mut line)?;
    let took = began.elapsed();
    ensure!(line.contains("/2018-06-01/runtime/invocation/next"), "that is no poll: {line}");
    Ok(took.as_secs_f64() * 1e3)
}

/// The most memory that a coordinator holds after a check and a large text, in kB.
fn coordinator(noanswer: &Path) -> Result<u64> {
    let lab = Serve::lab(noanswer)?;
    let functions = ["coordinator", "north", "south"];
    let runtime = Runtime::start(&functions, Duration::from_secs(60))?;
    let (doh, mut vantages) = (lab.doh(), String::new());
    let mut instances = Vec::new();
    for region in &functions[1..] {
        let settings =
            [("NOANSWER_ROLE", "prober"), ("NOANSWER_TOKEN", "secret"), ("NOANSWER_DOH", doh.as_str())];
        instances.push(runtime.instance(noanswer, region, &settings)?);
        let url = runtime.url(region);
        vantages += &format!(
            "[[vantage]]\nid = '{region}'\nurl = '{url}'\nauth = {{ bearer-env = 'NOANSWER_TOKEN' }}\n"
        );
    }
    let settings = [
        ("NOANSWER_TOKEN", "secret"),
        ("NOANSWER_DOH", doh.as_str()),
        ("NOANSWER_VANTAGES", vantages.as_str()),
        ("NOANSWER_ALLOW_NET", "192.0.2.0/24"),
    ];
    let coordinator = runtime.instance(noanswer, "coordinator", &settings)?;
    let line = "connect to mx.example.org[192.0.2.1]:25: Connection timed out\n";
    let text = serde_json::json!({ "text": line.repeat(1_000_000 / line.len()) });
    let calls = [("/v1/explain", text), ("/v1/check", serde_json::json!({ "domain": "healthy.test" }))];
    let url = runtime.url("coordinator");
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        for (path, body) in calls {
            let call = noanswer_tests::contract::client().post(format!("{url}{path}")).bearer_auth("secret");
            let call = call.header("content-type", "application/json").body(body.to_string());
            let answer = call.send().await?;
            let status = answer.status();
            let words = answer.text().await?;
            ensure!(status == 200, "{path}: {status}: {words}");
        }
        Ok(())
    })?;
    coordinator.peak_kb()
}

/// The most memory that the probers of a whole check hold, in the lab.
fn prober_memory(noanswer: &Path) -> Result<ExitCode> {
    let scenario = scenario::all()?.into_iter().find(|scenario| scenario.name == SCENARIO);
    let outcome = run(&scenario.context("no such scenario")?, noanswer)?;
    ensure!(outcome.wrong.is_empty(), "{SCENARIO}: {:?}", outcome.wrong);
    let functions = outcome.peaks_kb.iter().filter(|(name, _)| name.starts_with("function-"));
    let peak = functions.map(|(_, kb)| *kb).max().context("no function ran")?;
    let kept = memory_row("prober: memory after a check with DoH, three controls and STARTTLS", peak);
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
