//! Fills `{{ }}` places of messages and remediation texts from a finding's facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value};

use crate::model::duration;

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        Self(error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
    }
}

/// Making one costs more than filling a message does.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.add_filter("days", |text: String| whole_units(&text, 86_400));
    env.add_filter("hours", |text: String| whole_units(&text, 3_600));
    env
}

/// The dotted paths that a template uses, sorted: `resource.objective.rpo`. Fails if it is no valid template.
pub fn paths(template: &str) -> Result<BTreeSet<String>, TemplateError> {
    let parsed = ENVIRONMENT.template_from_str(template)?;
    Ok(parsed.undeclared_variables(true).into_iter().collect())
}

/// Fills a template from values by dotted path. Fails on a path that has no value.
pub fn fill(template: &str, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    Ok(ENVIRONMENT.render_str(template, nested(values))?)
}

/// Fills a template as [`fill`] does, and passes every place through `place` after its filters have run: the one
/// point at which a value that may be hostile can be told from the template's own text.
pub fn fill_with(
    template: &str,
    values: &BTreeMap<String, String>,
    place: impl Fn(&str) -> String + Send + Sync + 'static,
) -> Result<String, TemplateError> {
    let mut env = environment();
    env.set_formatter(move |out, _, value| Ok(out.write_str(&place(&value.to_string()))?));
    Ok(env.render_str(template, nested(values))?)
}

/// `{"a.b": "x"}` as `{"a": {"b": "x"}}`.
fn nested(values: &BTreeMap<String, String>) -> Value {
    let mut plain: BTreeMap<String, Value> = BTreeMap::new();
    let mut inner: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, value) in values {
        match path.split_once('.') {
            Some((head, tail)) => {
                inner.entry(head.to_owned()).or_default().insert(tail.to_owned(), value.clone());
            }
            None => {
                plain.insert(path.clone(), Value::from(value.as_str()));
            }
        }
    }
    for (head, values) in inner {
        plain.insert(head, nested(&values));
    }
    Value::from(plain)
}

/// The text with each place named in angle brackets (`<name>`, `<objective.retention>`): for help that belongs to no
/// single finding.
pub fn placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, place, after)) = rest
        .split_once("{{")
        .and_then(|(before, tail)| tail.split_once("}}").map(|(place, after)| (before, place, after)))
    {
        out.push_str(before);
        let path = place.split('|').next().unwrap_or_default().trim();
        out.push_str(&format!("<{}>", path.strip_prefix("resource.").unwrap_or(path)));
        rest = after;
    }
    out + rest
}

/// A duration's text in whole units, rounded up; anything else (`forever`, `unknown`) is left as it is.
fn whole_units(text: &str, unit: i64) -> String {
    duration::parse(text)
        .map_or_else(|| text.to_owned(), |span| (span.as_secs() + unit - 1).div_euclid(unit).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_from_dotted_paths() {
        let values = BTreeMap::from([
            ("resource.name".to_owned(), "orders".to_owned()),
            ("resource.objective.retention".to_owned(), "35d".to_owned()),
        ]);
        let text = fill("{{ resource.name }}: {{ resource.objective.retention | days }} days", &values).unwrap();
        assert_eq!(text, "orders: 35 days");
        assert!(fill("{{ resource.nmae }}", &values).is_err());
    }

    #[test]
    fn places_can_be_escaped_after_their_filters() {
        let values = BTreeMap::from([("age".to_owned(), "1d 4h".to_owned())]);
        let text = fill_with("{{ age }} {{ age | days }} <age>", &values, |value| format!("<{value}>")).unwrap();
        assert_eq!(text, "<1d 4h> <2> <age>");
        // Strict: a place without a value is still an error.
        assert!(fill_with("{{ nothing }}", &values, str::to_owned).is_err());
    }

    #[test]
    fn paths_are_found() {
        let found = paths("{{ resource.objective.rpo }} {{ resource.name | upper }}").unwrap();
        assert_eq!(found, BTreeSet::from(["resource.name".to_owned(), "resource.objective.rpo".to_owned()]));
        assert!(paths("{{ resource.name ").is_err());
    }

    #[test]
    fn help_names_its_places() {
        let text = "keep `{{ resource.name }}` {{ resource.objective.retention | days }} days {{ open";
        assert_eq!(placeholders(text), "keep `<name>` <objective.retention> days {{ open");
    }

    #[test]
    fn durations_become_numbers() {
        assert_eq!(whole_units("1d 4h", 86_400), "2");
        assert_eq!(whole_units("forever", 86_400), "forever");
    }
}
