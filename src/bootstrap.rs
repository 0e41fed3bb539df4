//! The AWS Config rule as a program for AWS Lambda, which starts it under this name.

use std::process::ExitCode;

fn main() -> ExitCode {
    backstop::lambda::run()
}
