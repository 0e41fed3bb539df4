//! The Terraform half: each block is a root module of its own, which nothing lies beside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::visit::{Visit, visit_block, visit_traversal};

use super::{ACCOUNT, ALLOWED, HOME, failure, filled, grave, judged, only_allowed, place, shipped};
use crate::collect::terraform::map;
use crate::collect::terraform::source::{Nothing, SourceOptions, read_all};
use crate::model::snapshot::Snapshot;
use crate::rule::Rule;

/// Guides whose rule asks what no configuration of Terraform says: their block leaves it unknown.
const UNSAID: [(&str, &str); 1] = [(
    "workload-copied-to-air-gapped-vault",
    "the provider has no argument for a vault's approval team, and AWS Backup does not tell what is shared by AWS RAM",
)];

/// Grave findings that a guide's Terraform brings and its template does not: there the tier does not ask for another
/// account, here it does.
const ALSO_ALLOWED: [(&str, &str, &str); 1] = [(
    "s3-replication-crosses-account",
    "workload-backups-immutable",
    "a replica is no locked backup: the guide of `workload-backups-immutable` has a plan and a locked vault",
)];

/// The rule's block, filled for a finding.
fn block(rule: &Rule) -> String {
    let block = rule.meta.guide.terraform.as_deref();
    filled(rule, block.unwrap_or_else(|| panic!("{} has no Terraform", rule.meta.id)))
}

/// The estate that a rule's guide tells people to declare.
fn estate(rule: &Rule) -> Snapshot {
    let file: Arc<str> = format!("{}/main.tf", rule.meta.id).into();
    let files = BTreeMap::from([(file, block(rule).into())]);
    let options = SourceOptions {
        account: Some(ACCOUNT.to_owned()),
        region: Some(HOME.to_owned()),
        partition: Some("aws".to_owned()),
        ..SourceOptions::default()
    };
    let mut snapshot = Snapshot::default();
    for read in read_all(&files, &options, &Nothing) {
        assert_eq!(read.root.gaps, Vec::new(), "{}", rule.meta.id);
        assert!(!read.root.blocks.is_empty(), "{} declares nothing", rule.meta.id);
        snapshot.resources.extend(map::resources(&read.root));
    }
    snapshot.resources.extend(place(&rule.meta.types));
    snapshot.sort();
    snapshot
}

/// What a module declares that others may refer to, as they do it.
fn declared(body: &Body) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
        match (block.ident.as_str(), &*labels) {
            ("resource", [kind, name]) => names.insert(format!("{kind}.{name}")),
            ("data", [kind, name]) => names.insert(format!("data.{kind}.{name}")),
            ("variable", [name]) => names.insert(format!("var.{name}")),
            ("provider", [name]) => {
                let alias = block.body.get_attribute("alias").and_then(|alias| alias.value.as_str());
                names.insert(alias.map_or_else(|| (*name).to_owned(), |alias| format!("{name}.{alias}")))
            }
            // It tells where something stood before.
            ("moved", []) => true,
            other => panic!("what `{other:?}` declares is not known here"),
        };
    }
    names
}

/// What expressions refer to.
#[derive(Default)]
struct Referred(BTreeSet<String>);

impl Visit for Referred {
    fn visit_block(&mut self, block: &Block) {
        // What a `moved` block moves from is no longer declared.
        if block.ident.as_str() != "moved" {
            visit_block(self, block);
        }
    }

    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(first) = &traversal.expr {
            let further = traversal.operators.iter().map_while(|operator| match &**operator {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            });
            let words: Vec<&str> = std::iter::once(first.as_str()).chain(further).collect();
            match &*words {
                ["each" | "path", ..] => {}
                ["data", kind, name, ..] => drop(self.0.insert(format!("data.{kind}.{name}"))),
                [kind, name, ..] => drop(self.0.insert(format!("{kind}.{name}"))),
                other => panic!("what `{other:?}` refers to is not known here"),
            }
        }
        visit_traversal(self, traversal);
    }
}

#[test]
fn the_terraform_of_every_guide_passes_its_rule() {
    let rules = shipped();
    let asked = rules.rules.iter().filter(|rule| UNSAID.iter().all(|(id, _)| **id != *rule.meta.id));
    let wrong: Vec<String> = asked.filter_map(|rule| failure(rule, &judged(&rules, rule, &estate(rule)))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_terraform_does_not_say_is_unknown() {
    let rules = shipped();
    for (id, why) in UNSAID {
        let rule = rules.get(id).unwrap();
        let counts = judged(&rules, rule, &estate(rule)).rules[&rule.meta.id];
        assert!((counts.fail, counts.pass) == (0, 0) && counts.unknown > 0, "{id}: {counts:?}, though {why}");
    }
}

#[test]
fn the_terraform_of_no_guide_brings_another_grave_finding() {
    let rules = shipped();
    let reports = rules.rules.iter().map(|rule| (rule, judged(&rules, rule, &estate(rule))));
    let found: Vec<_> = reports.flat_map(|(rule, report)| grave(rule, report)).collect();
    only_allowed(&found, &[&ALLOWED[..], &ALSO_ALLOWED].concat());
}

/// The roles and permissions that are needed, too, which no rule asks about.
#[test]
fn the_terraform_of_every_guide_declares_all_that_it_refers_to() {
    for rule in &shipped().rules {
        let text = block(rule);
        let body = hcl_edit::parser::parse_body(&text).unwrap_or_else(|error| panic!("{}: {error}", rule.meta.id));
        let mut referred = Referred::default();
        referred.visit_body(&body);
        let declared = declared(&body);
        let missing: Vec<_> = referred.0.difference(&declared).collect();
        assert!(missing.is_empty(), "{} refers to {missing:?}", rule.meta.id);
    }
}
