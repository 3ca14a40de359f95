//! `cargo xtask deploy` and `cargo xtask destroy`: noanswer in a cloud of the operator's own.

mod aws;
mod cloudflare;
mod random;

use anyhow::Result;
use clap::Subcommand;

/// Where to deploy to.
#[derive(Subcommand)]
pub enum Deploy {
    /// AWS Lambda: a prober in each region, the API and the page in the home region
    Aws(Box<aws::Up>),
    /// Cloudflare Workers: the page and the API near whoever asks, vantages behind it
    Cloudflare(cloudflare::Up),
}

impl Deploy {
    /// Deploys, or brings up to date what is deployed.
    pub fn run(self) -> Result<()> {
        match self {
            Self::Aws(up) => up.run(),
            Self::Cloudflare(up) => up.run(),
        }
    }
}

/// Where to remove everything from.
#[derive(Subcommand)]
pub enum Destroy {
    /// All that `deploy aws` made, in every region of the account
    Aws(aws::Down),
    /// The Worker that `deploy cloudflare` made
    Cloudflare(cloudflare::Down),
}

impl Destroy {
    /// Removes it, and says what was removed.
    pub fn run(self) -> Result<()> {
        match self {
            Self::Aws(down) => down.run(),
            Self::Cloudflare(down) => down.run(),
        }
    }
}
