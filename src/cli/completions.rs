//! `backstop completions`: the command line for a shell.

use clap_complete::Shell;

use super::fault::Fault;
use super::output;

/// Print the completions of the command line for a shell.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell; print to where it looks for completions
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "backstop", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
