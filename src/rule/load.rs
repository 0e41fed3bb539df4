//! Loads rules and checks all of them before anything runs: syntax, annotations, types, templates, guides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cedar_policy::{
    ActionConstraint, Effect, Policy, PolicyId, PolicySet, ResourceConstraint, ValidationMode, Validator,
};

use super::entangled::entangled;
use super::guide::Guide;
use super::meta::{Action, Meta};
use super::reads::Reads;
use super::schema::{COMMON, Contract, IDENTITY, Target, schema, types_of};
use super::source::{self, RuleFiles};
use super::{Rule, RuleSet, annotations, notice, template};
use crate::diagnostic::{SourceError, SourceErrors, nearest};
use crate::finding::severity::Severity;
use crate::model::attribute::Kind;
use crate::model::settings::RuleSetting;

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LoadError {
    /// The folder cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Folder(#[from] source::UnreadableFolder),
    /// The folder holds no rule: its name may be misspelt.
    #[error("no rule in `{0}`")]
    #[diagnostic(help("`--policies` takes a folder that holds `<id>.cedar` files"))]
    Empty(String),
    /// Rules or settings are wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mistakes(#[from] SourceErrors),
}

/// The embedded rules and those of the user's folders, checked, with the user's changes applied.
pub fn load(folders: &[&Path], changes: &BTreeMap<String, RuleSetting>) -> Result<RuleSet, LoadError> {
    let mut files = source::embedded();
    for folder in folders {
        let found = source::folder(folder)?;
        if found.is_empty() {
            return Err(LoadError::Empty(folder.display().to_string()));
        }
        files.extend(found);
    }
    let set = check(&files)?;
    Ok(apply(set, changes)?)
}

/// Checks rules against the schema.
pub fn check(files: &[RuleFiles]) -> Result<RuleSet, SourceErrors> {
    let schema = schema()?;
    let validator = Validator::new(schema.clone());
    let contract = Contract::default();
    let mut errors = Vec::new();
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    for file in files {
        match rule(file, &validator, &contract) {
            Ok(rule) => {
                if let Some(other) = rules.insert(file.stem.clone(), rule) {
                    let fault = format!("rule `{}` is there twice: also in `{}`", file.stem, other.meta.file);
                    errors.push(SourceError::new(&file.file, &file.cedar, fault).help("give one of them another name"));
                }
            }
            Err(found) => errors.extend(found),
        }
    }
    let rules: Vec<Rule> = rules.into_values().collect();
    errors.extend(check_names(&rules));
    SourceErrors::check("the rules", errors)?;
    Ok(RuleSet::new(Arc::new(schema), rules))
}

fn rule(files: &RuleFiles, validator: &Validator, contract: &Contract) -> Result<Rule, Vec<SourceError>> {
    let (file, text) = (files.file.as_str(), files.cedar.as_str());
    let fault = |message: &str| SourceError::new(file, text, message);
    if let Some((message, at)) = entangled(text) {
        return Err(vec![fault(&message).help("say it in several rules").at(at, "here")]);
    }
    let parsed: PolicySet = text
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| vec![SourceError::from_diagnostic(file, text, &error)])?;
    if parsed.num_of_templates() != 0 {
        let slot = if text.contains("?principal") { "?principal" } else { "?resource" };
        let fault = fault("a rule has no slots").help("take `?principal` and `?resource` away");
        return Err(vec![fault.at_text(slot, "here")]);
    }
    let mut policies = parsed.policies();
    let (Some(policy), None) = (policies.next(), policies.next()) else {
        // The file is named in words: an empty text has no place to show.
        let count = parsed.policies().count();
        let fault = fault(&format!("a rule file holds exactly one policy, and `{file}` holds {count}"));
        return Err(vec![fault.help("one rule, one file, named after it")]);
    };
    let policy = policy.new_id(PolicyId::new(&files.stem));
    if policy.effect() != Effect::Forbid {
        let fault = fault("a rule is a `forbid`").help("say what must not be; `permit` is for waivers");
        return Err(vec![fault.at_text("permit", "here")]);
    }
    let notes = annotations::read(file, text, &files.stem, &policy)?;
    let (action, types) = scope(file, text, &policy)?;
    validate(file, text, &policy, validator)?;

    let mut errors = Vec::new();
    let reads = Reads::of(&policy);
    if let Some(asked) = reads.of_principal.first() {
        let help = "a rule about accounts is asked about them as resources: `resource is AWS::Account`, and \
                    `resource.root`; of the principal, ask `principal == AWS::Account::\"…\"` or \
                    `principal in AWS::OrganizationalUnit::\"…\"`";
        let fault = fault(&format!("the condition reads `{asked}` of the principal, which has no facts"));
        errors.push(fault.help(help).at_text("principal.", "here"));
    }
    if reads.identity && types.iter().any(|name| name == "AWS::Account") {
        let help = "an account's rules name it as the principal: `principal == AWS::Account::\"…\"`, `principal in \
                    AWS::OrganizationalUnit::\"…\"`";
        let fault = fault("the condition asks which account the resource is, and only the principal tells that");
        errors.push(fault.help(help).at_text("resource", "here"));
    }
    for (path, help) in slips(&reads, &types, contract) {
        let last = path.rsplit('.').next().unwrap_or(path);
        errors.push(fault(&format!("the condition reads `{path}`, which is no fact")).help(help).at_text(last, "here"));
    }
    for resource_type in &types {
        let mut check_path = |what: &str, path: &str, wanted: Option<Kind>| match contract.find(resource_type, path) {
            Target::Attribute(kind) if wanted.is_none_or(|wanted| wanted == kind) => {}
            Target::Attribute(_) => errors.push(
                fault(&format!("{what} `{path}` is no Bool"))
                    .help("only a Bool can raise a severity")
                    .at_text(path, "here"),
            ),
            Target::Nothing => {
                let known = contract.paths(resource_type);
                let near = nearest(path, known.iter().map(String::as_str));
                let help = near.map_or_else(
                    || format!("`backstop rules schema` lists the facts of {resource_type}"),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.push(
                    fault(&format!("{what} `{path}` is no fact of {resource_type}")).help(help).at_text(path, "here"),
                );
            }
        };
        if let Some(subject) = &notes.subject {
            check_path("subject", subject, None);
        }
        if let Some((_, path)) = &notes.escalation {
            check_path("condition", path, Some(Kind::Bool));
        }
    }
    let mut places = BTreeSet::new();
    errors.extend(check_template(file, text, &notes.message, &types, contract, &mut places));
    let guide_file = file.replace(".cedar", ".md");
    let guide = match &files.guide {
        None => Guide::default(),
        Some(guide_text) => match Guide::parse(&guide_file, guide_text) {
            Ok(guide) => {
                let blocks = [&guide.cli, &guide.cloudformation, &guide.terraform].into_iter().flatten();
                for part in blocks.chain([&guide.why, &guide.fix, &guide.verify, &guide.cost]) {
                    errors.extend(check_template(&guide_file, guide_text, part, &types, contract, &mut places));
                }
                guide
            }
            Err(found) => {
                errors.extend(found);
                Guide::default()
            }
        },
    };
    if !errors.is_empty() {
        // A path that is wrong for one type of many is said once.
        errors.dedup_by(|a, b| a.to_string() == b.to_string());
        return Err(errors);
    }
    let meta = Meta {
        id: notes.id.into(),
        title: notes.title,
        severity: notes.severity,
        escalation: notes.escalation,
        practice: notes.practice,
        subject: notes.subject,
        message: notes.message,
        after: notes.after,
        precision: notes.precision,
        aliases: notes.aliases,
        deprecated: notes.deprecated,
        action,
        types,
        guide,
        file: files.file.clone(),
        from_user: files.from_user,
        cedar: files.cedar.clone(),
    };
    Ok(Rule { meta: Arc::new(meta), policy, reads, places, tests: files.tests.as_deref().map(Into::into) })
}

/// The paths that no type has, each with the nearest that one has. Cedar takes `has` of anything; what no type has can
/// only be a slip.
pub(super) fn slips<'r>(reads: &'r Reads, types: &[String], contract: &Contract) -> Vec<(&'r str, String)> {
    let nowhere = |path: &&String| types.iter().all(|name| contract.find(name, path) == Target::Nothing);
    let helped = |path: &'r String| {
        if let Some(key) = path.strip_prefix("tags.") {
            let help =
                format!("tags are asked with `resource.hasTag(\"{key}\") && resource.getTag(\"{key}\") == \"…\"`");
            return (path.as_str(), help);
        }
        let known: Vec<String> = types.iter().flat_map(|name| contract.paths(name)).collect();
        let help = nearest(path, known.iter().map(String::as_str)).map_or_else(
            || "`backstop rules schema` lists the facts".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        (path.as_str(), help)
    };
    reads.paths.iter().filter(nowhere).map(helped).collect()
}

/// The action and the types that a rule's scope names.
fn scope(file: &str, text: &str, policy: &Policy) -> Result<(Action, Vec<String>), Vec<SourceError>> {
    let fault = |message: String, help: &str, place: &str| {
        vec![SourceError::new(file, text, message).help(help).at_text(place, "here")]
    };
    let one_action =
        "write `action == Action::\"configure\"`, `\"protect\"`, `\"recover\"`, `\"operate\"` or `\"access\"`";
    let ActionConstraint::Eq(action) = policy.action_constraint() else {
        return Err(fault("a rule asks exactly one question".to_owned(), one_action, "action"));
    };
    let name = action.id().unescaped();
    let Some(action) = Action::ALL.into_iter().find(|action| action.name() == name) else {
        return Err(fault(format!("rules do not answer `{name}`"), one_action, name));
    };
    let all: Vec<String> = types_of(action).into_iter().map(str::to_owned).collect();
    match policy.resource_constraint() {
        ResourceConstraint::Any if !action.is_about_all() => Err(fault(
            format!("a `{}` rule names one type", action.name()),
            "write `resource is AWS::S3::Bucket`",
            "resource",
        )),
        ResourceConstraint::Any => Ok((action, all)),
        ResourceConstraint::Is(name) => {
            let name = name.to_string();
            if all.contains(&name) {
                return Ok((action, vec![name]));
            }
            let help = nearest(&name, all.iter().map(String::as_str)).map_or_else(
                || format!("`{}` asks about {}", action.name(), all.join(", ")),
                |near| format!("did you mean `{near}`? `{}` asks about {}", action.name(), all.join(", ")),
            );
            Err(fault(format!("`{}` is not asked about `{name}`", action.name()), &help, &name))
        }
        _ => {
            Err(fault("a rule's scope names a type, not a resource".to_owned(), "write `resource is TYPE`", "resource"))
        }
    }
}

/// Checks a policy strictly against the schema; warnings are errors.
pub(super) fn validate(file: &str, text: &str, policy: &Policy, validator: &Validator) -> Result<(), Vec<SourceError>> {
    let alone = PolicySet::from_policies([policy.clone()])
        .map_err(|error| vec![SourceError::from_diagnostic(file, text, &error)])?;
    let result = validator.validate(&alone, ValidationMode::Strict);
    let errors: Vec<SourceError> = result
        .validation_errors()
        .map(|error| SourceError::from_diagnostic(file, text, error))
        .chain(result.validation_warnings().map(|warning| SourceError::from_diagnostic(file, text, warning)))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Checks that a template parses and that all it names exists for every type of the rule; collects its places.
fn check_template(
    file: &str,
    text: &str,
    source: &str,
    types: &[String],
    contract: &Contract,
    places: &mut BTreeSet<String>,
) -> Vec<SourceError> {
    let paths = match template::paths(source) {
        Ok(paths) => paths,
        Err(error) => {
            let help = "places are written `{{ resource.name }}`";
            return vec![SourceError::new(file, text, format!("the template is broken: {error}")).help(help)];
        }
    };
    let mut errors = Vec::new();
    for path in &paths {
        let known = path.strip_prefix("resource.").is_some_and(|below| {
            IDENTITY.contains(&below)
                || COMMON.contains(&below)
                || types.iter().all(|name| contract.find(name, below) != Target::Nothing)
        });
        if !known {
            let candidates: Vec<String> = types
                .iter()
                .take(1)
                .flat_map(|name| contract.paths(name))
                .chain(IDENTITY.iter().map(|&name| name.to_owned()))
                .map(|below| format!("resource.{below}"))
                .collect();
            let help = nearest(path, candidates.iter().map(String::as_str)).map_or_else(
                || "places name a fact: `{{ resource.name }}`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            errors.push(SourceError::new(file, text, format!("`{path}` is no fact")).help(help).at_text(path, "here"));
        }
    }
    places.extend(paths);
    errors
}

/// `@after` must name rules that exist; no alias may be a rule, or lead to two.
fn check_names(rules: &[Rule]) -> Vec<SourceError> {
    let ids: BTreeSet<&str> = rules.iter().map(|rule| &*rule.meta.id).collect();
    let mut aliases: BTreeMap<&str, &str> = BTreeMap::new();
    let mut errors = Vec::new();
    for rule in rules {
        for alias in &rule.meta.aliases {
            if let Some(other) = aliases.insert(alias, &rule.meta.id) {
                let fault = format!("alias `{alias}` is also one of `{other}`");
                let fault = SourceError::new(&rule.meta.file, &rule.meta.cedar, fault);
                errors.push(fault.help("an older id leads to one rule").at_text(alias, "here"));
            }
        }
        for after in &rule.meta.after {
            if !ids.contains(after.as_str()) {
                let fault =
                    SourceError::new(&rule.meta.file, &rule.meta.cedar, format!("`@after` names no rule: `{after}`"));
                let near = nearest(after, ids.iter().copied());
                let help = near.map_or_else(
                    || "`backstop rules list` shows them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.push(fault.help(help).at_text(after, "here"));
            }
        }
        for alias in rule.meta.aliases.iter().filter(|alias| ids.contains(alias.as_str())) {
            let fault = format!("alias `{alias}` is a rule of its own");
            let fault = SourceError::new(&rule.meta.file, &rule.meta.cedar, fault).help("ids are never used again");
            errors.push(fault.at_text(alias, "here"));
        }
    }
    errors
}

/// The user's changes: rules that are off, and other severities. Built-in notices may be changed like rules.
fn apply(mut set: RuleSet, changes: &BTreeMap<String, RuleSetting>) -> Result<RuleSet, SourceErrors> {
    let mut errors = Vec::new();
    for (id, change) in changes {
        let fault = |message: String| match &change.at {
            Some(at) => SourceError::new(&at.file, &at.text, message).at(at.span.clone(), "here"),
            None => SourceError::new("backstop.toml", "", message),
        };
        let severity = change.severity.as_deref().map(str::parse::<Severity>).transpose();
        let severity = severity.unwrap_or_else(|error| {
            errors.push(fault(format!("rule `{id}`: {error}")).help("write critical, high, medium or low"));
            None
        });
        let Some(named) = set.get(id).map(|rule| Arc::clone(&rule.meta.id)) else {
            let is_off = |rule: &Rule| *rule.meta.id == **id || rule.meta.aliases.contains(id);
            // Of notices, `evaluate` asks the settings itself.
            if notice::find(id).is_none() && !set.disabled.iter().any(is_off) {
                let notices = notice::NOTICES.iter().map(|notice| notice.id);
                let near = nearest(id, set.rules.iter().map(|rule| &*rule.meta.id).chain(notices));
                let help = near.map_or_else(
                    || "`backstop rules list` shows them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.push(fault(format!("`[rules]` names no rule: `{id}`")).help(help));
            }
            continue;
        };
        let Some(index) = set.rules.iter().position(|rule| rule.meta.id == named) else { continue };
        if change.disabled {
            let rule = set.rules.remove(index);
            set.disabled.push(rule);
        } else if let (Some(severity), Some(rule)) = (severity, set.rules.get_mut(index)) {
            let meta = Arc::make_mut(&mut rule.meta);
            meta.severity = severity;
            meta.escalation = None;
        }
    }
    SourceErrors::check("the settings of rules", errors)?;
    Ok(set)
}

#[cfg(test)]
mod tests;
