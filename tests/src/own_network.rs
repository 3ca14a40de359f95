//! A network namespace for a process of tests: whatever else runs on the machine, every port in it is free, and every
//! port that no test opens is closed.
//!
//! A namespace belongs to a thread, and is passed on to the threads and processes that the thread starts. So each test
//! enters it before it opens a socket or starts a server; the helpers of this crate do so by themselves.

use crate::namespace::{Namespace, enter_namespace};
use anyhow::{Context, Result};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;

struct Networks {
    /// The machine's own, which package managers need.
    machine: File,
    /// All tests of a process share one, since they share servers.
    ours: Namespace,
}

/// None where this process stays outside; unset where it may make none, or has not yet.
static NETWORKS: OnceLock<Option<Networks>> = OnceLock::new();

/// Has this thread, and what it starts, use the network namespace of this process. Without root the machine's own
/// stays, and with it whatever listens there.
///
/// # Errors
/// When root cannot make a namespace, or enter it.
pub fn enter() -> Result<()> {
    // SAFETY: no arguments, no memory.
    let is_root = unsafe { libc::geteuid() } == 0;
    if is_root && NETWORKS.get().is_none() {
        let machine = File::open("/proc/thread-self/ns/net")?;
        let ours = Namespace::new("tests").context("the Debian package iproute2 brings `ip`")?;
        // Another thread may have been first: then ours goes.
        let _ = NETWORKS.set(Some(Networks { machine, ours }));
    }
    let Some(Some(networks)) = NETWORKS.get() else { return Ok(()) };
    enter_namespace(&networks.ours).context("the tests' network namespace cannot be entered")
}

/// Gives loopback one more address in the namespace of this process, for a server that is to listen there.
///
/// # Errors
/// Without a namespace of our own: no address is added to the machine's network.
pub fn add_address(address: std::net::Ipv4Addr) -> Result<()> {
    enter()?;
    let Some(Some(networks)) = NETWORKS.get() else {
        anyhow::bail!(
            "a test that listens at {address} has to run as root, in a network namespace of its own"
        )
    };
    networks.ours.ip(&format!("address replace {address}/32 dev lo"))
}

/// Has this process stay in the machine's own network: for whoever serves a person.
pub fn stay_outside() {
    let _ = NETWORKS.set(None);
}

/// Has `command` run in the machine's own network: an installation by apt, pip or npm.
pub fn outside(command: &mut Command) -> &mut Command {
    let Some(Some(networks)) = NETWORKS.get() else { return command };
    let machine = networks.machine.as_raw_fd();
    // SAFETY: one system call between fork and exec; the descriptor lives as long as the process.
    unsafe {
        command.pre_exec(move || match libc::setns(machine, libc::CLONE_NEWNET) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        })
    }
}

/// A URL at which nobody answers: port 9 of loopback, in a namespace in which no test opens it.
///
/// # Panics
/// When there is no such namespace.
pub fn nobody() -> &'static str {
    enter().expect("a network namespace");
    "http://127.0.0.1:9"
}
