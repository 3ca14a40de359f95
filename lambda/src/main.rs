//! `noanswer`, the command; on AWS Lambda, the function.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::var_os(noanswer::function::RUNTIME).is_some() {
        return noanswer::function::main();
    }
    noanswer::cli::main()
}
