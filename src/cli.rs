//! The command line: arguments in, exit code out; no logic of its own.

mod audit;
mod changed;
mod collect;
mod completions;
mod explain;
mod fault;
mod iam_policy;
mod import_findings;
mod judging;
mod live;
mod man;
mod output;
#[cfg(test)]
mod reference;
mod rules;
mod scan;
mod source;
mod terraform;
mod waivers;
mod who_can;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use fault::Fault;

/// Could you restore now, with what loss, how fast, and what do you fix first?
#[derive(Parser)]
#[command(name = "backstop", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say more on stderr: -v what is done, -vv every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Subcommand)]
enum Command {
    /// Judge templates, or a saved snapshot
    Scan(Box<scan::Args>),
    /// Judge a live AWS account
    Audit(Box<audit::Args>),
    /// Save a snapshot of a live AWS account, to be judged later with `scan`
    Collect(collect::Args),
    /// Show the facts and the condition behind a verdict
    Explain(Box<explain::Args>),
    /// Show who can do something to what there is, by which policies, and what holds the others back
    WhoCan(Box<who_can::Args>),
    /// List, show, test, prove and begin rules
    Rules(rules::Args),
    /// List waivers, and what they hide
    Waivers(waivers::Args),
    /// Print the least-privilege IAM policy that `audit` and `collect` need
    IamPolicy(iam_policy::Args),
    /// Import findings that `audit --output asff` wrote into AWS Security Hub
    ImportFindings(import_findings::Args),
    /// Print the completions of the command line for a shell
    Completions(completions::Args),
    /// Write man pages
    Man(man::Args),
}

/// The command line: the same in every build, so that what is generated from it is the same, too. A command that a
/// build cannot run says so.
fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program. Exit codes: 0 clean, 1 findings at or over `--fail-on`, 2 wrong usage or nothing readable,
/// 3 the picture is incomplete.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    start_log(cli.verbose);
    let ended = match cli.command {
        Command::Scan(args) => scan::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::WhoCan(args) => who_can::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Waivers(args) => waivers::run(&args),
        Command::IamPolicy(args) => iam_policy::run(&args),
        Command::ImportFindings(args) => import_findings::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            fault.print();
            ExitCode::from(Fault::CODE)
        }
    }
}

fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "backstop=info,warn",
        _ => "backstop=trace,info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("BACKSTOP_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
}
