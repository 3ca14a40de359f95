//! AWS Lambda's runtime on this machine: `cargo lambda watch` gives the Runtime API and the front of function URLs,
//! and instances of the binary poll it, as Lambda starts them.
//!
//! What it is not: it starts no instance, so that a test says when one comes and when one dies; and a function
//! that does not answer within the limit is HTTP 408, where AWS says 502 or 504.

use crate::process::end_with_us;
use crate::{need, own_network, port};
use anyhow::{Context, Result, bail, ensure};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running runtime.
#[derive(Debug)]
pub struct Runtime {
    process: Child,
    folder: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
}

impl Runtime {
    /// Starts one on loopback that knows `functions` and waits for an answer of theirs no longer than `limit`. The first
    /// call on a machine installs it.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn start(functions: &[&str], limit: Duration) -> Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = need::target().join(format!("tmp/lambda-{}-{number}", std::process::id()));
        let mut command = Command::new(need::cargo_lambda()?);
        own_network::enter()?;
        let listen = (Ipv4Addr::LOCALHOST, port::free()?).into();
        configure(&mut command, &folder, functions, listen, limit)?;
        end_with_us(&mut command, libc::SIGKILL);
        let log = std::fs::File::create(folder.join("runtime.log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = command.spawn().context("cargo-lambda does not start")?;
        let mut runtime = Self { process, folder, listen };
        runtime.wait_until_it_listens()?;
        Ok(runtime)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(self.listen).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        {
            let said = || std::fs::read_to_string(self.folder.join("runtime.log")).unwrap_or_default();
            if let Some(status) = self.process.try_wait()? {
                bail!("cargo-lambda ended ({status}): {}", said());
            }
            ensure!(Instant::now() < until, "cargo-lambda does not listen: {}", said());
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The function URL of `function`, without a slash at its end.
    pub fn url(&self, function: &str) -> String {
        url(self.listen, function)
    }

    /// Starts an instance of `function` with the binary `noanswer`, configured by `environment` and nothing else.
    ///
    /// # Errors
    /// When it does not start.
    pub fn instance(
        &self,
        noanswer: &Path,
        function: &str,
        environment: &[(&str, &str)],
    ) -> Result<Instance> {
        let mut command = Command::new(noanswer);
        command.env_clear().envs(environment.iter().copied()).envs(variables(self.listen, function));
        // What Lambda would send to CloudWatch.
        command.stdout(std::fs::File::create(self.folder.join(format!("{function}.log")))?);
        Instance::start(command)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A running instance of a function. When it ends by itself, it is started again, as Lambda does: a poll may meet a
/// connection that the runtime was about to close.
#[derive(Debug)]
pub struct Instance {
    kept: Arc<Kept>,
    keeper: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Kept {
    process: Mutex<Child>,
    over: AtomicBool,
}

impl Kept {
    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        let mut process = self.process();
        let _ = process.kill();
        let _ = process.wait();
    }

    /// Starts it again whenever it has ended, until it is over.
    fn keep(&self, mut command: Command) {
        while !self.over.load(Ordering::SeqCst) {
            let mut process = self.process();
            let ended = !self.over.load(Ordering::SeqCst) && matches!(process.try_wait(), Ok(Some(_)));
            if let Some(again) = ended.then(|| command.spawn().ok()).flatten() {
                *process = again;
            }
            drop(process);
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Instance {
    /// Starts one as `command` says.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(mut command: Command) -> Result<Self> {
        end_with_us(&mut command, libc::SIGKILL);
        let process = command.stdin(Stdio::null()).spawn().context("an instance does not start")?;
        let kept = Arc::new(Kept { process: Mutex::new(process), over: AtomicBool::new(false) });
        let keeper = std::thread::spawn({
            let kept = kept.clone();
            move || kept.keep(command)
        });
        Ok(Self { kept, keeper: Some(keeper) })
    }

    /// Ends it as a crash does, and waits until it is gone. It is not started again.
    pub fn crash(self) {
        self.kept.end();
    }

    /// Has it do nothing more, and not end either.
    ///
    /// # Errors
    /// When it had ended already.
    pub fn freeze(&self) -> Result<()> {
        let mut process = self.kept.process();
        ensure!(process.try_wait()?.is_none(), "the instance has ended");
        let pid = libc::pid_t::try_from(process.id())?;
        // SAFETY: no memory is passed; the child is ours and not waited for, so that the number is still its own.
        ensure!(unsafe { libc::kill(pid, libc::SIGSTOP) } == 0, std::io::Error::last_os_error());
        Ok(())
    }

    /// The most memory that it has held so far, in kB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak_kb(&self) -> Result<u64> {
        peak_kb(self.kept.process().id()).context("the instance has ended")
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kept.end();
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

/// Makes `command`, which is to be `cargo-lambda`, serve `functions` at `listen`. It asks for a crate whose binaries are
/// the functions: an empty one is written into `folder`.
///
/// # Errors
/// When the folder cannot be written.
pub fn configure(
    command: &mut Command,
    folder: &Path,
    functions: &[&str],
    listen: SocketAddr,
    limit: Duration,
) -> Result<()> {
    let mut manifest =
        "[package]\nname = \"functions\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n"
            .to_owned();
    std::fs::create_dir_all(folder.join("src"))?;
    std::fs::write(folder.join("src/main.rs"), "fn main() {}\n")?;
    for function in functions {
        manifest += &format!("\n[[bin]]\nname = \"{function}\"\npath = \"src/main.rs\"\n");
    }
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    command.args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", &listen.ip().to_string()]);
    command.args(["--invoke-port", &listen.port().to_string(), "--timeout", &limit.as_secs().to_string()]);
    command.args(["--color", "never"]).current_dir(folder);
    Ok(())
}

/// The variables by which Lambda tells an instance of `function` who it is, where the runtime is at `listen`.
pub fn variables(listen: SocketAddr, function: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_LAMBDA_RUNTIME_API", format!("http://{listen}/.rt/{function}")),
        ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}")),
    ]
}

/// The function URL of `function` in the runtime at `listen`, without a slash at its end.
pub fn url(listen: SocketAddr, function: &str) -> String {
    format!("http://{listen}/lambda-url/{function}")
}

/// The most memory that a process has held so far, in kB (`VmHWM` of proc(5)); `None` when it has ended.
pub fn peak_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
