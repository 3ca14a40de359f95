//! The programs that packages carry: static, one file for each platform.

use super::release::Release;
use crate::build::{self, Arch};
use crate::need::{self, Program};
use crate::shell;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The most that a program may have, in bytes: 10 MB.
pub const BUDGET: u64 = 10_000_000;

/// A platform that programs are packed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux, whatever its libc (musl is linked).
    Linux(Arch),
    /// Windows on x86-64.
    Windows,
}

impl Platform {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Linux(Arch::X86_64), Self::Linux(Arch::Arm64), Self::Windows];

    /// Rust's target.
    pub fn target(self) -> &'static str {
        match self {
            Self::Linux(arch) => arch.target(),
            Self::Windows => "x86_64-pc-windows-gnu",
        }
    }

    /// The program's name.
    pub fn name(self) -> &'static str {
        if self == Self::Windows { "noanswer.exe" } else { "noanswer" }
    }

    /// The program, built in this run unless it was before.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn program(self, release: &Release) -> Result<PathBuf> {
        let path = shell::target().join(self.target()).join("release").join(self.name());
        if release.first(self.target()) {
            page(release)?;
            match self {
                Self::Linux(arch) => build::static_binary(arch)?,
                Self::Windows => windows()?,
            }
        }
        let size = std::fs::metadata(&path)
            .with_context(|| format!("{} was not built: leave --built out", shell::shown(&path)))?
            .len();
        if size > BUDGET {
            release.over(format!("{} has {size} bytes, of {BUDGET} at most", shell::shown(&path)));
        }
        Ok(path)
    }
}

/// The page's wasm, which every program carries.
///
/// # Errors
/// When it does not build.
pub fn page(release: &Release) -> Result<()> {
    if release.first("page") { build::page() } else { Ok(()) }
}

fn windows() -> Result<()> {
    let target = Platform::Windows.target();
    need::rust_target(target, "the Windows program")?;
    need::programs(&[Program { name: "x86_64-w64-mingw32-gcc", package: "gcc-mingw-w64-x86-64" }])?;
    let mut cargo =
        shell::cargo(&["rustc", "--quiet", "--release", "--package", "noanswer", "--bin", "noanswer"]);
    // The linker would write the time into the program's header.
    cargo.args(["--target", target, "--", "-Clink-arg=-Wl,--no-insert-timestamp"]);
    shell::run(shell::shipped(&mut cargo))
}
