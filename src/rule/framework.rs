//! Control frameworks: which of a standard's controls a rule gives evidence for.
//!
//! The mapping lives outside the rules, in `policies/frameworks/*.json`, so that a standard can be added or corrected
//! without touching one. Control ids and titles of NIST SP 800-53 are those of its catalog, release 5.2.0
//! (csrc.nist.gov, "SP 800-53 Rev. 5"). A mapped control is supported by the rule, never wholly met by it.

use std::collections::BTreeSet;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies/frameworks");

/// A standard, and the controls of it that rules speak to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Framework {
    /// Its id: the stem of its file.
    pub id: String,
    /// Its short name, as people cite it.
    pub name: String,
    /// Its full title.
    pub full_name: String,
    /// The release that the control ids are taken from.
    pub version: String,
    /// Who publishes it.
    pub organization: String,
    /// The controls, in the standard's order.
    pub controls: Vec<Control>,
}

/// One control of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Control {
    /// Its id in the standard: `CP-9`, `CP-9(8)`.
    pub id: String,
    /// Its title in the standard; of an enhancement, the enhancement's own.
    pub title: String,
    /// The rules that give evidence for it, sorted.
    pub rules: Vec<String>,
}

/// What is wrong with a framework file.
#[derive(Debug, thiserror::Error)]
pub enum FrameworkError {
    /// It is not the JSON that it should be.
    #[error("`{file}` is no framework: {source}")]
    Json {
        /// The file.
        file: String,
        /// Line, column and cause.
        source: serde_json::Error,
    },
    /// It reads, but does not hold together.
    #[error("`{file}`: {what}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong, and what to do about it.
        what: String,
    },
}

impl Framework {
    /// Reads one framework. `file` names it in errors, and its stem is the id that it must have.
    pub fn parse(text: &str, file: &str) -> Result<Self, FrameworkError> {
        let framework: Self =
            serde_json::from_str(text).map_err(|source| FrameworkError::Json { file: file.to_owned(), source })?;
        match framework.fault(file) {
            Some(what) => Err(FrameworkError::Content { file: file.to_owned(), what }),
            None => Ok(framework),
        }
    }

    /// The frameworks in the binary, sorted by id.
    pub fn shipped() -> Result<Vec<Self>, FrameworkError> {
        let mut all = Vec::new();
        for file in SHIPPED.files().filter(|file| file.path().extension().is_some_and(|ext| ext == "json")) {
            let name = file.path().to_string_lossy();
            all.push(Self::parse(file.contents_utf8().unwrap_or_default(), &name)?);
        }
        all.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(all)
    }

    /// Fails if a control names a rule that `known` does not hold, with the nearest known rule in the error.
    pub fn check_rules(&self, known: &BTreeSet<&str>) -> Result<(), FrameworkError> {
        let stranger = |control: &Control| {
            let rule = control.rules.iter().find(|rule| !known.contains(rule.as_str()))?;
            Some((control.id.clone(), rule.clone()))
        };
        let Some((control, rule)) = self.controls.iter().find_map(stranger) else { return Ok(()) };
        let nearest = known
            .iter()
            .map(|other| (strsim::damerau_levenshtein(&rule, other), *other))
            .min()
            .map(|(_, other)| format!("; did you mean `{other}`"))
            .unwrap_or_default();
        let what = format!("control `{control}` names rule `{rule}`, which does not exist{nearest}");
        Err(FrameworkError::Content { file: format!("{}.json", self.id), what })
    }

    /// The controls that this rule gives evidence for, with their place in [`Framework::controls`].
    pub fn controls_of<'a>(&'a self, rule: &'a str) -> impl Iterator<Item = (usize, &'a Control)> {
        self.controls.iter().enumerate().filter(move |(_, control)| control.rules.iter().any(|id| id == rule))
    }

    fn fault(&self, file: &str) -> Option<String> {
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".json");
        if self.id != stem {
            return Some(format!("its id is `{}`; make it `{stem}`, as the file is called", self.id));
        }
        let texts = [&self.name, &self.full_name, &self.version, &self.organization];
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Some("name, fullName, version and organization must not be empty".to_owned());
        }
        let mut seen = BTreeSet::new();
        for control in &self.controls {
            if control.id.trim().is_empty() || control.title.trim().is_empty() {
                return Some(format!("control `{}` needs an id and a title", control.id));
            }
            if !seen.insert(&control.id) {
                return Some(format!("control `{}` stands there twice; merge the two", control.id));
            }
            if control.rules.is_empty() {
                return Some(format!("control `{}` names no rule; leave it out", control.id));
            }
            if !control.rules.is_sorted_by(|a, b| a < b) {
                return Some(format!("the rules of control `{}` are not sorted, or one stands twice", control.id));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framework(controls: &str) -> String {
        format!(
            r#"{{"id": "x", "name": "X", "fullName": "The X", "version": "1", "organization": "O", "controls": [{controls}]}}"#
        )
    }

    fn error(text: &str) -> String {
        Framework::parse(text, "frameworks/x.json").unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_frameworks_are_sound() {
        let all = Framework::shipped().unwrap();
        let nist = all.iter().find(|framework| framework.id == "nist-800-53-r5").unwrap();
        let controls: Vec<_> = nist.controls_of("vault-encrypted-with-cmk").map(|(_, c)| c.id.as_str()).collect();
        assert_eq!(controls, ["CP-9(8)", "SC-13", "SC-28", "SC-28(1)"]);
        assert_eq!(nist.controls_of("no-such-rule").count(), 0);
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        assert_eq!(error("{"), "`frameworks/x.json` is no framework: EOF while parsing an object at line 1 column 1");
        assert!(error(&framework("").replace("\"name\"", "\"nmae\"")).contains("unknown field `nmae`"));
        assert_eq!(
            error(&framework("").replace("\"x\"", "\"y\"")),
            "`frameworks/x.json`: its id is `y`; make it `x`, as the file is called"
        );
        let twice = r#"{"id": "A", "title": "a", "rules": ["r"]}, {"id": "A", "title": "a", "rules": ["r"]}"#;
        assert!(error(&framework(twice)).contains("control `A` stands there twice"));
        let unsorted = r#"{"id": "A", "title": "a", "rules": ["s", "r"]}"#;
        assert!(error(&framework(unsorted)).contains("not sorted"));
        assert!(error(&framework(r#"{"id": "A", "title": "a", "rules": []}"#)).contains("names no rule"));
        assert!(error(&framework(r#"{"id": "A", "title": " ", "rules": ["r"]}"#)).contains("needs an id and a title"));
        assert!(error(&framework("").replace("\"O\"", "\"\"")).contains("must not be empty"));
    }

    #[test]
    fn a_rule_that_does_not_exist_is_told_with_the_nearest_one() {
        let text = framework(r#"{"id": "A", "title": "a", "rules": ["vault-lokced"]}"#);
        let framework = Framework::parse(&text, "x.json").unwrap();
        let known = BTreeSet::from(["s3-versioning-enabled", "vault-locked"]);
        assert_eq!(
            framework.check_rules(&known).unwrap_err().to_string(),
            "`x.json`: control `A` names rule `vault-lokced`, which does not exist; did you mean `vault-locked`"
        );
        assert!(framework.check_rules(&BTreeSet::from(["vault-lokced"])).is_ok());
    }
}
