//! The programs that tests run: where they are, and that they do not outlive the tests.

use anyhow::{Context, Result};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
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

/// The program `name` of this crate, beside the running one.
pub fn sibling(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().skip(1).find(|folder| folder.join(name).is_file());
    Ok(folder.with_context(|| format!("`{name}` was not built: cargo build -p noanswer-tests"))?.join(name))
}
