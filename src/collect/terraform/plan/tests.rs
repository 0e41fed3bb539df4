mod changes;
mod estate;
mod fuzz;
mod iam;
mod parts;
mod soundness;
mod verdicts;

use std::sync::Arc;

use super::{Outcome, read, root};
use crate::collect::files::FileOptions;
use crate::model::fact::Fact;
use crate::model::gap::Gap;
use crate::model::resource::{Facts, Link, Resource};
use crate::model::s3::Bucket;

fn parts(text: &str) -> (Vec<Resource>, Vec<Gap>) {
    match read(&Arc::from("plan.json"), text, &FileOptions::default(), &|_, _| None) {
        Outcome::Plan { resources, gaps } => (resources, gaps),
        other => panic!("no plan: {other:?}"),
    }
}

fn resources(text: &str) -> Vec<Resource> {
    let (resources, gaps) = parts(text);
    assert!(gaps.is_empty(), "{gaps:?}");
    resources
}

fn named<'a>(all: &'a [Resource], address: &str) -> &'a Resource {
    all.iter().find(|resource| &*resource.id.id == address).unwrap_or_else(|| panic!("no {address}"))
}

fn bucket<'a>(all: &'a [Resource], address: &str) -> &'a Bucket {
    let Facts::Bucket(bucket) = &named(all, address).facts else { panic!("no bucket") };
    bucket
}

fn target(link: &Link) -> &str {
    link.target.as_ref().map_or("-", |target| &target.id)
}

fn why<T>(fact: &Fact<T>) -> String {
    let reasons = fact.reasons().map(|reasons| reasons.iter().map(|reason| reason.why.clone()).collect::<Vec<_>>());
    reasons.map_or_else(|| "-".to_owned(), |reasons| reasons.join("; "))
}
