//! `noanswer`, the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    noanswer::cli::main()
}
