//! `cargo xtask deploy` and `cargo xtask destroy`: noanswer in a cloud of the operator's own.

mod aws;

use anyhow::Result;
use clap::Subcommand;

/// Where to deploy to.
#[derive(Subcommand)]
pub enum Deploy {
    /// AWS Lambda: a prober in each region, the API and the page in the home region
    Aws(Box<aws::Up>),
}

impl Deploy {
    /// Deploys, or brings up to date what is deployed.
    pub fn run(self) -> Result<()> {
        match self {
            Self::Aws(up) => up.run(),
        }
    }
}

/// Where to remove everything from.
#[derive(Subcommand)]
pub enum Destroy {
    /// All that `deploy aws` made, in every region of the account
    Aws(aws::Down),
}

impl Destroy {
    /// Removes it, and says what was removed.
    pub fn run(self) -> Result<()> {
        match self {
            Self::Aws(down) => down.run(),
        }
    }
}
