//! `backstop man`: the command line as man pages.

use std::path::PathBuf;

use super::fault::Fault;
use super::output;

/// Write man pages: one for the program, one for each command.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to write to; pages that are there are written anew
    dir: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let cannot = |error: std::io::Error| {
        Fault::new(format!("cannot write to `{}`: {error}", args.dir.display()), "the folder must be writable")
    };
    std::fs::create_dir_all(&args.dir).map_err(cannot)?;
    for (name, page) in pages().map_err(cannot)? {
        output::write(&args.dir.join(name), &page)?;
    }
    Ok(0)
}

/// The pages by file name.
fn pages() -> std::io::Result<Vec<(String, String)>> {
    let mut command = super::command().disable_help_subcommand(true);
    // Names commands by all that leads to them.
    command.build();
    let mut found = Vec::new();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        open.extend(command.get_subcommands().filter(|inner| !inner.is_hide_set()).cloned());
        let man = clap_mangen::Man::new(command);
        let mut page = Vec::new();
        man.render(&mut page)?;
        found.push((man.get_filename(), String::from_utf8_lossy(&page).into_owned()));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_page() {
        let pages = pages().unwrap();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in
            ["backstop.1", "backstop-scan.1", "backstop-rules.1", "backstop-rules-prove.1", "backstop-explain.1"]
        {
            assert!(names.contains(&name), "{name} is not among {names:?}");
        }
        assert!(pages.iter().all(|(_, page)| page.contains(".SH SYNOPSIS")));
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("man/man1");
        assert!(run(&Args { dir: dir.clone() }).is_ok_and(|code| code == 0));
        assert_eq!(std::fs::read_dir(dir).unwrap().count(), pages.len());
    }
}
