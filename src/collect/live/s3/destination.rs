//! What replication destinations themselves say, since a replication rule may name a bucket that is gone.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;

use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::{Bucket, Destination};

use super::super::failure::Failure;
use super::super::look::{GLOBAL, Look};
use super::super::part::Part;
use super::super::session::Session;
use super::{HEAD_BUCKET, bucket, versioning_status};

/// What is known of a bucket that replicas go to.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    exists: Fact<bool>,
    region: Fact<String>,
    versioning: Fact<String>,
}

/// Fills in what the destinations of all replication rules say: those among these buckets from their own facts, the
/// others by looking at them.
pub async fn look_up(session: &Session<'_>, resources: &mut [Resource]) -> Part {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for (resource, bucket) in resources.iter().filter_map(|resource| Some((resource, bucket_of(resource)?))) {
        if let Some(region) = &resource.id.region {
            let own = Seen {
                exists: Fact::known(true),
                region: Fact::known(region.to_string()),
                versioning: bucket.versioning.clone(),
            };
            seen.insert(resource.name.to_string(), own);
        }
        let rules = bucket.replication.value().and_then(|replication| replication.rules.value());
        wanted.extend(rules.into_iter().flatten().filter_map(|rule| destination_name(&rule.destination)));
    }
    wanted.retain(|name| !seen.contains_key(name));

    let mut part = Part::default();
    let mut looks = futures::stream::iter(wanted)
        .map(|name| async move {
            let (found, part) = look_at(session, &name).await;
            (name, found, part)
        })
        .buffer_unordered(session.concurrency());
    while let Some((name, found, more)) = looks.next().await {
        seen.insert(name, found);
        part.absorb(more);
    }
    drop(looks);

    for resource in resources {
        let Facts::Bucket(bucket) = &mut resource.facts else { continue };
        let Some(replication) = value_mut(&mut bucket.replication) else { continue };
        for rule in value_mut(&mut replication.rules).into_iter().flatten() {
            let Some(found) = destination_name(&rule.destination).and_then(|name| seen.get(&name)) else { continue };
            rule.destination.exists = found.exists.clone();
            rule.destination.region = found.region.clone();
            rule.destination.versioning = found.versioning.clone();
        }
    }
    part
}

fn bucket_of(resource: &Resource) -> Option<&Bucket> {
    match &resource.facts {
        Facts::Bucket(bucket) => Some(bucket),
        _ => None,
    }
}

fn value_mut<T>(fact: &mut Fact<T>) -> Option<&mut T> {
    match &mut fact.state {
        crate::model::fact::State::Known(value) => Some(value),
        _ => None,
    }
}

/// The name in a destination's ARN, `arn:aws:s3:::name`.
fn destination_name(destination: &Destination) -> Option<String> {
    let arn = destination.bucket.text.value()?;
    let name = arn.splitn(6, ':').nth(5)?;
    (!name.is_empty()).then(|| name.to_owned())
}

async fn look_at(session: &Session<'_>, name: &str) -> (Seen, Part) {
    let mut look = Look::at(session, GLOBAL);
    let clients = session.clients(&session.home);
    let answer = session.send(clients.s3.head_bucket().bucket(name).send()).await.map(|output| output.bucket_region);
    let (exists, region) = existence(&mut look, name, answer);

    let versioning = match (&exists, region.value()) {
        (Fact { state: crate::model::fact::State::Known(false), .. }, _) => Fact::absent(),
        (_, Some(region)) => {
            let clients = session.clients(region);
            let answer = session.send(clients.s3.get_bucket_versioning().bucket(name).send()).await;
            let mut there = Look::at(session, region);
            let arn = format!("arn:{}:s3:::{name}", session.partition);
            let versioning = there
                .fact(&bucket::GET_VERSIONING, &arn, &[], answer, |output| versioning_status(output.status.as_ref()));
            look.part.absorb(there.part);
            versioning
        }
        (_, None) => {
            Fact::unknown(region.reasons().cloned().unwrap_or_else(|| "the destination's Region is not known".into()))
        }
    };
    (Seen { exists, region, versioning }, look.part)
}

/// Whether a bucket exists, and its Region.
///
/// S3 names the Region of an existing bucket in a header whatever the caller may do with it; of a bucket that does not
/// exist it answers 404 (Amazon S3 API Reference: HeadBucket).
fn existence(look: &mut Look<'_>, name: &str, answer: Result<Option<String>, Failure>) -> (Fact<bool>, Fact<String>) {
    match answer {
        Ok(Some(region)) => (Fact::known(true), Fact::known(region)),
        Ok(None) => (Fact::known(true), Fact::unknown("`s3:HeadBucket` did not name the bucket's Region")),
        Err(failure) => match verdict(&failure) {
            Some((exists, region)) => (Fact::known(exists), Fact::from_option(region)),
            None => {
                let reason = look.fail(&HEAD_BUCKET, Some(name), &failure);
                (Fact::unknown(reason.clone()), Fact::unknown(reason))
            }
        },
    }
}

/// What a refusal proves, if anything.
fn verdict(failure: &Failure) -> Option<(bool, Option<String>)> {
    match (&failure.bucket_region, failure.status) {
        (_, Some(404)) => Some((false, None)),
        (Some(region), _) => Some((true, Some(region.clone()))),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, region: Option<&str>) -> Failure {
        Failure {
            code: "AccessDenied".to_owned(),
            message: String::new(),
            status: Some(status),
            bucket_region: region.map(str::to_owned),
        }
    }

    #[test]
    fn a_refusal_that_names_the_region_proves_that_the_bucket_exists() {
        assert_eq!(verdict(&failure(403, Some("eu-west-1"))), Some((true, Some("eu-west-1".to_owned()))));
        assert_eq!(verdict(&failure(301, Some("us-west-2"))), Some((true, Some("us-west-2".to_owned()))));
    }

    #[test]
    fn a_refusal_without_a_region_proves_nothing() {
        assert_eq!(verdict(&failure(403, None)), None);
        assert_eq!(verdict(&failure(400, None)), None);
    }

    #[test]
    fn not_found_proves_that_it_does_not_exist() {
        assert_eq!(verdict(&failure(404, None)), Some((false, None)));
    }
}
