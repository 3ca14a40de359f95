//! The Worker in the real workerd, by wrangler, ended with its test.

use crate::process::end_with_us;
use crate::{need, own_network, port};
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The networks that stand for the Internet in the lab.
const LAB_NETS: &str = "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32";

/// The lab's vantages, and the network that each stands in.
const LAB_VANTAGES: [(&str, &str, &str); 4] = [
    ("north", "one", "lab: a clear view, network one"),
    ("south", "two", "lab: a clear view, network two"),
    ("east", "three", "lab: a clear view, except of one host"),
    ("west", "four", "lab: a cloud that blocks port 25"),
];

/// How long workerd may take to start, on a machine that does much else.
const START: Duration = Duration::from_secs(120);

/// So many run at once in one process: each is a Node.js and a workerd.
const AT_ONCE: usize = 3;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// One of the places of [`AT_ONCE`].
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Self {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut usize| *running >= AT_ONCE;
        *ENDED.wait_while(running, full).unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

/// A running Worker.
#[derive(Debug)]
pub struct Worker {
    process: Child,
    _place: Place,
    folder: PathBuf,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Worker {
    /// Starts one on `port`, or a free one where it is 0, with these variables and secrets.
    ///
    /// # Errors
    /// When wrangler cannot be installed, the Worker was not built, or workerd does not start.
    pub fn start(port: u16, variables: &[(&str, &str)]) -> Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let worker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm/worker").canonicalize()?;
        ensure!(worker.join("dist/entry.js").is_file(), "the Worker is not built: cargo xtask build worker");
        let script = need::wrangler()?;
        let place = Place::take();
        own_network::enter()?;
        let port = if port == 0 { port::free()? } else { port };
        let folder = need::target().join(format!("tmp/worker-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let environment = folder.join("environment");
        fs::write(&environment, dotenv(variables))?;
        let log = fs::File::create(folder.join("log"))?;
        let mut command = Command::new("node");
        command
            .arg(script)
            .args(["dev", "--ip", "127.0.0.1", "--inspector-port", "0", "--log-level", "info"])
            .args(["--show-interactive-dev-session=false", "--port", &port.to_string()])
            .arg("--env-file")
            .arg(&environment)
            .arg("--persist-to")
            .arg(folder.join("state"))
            .current_dir(worker)
            // It would ask the platform where it is, and the registry whether it is new.
            .envs([("CLOUDFLARE_CF_FETCH_ENABLED", "false"), ("WRANGLER_HIDE_BANNER", "true")])
            .envs([("WRANGLER_SEND_METRICS", "false"), ("NO_COLOR", "1"), ("CI", "1")])
            .env("WRANGLER_LOG_PATH", folder.join("wrangler"))
            // In a place of its own: two at once would take each other's address from the registry of running Workers.
            .env("WRANGLER_REGISTRY_PATH", folder.join("registry"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        end_with_us(&mut command, libc::SIGTERM);
        let process =
            command.spawn().context("the Worker's tests need Node.js 20 or later: `node` does not start")?;
        let mut worker = Self { process, _place: place, folder, url: String::new() };
        worker.url = worker.listens()?;
        Ok(worker)
    }

    /// Starts one that stands before the lab at `lab`, a `noanswer serve --lab`: its resolver and its vantages.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn before_lab(port: u16, lab: &str) -> Result<Self> {
        // Two views, as the demo itself asks: what one operator alone says of a domain is never certain.
        let doh = format!("{lab}/lab/dns-query?view=one {lab}/lab/dns-query?view=two");
        let vantages = lab_vantages(lab);
        Self::start(
            port,
            &[
                ("NOANSWER_LAB", lab),
                ("NOANSWER_DOH", &doh),
                ("NOANSWER_ALLOW_NET", LAB_NETS),
                ("NOANSWER_PUBLIC", "1"),
                ("NOANSWER_VANTAGES", &vantages),
            ],
        )
    }

    /// What wrangler and the Worker have logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Waits until `words` stand in the log: it is written a little after the answer.
    ///
    /// # Errors
    /// When they do not come.
    pub fn logs(&self, words: &str) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(30);
        while !self.log().contains(words) {
            ensure!(Instant::now() < until, "{words:?} is not in the log: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn wait(&mut self) -> Result<()> {
        self.process.wait()?;
        Ok(())
    }

    /// Waits until it says where it listens.
    fn listens(&mut self) -> Result<String> {
        let until = Instant::now() + START;
        loop {
            let log = self.log();
            if let Some(url) = log.lines().find_map(|line| line.split("Ready on ").nth(1)) {
                return Ok(url.trim().trim_end_matches('/').to_owned());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("wrangler ended ({status}): {log}");
            }
            ensure!(Instant::now() < until, "workerd does not start: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Wrangler, and the workerd and esbuild that it started: they are a process group of their own.
        if let Ok(group) = i32::try_from(self.process.id()) {
            // SAFETY: a signal to a group that this process made.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The vantages file of the lab at `lab`.
fn lab_vantages(lab: &str) -> String {
    LAB_VANTAGES.iter().fold(String::new(), |mut file, (id, network, place)| {
        // As in the demo: the first stands at an access provider.
        let kind = if *id == "north" { "network-kind = 'access'\n" } else { "" };
        let _ = write!(
            file,
            "[[vantage]]\nid = '{id}'\nplace = '{place}'\nnetwork = '{network}'\n{kind}url = '{lab}/lab/{id}'\n"
        );
        file
    })
}

/// Variables as wrangler's `--env-file` reads them: values in double quotes may have line breaks.
fn dotenv(variables: &[(&str, &str)]) -> String {
    variables.iter().fold(String::new(), |mut file, (name, value)| {
        let _ = writeln!(file, "{name}=\"{value}\"");
        file
    })
}
