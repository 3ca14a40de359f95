//! The programs that packages carry: static, one file for each platform.

use super::release::Release;
use crate::build::{self, Arch};
use crate::need::{self, Program};
use crate::shell;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

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

    /// Builds every program that this run has not built, beside each other: what is optimised as a whole keeps one processor
    /// busy for minutes. Each has a folder of its own, where cargo makes the next one wait.
    ///
    /// # Errors
    /// When one cannot be built.
    pub fn build_all(release: &Release) -> Result<()> {
        page(release)?;
        let missing: Vec<Self> = Self::ALL.into_iter().filter(|one| release.first(one.target())).collect();
        missing.iter().try_for_each(|one| one.prepare())?;
        std::thread::scope(|scope| {
            let under_way: Vec<_> =
                missing.iter().map(|one| scope.spawn(move || one.build_apart())).collect();
            under_way.into_iter().try_for_each(|one| one.join().expect("a build does not panic"))
        })
    }

    /// Builds in a folder of its own, and takes the program to its place.
    fn build_apart(self) -> Result<()> {
        let apart = shell::target().join("apart").join(self.target());
        let mut cargo = self.compiler();
        shell::run(shell::shipped(cargo.env("CARGO_TARGET_DIR", &apart)))?;
        let place = self.place(&shell::target());
        std::fs::create_dir_all(place.parent().context("a program lies in a folder")?)?;
        std::fs::copy(self.place(&apart), &place).with_context(|| shell::shown(&place))?;
        Ok(())
    }

    /// Where cargo leaves the program, below its folder `target`.
    fn place(self, target: &Path) -> PathBuf {
        target.join(self.target()).join("release").join(self.name())
    }

    fn prepare(self) -> Result<()> {
        match self {
            Self::Linux(arch) => build::prepare_static(arch),
            Self::Windows => {
                need::rust_target(self.target(), "the Windows program")?;
                need::programs(&[Program { name: "x86_64-w64-mingw32-gcc", package: "gcc-mingw-w64-x86-64" }])
            }
        }
    }

    fn compiler(self) -> Command {
        match self {
            Self::Linux(arch) => build::static_compiler(arch),
            Self::Windows => {
                let rustc = ["rustc", "--quiet", "--release", "--package", "noanswer", "--bin", "noanswer"];
                let mut cargo = shell::cargo(&rustc);
                // The linker would write the time into the program's header.
                cargo.args(["--target", self.target(), "--", "-Clink-arg=-Wl,--no-insert-timestamp"]);
                cargo
            }
        }
    }

    /// The program, built in this run unless it was before.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn program(self, release: &Release) -> Result<PathBuf> {
        let path = self.place(&shell::target());
        if release.first(self.target()) {
            page(release)?;
            self.prepare()?;
            shell::run(shell::shipped(&mut self.compiler()))?;
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
