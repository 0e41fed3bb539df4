//! The contract as rules are checked against it: the Cedar schema, and the paths that subjects and templates may name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cedar_policy::{Schema, SchemaFragment};

use super::meta::Action;
use super::source;
use crate::diagnostic::{SourceError, SourceErrors};
use crate::model::attribute::{Described, Kind};
use crate::model::derived;
use crate::model::workload::WORKLOAD_TYPES;

/// The types that `configure` rules may judge: those with facts of their own.
pub const CONFIGURE_TYPES: [&str; 9] = [
    "AWS::Account",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupVault",
    "AWS::Backup::RestoreTestingPlan",
    "AWS::Backup::RestoreTestingSelection",
    "AWS::KMS::Key",
    "AWS::Region",
    "AWS::S3::Bucket",
    "Terraform::PlannedChange",
];

/// The types that `operate` rules may judge: those that evidence is about, workloads left out.
pub const OPERATE_TYPES: [&str; 4] =
    ["AWS::Backup::BackupPlan", "AWS::Backup::RecoveryPoint", "AWS::Backup::RestoreTestingSelection", "AWS::Region"];

/// The types that `access` rules judge: whoever can ask AWS for something.
pub const ACCESS_TYPES: [&str; 2] = ["AWS::IAM::Role", "AWS::IAM::User"];

/// The types that an action's rules may judge, sorted.
pub fn types_of(action: Action) -> Vec<&'static str> {
    let mut types: Vec<&str> = match action {
        Action::Configure => CONFIGURE_TYPES.to_vec(),
        Action::Operate => OPERATE_TYPES.to_vec(),
        Action::Access => ACCESS_TYPES.to_vec(),
        Action::Protect | Action::Recover => WORKLOAD_TYPES.iter().map(|(name, _)| *name).collect(),
    };
    types.sort_unstable();
    types
}

/// Every type that rules may judge, sorted.
pub fn judged_types() -> Vec<&'static str> {
    let all: BTreeSet<&str> = Action::ALL.into_iter().flat_map(types_of).collect();
    all.into_iter().collect()
}

/// The actions fragment. It is generated, since Cedar refuses an action that is declared twice and every collector
/// adds types to it.
pub fn actions_fragment() -> String {
    let mut text = String::from(
        "// Generated from the types that rules may judge. Rewrite with BACKSTOP_REWRITE=1 cargo test.\n\
         type Judgement = {\n    // The moment at which ages are judged.\n    now: datetime,\n    \
         // Regions and accounts that outlive the disaster, as configured.\n    recoveryRegions: Set<String>,\n    \
         recoveryAccounts: Set<String>,\n    // `live` or `files`.\n    source: String,\n};\n\
         type Acceptance = {\n    now: datetime,\n    // The finding's rule.\n    rule: String,\n};\n",
    );
    let mut declare = |name: &str, question: &str, types: &[&str], context: &str| {
        let _ = write!(
            text,
            "\n// {question}\naction {name} appliesTo {{\n    principal: [AWS::Account],\n    resource: [\n        {}\n    ],\n    \
             context: {context},\n}};\n",
            types.join(",\n        ")
        );
    };
    declare("configure", "Is this resource itself set up as it should be?", &types_of(Action::Configure), "Judgement");
    declare(
        "protect",
        "Is the declared protection good enough for the objective?",
        &types_of(Action::Protect),
        "Judgement",
    );
    declare("recover", "Could it be restored right now?", &types_of(Action::Recover), "Judgement");
    declare("operate", "Does what was set up work?", &types_of(Action::Operate), "Judgement");
    declare("access", "Who may do what to backups?", &types_of(Action::Access), "Judgement");
    declare("waive", "Is this finding accepted, by whom, until when?", &judged_types(), "Acceptance");
    text
}

/// The whole schema. Fails only if an embedded fragment is broken, which a test rules out.
pub fn schema() -> Result<Schema, SourceErrors> {
    let mut errors = Vec::new();
    let mut fragments = Vec::new();
    for (file, text) in source::embedded_schema() {
        match SchemaFragment::from_cedarschema_str(&text) {
            Ok((fragment, _)) => fragments.push(fragment),
            Err(error) => errors.push(SourceError::from_diagnostic(&file, &text, &error)),
        }
    }
    SourceErrors::check("the schema", errors)?;
    Schema::from_schema_fragments(fragments).map_err(|error| SourceErrors {
        summary: "the schema does not fit together".to_owned(),
        errors: vec![SourceError::from_diagnostic("policies/schema", "", &error)],
    })
}

/// What a path from a resource leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An attribute of this type.
    Attribute(Kind),
    /// Something else: say which parts of the path are right.
    Nothing,
}

/// Looks paths up in the contract.
pub struct Contract {
    types: BTreeMap<&'static str, Vec<Described>>,
}

impl Default for Contract {
    fn default() -> Self {
        let mut types: BTreeMap<_, _> = derived::contract().into_iter().collect();
        let workload = types.get("Backstop::Workload").cloned().unwrap_or_default();
        for (name, _) in WORKLOAD_TYPES {
            types.entry(name).or_insert_with(|| workload.clone());
        }
        Self { types }
    }
}

impl Contract {
    /// What the dotted path leads to from a resource of this type.
    pub fn find(&self, resource_type: &str, path: &str) -> Target {
        let mut kind = None;
        let mut current = Some(resource_type);
        for name in path.split('.') {
            let Some(attributes) = current.and_then(|current| self.types.get(current)) else { return Target::Nothing };
            let found = attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.kind);
            kind = found.or_else(|| {
                let common = current == Some(resource_type) && COMMON.contains(&name);
                common.then_some(Kind::Text)
            });
            current = match kind {
                Some(Kind::Section(section)) => Some(section),
                Some(_) => None,
                None => return Target::Nothing,
            };
        }
        kind.map_or(Target::Nothing, Target::Attribute)
    }

    /// The attributes of an entity type, common ones left out.
    pub fn attributes(&self, entity: &str) -> Option<&[Described]> {
        self.types.get(entity).map(Vec::as_slice)
    }

    /// Every path below a resource of this type, sorted: for suggestions.
    pub fn paths(&self, resource_type: &str) -> Vec<String> {
        let mut paths: Vec<String> = COMMON.iter().map(|&name| name.to_owned()).collect();
        self.collect(resource_type, "", &mut paths);
        paths.sort();
        paths
    }

    /// The paths below a resource of this type that may be absent: marked optional, or within such a section.
    pub fn optional(&self, resource_type: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.collect_optional(resource_type, "", &mut found);
        found
    }

    fn collect_optional(&self, entity: &str, prefix: &str, found: &mut BTreeSet<String>) {
        for attribute in self.types.get(entity).into_iter().flatten() {
            let path = format!("{prefix}{}", attribute.name);
            if let Kind::Section(section) = attribute.kind {
                self.collect_optional(section, &format!("{path}."), found);
            }
            if attribute.optional {
                found.insert(path);
            }
        }
    }

    fn collect(&self, entity: &str, prefix: &str, paths: &mut Vec<String>) {
        for attribute in self.types.get(entity).into_iter().flatten() {
            let path = format!("{prefix}{}", attribute.name);
            if let Kind::Section(section) = attribute.kind {
                self.collect(section, &format!("{path}."), paths);
            }
            paths.push(path);
        }
    }
}

/// Attributes that every resource type has.
pub const COMMON: [&str; 2] = ["name", "region"];

/// What templates may name besides attributes: parts of the resource's identity.
pub const IDENTITY: [&str; 4] = ["account", "arn", "partition", "type"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_generated;

    #[test]
    fn the_actions_fragment_is_current() {
        assert_generated("policies/schema/actions.cedarschema", &actions_fragment());
    }

    /// The schema is the contract: attribute by attribute, with types and optionality.
    #[test]
    fn the_schema_says_what_the_fact_structs_say() {
        let mut fragments: BTreeMap<String, serde_json::Value> = BTreeMap::new();
        for (_, text) in source::embedded_schema() {
            let (fragment, _) = SchemaFragment::from_cedarschema_str(&text).unwrap();
            let json: serde_json::Map<_, _> = serde_json::from_value(fragment.to_json_value().unwrap()).unwrap();
            for (namespace, content) in json {
                for (name, entity) in content["entityTypes"].as_object().into_iter().flatten() {
                    fragments.insert(format!("{namespace}::{name}"), entity.clone());
                }
            }
        }
        let mut contract: BTreeMap<_, _> = derived::contract().into_iter().collect();
        let workload = contract["Backstop::Workload"].clone();
        for (name, _) in WORKLOAD_TYPES {
            contract.entry(name).or_insert_with(|| workload.clone());
        }
        let judged = judged_types();
        for (name, attributes) in &contract {
            let entity = fragments.remove(*name).unwrap_or_else(|| panic!("{name} is not in the schema"));
            let mut declared: BTreeMap<String, (String, bool)> = BTreeMap::new();
            for (attribute, shape) in entity["shape"]["attributes"].as_object().unwrap() {
                let kind = match (shape["type"].as_str().unwrap(), shape["name"].as_str()) {
                    ("Set", _) => "Set<String>".to_owned(),
                    ("EntityOrCommon", Some(name)) => name.trim_start_matches("__cedar::").to_owned(),
                    (kind, _) => kind.to_owned(),
                };
                declared.insert(attribute.clone(), (kind, !shape["required"].as_bool().unwrap_or(true)));
            }
            let namespace = name.rsplit_once("::").unwrap().0;
            let mut expected: BTreeMap<String, (String, bool)> = BTreeMap::new();
            for attribute in attributes {
                let kind = match attribute.kind {
                    Kind::Bool => "Bool".to_owned(),
                    Kind::Long => "Long".to_owned(),
                    Kind::Text => "String".to_owned(),
                    Kind::Duration => "duration".to_owned(),
                    Kind::Time => "datetime".to_owned(),
                    Kind::Texts => "Set<String>".to_owned(),
                    Kind::Section(section) => {
                        let local = section.strip_prefix(&format!("{namespace}::"));
                        local.filter(|rest| !rest.contains("::")).unwrap_or(section).to_owned()
                    }
                };
                expected.insert(attribute.name.to_owned(), (kind, attribute.optional));
            }
            if judged.contains(name) {
                for common in COMMON {
                    expected.insert(common.to_owned(), ("String".to_owned(), false));
                }
            }
            assert_eq!(declared, expected, "{name}");
        }
        let without_facts: Vec<&String> = fragments.keys().collect();
        assert_eq!(without_facts, ["AWS::OrganizationalUnit"]);
    }

    #[test]
    fn the_schema_is_whole() {
        schema().unwrap();
    }
}
