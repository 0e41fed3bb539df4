//! `backstop import-findings`: what `--output asff` wrote, into Security Hub.
//!
//! Rests on "Guidelines for using the BatchImportFindings API" and "BatchImportFindings for finding providers" in the AWS
//! Security Hub documentation: a hundred findings a call, in their Region, by the account that they are about. A finding
//! that is imported again is updated, so the command may be repeated.

#[cfg(feature = "live")]
mod with_sdk;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::output;
use crate::diagnostic::{SourceError, SourceErrors};
use crate::finding::report::Outcome;
use crate::report::asff::shape::{Batch, Written};
use crate::report::visible;

/// Said each time: nobody can tell from here whether a rule runs.
const TWICE: &str = "AWS Config hands what its rules find to Security Hub by itself: where Backstop also runs as an AWS \
    Config rule of this account, Security Hub shows each of these findings twice";

/// Import findings into AWS Security Hub.
///
/// The findings are those that `backstop audit --output asff=FILE` wrote. They are imported a hundred at once, each in its
/// Region, with credentials of the account that they are about. AWS Config hands what its rules find to Security Hub by
/// itself: import nothing where Backstop runs as an AWS Config rule, or Security Hub shows each finding twice.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What `--output asff` wrote; `-` reads stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// A named profile of the AWS configuration; by default the usual chain of credentials
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A role to assume first
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
}

/// What became of the findings of a Region.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    region: String,
    findings: usize,
    imported: usize,
    /// Those that Security Hub refused one by one.
    refused: Vec<Refused>,
    /// The calls that failed as a whole.
    failed: Vec<Failed>,
}

/// A finding that Security Hub refused.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    id: String,
    code: String,
    message: String,
}

/// A call that failed.
#[derive(Debug, PartialEq, Eq)]
struct Failed {
    /// How many findings were not imported for it.
    findings: usize,
    why: String,
    help: &'static str,
}

/// Exit codes: 0 all were imported, 2 wrong usage, nothing readable or nobody signed in, 3 some were not imported.
pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let (name, text) = read(&args.file)?;
    let batches = parse(&name, &text)?;
    let Some(account) = account(&batches)? else {
        output::print("there are no findings to import\n")?;
        return Ok(0);
    };
    tracing::warn!("{TWICE}");
    let told = send(args, &account, by_region(batches))?;
    output::print(&summary(&told))?;
    let missing: usize = told.iter().map(|told| told.findings - told.imported).sum();
    if missing > 0 {
        let all: usize = told.iter().map(|told| told.findings).sum();
        tracing::error!("{missing} of {all} findings were not imported");
        return Ok(Outcome::Incomplete.code());
    }
    Ok(0)
}

#[cfg(feature = "live")]
use with_sdk::send;

#[cfg(not(feature = "live"))]
fn send(_: &Args, _: &str, _: BTreeMap<String, Vec<Written>>) -> Result<Vec<Told>, Fault> {
    Err(super::live::without_sdk())
}

/// The name and text of the file.
fn read(file: &Path) -> Result<(String, String), Fault> {
    let help = "name the file that `backstop audit --output asff=FILE` wrote, or write to its stdin";
    let mut text = String::new();
    if file == Path::new("-") {
        if io::stdin().is_terminal() {
            return Err(Fault::new("no file is named, and stdin is a terminal", help));
        }
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| Fault::new(format!("cannot read stdin: {error}"), help))?;
        return Ok(("stdin".to_owned(), text));
    }
    let name = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|error| Fault::new(format!("cannot read `{name}`: {error}"), help))?;
    Ok((name, text))
}

/// Reads batches. Only what Backstop writes is taken: a member that is not known here would be lost on the way.
fn parse(name: &str, text: &str) -> Result<Vec<Batch>, SourceErrors> {
    const HELP: &str = "only what `backstop audit --output asff` writes is imported; findings of others go by `aws \
        securityhub batch-import-findings`";
    let mut mistakes = Vec::new();
    let batches: Vec<Batch> = match serde_json::from_str(text) {
        Ok(batches) => batches,
        Err(error) => {
            let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = (before + error.column().saturating_sub(1)).min(text.len());
            let message = error.to_string().split(" at line ").next().unwrap_or_default().to_owned();
            let message = format!("these are no findings to import: {message}");
            mistakes.push(SourceError::new(name, text, message).at(at..at, "").help(HELP));
            Vec::new()
        }
    };
    for batch in &batches {
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_account(&batch.account) {
            let message = format!("`{}` is no account id", visible(&batch.account));
            let place = format!("\"{}\"", batch.account);
            mistakes.push(SourceError::new(name, text, message).at_text(&place, "").help(HELP));
        }
        for finding in &batch.findings {
            if finding.aws_account_id != batch.account || finding.region != batch.region {
                let message = format!(
                    "the finding `{}` is about account {} in {}, and its batch about {} in {}",
                    visible(&finding.id),
                    visible(&finding.aws_account_id),
                    visible(&finding.region),
                    visible(&batch.account),
                    visible(&batch.region)
                );
                let error = SourceError::new(name, text, message).at_text(&finding.id, "");
                mistakes.push(error.help("a batch holds findings of one account and Region"));
            }
        }
    }
    SourceErrors::check(&format!("`{name}`"), mistakes)?;
    Ok(batches)
}

/// The one account that all findings are about; none where there are no findings.
fn account(batches: &[Batch]) -> Result<Option<String>, Fault> {
    let accounts: BTreeSet<&str> =
        batches.iter().filter(|batch| !batch.findings.is_empty()).map(|batch| batch.account.as_str()).collect();
    let mut all = accounts.iter();
    match (all.next(), all.next()) {
        (Some(_), Some(_)) => {
            let accounts: Vec<&str> = accounts.into_iter().collect();
            let message = format!("these are findings of several accounts: {}", accounts.join(", "));
            let help = "Security Hub takes findings from their own account alone: import those of each account by \
                themselves, with its credentials";
            Err(Fault::new(message, help))
        }
        (account, _) => Ok(account.map(|account| (*account).to_owned())),
    }
}

/// The findings by Region, however they were batched.
fn by_region(batches: Vec<Batch>) -> BTreeMap<String, Vec<Written>> {
    let mut regions: BTreeMap<String, Vec<Written>> = BTreeMap::new();
    for batch in batches.into_iter().filter(|batch| !batch.findings.is_empty()) {
        regions.entry(batch.region).or_default().extend(batch.findings);
    }
    regions
}

/// A line for each Region, and one for each finding or call that went wrong.
fn summary(told: &[Told]) -> String {
    let mut text = String::new();
    for region in told {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {} of {} findings imported", region.region, region.imported, region.findings);
        for Refused { id, code, message } in &region.refused {
            let _ = writeln!(text, "  refused: {}: {} ({})", visible(id), visible(message), visible(code));
        }
        for Failed { findings, why, help } in &region.failed {
            let _ = writeln!(text, "  {findings} not imported: {}\n    help: {help}", visible(why));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn finding(id: &str, account: &str, region: &str) -> Value {
        json!({
            "SchemaVersion": "2018-10-08", "Id": id, "ProductArn": "arn", "ProductName": "Backstop", "GeneratorId": "g",
            "AwsAccountId": account, "Region": region, "Types": ["t"], "CreatedAt": "c", "UpdatedAt": "u",
            "Severity": {"Label": "LOW", "Original": "low"}, "Title": "t", "Description": "d",
            "ProductFields": {}, "Resources": [], "Compliance": {"Status": "FAILED"}, "RecordState": "ACTIVE",
        })
    }

    fn batch(account: &str, region: &str, ids: &[&str]) -> Value {
        let findings: Vec<Value> = ids.iter().map(|id| finding(id, account, region)).collect();
        json!({"Account": account, "Region": region, "Findings": findings})
    }

    fn read(batches: &[Value]) -> Result<Vec<Batch>, SourceErrors> {
        parse("f.json", &serde_json::to_string_pretty(batches).unwrap())
    }

    fn mistake(read: Result<Vec<Batch>, SourceErrors>) -> SourceError {
        let mut mistakes = read.unwrap_err().errors;
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        mistakes.remove(0)
    }

    #[test]
    fn findings_are_put_together_by_region_however_they_were_batched() {
        let batches = read(&[
            batch("111122223333", "eu-west-1", &["a"]),
            batch("111122223333", "eu-central-1", &[]),
            batch("111122223333", "us-east-1", &["b"]),
            batch("111122223333", "eu-west-1", &["c"]),
        ])
        .unwrap();
        assert_eq!(account(&batches).ok().unwrap().as_deref(), Some("111122223333"));
        let regions = by_region(batches);
        let ids: Vec<(&str, Vec<&str>)> = regions
            .iter()
            .map(|(region, findings)| (region.as_str(), findings.iter().map(|one| one.id.as_str()).collect()))
            .collect();
        assert_eq!(ids, [("eu-west-1", vec!["a", "c"]), ("us-east-1", vec!["b"])]);
        assert_eq!(account(&[]).ok().unwrap(), None);
    }

    #[test]
    fn a_mistake_is_shown_at_its_place() {
        let text = "[\n  {\"Account\": \"111122223333\",\n   \"Regio\": \"eu-west-1\", \"Findings\": []}]";
        let error = mistake(parse("f.json", text));
        assert!(error.to_string().contains("unknown field `Regio`"), "{error}");
        assert_eq!(error.file(), "f.json");
        let at = error.start().unwrap();
        assert_eq!(text.get(..at).unwrap().lines().count(), 3, "the third line");
        for text in ["", "{}", "[", "[1]", "null"] {
            assert!(mistake(parse("f.json", text)).to_string().starts_with("these are no findings"), "{text}");
        }
        let mut torn = batch("111122223333", "eu-west-1", &["a"]);
        torn["Findings"][0].as_object_mut().unwrap().remove("Title");
        assert!(mistake(read(&[torn])).to_string().contains("missing field `Title`"));
        let mut noted = batch("111122223333", "eu-west-1", &["a"]);
        noted["Findings"][0]["Note"] = json!({"Text": "mine"});
        assert!(mistake(read(&[noted])).to_string().contains("unknown field `Note`"), "it would be lost");
    }

    #[test]
    fn a_finding_of_another_account_or_region_than_its_batch_is_refused() {
        let mut foreign = batch("111122223333", "eu-west-1", &["a", "b"]);
        foreign["Findings"][1]["AwsAccountId"] = json!("444455556666");
        let error = mistake(read(&[foreign])).to_string();
        assert!(error.starts_with("the finding `b` is about account 444455556666"), "{error}");
        let mut elsewhere = batch("111122223333", "eu-west-1", &["a"]);
        elsewhere["Findings"][0]["Region"] = json!("eu-west-2");
        assert!(read(&[elsewhere]).is_err());
        let error = mistake(read(&[batch("12", "eu-west-1", &[])])).to_string();
        assert_eq!(error, "`12` is no account id");
    }

    #[test]
    fn findings_of_several_accounts_are_refused() {
        let batches = read(&[batch("111122223333", "eu-west-1", &["a"]), batch("444455556666", "eu-west-1", &["b"])]);
        assert!(account(&batches.unwrap()).is_err());
        let one = read(&[batch("111122223333", "eu-west-1", &["a"]), batch("444455556666", "eu-west-1", &[])]);
        assert!(account(&one.unwrap()).is_ok());
    }

    #[test]
    fn what_became_of_each_region_is_said() {
        let told = [
            Told { region: "eu-west-1".to_owned(), findings: 205, imported: 205, ..Told::default() },
            Told {
                region: "us-east-1".to_owned(),
                findings: 102,
                imported: 1,
                refused: vec![Refused {
                    id: "a\n".to_owned(),
                    code: "InvalidInput".to_owned(),
                    message: "no".to_owned(),
                }],
                failed: vec![Failed { findings: 100, why: "denied".to_owned(), help: "ask" }],
            },
        ];
        assert_eq!(
            summary(&told),
            "eu-west-1: 205 of 205 findings imported\nus-east-1: 1 of 102 findings imported\n  refused: a\\n: no \
             (InvalidInput)\n  100 not imported: denied\n    help: ask\n"
        );
    }
}
