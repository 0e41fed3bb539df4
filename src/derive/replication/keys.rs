//! Whether a bucket's replicas can be decrypted where they lie.

use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::{Link, Resource};
use crate::model::s3::{Bucket, ReplicationRule};

use super::{Target, bucket, rules, target};
use crate::derive::backup_keys::Readable;
use crate::derive::index::Index;
use crate::derive::key;
use crate::derive::place::Arn;

/// The replicas of a bucket, each with its key.
pub fn readable(index: &Index<'_>, resource: &Resource, facts: &Bucket) -> Vec<Readable> {
    let regions = &index.settings.recovery_regions;
    let rules = match &rules(facts).state {
        State::Known(rules) => *rules,
        State::Absent => return Vec::new(),
        State::Unknown(reasons) => return vec![Readable::unseen(reasons)],
    };
    let source = bucket::is_versioned(facts);
    let replicas = rules.iter().map(|rule| {
        let target = target(index, resource, &rule.destination);
        let made = [target.exists.clone(), target.versioned.clone()].map(|fact| Fact::known(!fact.is_false()));
        let recovers = target.spot.recovers(&resource.id, regions);
        let there = Fact::all([rule.enabled.clone(), source.clone(), recovers].into_iter().chain(made));
        let what = target.name.value().map_or_else(|| "its replica".to_owned(), |name| format!("replica {name}"));
        let usable = if there.is_false() { Fact::known(true) } else { usable(index, facts, rule, &target) };
        Readable::new(there, usable, &what)
    });
    replicas.collect()
}

/// Objects under KMS keys are encrypted under the key that the rule names; all others as the destination bucket encrypts
/// by default ("Replicating encrypted objects" in the Amazon S3 User Guide). Encrypted objects that a rule leaves out
/// are no replicas at all.
fn usable(index: &Index<'_>, facts: &Bucket, rule: &ReplicationRule, target: &Target<'_>) -> Fact<bool> {
    let algorithm = facts.encryption.as_ref().and_then(|encryption| encryption.algorithm.as_ref());
    let by_kms = algorithm.map(|algorithm| algorithm.starts_with("aws:kms")).or_default_to(false);
    match &by_kms.state {
        State::Known(true) => match &rule.kms_objects.state {
            State::Known(true) => replica_key(index, rule, target),
            State::Known(false) | State::Absent => Fact::known(true),
            State::Unknown(reasons) => Fact::unknown(reasons.clone()),
        },
        State::Known(false) | State::Absent => default_key(index, target),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

/// The key of replicas must be one of the destination's Region (the same page).
fn replica_key(index: &Index<'_>, rule: &ReplicationRule, target: &Target<'_>) -> Fact<bool> {
    let named = rule.replica_key.as_ref().and_then(|text| {
        let region = Arn::parse(text).map(|arn| arn.region);
        if let (Some(region), Some(there)) = (region, target.spot.region.value())
            && region != there
        {
            return Fact::known(false);
        }
        match target.spot.id {
            Some(id) => key::usable(index, &Fact::known(&Link::text(Fact::known(text.clone()))), id),
            None => key::usable_by_arn(index, text),
        }
    });
    if named.is_absent() { Fact::known(false) } else { named }
}

fn default_key(index: &Index<'_>, target: &Target<'_>) -> Fact<bool> {
    let Some((resource, facts)) = target.spot.id.and_then(|id| index.bucket_by_id(id)) else {
        // Files declare no fault of a bucket that they do not show.
        if !index.live() {
            return Fact::known(true);
        }
        return Fact::unknown(Reasons::from("how the destination bucket encrypts was not read"));
    };
    key::usable(index, &bucket::key_link(facts), &resource.id)
}
