//! Reads policy documents.
//!
//! The grammar, what may stand once, what may be a list, and what excludes what:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>. Names of elements are taken in
//! AWS's own spelling only.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::action::{Actions, Catalogue};
use super::arn::ResourcePattern;
use super::condition::Condition;
use super::document::{Conditions, Effect, Resources, Statement};
use super::fault::Fault;
use super::json::Json;
use super::operator::Operator;
use super::pattern::HOLE;
use super::principals::{Principals, Who};

/// No policy of AWS is larger: key policies have 32 KiB, and that is the most.
const MOST_BYTES: usize = 256 * 1024;

/// Reads a document: its statements as far as they can be read, and what is wrong with it.
pub(super) fn parse(text: &str, catalogue: &Catalogue) -> (Vec<Statement>, Vec<Fault>) {
    let mut reader = Reader { catalogue, variables: false, faults: Vec::new() };
    let statements = reader.document(text).unwrap_or_default();
    (statements, reader.faults)
}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    /// Version 2012-10-17 has variables; before, they are plain text.
    variables: bool,
    faults: Vec<Fault>,
}

/// Two elements of which a statement has one: `Action` and `NotAction`.
struct Pair<'a> {
    name: &'static str,
    value: &'a Json,
    negated: bool,
}

impl Reader<'_> {
    fn refuse(&mut self, path: &str, problem: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault { path: path.to_owned(), problem: problem.into(), help: help.into(), refused: true });
    }

    fn wonder(&mut self, path: &str, problem: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault { path: path.to_owned(), problem: problem.into(), help: help.into(), refused: false });
    }

    fn document(&mut self, text: &str) -> Option<Vec<Statement>> {
        let whole = "document";
        if text.len() > MOST_BYTES {
            let problem = format!("{} bytes are more than any policy of AWS may have", text.len());
            self.refuse(whole, problem, "split the policy");
            return None;
        }
        let json = match serde_json::from_str::<Json>(text) {
            Ok(json) => json,
            Err(error) => {
                self.refuse(whole, format!("no JSON: {error}"), "correct the JSON text");
                return None;
            }
        };
        let Json::Object(entries) = &json else {
            let problem = format!("{} where a policy document is expected", json.kind());
            self.refuse(whole, problem, "write an object with `Version` and `Statement`");
            return None;
        };
        self.names(entries, "", &["Version", "Id", "Statement"]);
        self.version(find(entries, "Version"));
        if let Some(id) = find(entries, "Id") {
            self.expect_text(id, "Id");
        }
        let Some(statements) = find(entries, "Statement") else {
            self.refuse(whole, "no `Statement`", "add the statements");
            return None;
        };
        let list = statements.each();
        if list.is_empty() {
            self.refuse("Statement", "an empty list", "add a statement");
        }
        let mut sids = BTreeSet::new();
        let mut read = Vec::with_capacity(list.len());
        for (index, json) in list.iter().enumerate() {
            let path = format!("Statement[{index}]");
            let Some(statement) = self.statement(index, json, &path) else { continue };
            if let Some(sid) = &statement.sid
                && !sid.is_empty()
                && !sids.insert(sid.clone())
            {
                self.wonder(&format!("{path}.Sid"), format!("`{sid}` names two statements"), "name each by its own");
            }
            read.push(statement);
        }
        Some(read)
    }

    /// Names that are unknown, or stand twice.
    fn names(&mut self, entries: &[(String, Json)], path: &str, known: &[&str]) {
        let mut seen = BTreeSet::new();
        for (name, _) in entries {
            let place = join(path, name);
            if !seen.insert(name) {
                self.refuse(&place, format!("`{name}` stands twice"), "keep one of them");
            }
            if known.contains(&name.as_str()) {
                continue;
            }
            let near = known.iter().find(|known| known.eq_ignore_ascii_case(name));
            let help = match near {
                Some(near) => format!("write `{near}`"),
                None => format!("known here are {}", known.join(", ")),
            };
            self.refuse(&place, format!("unknown element `{name}`"), help);
        }
    }

    fn version(&mut self, version: Option<&Json>) {
        match version {
            Some(Json::Text(text)) if text == "2012-10-17" => self.variables = true,
            Some(Json::Text(text)) if text == "2008-10-17" => {}
            Some(other) => {
                let problem = match other {
                    Json::Text(text) => format!("unknown version `{text}`"),
                    other => format!("{} where a version is expected", other.kind()),
                };
                self.refuse("Version", problem, "write \"2012-10-17\"");
            }
            // Without a version it is 2008-10-17.
            None => {}
        }
    }

    fn expect_text<'j>(&mut self, json: &'j Json, path: &str) -> Option<&'j str> {
        match json {
            Json::Text(text) => Some(text),
            other if other.is_unresolved() => None,
            other => {
                self.refuse(path, format!("{} where a text is expected", other.kind()), "write a text");
                None
            }
        }
    }

    /// Texts, or one; a template's open function is a hole.
    fn texts(&mut self, json: &Json, path: &str) -> Vec<Box<str>> {
        let list = json.each();
        if list.is_empty() {
            self.refuse(path, "an empty list", "name at least one");
        }
        let mut texts = Vec::with_capacity(list.len());
        for (at, one) in list.iter().enumerate() {
            let place = if matches!(json, Json::List(_)) { format!("{path}[{at}]") } else { path.to_owned() };
            match self.expect_text(one, &place) {
                Some(text) => texts.push(text.into()),
                None => texts.push(HOLE.to_string().into()),
            }
        }
        texts
    }

    fn statement(&mut self, index: usize, json: &Json, path: &str) -> Option<Statement> {
        let Json::Object(entries) = json else {
            let problem = format!("{} where a statement is expected", json.kind());
            self.refuse(path, problem, "write an object with `Effect`, `Action` and `Resource`");
            return None;
        };
        if json.is_unresolved() {
            return Some(self.open_statement(index));
        }
        let known = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        self.names(entries, path, &known);
        let sid = find(entries, "Sid").and_then(|sid| self.expect_text(sid, &join(path, "Sid")));
        let effect = self.effect(find(entries, "Effect"), path);
        let principals = match self.pair(entries, ["Principal", "NotPrincipal"], path) {
            Some(pair) => self.principals(&pair, path),
            None => Principals::Absent,
        };
        let actions = match self.pair(entries, ["Action", "NotAction"], path) {
            Some(pair) => self.actions(&pair, path),
            None => {
                self.refuse(path, "neither `Action` nor `NotAction`", "say which actions are meant");
                self.any_action()
            }
        };
        let resources = match self.pair(entries, ["Resource", "NotResource"], path) {
            Some(pair) => self.resources(&pair, path),
            None => Resources::Absent,
        };
        let conditions = self.conditions(find(entries, "Condition"), &join(path, "Condition"));
        let sid = sid.map(Arc::from);
        Some(Statement { index, sid, effect, principals, actions, resources, conditions })
    }

    fn any_action(&self) -> Actions {
        Actions::new(&[HOLE.encode_utf8(&mut [0; 4])], false, self.catalogue)
    }

    /// A statement that a template leaves open as a whole: `{"Fn::If": …}`.
    fn open_statement(&self, index: usize) -> Statement {
        Statement {
            index,
            sid: None,
            effect: None,
            principals: Principals::Unknown,
            actions: self.any_action(),
            resources: Resources::Absent,
            conditions: Conditions { all: Box::default(), open: true },
        }
    }

    fn pair<'j>(&mut self, entries: &'j [(String, Json)], names: [&'static str; 2], path: &str) -> Option<Pair<'j>> {
        let [plain, not] = names;
        match (find(entries, plain), find(entries, not)) {
            (Some(value), found) => {
                if found.is_some() {
                    self.refuse(&join(path, not), format!("`{plain}` and `{not}` exclude each other"), "keep one");
                }
                Some(Pair { name: plain, value, negated: false })
            }
            (None, Some(value)) => Some(Pair { name: not, value, negated: true }),
            (None, None) => None,
        }
    }

    /// Its values are case-sensitive:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html>.
    fn effect(&mut self, json: Option<&Json>, path: &str) -> Option<Effect> {
        let place = join(path, "Effect");
        let Some(json) = json else {
            self.refuse(path, "no `Effect`", "say `Allow` or `Deny`");
            return None;
        };
        match self.expect_text(json, &place)? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other if other.contains(HOLE) => None,
            other => {
                self.refuse(&place, format!("unknown effect `{other}`"), "write `Allow` or `Deny`, in this spelling");
                None
            }
        }
    }

    fn actions(&mut self, pair: &Pair<'_>, path: &str) -> Actions {
        let path = join(path, pair.name);
        let texts = self.texts(pair.value, &path);
        for text in texts.iter().filter(|text| !text.contains([':', HOLE]) && &***text != "*") {
            let help = "write `service:Action`, or `*` for all";
            self.refuse(&path, format!("`{text}` names no service"), help);
        }
        if texts.iter().any(|text| text.contains(char::is_control)) {
            self.refuse(&path, "a control character in the name of an action", "take it out");
        }
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        Actions::new(&texts, pair.negated, self.catalogue)
    }

    fn resources(&mut self, pair: &Pair<'_>, path: &str) -> Resources {
        let texts = self.texts(pair.value, &join(path, pair.name));
        let patterns = texts.iter().map(|text| ResourcePattern::new(text, self.variables)).collect();
        if pair.negated { Resources::AllBut(patterns) } else { Resources::Named(patterns) }
    }

    fn principals(&mut self, pair: &Pair<'_>, path: &str) -> Principals {
        let path = join(path, pair.name);
        let mut named = Vec::new();
        match pair.value {
            Json::Text(text) if text == "*" => named.push(Who::Everyone),
            Json::Text(text) if text.contains(HOLE) => named.push(Who::Unsure),
            open if open.is_unresolved() => return Principals::Unknown,
            Json::Object(kinds) => {
                self.names(kinds, &path, &["AWS", "Service", "Federated", "CanonicalUser"]);
                for (kind, who) in kinds {
                    for text in self.texts(who, &join(&path, kind)) {
                        named.push(match kind.as_str() {
                            "AWS" => Who::aws(&text),
                            "Service" => Who::Service(text),
                            "Federated" if !text.contains(['*', '?', HOLE]) => Who::Provider(text),
                            _ => Who::Unsure,
                        });
                    }
                }
            }
            other => {
                let problem = match other {
                    Json::Text(text) => format!("`{text}` says no kind of principal"),
                    other => format!("{} where principals are expected", other.kind()),
                };
                self.refuse(&path, problem, "write \"*\", or an object with `AWS`, `Service` or `Federated`");
                return Principals::Unknown;
            }
        }
        if pair.negated { Principals::AllBut(named.into()) } else { Principals::Named(named.into()) }
    }

    fn conditions(&mut self, json: Option<&Json>, path: &str) -> Conditions {
        let mut conditions = Conditions { all: Box::default(), open: false };
        let Some(json) = json else { return conditions };
        if json.is_unresolved() {
            conditions.open = true;
            return conditions;
        }
        let Json::Object(operators) = json else {
            let problem = format!("{} where conditions are expected", json.kind());
            self.refuse(path, problem, "write an object of operators");
            conditions.open = true;
            return conditions;
        };
        self.twice(operators, path);
        let mut all = Vec::new();
        for (written, json) in operators {
            let place = join(path, written);
            let Some(operator) = Operator::parse(written) else {
                let help = "the operators are listed under \"Condition operators\" in the IAM User Guide";
                self.refuse(&place, format!("unknown operator `{written}`"), help);
                continue;
            };
            match json {
                open if open.is_unresolved() => conditions.open = true,
                Json::Object(keys) => {
                    // Whether an operator without keys holds, no page says.
                    conditions.open |= keys.is_empty();
                    self.twice(keys, &place);
                    for (key, value) in keys {
                        let texts = self.values(value, &join(&place, key));
                        all.push(Condition::new(operator, written, key, texts, self.variables));
                    }
                }
                other => {
                    let problem = format!("{} where condition keys are expected", other.kind());
                    self.refuse(&place, problem, "write an object of keys and values");
                }
            }
        }
        conditions.all = all.into();
        conditions
    }

    fn twice(&mut self, entries: &[(String, Json)], path: &str) {
        let mut seen = BTreeSet::new();
        for (name, _) in entries {
            if !seen.insert(name) {
                self.refuse(&join(path, name), format!("`{name}` stands twice"), "join their values in a list");
            }
        }
    }

    /// Values of a condition: texts, numbers and booleans.
    fn values(&mut self, json: &Json, path: &str) -> Vec<Box<str>> {
        let list = if json.is_unresolved() { std::slice::from_ref(json) } else { json.each() };
        let mut texts: Vec<Box<str>> = Vec::with_capacity(list.len());
        for one in list {
            texts.push(match one {
                Json::Text(text) | Json::Number(text) => text.as_str().into(),
                Json::Bool(value) => value.to_string().into(),
                open if open.is_unresolved() => HOLE.to_string().into(),
                other => {
                    let help = "write a text, a number or a boolean";
                    self.refuse(path, format!("{} where a value is expected", other.kind()), help);
                    continue;
                }
            });
        }
        texts
    }
}

fn find<'j>(entries: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    entries.iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests;
