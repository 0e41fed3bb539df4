//! What is said of Terraform on the command line and in the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use crate::collect::terraform::source::{Input, SourceOptions};

/// The prefix of environment variables that give values to Terraform's ("Environment Variables" in the Terraform CLI
/// documentation).
const PREFIX: &str = "TF_VAR_";

/// Values of Terraform's variables.
#[derive(clap::Args)]
#[group(id = "terraform")]
pub(crate) struct Args {
    /// A file with values of Terraform variables; may be repeated, later ones win
    #[arg(long, value_name = "FILE")]
    var_file: Vec<PathBuf>,
    /// The value of a Terraform variable, over those of files; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::source::parameter)]
    var: Vec<(String, String)>,
    /// The Terraform workspace that is scanned for
    #[arg(long, value_name = "NAME", env = "TF_WORKSPACE")]
    workspace: Option<String>,
}

impl Args {
    /// Reads the files. `environment` has all variables of the environment.
    pub(crate) fn options(
        &self,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<SourceOptions, Fault> {
        let mut inputs = self.var_file.iter().map(|path| file(path)).collect::<Result<Vec<_>, _>>()?;
        inputs.extend(self.var.iter().map(|(name, text)| Input::Value { name: name.clone(), text: text.clone() }));
        Ok(SourceOptions {
            workspace: self.workspace.clone().filter(|name| !name.is_empty()),
            inputs,
            environment: given(environment),
            ..SourceOptions::default()
        })
    }
}

fn file(path: &Path) -> Result<Input, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        Fault::new(message, "name a `.tfvars` or `.tfvars.json` file that exists, in UTF-8")
    })?;
    check(path, &text)?;
    let shown = path.to_string_lossy().replace('\\', "/");
    Ok(Input::File { path: shown.into(), text: text.into() })
}

/// A file of values that is broken must not count for one without values.
fn check(path: &Path, text: &str) -> Result<(), Fault> {
    let fault = |line: usize, said: &str| {
        let help = "write values as Terraform does: `name = \"value\"`, a line each, or as JSON in a `.json` file";
        Fault::new(format!("`{}` cannot be read: line {line}: {said}", path.display()), help)
    };
    if path.extension().is_some_and(|end| end == "json") {
        return match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(fault(error.line(), &error.to_string())),
        };
    }
    match hcl_edit::parser::parse_body(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(fault(error.location().line(), error.message())),
    }
}

/// The values that the environment gives, by the names of their variables. What is not UTF-8 is no value.
fn given(environment: impl Iterator<Item = (OsString, OsString)>) -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let named = |(name, value): (String, String)| Some((name.strip_prefix(PREFIX)?.to_owned(), value));
    environment.filter_map(text).filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_of_values_is_told_with_its_line() {
        let broken = |name: &str, text: &str| check(Path::new(name), text).is_err();
        assert!(broken("a.tfvars", "a = 1\non = \"true\n") && broken("a.tfvars.json", "{\"a\": "));
        assert!(broken("b.tfvars.json", "[1]"));
        assert!(!broken("a.tfvars", "on = true\nnames = [\"a\"]\n") && !broken("a.tfvars.json", "{\"a\": 1}"));
    }

    #[test]
    fn the_environment_gives_values_to_variables_by_their_prefix() {
        let all = [("TF_VAR_region", "eu-west-1"), ("TF_VAR", "x"), ("PATH", "/bin")];
        let given = given(all.into_iter().map(|(name, value)| (name.into(), value.into())));
        assert_eq!(given, BTreeMap::from([("region".to_owned(), "eu-west-1".to_owned())]));
    }
}
