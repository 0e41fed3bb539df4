//! Reads the findings of an earlier report: the JSON report, or SARIF as this program writes it in full.

use serde::Deserialize;
use serde_json::Value;

use crate::finding::baseline::{Baseline, Earlier};
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;

use super::json::SCHEMA_VERSION;

/// The fingerprint's key in SARIF.
pub const FINGERPRINT: &str = "drResource/v1";
/// The property of a SARIF run that says whom it is for.
pub const PROFILE: &str = "profile";
/// Its value where Unknown and waived findings are left out.
pub const GITHUB: &str = "github";

/// Why a file is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// No JSON at all.
    #[error("it is no JSON: {0}")]
    NotJson(String),
    /// JSON of something else.
    #[error("it is neither a JSON report nor a SARIF report of backstop{0}")]
    NoReport(&'static str),
    /// Of another version.
    #[error("it is a report of version {0}; this program reads version {SCHEMA_VERSION}")]
    Version(String),
    /// SARIF of another tool.
    #[error("it is a SARIF report of `{0}`")]
    OtherTool(String),
    /// Made for GitHub.
    #[error("it was made for GitHub: what is unknown or waived is left out, and would look new")]
    ForGithub,
    /// A finding that says too little.
    #[error("finding {0} has no {1}")]
    Incomplete(usize, &'static str),
}

impl BaselineError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Version(_) => "write it anew with this program: `--output json=FILE`",
            Self::ForGithub => "write the baseline with `--output json=FILE`, in the same run if you like",
            _ => "write a baseline with `--output json=FILE` or `--output sarif=FILE`",
        }
    }
}

/// The findings of a report, known by its content.
pub fn read(text: &str) -> Result<Baseline, BaselineError> {
    let text = text.trim_start_matches('\u{FEFF}');
    let value: Value = serde_json::from_str(text).map_err(|error| BaselineError::NotJson(error.to_string()))?;
    if value.get("runs").is_some_and(Value::is_array) && value.get("version").is_some() {
        return sarif(&value);
    }
    if value.get("backstopSnapshot").is_some() {
        return Err(BaselineError::NoReport(": it is a snapshot, which is judged first"));
    }
    let ours = value.pointer("/tool/name").and_then(Value::as_str) == Some("backstop");
    match value.get("schemaVersion") {
        Some(version) if ours && version.as_u64() == Some(u64::from(SCHEMA_VERSION)) => {}
        Some(version) if ours => return Err(BaselineError::Version(version.to_string())),
        _ => return Err(BaselineError::NoReport("")),
    }
    let findings = value.get("findings").and_then(Value::as_array).ok_or(BaselineError::NoReport(""))?;
    collect(findings.iter().enumerate().map(|(index, finding)| own(index + 1, finding)))
}

fn collect(all: impl Iterator<Item = Result<(String, Earlier), BaselineError>>) -> Result<Baseline, BaselineError> {
    Ok(Baseline { findings: all.collect::<Result<_, _>>()? })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Words {
    fingerprint: String,
    rule: String,
    severity: String,
    verdict: String,
    name: String,
    address: String,
    message: String,
    location: Option<Location>,
}

#[derive(Deserialize)]
struct Location {
    file: String,
    start: Start,
}

#[derive(Deserialize)]
struct Start {
    line: u32,
}

/// A finding of the JSON report.
fn own(number: usize, finding: &Value) -> Result<(String, Earlier), BaselineError> {
    let words: Words =
        serde_json::from_value(finding.clone()).map_err(|_| BaselineError::Incomplete(number, "readable members"))?;
    earlier(number, words)
}

fn earlier(number: usize, words: Words) -> Result<(String, Earlier), BaselineError> {
    let lacks = |what| BaselineError::Incomplete(number, what);
    let hexadecimal = words.fingerprint.len() == 64 && words.fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal {
        return Err(lacks("fingerprint"));
    }
    let verdicts = [Verdict::Fail, Verdict::Unknown, Verdict::Waived];
    let verdict = verdicts.into_iter().find(|verdict| verdict.name() == words.verdict);
    let earlier = Earlier {
        rule: words.rule,
        severity: words.severity.parse::<Severity>().map_err(|_| lacks("severity"))?,
        verdict: verdict.ok_or_else(|| lacks("verdict"))?,
        name: words.name,
        address: words.address,
        message: words.message,
        at: words.location.map(|location| (location.file, location.start.line)),
    };
    if earlier.rule.is_empty() { Err(lacks("rule")) } else { Ok((words.fingerprint, earlier)) }
}

fn sarif(log: &Value) -> Result<Baseline, BaselineError> {
    let runs = log.get("runs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let tool = |run: &Value| run.pointer("/tool/driver/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let ours: Vec<&Value> = runs.iter().filter(|run| tool(run) == "Backstop").collect();
    match (ours.is_empty(), runs.first()) {
        (false, _) => {}
        (true, Some(other)) => return Err(BaselineError::OtherTool(tool(other))),
        (true, None) => return Err(BaselineError::NoReport(": it has no runs")),
    }
    let is_for_github = |run: &&Value| run.pointer("/properties/profile").and_then(Value::as_str) == Some(GITHUB);
    if ours.iter().any(is_for_github) {
        return Err(BaselineError::ForGithub);
    }
    let results = ours.iter().filter_map(|run| run.get("results").and_then(Value::as_array)).flatten();
    let there = results.filter(|result| result.get("baselineState").and_then(Value::as_str) != Some("absent"));
    collect(there.enumerate().map(|(index, result)| of_result(index + 1, result)))
}

fn of_result(number: usize, result: &Value) -> Result<(String, Earlier), BaselineError> {
    let text = |path: &str| result.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let uri = text("/locations/0/physicalLocation/artifactLocation/uri");
    let line = result.pointer("/locations/0/physicalLocation/region/startLine").and_then(Value::as_u64);
    let location = line.and_then(|line| u32::try_from(line).ok()).filter(|_| !uri.is_empty());
    earlier(
        number,
        Words {
            fingerprint: text("/partialFingerprints/drResource~1v1"),
            rule: text("/ruleId"),
            severity: text("/properties/severity"),
            verdict: text("/properties/verdict"),
            name: text("/locations/0/logicalLocations/0/name"),
            address: text("/locations/0/logicalLocations/0/fullyQualifiedName"),
            message: text("/message/text"),
            location: location.map(|line| Location { file: decoded(&uri), start: Start { line } }),
        },
    )
}

/// A path out of its URI; one that is encoded wrongly stays as it is.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| uri.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::super::sarif::{self as log, Options, Profile};
    use super::super::{Input, json};
    use super::*;
    use crate::finding::baseline::Novelty;

    fn written(input: &Input<'_>, profile: Profile) -> [String; 2] {
        let options = Options { profile, ..Options::default() };
        [json::render(input).unwrap(), log::render(input, &options).unwrap()]
    }

    #[test]
    fn both_formats_give_the_same_findings_back() {
        for sample in [Sample::everything(), Sample::files(), Sample::suppressed(), Sample::clean()] {
            let [json, sarif] = written(&sample.input(), Profile::Full).map(|text| read(&text).unwrap());
            assert_eq!(json.findings.len(), sample.report.findings.len());
            let brief = |baseline: &Baseline| -> Vec<_> {
                let one = |(print, e): (&String, &Earlier)| (print.clone(), e.rule.clone(), e.severity, e.verdict);
                baseline.findings.iter().map(one).collect()
            };
            assert_eq!(brief(&json), brief(&sarif));
            let mut again = sample.report.clone();
            again.compare(&sarif);
            assert_eq!((again.count_of(Novelty::New), again.baseline.unwrap().absent.len()), (0, 0));
        }
    }

    #[test]
    fn what_is_gone_keeps_its_names_and_place_and_is_not_there_for_the_next_comparison() {
        let mut sample = Sample::files();
        let before = written(&sample.input(), Profile::Full);
        sample.report.findings.remove(0);
        for text in &before {
            let baseline = read(text).unwrap();
            sample.report.compare(&baseline);
            let absent: Vec<&Earlier> = sample.report.baseline.as_ref().unwrap().absent.values().collect();
            let [gone] = absent[..] else { panic!("{absent:?}") };
            assert_eq!((&*gone.name, &*gone.rule), ("Orders", "s3-versioning-enabled"));
            assert_eq!(gone.at, Some(("stacks/app.yaml".to_owned(), 5)));
            let [json, sarif] = written(&sample.input(), Profile::Full);
            assert!(sarif.contains("\"baselineState\": \"absent\""));
            for next in [json, sarif] {
                assert_eq!(read(&next).unwrap().findings.len(), sample.report.findings.len());
            }
        }
    }

    #[test]
    fn whatever_is_no_report_is_refused_with_the_reason() {
        let [json, _] = written(&Sample::files().input(), Profile::Full);
        let [_, github] = written(&Sample::files().input(), Profile::Github);
        let other = github.replace("\"Backstop\"", "\"other\"");
        let cases = [
            ("", "it is no JSON: EOF while parsing a value at line 1 column 0".to_owned()),
            ("[]", "it is neither a JSON report nor a SARIF report of backstop".to_owned()),
            (
                "{\"backstopSnapshot\": 1}",
                "it is neither a JSON report nor a SARIF report of backstop: it is a snapshot, which is judged first"
                    .to_owned(),
            ),
            (&github, BaselineError::ForGithub.to_string()),
            (&other, "it is a SARIF report of `other`".to_owned()),
            (
                &json.replace("\"schemaVersion\": 1", "\"schemaVersion\": 7"),
                "it is a report of version 7; this program reads version 1".to_owned(),
            ),
            (
                &json.replacen("\"fingerprint\": \"", "\"fingerprint\": \"x", 1),
                "finding 1 has no fingerprint".to_owned(),
            ),
            (
                &json.replacen("\"verdict\": \"fail\"", "\"verdict\": \"lost\"", 1),
                "finding 1 has no verdict".to_owned(),
            ),
            (
                "{\"version\": \"2.1.0\", \"runs\": []}",
                "it is neither a JSON report nor a SARIF report of backstop: it has no runs".to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).map(|_| ()).unwrap_err().to_string(), expected);
        }
        let byte = [0xC3, 0xA9];
        assert_eq!(decoded("a%20b/%C3%A9%2"), format!("a b/{}%2", std::str::from_utf8(&byte).unwrap()));
    }
}
