//! `backstop scan`: judges files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::fault::Fault;
use super::judging::{self, Looked};
use crate::collect::files::{self, FileOptions};
use crate::model::snapshot::file as snapshot_file;

/// Judge templates, or a saved snapshot.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders with CloudFormation templates, or one snapshot saved by `backstop collect`
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The account that templates are for
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The Region that templates are for
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The partition that templates are for
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// The value of a template parameter; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// Judge a snapshot at this moment (RFC 3339) in place of the one at which it was taken
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    #[command(flatten)]
    judging: judging::Args,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not written NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let prepared = args.judging.prepare()?;
    if let Some(path) = args.paths.iter().find(|path| is_snapshot(path)) {
        if args.paths.len() > 1 {
            let message = format!("`{}` is a saved snapshot; it is judged alone", path.display());
            return Err(Fault::new(message, "scan templates and each snapshot by commands of their own"));
        }
        let snapshot = snapshot_file::read(path)?;
        let now = judging::clock(args.now.or(snapshot.taken_at));
        return args.judging.finish(&prepared, &snapshot, Looked::default(), now);
    }
    let options = FileOptions {
        account: args.account.clone(),
        region: args.region.clone(),
        partition: args.partition.clone(),
        ignore: prepared.settings.ignore.clone(),
        parameters: args.parameter.iter().cloned().collect::<BTreeMap<_, _>>(),
    };
    let scanned = files::scan(&args.paths, &options).map_err(|error| {
        let help = error.help();
        Fault::new(error, help)
    })?;
    if scanned.files == 0 {
        let paths: Vec<String> = args.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        let message = format!("no CloudFormation template in {}", paths.join(", "));
        return Err(Fault::new(message, "name a folder or file with templates (YAML or JSON with `Resources`)"));
    }
    let looked = Looked { files: scanned.files, passed_over: scanned.passed_over, texts: scanned.texts };
    args.judging.finish(&prepared, &scanned.snapshot, looked, judging::clock(args.now))
}

/// Known by its name, or by the member that only snapshots have, which is written first.
fn is_snapshot(path: &Path) -> bool {
    use std::io::Read as _;
    if path.extension().is_some_and(|end| end == "zst") {
        return true;
    }
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    read.is_ok() && String::from_utf8_lossy(&start).contains(&format!("\"{}\"", snapshot_file::MARK))
}
