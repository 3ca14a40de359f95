//! `cargo xtask dist`: everything that a release holds, into `target/dist`, the same bytes from the same commit.
//!
//! [`release`] says what is packed, [`program`] builds the programs, [`tree`] lays out what a package holds, [`archive`]
//! packs it without a time, an owner or an order of the machine's own. Each other file is one kind of artefact.

mod archive;
mod assets;
mod deb;
mod image;
mod lambda;
mod library;
mod licences;
mod metadata;
mod npm;
mod page;
mod program;
mod reader;
mod release;
mod rpm;
mod sbom;
mod sums;
mod tarball;
mod tree;
mod wheel;
mod windows;
mod worker;

use crate::shell;
use anyhow::{Result, ensure};
use clap::ValueEnum;
use program::Platform;
use release::Release;
pub use release::folder;
use std::path::PathBuf;
use std::time::Instant;

/// The arguments of `cargo xtask dist`.
#[derive(clap::Args)]
pub struct Dist {
    /// What to pack; without it, everything
    #[arg(value_name = "ARTEFACT")]
    artefacts: Vec<Artefact>,
    /// Packs the programs that an earlier run built, whatever commit they are of: to work on the packages
    #[arg(long)]
    built: bool,
}

/// A kind of artefact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Artefact {
    /// Static Linux programs with manual pages, completions, licences and units: `tar.zst`
    Static,
    /// Debian packages
    Deb,
    /// RPM packages
    Rpm,
    /// The Windows program: a zip, and manifests for winget and scoop
    Windows,
    /// OCI images, one for each processor
    Image,
    /// Python wheels that carry the program
    Wheel,
    /// npm package `noanswer`, and one for each platform
    Npm,
    /// npm package `@noanswer/reader`: the reader as a library
    Reader,
    /// Crate `noanswer-core`, as a registry takes it
    Crate,
    /// The page alone, for any web host
    Page,
    /// The gateway for Cloudflare Workers, for wrangler
    Worker,
    /// The function for AWS Lambda, with its template and a Terraform module
    Lambda,
    /// What is linked, as CycloneDX, and its licences
    Sbom,
}

impl Dist {
    /// Packs what was asked for, and says what it weighs and how long it took.
    ///
    /// # Errors
    /// When something needed is missing and cannot be installed, does not build, or weighs more than it may.
    pub fn run(self) -> Result<()> {
        let wanted = if self.artefacts.is_empty() { Artefact::value_variants() } else { &self.artefacts };
        let release = Release::of_clone(self.built)?;
        println!("noanswer {}, commit {}", release.version, release.commit);
        if self.artefacts.is_empty() && folder().exists() {
            // Of an earlier version, or of a name that is no more.
            std::fs::remove_dir_all(folder())?;
        }
        if self.artefacts.is_empty() {
            let began = Instant::now();
            Platform::build_all(&release)?;
            println!("Programs: {} s", began.elapsed().as_secs());
        }
        for artefact in wanted {
            let began = Instant::now();
            let files = artefact.pack(&release)?;
            println!("{artefact:?}: {} s", began.elapsed().as_secs());
            for file in &files {
                println!("  {:>11} bytes  {}", std::fs::metadata(file)?.len(), shell::shown(file));
            }
        }
        sums::write(&release)?;
        let heavy = release.too_heavy.borrow();
        ensure!(
            heavy.is_empty(),
            "packed, and too heavy: {}",
            heavy.iter().cloned().collect::<Vec<_>>().join("; ")
        );
        Ok(())
    }
}

impl Artefact {
    fn pack(self, release: &Release) -> Result<Vec<PathBuf>> {
        match self {
            Self::Static => tarball::pack(release),
            Self::Deb => deb::pack(release),
            Self::Rpm => rpm::pack(release),
            Self::Windows => windows::pack(release),
            Self::Image => image::pack(release),
            Self::Wheel => wheel::pack(release),
            Self::Npm => npm::pack(release),
            Self::Reader => reader::pack(release),
            Self::Crate => library::pack(release),
            Self::Page => page::pack(release),
            Self::Worker => worker::pack(release),
            Self::Lambda => lambda::pack(release),
            Self::Sbom => sbom::pack(release),
        }
    }
}
