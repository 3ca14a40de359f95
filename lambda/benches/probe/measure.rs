//! What a program took: wall time, CPU time, memory.

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a program took, and what it printed.
#[derive(Clone, Debug)]
pub struct Taken {
    pub wall_s: f64,
    pub cpu_s: f64,
    pub peak_mib: f64,
    pub said: String,
}

/// Runs `program` to its end and measures it with all its children.
pub fn run(program: &[&str]) -> Result<Taken> {
    // A process between, whose only children are the measured ones: the kernel keeps one peak for all of them.
    let output = Command::new(std::env::current_exe()?)
        .arg("measured")
        .args(program)
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("cannot start {}", program[0]))?;
    let notes = String::from_utf8_lossy(&output.stderr);
    let figures = notes.lines().rev().find_map(|line| line.strip_prefix("measured: "));
    let Some(figures) = figures.filter(|_| output.status.success()) else {
        bail!("{} failed: {}", program[0], notes.trim());
    };
    let figures: Vec<f64> = figures.split(' ').filter_map(|figure| figure.parse().ok()).collect();
    let [wall_s, cpu_s, peak_mib] = figures[..] else { bail!("{}: no figures", program[0]) };
    Ok(Taken { wall_s, cpu_s, peak_mib, said: String::from_utf8_lossy(&output.stdout).into_owned() })
}

/// The process between.
pub fn child(program: &[&str]) -> Result<()> {
    let [name, arguments @ ..] = program else { bail!("nothing to measure") };
    let began = Instant::now();
    let status = Command::new(name)
        .args(arguments)
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {name}"))?;
    let wall = began.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
    // Linux counts in KiB.
    eprintln!("measured: {wall} {cpu} {}", usage.max_rss() as f64 / 1024.0);
    // swaks in a loop ends with the last one's code: a target that fails is no failure of the tool.
    if status.code().is_none() {
        bail!("{name} was killed");
    }
    Ok(())
}
