//! What a shell and `man` know of the command line: made of the same description that reads it.

use super::args::{Cli, Completions, Man};
use super::setup::Usage;
use clap::CommandFactory;

/// Prints a shell's completions.
pub(crate) fn completions(args: &Completions) -> u8 {
    clap_complete::generate(args.shell, &mut Cli::command(), "noanswer", &mut std::io::stdout());
    0
}

/// Writes `noanswer.1` and a page for each command.
pub(crate) fn pages(args: &Man) -> Result<u8, Usage> {
    let unwritable = |source| Usage::Unwritable { path: args.folder.display().to_string(), source };
    std::fs::create_dir_all(&args.folder).map_err(unwritable)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(unwritable)?;
    Ok(0)
}
