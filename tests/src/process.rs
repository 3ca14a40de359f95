//! Processes that do not outlive the tests.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has what `command` starts get `signal` when the thread that starts it ends: however that ends.
pub fn end_with_us(command: &mut Command, signal: libc::c_int) {
    // SAFETY: one system call between fork and exec.
    unsafe {
        command.pre_exec(move || match libc::prctl(libc::PR_SET_PDEATHSIG, signal) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
}
