//! Network namespaces without names: each is held by a file descriptor, so that it ends with the process that made
//! it, however that process ends.

use crate::process::end_with_us;
use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// One network namespace: a host of the lab with interfaces, routes and filters of its own.
pub struct Namespace {
    /// What the map calls it: `sender`, `gateway`, `inet`.
    pub name: String,
    file: File,
    /// What its processes find as `/etc/resolv.conf`.
    resolver: Option<PathBuf>,
}

impl Namespace {
    /// Makes an empty namespace with its loopback up and the kernel's manners set for a lab: no waiting for
    /// duplicate addresses (RFC 4862 s5.4), no limit on ICMP errors, routes that forward.
    pub fn new(name: &str) -> Result<Self> {
        let file = in_thread(|| {
            // SAFETY: no memory is passed; the thread is ours alone and ends after this.
            check(unsafe { libc::unshare(libc::CLONE_NEWNET) })?;
            for (path, value) in SYSCTLS {
                std::fs::write(format!("/proc/sys/net/{path}"), value)?;
            }
            File::open("/proc/thread-self/ns/net")
        })
        .with_context(|| format!("no network namespace for {name}"))?;
        let namespace = Self { name: name.to_owned(), file, resolver: None };
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// The same namespace for somebody else to hold.
    pub fn alias(&self) -> io::Result<Self> {
        Ok(Self { name: self.name.clone(), file: self.file.try_clone()?, resolver: self.resolver.clone() })
    }

    /// Sets the resolver that its processes find.
    pub fn set_resolver(&mut self, resolv_conf: PathBuf) {
        self.resolver = Some(resolv_conf);
    }

    /// A path by which `ip` of another namespace finds this one.
    fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }

    /// A command that will run in this namespace and end with the thread that starts it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let net = self.file.as_raw_fd();
        let resolver = self.resolver.as_ref().map(|path| c_path(path));
        // SAFETY: only system calls between fork and exec; the strings were allocated before.
        unsafe {
            command.pre_exec(move || {
                enter(net)?;
                check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
                let Some(resolver) = &resolver else { return Ok(()) };
                check(libc::unshare(libc::CLONE_NEWNS))?;
                check(libc::mount(
                    std::ptr::null(),
                    c"/".as_ptr(),
                    std::ptr::null(),
                    libc::MS_REC | libc::MS_PRIVATE,
                    std::ptr::null(),
                ))?;
                check(libc::mount(
                    resolver.as_ptr(),
                    c"/etc/resolv.conf".as_ptr(),
                    std::ptr::null(),
                    libc::MS_BIND,
                    std::ptr::null(),
                ))
            });
        }
        command
    }

    /// Runs `work` in this namespace, on a thread of its own.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        let net = self.file.as_raw_fd();
        in_thread(move || {
            enter(net)?;
            work()
        })
    }

    /// One or more lines for `ip -batch`.
    pub fn ip(&self, lines: &str) -> Result<()> {
        self.feed("ip", &["-batch", "-"], lines)
    }

    /// The same for what `ip` takes for IPv4 unless told otherwise: rules.
    pub fn ip6(&self, lines: &str) -> Result<()> {
        self.feed("ip", &["-6", "-batch", "-"], lines)
    }

    /// A ruleset for `nft -f`.
    pub fn nft(&self, rules: &str) -> Result<()> {
        self.feed("nft", &["-f", "-"], rules)
    }

    fn feed(&self, program: &str, arguments: &[&str], text: &str) -> Result<()> {
        let mut child = self
            .command(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{program}` could not be started in {}", self.name))?;
        let mut stdin = child.stdin.take().context("no stdin")?;
        stdin.write_all(text.as_bytes())?;
        drop(stdin);
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!(
                "{}: {program} said: {}\n{text}",
                self.name,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }
}

/// Set in every namespace before it has an interface.
const SYSCTLS: &[(&str, &str)] = &[
    ("ipv4/ip_forward", "1"),
    ("ipv4/icmp_ratelimit", "0"),
    // A host that loses one address keeps its others.
    ("ipv4/conf/all/promote_secondaries", "1"),
    ("ipv6/icmp/ratelimit", "0"),
    ("ipv6/conf/all/forwarding", "1"),
    ("ipv6/conf/all/accept_dad", "0"),
    ("ipv6/conf/default/accept_dad", "0"),
];

/// Joins two namespaces by a cable: a veth pair, the first end in `here` named after `there` and the other way round.
pub fn cable(here: &Namespace, there: &Namespace) -> Result<()> {
    here.ip(&format!(
        "link add {there} type veth peer name {here} netns {path}\nlink set {there} up",
        there = there.name,
        here = here.name,
        path = there.path(),
    ))?;
    there.ip(&format!("link set {} up", here.name))
}

/// Has this thread, and what it starts, use `namespace`.
///
/// # Errors
/// When the kernel refuses.
pub fn enter_namespace(namespace: &Namespace) -> io::Result<()> {
    enter(namespace.file.as_raw_fd())
}

fn enter(net: RawFd) -> io::Result<()> {
    // SAFETY: `net` is a descriptor of a network namespace that outlives the call.
    check(unsafe { libc::setns(net, libc::CLONE_NEWNET) })
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn c_path(path: &Path) -> std::ffi::CString {
    std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap_or_default()
}

fn in_thread<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        scope.spawn(work).join().unwrap_or_else(|_| Err(io::Error::other("the thread panicked")))
    })
}

/// The environment variable that says that this process is inside already.
const INSIDE: &str = "NOANSWER_LAB_INSIDE";

/// Whether this process has namespaces of its own, in which a lab can be built.
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs this program again, with `arguments` and more `variables`, in user, network, mount and process namespaces of its own: no root is
/// needed, and nothing that it starts can outlive it.
pub fn step_inside<I: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = I>,
    variables: &[(&str, PathBuf)],
) -> Result<ExitStatus> {
    // SAFETY: no arguments, no memory.
    let flags = if unsafe { libc::geteuid() } == 0 { "-nmpf" } else { "-Urnmpf" };
    let mut command = Command::new("unshare");
    command.args([flags, "--kill-child", "--mount-proc", "--"]).arg(std::env::current_exe()?).args(arguments);
    // Debian keeps servers in sbin, which is not on everybody's path.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command.env(INSIDE, "1").envs(variables.iter().cloned());
    end_with_us(&mut command, libc::SIGKILL);
    let status = command.status().context("`unshare` could not be started (Debian package util-linux)")?;
    ensure!(
        status.code() != Some(1) || Command::new("unshare").args([flags, "true"]).status()?.success(),
        "this system allows no user namespaces: run as root"
    );
    Ok(status)
}
