//! `docs/cli.md`, generated from the command line. It is the same in every build, since every build has all commands.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

use crate::testing::assert_generated;

const INTRODUCTION: &str = "# The command line

<!-- Generated from the command line itself. Rewrite with BACKSTOP_REWRITE=1 cargo test. -->

Results go to stdout, everything else to stderr. `backstop COMMAND --help` prints what stands here; `backstop completions SHELL` prints completions, and `backstop man DIR` writes man pages.

Exit codes of `scan` and `audit`: 0 nothing at or over `--fail-on`, and the picture is complete; 1 a finding at or over it; 2 wrong usage, wrong settings or rules, or nothing that could be read; 3 nothing at or over it, but the picture is incomplete. Of the other commands: 0 done, 1 a case came out otherwise (`rules test`) or a statement does not hold (`rules prove`), 2 as above, 3 incomplete (`collect`), undecided (`rules prove`) or a rule that errored (`explain`).
";

fn reference() -> String {
    let mut command = super::command().disable_help_subcommand(true);
    command.build();
    let mut text = INTRODUCTION.to_owned();
    section(&command, &mut text);
    text
}

fn section(command: &Command, text: &mut String) {
    let mut command = command.clone();
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.render_usage().to_string();
    writeln!(text, "\n## `{name}`\n\n{}\n\n```\n{}\n```", sentence(&about), usage.trim()).unwrap();
    let shown = |arg: &&Arg| {
        !arg.is_hide_set()
            && !matches!(
                arg.get_action(),
                ArgAction::Help | ArgAction::Version | ArgAction::HelpShort | ArgAction::HelpLong
            )
    };
    let args: Vec<&Arg> =
        command.get_positionals().chain(command.get_opts()).chain(flags(&command)).filter(shown).collect();
    if !args.is_empty() {
        writeln!(text, "\n| argument | meaning |\n|---|---|").unwrap();
        for arg in args {
            writeln!(text, "| {} | {} |", cell(&format!("`{}`", form(arg))), cell(&meaning(arg))).unwrap();
        }
    }
    let inner: Vec<&Command> = command.get_subcommands().filter(|inner| !inner.is_hide_set()).collect();
    for inner in inner {
        section(inner, text);
    }
}

fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_positional() && !arg.get_action().takes_values())
}

/// `--regions <A,B>`, `-v, --verbose`, `<PATH>...`
fn form(arg: &Arg) -> String {
    if arg.is_positional() {
        return arg.to_string();
    }
    let names = [arg.get_short().map(|short| format!("-{short}")), arg.get_long().map(|long| format!("--{long}"))];
    let mut form = names.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if arg.get_action().takes_values() {
        for name in arg.get_value_names().unwrap_or_default() {
            form.push_str(&format!(" <{name}>"));
        }
    }
    form
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut meaning = sentence(&help);
    let values: Vec<String> = arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        meaning.push_str(&format!(" One of {}.", values.join(", ")));
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        meaning.push_str(&format!(" Default: {}.", defaults.join(", ")));
    }
    meaning
}

fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with('.') { text } else { text + "." }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_reference_of_the_command_line_is_current() {
    let text = reference();
    assert_generated("docs/cli.md", &text);
    for wanted in ["## `backstop audit`", "## `backstop rules prove`", "`--stricter-than <DIR>`", "Default: `high`."] {
        assert!(text.contains(wanted), "{wanted}");
    }
}

#[test]
fn the_command_line_is_sound() {
    super::command().debug_assert();
}
