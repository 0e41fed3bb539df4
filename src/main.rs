//! The `backstop` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    backstop::cli::run()
}
