//! Waivers: findings that somebody accepts for a time, and why. Each is a Cedar `permit` of the action `waive`.
//!
//! They are loaded from the folder that `waivers` in `backstop.toml` names and checked as strictly as rules, since a
//! waiver that can never match leaves its author believing in something that is not so.

mod annotations;
mod names;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use cedar_policy::{ActionConstraint, Effect, Policy, PolicyId, PolicySet, ResourceConstraint, Validator};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::entangled::entangled;
use super::load::{slips, validate};
use super::meta::Meta;
use super::reads::Reads;
use super::schema::{Contract, judged_types};
use super::source::{self, UnreadableWaivers};
use super::{RuleSet, notice};
use crate::diagnostic::{SourceError, SourceErrors, nearest};
use crate::model::position::{Point, Position};
use crate::model::settings::WaiverFolder;

/// A checked waiver.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Its id, unique among all waivers: `@id`, or the stem of a file that holds this one alone.
    pub id: Arc<str>,
    /// Where it begins.
    pub at: Arc<Position>,
    /// Where its last day stands.
    pub expires_at: Arc<Position>,
    /// The whole text of its file.
    pub text: Arc<str>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it counts, UTC.
    pub expires: Date,
    /// The types that it may speak of.
    pub types: Vec<String>,
    /// The rules whose findings it may accept, each with the name that the waiver knows it by: an older id, perhaps.
    pub rules: BTreeMap<Arc<str>, Arc<str>>,
    /// The Cedar policy; its id is the waiver's.
    pub policy: Policy,
    /// The facts that its condition reads.
    pub reads: Reads,
}

impl Waiver {
    /// Whether its last day is over at this moment.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.expires
    }
}

/// Why waivers cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum WaiverError {
    /// The folder, or a file in it, cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Folder(#[from] UnreadableWaivers),
    /// The settings name a folder that is none, or waivers are wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mistakes(#[from] SourceErrors),
}

/// The waivers of a folder and the folders below it, checked against these rules.
pub fn load(folder: &WaiverFolder, rules: &RuleSet) -> Result<Vec<Waiver>, WaiverError> {
    if let (Some(at), false) = (&folder.at, folder.path.is_dir()) {
        let fault = format!("there is no folder `{}`", folder.path.display());
        let fault = SourceError::new(&at.file, &at.text, fault).at(at.span.clone(), "here");
        let errors = vec![fault.help("`waivers` names a folder of `.cedar` files, relative to this file")];
        SourceErrors::check("the settings", errors)?;
    }
    Ok(check(&source::waivers(&folder.path)?, rules)?)
}

/// Checks waivers, given as texts by the path that is reported.
pub fn check(files: &BTreeMap<String, String>, rules: &RuleSet) -> Result<Vec<Waiver>, SourceErrors> {
    let checker = Checker {
        validator: Validator::new((*rules.schema).clone()),
        contract: Contract::default(),
        metas: rules.rules.iter().chain(&rules.disabled).map(|rule| &*rule.meta).collect(),
    };
    let mut errors = Vec::new();
    let mut waivers: BTreeMap<Arc<str>, Waiver> = BTreeMap::new();
    for (file, text) in files {
        for read in checker.file(file, text) {
            match read {
                Err(found) => errors.extend(found),
                Ok((waiver, span)) => {
                    if let Some(other) = waivers.get(&waiver.id) {
                        let fault = format!("waiver `{}` is there twice: also in `{}`", waiver.id, other.at.file);
                        let fault = SourceError::new(file, text, fault).at(span.start..span.start, "");
                        errors.push(fault.help("give one of them another name: `@id(\"…\")`, or that of its file"));
                    } else {
                        waivers.insert(Arc::clone(&waiver.id), waiver);
                    }
                }
            }
        }
    }
    SourceErrors::check("the waivers", errors)?;
    Ok(waivers.into_values().collect())
}

/// A waiver with its bytes in the file, or what is wrong with it.
type Checked = Result<(Waiver, Range<usize>), Vec<SourceError>>;

struct Checker<'a> {
    validator: Validator,
    contract: Contract,
    /// All rules, also those that are off: what is accepted may be asked again tomorrow.
    metas: Vec<&'a Meta>,
}

/// One policy of a file, and where it stands in it.
struct Written<'t> {
    file: &'t str,
    text: &'t str,
    span: Range<usize>,
    policy: &'t Policy,
}

impl Written<'_> {
    /// A mistake in this policy.
    fn fault(&self, message: impl Into<String>, help: impl Into<String>) -> SourceError {
        SourceError::new(self.file, self.text, message).help(help)
    }

    /// The bytes of the first of these words that stands in the policy; else those of its beginning.
    fn find(&self, words: &[&str]) -> Range<usize> {
        let own = self.text.get(self.span.clone()).unwrap_or_default();
        let found = words.iter().find_map(|word| own.find(word).map(|at| (at, word.len())));
        let (at, length) = found.unwrap_or_default();
        self.span.start + at..self.span.start + at + length
    }

    fn position(&self, span: Range<usize>) -> Arc<Position> {
        let point = |byte| Point::at_byte(self.text, byte);
        Arc::new(Position { file: self.file.into(), start: point(span.start), end: point(span.end) })
    }
}

impl Checker<'_> {
    /// The waivers of one file, each with its place, or what is wrong with it.
    fn file(&self, file: &str, text: &str) -> Vec<Checked> {
        if let Some((message, at)) = entangled(text) {
            let fault = SourceError::new(file, text, message).at(at, "here");
            return vec![Err(vec![
                fault.help("say it in several waivers, or `[\"a\", \"b\"].contains(context.rule)`"),
            ])];
        }
        let parsed: PolicySet = match text.parse() {
            Ok(parsed) => parsed,
            Err(error) => {
                let error: cedar_policy::ParseErrors = error;
                return vec![Err(vec![SourceError::from_diagnostic(file, text, &error)])];
            }
        };
        if parsed.num_of_templates() != 0 {
            let slot = if text.contains("?principal") { "?principal" } else { "?resource" };
            let fault = SourceError::new(file, text, "a waiver has no slots").at_text(slot, "here");
            return vec![Err(vec![fault.help("take `?principal` and `?resource` away")])];
        }
        // Cedar names them `policy0`, `policy1` … in the order of the file.
        let mut policies: Vec<(usize, &Policy)> =
            parsed.policies().map(|policy| (number(policy.id()), policy)).collect();
        policies.sort_by_key(|(number, _)| *number);
        let alone = policies.len() == 1;
        let mut from = 0;
        policies
            .into_iter()
            .map(|(_, policy)| {
                let own = policy.to_cedar().unwrap_or_default();
                let start = text.get(from..).and_then(|rest| rest.find(&own)).map_or(from, |at| from + at);
                from = (start + own.len()).min(text.len());
                let written = Written { file, text, span: start..from, policy };
                self.waiver(&written, alone).map(|waiver| (waiver, start..from))
            })
            .collect()
    }

    fn waiver(&self, written: &Written<'_>, alone: bool) -> Result<Waiver, Vec<SourceError>> {
        let policy = written.policy;
        if policy.effect() != Effect::Permit {
            let fault = written.fault("a waiver is a `permit`", "`forbid` is for rules: see `--policies`");
            return Err(vec![fault.at(written.find(&["forbid"]), "here")]);
        }
        let notes = annotations::read(written, alone)?;
        let types = scope(written)?;
        check_entities(written)?;
        let reads = Reads::of(policy);
        let slips: Vec<SourceError> = slips(&reads, &types, &self.contract)
            .into_iter()
            .map(|(path, help)| {
                let last = path.rsplit('.').next().unwrap_or(path);
                let fault = written.fault(format!("the condition reads `{path}`, which is no fact"), help);
                fault.at(written.find(&[last]), "here")
            })
            .collect();
        if !slips.is_empty() {
            return Err(slips);
        }
        let policy = policy.new_id(PolicyId::new(&notes.id));
        validate(written.file, written.text, &policy, &self.validator).map_err(|mut errors| {
            match types.as_slice() {
                [only] => {
                    let help = format!("`backstop rules schema` lists the facts of {only}");
                    errors.into_iter().map(|error| error.or_help(&help)).collect::<Vec<_>>()
                }
                _ => {
                    // One slip is met once for each type.
                    errors.sort_by_key(|error| (error.start(), error.to_string()));
                    errors.dedup_by_key(|error| error.start());
                    let help = "name the type that is meant: `resource is AWS::S3::Bucket`";
                    errors.into_iter().map(|error| error.help(help)).collect()
                }
            }
        })?;
        let rules = self.rules(written, &types)?;
        Ok(Waiver {
            policy,
            id: notes.id.into(),
            at: written.position(written.span.clone()),
            expires_at: written.position(written.find(&[&format!("\"{}\"", notes.expires), "@expires"])),
            text: written.text.into(),
            reason: notes.reason,
            owner: notes.owner,
            expires: notes.expires,
            types,
            rules,
            reads,
        })
    }

    /// The rules that the waiver may speak of. One that it names must exist and judge one of its types.
    fn rules(&self, written: &Written<'_>, types: &[String]) -> Result<BTreeMap<Arc<str>, Arc<str>>, Vec<SourceError>> {
        let condition = names::Condition::of(written.policy);
        let named = condition.names();
        if !condition.speaks_of_rules() {
            let help = "add `when { context.rule == \"s3-versioning-enabled\" }`; for several rules \
                        `[\"a\", \"b\"].contains(context.rule)`, for all of them `context.rule like \"*\"`";
            let fault = written.fault("a waiver names the rules whose findings it accepts", help);
            return Err(vec![fault.at(written.find(&["permit"]), "here")]);
        }
        if condition.reaches_further() {
            let help = "ask `context.rule` beside every `||`, with `==`, `like` or `[\"a\", \"b\"].contains(context.rule)`; \
                        if all other rules are meant: `context.rule like \"*\" && context.rule != \"a\"`";
            let fault = written.fault("it would accept findings of rules that it does not name", help);
            return Err(vec![fault.at(written.find(&["||", "context.rule"]), "here")]);
        }
        let judges = |meta: &Meta| meta.types.iter().any(|name| types.contains(name));
        let mut errors = Vec::new();
        for name in &named {
            let place = written.find(&[&format!("\"{name}\""), name]);
            let known = self.metas.iter().find(|meta| is_called(meta, name));
            let fault = match known {
                Some(meta) if judges(meta) => continue,
                Some(meta) => written.fault(
                    format!("rule `{name}` never judges {}", types.join(", ")),
                    format!("it judges {}: write that after `resource is`", meta.types.join(", ")),
                ),
                None if notice::find(name).is_some() => written.fault(
                    format!("`{name}` is a notice, which cannot be waived"),
                    format!("change it in `backstop.toml`: `[rules.{name}]`"),
                ),
                None => {
                    let near = nearest(name, self.metas.iter().map(|meta| &*meta.id));
                    let help = near.map_or_else(
                        || "`backstop rules list` shows them; rules of your own need `--policies`".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    written.fault(format!("no rule is named `{name}`"), help)
                }
            };
            errors.push(fault.at(place, "here"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut rules = BTreeMap::new();
        for meta in self.metas.iter().filter(|meta| judges(meta)) {
            let older = meta.aliases.iter().find(|alias| named.contains(alias.as_str()));
            let called = older
                .filter(|_| !named.contains(&*meta.id))
                .map_or_else(|| Arc::clone(&meta.id), |alias| alias.as_str().into());
            if condition.admits(&called) {
                rules.insert(Arc::clone(&meta.id), called);
            }
        }
        if rules.is_empty() {
            let help = "`backstop rules list` shows the rules, `backstop rules show ID` the types that one judges";
            let fault = written.fault("it can never accept anything: no rule meets its condition", help);
            return Err(vec![fault.at(written.find(&["context.rule"]), "here")]);
        }
        Ok(rules)
    }
}

fn is_called(meta: &Meta, name: &str) -> bool {
    *meta.id == *name || meta.aliases.iter().any(|alias| alias == name)
}

fn number(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or_default()
}

/// The types that the scope leaves.
fn scope(written: &Written<'_>) -> Result<Vec<String>, Vec<SourceError>> {
    let one_action = "write `action == Action::\"waive\"`";
    match written.policy.action_constraint() {
        ActionConstraint::Eq(action) if action.id().unescaped() == "waive" => {}
        ActionConstraint::Eq(action) => {
            let name = action.id().unescaped();
            let fault = written.fault(format!("a waiver does not answer `{name}`"), one_action);
            return Err(vec![fault.at(written.find(&[name]), "here")]);
        }
        _ => {
            let fault = written.fault("a waiver names its action", one_action);
            return Err(vec![fault.at(written.find(&["action"]), "here")]);
        }
    }
    let all = judged_types();
    let name = match written.policy.resource_constraint() {
        ResourceConstraint::Any => return Ok(all.into_iter().map(str::to_owned).collect()),
        ResourceConstraint::Is(name) => name.to_string(),
        _ => {
            let help =
                "write `resource is AWS::S3::Bucket`, and which one in the condition: `resource.name == \"orders\"`";
            let fault = written.fault("a waiver's scope names a type, not a resource", help);
            return Err(vec![fault.at(written.find(&["resource"]), "here")]);
        }
    };
    if all.contains(&name.as_str()) {
        return Ok(vec![name]);
    }
    let help = nearest(&name, all.iter().copied())
        .map_or_else(|| format!("rules judge {}", all.join(", ")), |near| format!("did you mean `{near}`?"));
    let fault = written.fault(format!("no rule judges `{name}`"), help);
    Err(vec![fault.at(written.find(&[&name]), "here")])
}

/// Entities that a waiver names: only accounts and organizational units can be known by what is written.
fn check_entities(written: &Written<'_>) -> Result<(), Vec<SourceError>> {
    let mut errors = Vec::new();
    for entity in written.policy.entity_literals() {
        let (kind, id) = (entity.type_name().to_string(), entity.id().unescaped());
        let fault = match kind.as_str() {
            "Action" => continue,
            "AWS::Account" if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => continue,
            "AWS::OrganizationalUnit" if id.starts_with("ou-") || id.starts_with("r-") => continue,
            "AWS::Account" => written.fault(format!("`{id}` is no account id"), "account ids have twelve digits"),
            "AWS::OrganizationalUnit" => written.fault(
                format!("`{id}` is no id of an organizational unit"),
                "ids are written as `ou-ab12-cdef3456`; that of the root begins with `r-`",
            ),
            _ if judged_types().contains(&kind.as_str()) => written.fault(
                "a waiver knows resources by their facts, not by an entity".to_owned(),
                "write `resource.name == \"orders\"`, or `like` with a pattern",
            ),
            // Cedar names the nearest type.
            _ => continue,
        };
        errors.push(fault.at(written.find(&[id, &kind]), "here"));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
