//! The contenders: how each is made to look at every target, and what it says of them.

use crate::measure::{self, Taken};
use crate::world::{LIMIT, TARGETS, target};
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How many targets swaks gets: it is a process of Perl a target.
const SWAKS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    Bare,
    Ours,
    Blackbox,
    Nmap,
    Swaks,
}

/// What a contender took, and how many targets it called answering, refusing and silent.
#[derive(Clone, Debug)]
pub struct Run {
    pub targets: usize,
    pub taken: Taken,
    pub told: Vec<usize>,
}

impl Contender {
    pub const ALL: [Self; 5] = [Self::Bare, Self::Ours, Self::Blackbox, Self::Nmap, Self::Swaks];

    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "a bare tokio loop",
            Self::Ours => "noanswer",
            Self::Blackbox => "blackbox_exporter",
            Self::Nmap => "nmap smtp-commands",
            Self::Swaks => "swaks",
        }
    }

    pub fn run(self) -> Result<Run> {
        match self {
            Self::Bare => own("bare"),
            Self::Ours => own("ours"),
            Self::Blackbox => blackbox(),
            Self::Nmap => nmap(),
            Self::Swaks => swaks(),
        }
    }
}

fn own(kind: &str) -> Result<Run> {
    let this = std::env::current_exe()?;
    let this = this.to_str().context("the path of the bench is not UTF-8")?;
    let taken = measure::run(&[this, kind, &TARGETS.to_string()])?;
    let told: Vec<usize> = taken.said.split_whitespace().filter_map(|count| count.parse().ok()).collect();
    if told.len() != 3 {
        bail!("{kind} said {:?}", taken.said);
    }
    Ok(Run { targets: TARGETS, taken, told })
}

/// A file that is gone when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("noanswer-bench-{}-{name}", std::process::id()));
        std::fs::File::create(&path)?.write_all(text.as_bytes())?;
        Ok(Self(path))
    }

    fn path(&self) -> Result<&str> {
        self.0.to_str().context("the temporary folder's path is not UTF-8")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Connects to every open port at once, several hundred at a time: the fastest that nmap has for this job.
fn nmap() -> Result<Run> {
    let list: Vec<String> = (0..TARGETS).map(|index| target(index).to_string()).collect();
    let list = Scratch::new("targets", &list.join("\n"))?;
    let limit = format!("{}s", LIMIT.as_secs());
    let taken = measure::run(&[
        "nmap",
        "-n",
        "-Pn",
        "-sT",
        "-p25",
        "--unprivileged",
        "--script",
        "smtp-commands",
        "--script-timeout",
        &limit,
        "--min-hostgroup",
        "1000",
        "--min-parallelism",
        "300",
        "--max-retries",
        "1",
        "--max-rtt-timeout",
        &limit,
        "--initial-rtt-timeout",
        "1s",
        "-oG",
        "-",
        "-iL",
        list.path()?,
    ])?;
    let state = |state: &str| taken.said.matches(&format!("25/{state}/")).count();
    let told = vec![state("open"), state("closed"), state("filtered")];
    Ok(Run { targets: TARGETS, taken, told })
}

/// Sixteen at a time. The exit code tells only whether it went well.
fn swaks() -> Result<Run> {
    let list: Vec<String> = (0..SWAKS).map(|index| target(index).to_string()).collect();
    let list = Scratch::new("swaks", &list.join("\n"))?;
    let (path, limit) = (list.path()?, LIMIT.as_secs());
    let line = format!(
        "xargs -P 16 -I @ sh -c 'swaks --server @ --port 25 --helo bench.example --timeout {limit} --quit-after EHLO \
         --silent 3 >/dev/null 2>&1 && echo yes || echo no' < {path}"
    );
    let taken = measure::run(&["sh", "-c", &line])?;
    let said = |word: &str| taken.said.lines().filter(|line| *line == word).count();
    let told = vec![said("yes"), said("no")];
    Ok(Run { targets: SWAKS, taken, told })
}

const CONFIG: &str = r#"
modules:
  smtp:
    prober: tcp
    timeout: LIMITs
    tcp:
      preferred_ip_protocol: ip4
      query_response:
        - expect: "^220"
        - send: "EHLO bench.example"
        - expect: "^250 "
        - send: "QUIT"
"#;

const LISTEN: &str = "127.0.0.1:9115";

/// A server, asked for all targets at once as by Prometheus.
fn blackbox() -> Result<Run> {
    let config = Scratch::new("blackbox.yml", &CONFIG.replace("LIMIT", &LIMIT.as_secs().to_string()))?;
    let mut server = Command::new("prometheus-blackbox-exporter")
        .args(["--config.file", config.path()?, "--web.listen-address", LISTEN, "--timeout-offset", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start prometheus-blackbox-exporter")?;
    let run = ask_blackbox(&server);
    server.kill()?;
    server.wait()?;
    run
}

fn ask_blackbox(server: &Child) -> Result<Run> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(no_tls())
        .no_proxy()
        .timeout(LIMIT + Duration::from_secs(5))
        .build()?;
    let began = Instant::now();
    while std::net::TcpStream::connect(LISTEN).is_err() {
        if began.elapsed() > Duration::from_secs(10) {
            bail!("blackbox_exporter does not listen");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let (began, before) = (Instant::now(), cpu_s(server)?);
    let answers = runtime.block_on(async {
        let mut under_way = JoinSet::new();
        for index in 0..TARGETS {
            let url = format!("http://{LISTEN}/probe?module=smtp&target={}:25", target(index));
            let client = client.clone();
            under_way.spawn(async move { client.get(url).send().await?.text().await });
        }
        under_way.join_all().await
    });
    let wall_s = began.elapsed().as_secs_f64();
    let taken =
        Taken { wall_s, cpu_s: cpu_s(server)? - before, peak_mib: peak_mib(server)?, said: String::new() };
    let answers: Vec<String> = answers.into_iter().collect::<Result<_, reqwest::Error>>()?;
    let yes = answers.iter().filter(|answer| answer.contains("\nprobe_success 1")).count();
    Ok(Run { targets: TARGETS, taken, told: vec![yes, answers.len() - yes] })
}

/// Plain HTTP needs no roots; the client wants a configuration all the same.
fn no_tls() -> rustls::ClientConfig {
    let builder = rustls::ClientConfig::builder_with_provider(noanswer::tls::provider());
    let versions = builder.with_safe_default_protocol_versions().expect("ring supports the default versions");
    versions.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}

/// The CPU time of a process, in seconds: fields 14 and 15 of `/proc/PID/stat`, in hundredths.
fn cpu_s(process: &Child) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id()))?;
    let after_name = stat.rsplit_once(')').context("no /proc/PID/stat")?.1;
    let ticks: u32 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<u32>().ok()).sum();
    Ok(f64::from(ticks) / 100.0)
}

fn peak_mib(process: &Child) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}
