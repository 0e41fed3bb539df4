mod functions;
mod fuzz;
mod iam;
mod intrinsics;
mod loops;
mod mapping;
mod nested;
mod positions;
mod removal;
mod sam;
mod soundness;
mod suppressions;

use std::sync::Arc;

use super::{Outcome, read, read_with};
use crate::collect::files::FileOptions;
use crate::model::backup::{Plan, Selection, Vault};
use crate::model::fact::Fact;
use crate::model::gap::Gap;
use crate::model::kms::Key;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;

fn resources_with(text: &str, options: &FileOptions) -> Vec<Resource> {
    match read(&Arc::from("t.yaml"), text, options) {
        Outcome::Template { resources, .. } => resources,
        other => panic!("not a template: {other:?}"),
    }
}

/// What the first of these files makes with the others beside it.
fn stack_with(files: &[(&str, &str)], options: &FileOptions) -> (Vec<Resource>, Vec<Gap>, Vec<String>) {
    let find = |name: &str| files.iter().find(|(file, _)| *file == name).map(|(_, text)| Arc::from(*text));
    let (file, text) = files[0];
    match read_with(&Arc::from(file), text, options, &find) {
        Outcome::Template { resources, gaps, nested, stray: _ } => {
            (resources, gaps, nested.keys().map(ToString::to_string).collect())
        }
        other => panic!("not a template: {other:?}"),
    }
}

fn stack(files: &[(&str, &str)]) -> (Vec<Resource>, Vec<Gap>) {
    let (resources, gaps, _) = stack_with(files, &FileOptions::default());
    (resources, gaps)
}

fn ids(all: &[Resource]) -> Vec<&str> {
    let mut ids: Vec<&str> = all.iter().map(|resource| &*resource.id.id).collect();
    ids.sort_unstable();
    ids
}

fn resources(text: &str) -> Vec<Resource> {
    resources_with(text, &FileOptions::default())
}

fn named<'a>(all: &'a [Resource], id: &str) -> &'a Resource {
    all.iter().find(|resource| &*resource.id.id == id).unwrap()
}

fn broken(file: &str, text: &str) -> Gap {
    match read(&Arc::from(file), text, &FileOptions::default()) {
        Outcome::Broken(gap) => gap,
        other => panic!("not broken: {other:?}"),
    }
}

fn bucket(resource: &Resource) -> &Bucket {
    let Facts::Bucket(bucket) = &resource.facts else { panic!("no bucket") };
    bucket
}

fn vault(resource: &Resource) -> &Vault {
    let Facts::Vault(vault) = &resource.facts else { panic!("no vault") };
    vault
}

fn plan(resource: &Resource) -> &Plan {
    let Facts::Plan(plan) = &resource.facts else { panic!("no plan") };
    plan
}

fn selection(resource: &Resource) -> &Selection {
    let Facts::Selection(selection) = &resource.facts else { panic!("no selection") };
    selection
}

fn key(resource: &Resource) -> &Key {
    let Facts::Key(key) = &resource.facts else { panic!("no key") };
    key
}

/// `line:column-line:column`, or `-`.
fn place<T>(fact: &Fact<T>) -> String {
    fact.at.as_ref().map_or_else(
        || "-".to_owned(),
        |at| format!("{}:{}-{}:{}", at.start.line, at.start.column, at.end.line, at.end.column),
    )
}

fn why<T>(fact: &Fact<T>) -> Vec<String> {
    fact.reasons().map(|reasons| reasons.iter().map(|reason| reason.why.clone()).collect()).unwrap_or_default()
}

/// A template with one bucket `B` whose properties are these lines, indented by six.
fn with_bucket(sections: &str, properties: &str) -> String {
    let properties: String = properties.lines().map(|line| format!("      {line}\n")).collect();
    format!("{sections}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n{properties}")
}

/// The versioning of that bucket, its status written like this.
fn versioning(sections: &str, status: &str) -> Fact<String> {
    let all = resources(&with_bucket(sections, &format!("VersioningConfiguration:\n  Status: {status}")));
    bucket(named(&all, "B")).versioning.clone()
}
