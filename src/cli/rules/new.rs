//! `backstop rules new`: begins a rule.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::check::scaffold::scaffold;
use crate::cli::fault::Fault;
use crate::cli::output;
use crate::diagnostic::nearest;
use crate::rule::RuleSet;
use crate::rule::meta::Action;
use crate::rule::schema::types_of;

/// Begin a rule: writes its three files, valid from the start.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The rule's id: words in lower case, joined by `-`
    id: String,
    /// The type that it judges, such as `AWS::S3::Bucket`; by default workloads of every type
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// The question that it answers; by default `configure` with `--type`, and `protect` without
    #[arg(long, value_name = "ACTION", value_parser = ["configure", "protect", "recover", "operate", "access"])]
    action: Option<String>,
    /// The folder to write to, to be named with `--policies` later; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = "policies")]
    dir: PathBuf,
}

pub(super) fn run(args: &Args, rules: &RuleSet) -> Result<u8, Fault> {
    check_id(&args.id, rules)?;
    let action = action(args)?;
    let files = scaffold(&args.id, action, args.kind.as_deref());
    let path = |end: &str| args.dir.join(format!("{}{end}", args.id));
    let texts = [(path(".cedar"), files.cedar), (path(".md"), files.guide), (path(".tests.json"), files.tests)];
    if let Some((there, _)) = texts.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(Fault::new(
            format!("`{}` is there already", there.display()),
            "nothing was written; take another id",
        ));
    }
    std::fs::create_dir_all(&args.dir).map_err(|error| cannot(&args.dir, &error))?;
    for (path, text) in &texts {
        // A file that appeared meanwhile is kept, too.
        let written = tempfile::NamedTempFile::new_in(&args.dir).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.persist_noclobber(path).map_err(|error| error.error)
        });
        written.map_err(|error| cannot(path, &error))?;
    }
    let dir = args.dir.display();
    let mut said: String = texts.iter().map(|(path, _)| format!("wrote {}\n", path.display())).collect();
    said.push_str(&format!(
        "Its condition is an example. `backstop rules schema` lists the facts; after each change run\n  \
        backstop rules test {} --policies {dir}\n",
        args.id
    ));
    output::print(&said)?;
    Ok(0)
}

fn cannot(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(format!("cannot write `{}`: {error}", path.display()), "the folder must be writable")
}

fn check_id(id: &str, rules: &RuleSet) -> Result<(), Fault> {
    let words = id
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    if !words {
        return Err(Fault::new(
            format!("`{id}` is no rule id"),
            "ids are words in lower case, joined by `-`, the subject first: `table-deletion-protected`",
        ));
    }
    if let Some(rule) = rules.get(id) {
        let fault = format!("a rule is named `{id}`: `{}`", rule.meta.file);
        return Err(Fault::new(fault, "ids are never used twice, older ones neither"));
    }
    Ok(())
}

fn action(args: &Args) -> Result<Action, Fault> {
    let all = Action::ALL;
    let named = args.action.as_deref().and_then(|name| all.into_iter().find(|action| action.name() == name));
    let Some(kind) = &args.kind else {
        let action = named.unwrap_or(Action::Protect);
        if !action.is_about_all() {
            let help = format!("add `--type`, one of {}", types_of(action).join(", "));
            return Err(Fault::new(format!("a rule that answers `{}` judges one type", action.name()), help));
        }
        return Ok(action);
    };
    let asked: Vec<Action> = all.into_iter().filter(|action| types_of(*action).contains(&kind.as_str())).collect();
    let action = named.or_else(|| asked.first().copied());
    match action {
        Some(action) if asked.contains(&action) => Ok(action),
        _ => {
            let of: Vec<&str> = match named {
                Some(action) => types_of(action),
                None => all.into_iter().flat_map(types_of).collect(),
            };
            let what = named.map_or_else(|| "any rule".to_owned(), |action| format!("`{}` rules", action.name()));
            let help = nearest(kind, of.iter().copied()).map_or_else(
                || "`backstop rules schema` lists the types".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Err(Fault::new(format!("`{kind}` is no type that {what} judge"), help))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rule::load;

    fn args(id: &str, kind: Option<&str>, action: Option<&str>, dir: &Path) -> Args {
        Args {
            id: id.to_owned(),
            kind: kind.map(str::to_owned),
            action: action.map(str::to_owned),
            dir: dir.to_owned(),
        }
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let rules = load::load(&[], &BTreeMap::new()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("mine");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("my-rule.md"), "mine").unwrap();
        assert!(run(&args("my-rule", None, None, &dir), &rules).is_err());
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1, "nothing is half written");
        assert_eq!(std::fs::read_to_string(dir.join("my-rule.md")).unwrap(), "mine");
        let below = folder.path().join("not/there/yet");
        assert!(run(&args("my-rule", Some("AWS::KMS::Key"), None, &below), &rules).is_ok());
        assert_eq!(load::load(&[&below], &BTreeMap::new()).unwrap().rules.len(), rules.rules.len() + 1);
        assert!(run(&args("my-rule", Some("AWS::KMS::Key"), None, &below), &rules).is_err());
    }

    #[test]
    fn ids_types_and_questions_are_checked() {
        let rules = load::load(&[], &BTreeMap::new()).unwrap();
        for wrong in ["", "My-rule", "my_rule", "../rule", "-rule", "a--b", "vault-locked"] {
            assert!(check_id(wrong, &rules).is_err(), "{wrong}");
        }
        let here = Path::new(".");
        let of = |kind, wanted| action(&args("a", kind, wanted, here)).ok();
        assert_eq!(of(None, None), Some(Action::Protect));
        assert_eq!(of(None, Some("recover")), Some(Action::Recover));
        assert_eq!(of(None, Some("configure")), None);
        assert_eq!(of(Some("AWS::KMS::Key"), None), Some(Action::Configure));
        assert_eq!(of(Some("AWS::DynamoDB::Table"), None), Some(Action::Protect));
        assert_eq!(of(Some("AWS::Backup::RecoveryPoint"), None), Some(Action::Operate));
        assert_eq!(of(Some("AWS::KMS::Key"), Some("recover")), None);
        assert_eq!(of(Some("AWS::KMS::Keys"), None), None);
    }
}
