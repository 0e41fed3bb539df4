//! The closed set of annotation keys, read from a policy into typed fields.

use std::collections::BTreeSet;

use cedar_policy::Policy;

use super::meta::Precision;
use crate::diagnostic::{SourceError, nearest};
use crate::finding::severity::Severity;

/// The keys that a rule may carry.
pub const KEYS: [&str; 10] =
    ["id", "title", "severity", "practice", "subject", "message", "after", "precision", "aliases", "deprecated"];

/// Annotations as they were read; what needs the schema is checked later.
#[derive(Debug)]
pub struct Annotations {
    /// `@id`
    pub id: String,
    /// `@title`
    pub title: String,
    /// `@severity`
    pub severity: Severity,
    /// `@severity("high, critical if path")`
    pub escalation: Option<(Severity, String)>,
    /// `@practice`
    pub practice: Vec<String>,
    /// `@subject`
    pub subject: Option<String>,
    /// `@message`
    pub message: String,
    /// `@after`
    pub after: Vec<String>,
    /// `@precision`
    pub precision: Precision,
    /// `@aliases`
    pub aliases: Vec<String>,
    /// `@deprecated`
    pub deprecated: Option<String>,
}

/// Reads a policy's annotations. `stem` is that of its file, which `@id` must equal.
pub fn read(file: &str, text: &str, stem: &str, policy: &Policy) -> Result<Annotations, Vec<SourceError>> {
    let mut errors = Vec::new();
    let error = |message: String| SourceError::new(file, text, message);
    for (key, _) in policy.annotations() {
        if !KEYS.contains(&key) {
            let help = nearest(key, KEYS).map_or_else(
                || format!("the keys are {}", listed(&KEYS)),
                |near| format!("did you mean `@{near}`? The keys are {}", listed(&KEYS)),
            );
            errors.push(error(format!("unknown annotation `@{key}`")).help(help).at_text(&format!("@{key}"), ""));
        }
    }
    let mut required = |key: &str| {
        let value = policy.annotation(key).map(str::trim).filter(|value| !value.is_empty());
        if value.is_none() {
            errors.push(
                error(format!("a rule needs `@{key}`"))
                    .help(format!("write `@{key}(\"…\")` above `forbid`"))
                    .at_text("forbid", "of this rule"),
            );
        }
        value.unwrap_or_default().to_owned()
    };
    let id = required("id");
    let title = required("title");
    let severity_text = required("severity");
    let practice = list(&required("practice"));
    let message = required("message");
    if !id.is_empty() && id != stem {
        let fault = error(format!("`@id` is `{id}`, the file's stem is `{stem}`"));
        errors.push(fault.help("name the file after the rule, or the rule after the file").at_text(&id, "here"));
    }
    if title.ends_with('.') || message.ends_with('.') {
        errors.push(error("titles and messages have no full stop".to_owned()).help("take the last `.` away"));
    }
    let (severity, escalation) = match severity(&severity_text) {
        Ok(both) => both,
        Err(fault) => {
            if !severity_text.is_empty() {
                errors.push(
                    error(fault)
                        .help("write one of critical, high, medium, low, or `high, critical if path.to.a.bool`")
                        .at_text(&severity_text, "here"),
                );
            }
            (Severity::Medium, None)
        }
    };
    let precision = match policy.annotation("precision") {
        None => Precision::High,
        Some(word) => {
            let all = [Precision::VeryHigh, Precision::High, Precision::Medium, Precision::Low];
            all.into_iter().find(|precision| precision.name() == word).unwrap_or_else(|| {
                let fault = error(format!("`{word}` is no precision"));
                errors.push(fault.help("write one of very-high, high, medium, low").at_text(word, "here"));
                Precision::High
            })
        }
    };
    if errors.is_empty() {
        let optional = |key: &str| policy.annotation(key).map(str::to_owned);
        let many = |key: &str| policy.annotation(key).map(list).unwrap_or_default();
        Ok(Annotations {
            id,
            title,
            severity,
            escalation,
            practice,
            subject: optional("subject"),
            message,
            after: many("after"),
            precision,
            aliases: many("aliases"),
            deprecated: optional("deprecated"),
        })
    } else {
        Err(errors)
    }
}

fn severity(text: &str) -> Result<(Severity, Option<(Severity, String)>), String> {
    let parse = |word: &str| word.trim().parse::<Severity>().map_err(|error| error.to_string());
    let Some((base, raised)) = text.split_once(',') else { return Ok((parse(text)?, None)) };
    let Some((worse, path)) = raised.split_once(" if ") else {
        return Err(format!("`{}` does not say when", raised.trim()));
    };
    let (base, worse) = (parse(base)?, parse(worse)?);
    if worse <= base {
        return Err(format!("`{worse}` is not worse than `{base}`"));
    }
    Ok((base, Some((worse, path.trim().to_owned()))))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}
