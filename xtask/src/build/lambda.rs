//! The function for AWS Lambda: one static binary (musl, so that it asks nothing of `provided.al2023`) named
//! `bootstrap`, alone in a zip file.
//!
//! It keeps musl's own allocator. That one is slow where threads contend for it, and a function has one thread: reading
//! 1 MiB of failure texts, the most that is taken, is 50 ms of CPU time. `cargo xtask bench lambda` measures the rest.

use super::page::page;
use crate::need::{self, Program};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The most that the zip may have, in bytes: 5 MB.
pub const BUDGET: u64 = 5_000_000;

/// Zopfli with 5 iterations, as the zip crate counts: 3 % smaller than deflate's best, for half a minute.
const ZOPFLI: i64 = 14;

/// A processor that Lambda offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Arch {
    /// Graviton, a fifth cheaper.
    #[value(name = "arm64")]
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86_64,
}

impl Arch {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Arm64, Self::X86_64];

    /// The one of this machine, where it is one of them.
    pub fn here() -> Option<Self> {
        Self::ALL.into_iter().find(|arch| arch.rust() == std::env::consts::ARCH)
    }

    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// As Debian names it.
    pub fn debian(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "amd64",
        }
    }

    /// As Rust names it.
    pub fn rust(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64",
            Self::X86_64 => "x86_64",
        }
    }

    /// Rust's target.
    pub fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-musl",
            Self::X86_64 => "x86_64-unknown-linux-musl",
        }
    }

    /// The C compiler for ring's few C files, and the Debian package that brings it. They are freestanding: any
    /// compiler for the processor does, whatever libc it comes with.
    fn compiler(self) -> Program {
        match self {
            _ if Self::here() == Some(self) => Program { name: "gcc", package: "gcc" },
            Self::Arm64 => Program { name: "aarch64-linux-gnu-gcc", package: "gcc-aarch64-linux-gnu" },
            Self::X86_64 => Program { name: "x86_64-linux-gnu-gcc", package: "gcc-x86-64-linux-gnu" },
        }
    }
}

/// Builds the page and the function with it, and packs it: `target/lambda/noanswer-ARCH.zip`. Prints its size beside
/// its budget, which `cargo xtask bench lambda` and `cargo xtask dist` hold: whoever deploys is not kept from it.
///
/// # Errors
/// When something needed is missing and cannot be installed, or when it does not build.
pub fn lambda(arch: Arch) -> Result<PathBuf> {
    page()?;
    compile(arch)?;
    let folder = shell::target().join("lambda");
    fs::create_dir_all(&folder)?;
    let zip = folder.join(format!("noanswer-{}.zip", arch.name()));
    pack(&binary(arch), &zip)?;
    println!("{}: {}, of {} at most", zip.display(), megabytes(fs::metadata(&zip)?.len()), megabytes(BUDGET));
    Ok(zip)
}

/// Whether `zip` keeps its budget.
///
/// # Errors
/// When it cannot be read, or is over its budget.
pub fn keeps_budget(zip: &Path) -> Result<()> {
    let size = fs::metadata(zip)?.len();
    ensure!(size <= BUDGET, "{} has {}, of {} at most", zip.display(), megabytes(size), megabytes(BUDGET));
    Ok(())
}

/// Where [`lambda`] leaves the function's static binary.
pub fn binary(arch: Arch) -> PathBuf {
    shell::target().join(arch.target()).join("release/noanswer")
}

/// Builds the static program, with the page as it was built, to where [`binary`] says.
///
/// # Errors
/// When something needed is missing and cannot be installed, or when it does not build.
pub fn compile(arch: Arch) -> Result<()> {
    prepare(arch)?;
    shell::run(shell::shipped(&mut compiler(arch)))
}

/// Installs what [`compiler`] needs.
///
/// # Errors
/// When something is missing and cannot be installed.
pub fn prepare(arch: Arch) -> Result<()> {
    need::rust_target(arch.target(), "the static program")?;
    need::programs(&[arch.compiler()])?;
    if Arch::here() != Some(arch) {
        // What the compiler's package only recommends.
        let headers = format!("/usr/{}-linux-gnu/include/string.h", arch.rust());
        need::package(&format!("libc6-dev-{}-cross", arch.debian()), Path::new(&headers))?;
    }
    Ok(())
}

/// What builds the static program.
pub fn compiler(arch: Arch) -> Command {
    let mut cargo =
        shell::cargo(&["rustc", "--quiet", "--release", "--package", "noanswer", "--bin", "noanswer"]);
    cargo.args(["--target", arch.target(), "--"]).args(small());
    let variable = arch.target().replace('-', "_");
    cargo.env(format!("CC_{variable}"), arch.compiler().name);
    // Rust brings musl and a linker along: no other toolchain is needed.
    cargo.env(format!("CARGO_TARGET_{}_LINKER", variable.to_uppercase()), "rust-lld");
    cargo
}

/// What the linker is told beside: relative relocations are packed (RELR, which musl reads since 1.2.4), so that the program
/// can still lie anywhere in memory; and no tables for unwinding, a tenth of it, since a panic aborts (`static.ld`).
fn small() -> [String; 3] {
    let script = shell::root().join("xtask/src/build/static.ld");
    let script = format!("-Clink-arg={}", script.display());
    [script, "-Clink-arg=--no-eh-frame-hdr".to_owned(), "-Clink-arg=--pack-dyn-relocs=relr".to_owned()]
}

/// Packs `binary` into `zip` as `bootstrap`, the same bytes to the same bytes: no time stands in it.
///
/// # Errors
/// When it cannot be read or written.
pub fn pack(binary: &Path, zip: &Path) -> Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(ZOPFLI))
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(File::create(zip)?);
    writer.start_file("bootstrap", options)?;
    let mut file = File::open(binary).with_context(|| binary.display().to_string())?;
    std::io::copy(&mut file, &mut writer)?;
    writer.finish()?;
    Ok(())
}

/// `bytes` in megabytes (of a million), for people.
pub fn megabytes(bytes: u64) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_holds_an_executable_bootstrap_and_no_time() {
        let folder = shell::target().join("tmp/pack");
        fs::create_dir_all(&folder).expect("writable");
        let [binary, one, two] = ["binary", "one.zip", "two.zip"].map(|name| folder.join(name));
        fs::write(&binary, b"#!/bin/sh\n").expect("writable");
        pack(&binary, &one).expect("it packs");
        std::thread::sleep(std::time::Duration::from_millis(2_100)); // a zip's times have a grain of 2 s
        pack(&binary, &two).expect("it packs");
        assert_eq!(fs::read(&one).expect("written"), fs::read(&two).expect("written"));
        let mut archive = zip::ZipArchive::new(File::open(&one).expect("written")).expect("a zip");
        assert_eq!(archive.len(), 1);
        let file = archive.by_index(0).expect("one file");
        assert_eq!(file.name().expect("UTF-8"), "bootstrap");
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    }
}
