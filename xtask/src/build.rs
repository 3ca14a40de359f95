//! `cargo xtask build`: the page's wasm, the Worker, the function for AWS Lambda, the papers as a book.

mod book;
mod lambda;
mod page;
mod texts;
mod worker;

pub use book::book;
pub use lambda::{
    Arch, binary as lambda_binary, compiler as static_compiler, keeps_budget, lambda, pack as pack_lambda,
    prepare as prepare_static,
};
pub use page::page;
pub use worker::{gateway as worker_alone, worker};

use anyhow::Result;

/// The arguments of `cargo xtask build`.
#[derive(clap::Args)]
pub struct Build {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand)]
enum What {
    /// The function for AWS Lambda, the page with it, into target/lambda/noanswer-ARCH.zip
    Lambda {
        /// The processor; without it, for both
        #[arg(long)]
        arch: Option<Arch>,
    },
    /// The Cloudflare Worker, the page with it, into wasm/worker/dist
    Worker,
    /// The papers as a book, into target/book
    Book,
}

impl Build {
    /// Builds what was asked for: the page's wasm, unless told otherwise.
    pub fn run(self) -> Result<()> {
        match self.what {
            None => page(),
            Some(What::Worker) => worker(),
            Some(What::Book) => book().map(drop),
            Some(What::Lambda { arch: Some(arch) }) => lambda(arch).map(drop),
            Some(What::Lambda { arch: None }) => {
                Arch::ALL.into_iter().try_for_each(|arch| lambda(arch).map(drop))
            }
        }
    }
}
