//! What `scan` and `waivers list` share: which files or snapshot to read, and how.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::fault::Fault;
use super::judging::{self, Looked};
use super::terraform;
use crate::collect::cloudformation::parameters::{self, ParameterFile};
use crate::collect::files::{self, FileOptions, Scanned};
use crate::model::settings::Settings;
use crate::model::snapshot::{Snapshot, file as snapshot_file};

/// What is said of files, and the clock.
#[derive(clap::Args)]
#[group(id = "source")]
pub(crate) struct Args {
    /// The account that files are for, where they do not say it
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The Region that files are for, where they do not say it
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    /// The partition that files are for
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// The value of a template parameter; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    #[command(flatten)]
    terraform: terraform::Args,
    /// A file with values of template parameters and tags of the stack: as the AWS CLI, CodePipeline or samconfig.toml
    /// has them; may be repeated, and later files and --parameter go before
    #[arg(long, value_name = "FILE")]
    parameters: Vec<PathBuf>,
    /// A tag that is given to the stack of each template as a whole; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    stack_tag: Vec<(String, String)>,
    /// Judge at this moment (RFC 3339): a snapshot in place of the one at which it was taken, the last days of waivers in
    /// place of today
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

/// What was read, and the moment at which it is judged.
pub(crate) struct Read {
    pub(crate) snapshot: Snapshot,
    pub(crate) looked: Looked,
    pub(crate) now: Timestamp,
}

fn account(text: &str) -> Result<String, String> {
    let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.to_owned()).ok_or_else(|| "account ids have twelve digits".to_owned())
}

/// `eu-west-1`, `us-gov-east-1`: words and a number, whatever Regions AWS will open.
fn region(text: &str) -> Result<String, String> {
    let mut words = text.rsplit('-');
    let number = words.next().is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()));
    let names: Vec<&str> = words.collect();
    let named = names.len() >= 2 && names.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    (number && named).then(|| text.to_owned()).ok_or_else(|| "Regions are written as `eu-west-1`".to_owned())
}

/// `NAME=VALUE`.
pub(crate) fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not written NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not written KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Args {
    /// The moment of `--now`, or now.
    pub(crate) fn clock(&self) -> Timestamp {
        judging::clock(self.now)
    }

    /// Reads templates, or one saved snapshot.
    pub(crate) fn read(&self, paths: &[PathBuf], settings: &Settings) -> Result<Read, Fault> {
        if let Some(path) = paths.iter().find(|path| is_snapshot(path)) {
            if paths.len() > 1 {
                let message = format!("`{}` is a saved snapshot; it is judged alone", path.display());
                return Err(Fault::new(message, "scan templates and each snapshot by commands of their own"));
            }
            let snapshot = snapshot_file::read(path)?;
            let now = judging::clock(self.now.or(snapshot.taken_at));
            return Ok(Read { snapshot, looked: Looked::default(), now });
        }
        let given = self.given()?;
        let options = FileOptions {
            account: self.account.clone(),
            region: self.region.clone(),
            partition: self.partition.clone(),
            terraform: self.terraform.options(std::env::vars_os())?,
            ignore: settings.ignore.clone(),
            parameters: given.values,
            unknown_parameters: given.unknown,
            tags: given.tags,
        };
        let scanned = files::scan(paths, &options).map_err(|error| {
            let help = error.help();
            Fault::new(error, help)
        })?;
        if scanned.files == 0 {
            let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
            let message = format!("no CloudFormation template and no Terraform in {}", paths.join(", "));
            let help =
                "name a folder or file with templates (YAML or JSON with `Resources`), Terraform source or a plan";
            return Err(Fault::new(message, help));
        }
        let Scanned { snapshot, files, passed_over, texts } = scanned;
        let looked = Looked { files, passed_over, texts, changed: None };
        Ok(Read { snapshot, looked, now: self.clock() })
    }
}

impl Args {
    /// The parameters and tags of all files, and those of the command line, which go before.
    fn given(&self) -> Result<ParameterFile, Fault> {
        let mut given = ParameterFile::default();
        for path in &self.parameters {
            let text = std::fs::read_to_string(path).map_err(|error| {
                let message = format!("cannot read `{}`: {}", path.display(), error.to_string().to_lowercase());
                Fault::new(message, "name a file with values of parameters that you may read")
            })?;
            let file = parameters::read(&path.to_string_lossy(), &text).map_err(|error| {
                let help = error.help();
                Fault::new(error, help)
            })?;
            given.put(file);
        }
        given.put(ParameterFile {
            values: self.parameter.iter().cloned().collect(),
            unknown: BTreeMap::new(),
            tags: self.stack_tag.iter().cloned().collect(),
        });
        Ok(given)
    }
}

/// Known by its name, or by the member that only snapshots have, which is written first.
fn is_snapshot(path: &Path) -> bool {
    use std::io::Read as _;
    if path.extension().is_some_and(|end| end == "zst") {
        return true;
    }
    // Opening a pipe would wait for whoever writes to it.
    if !path.is_file() {
        return false;
    }
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    read.is_ok() && String::from_utf8_lossy(&start).contains(&format!("\"{}\"", snapshot_file::MARK))
}
