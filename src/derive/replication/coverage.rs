//! What the enabled replication rules of a bucket cover together.

use crate::model::fact::Fact;
use crate::model::resource::Link;
use crate::model::s3::{Bucket, ReplicationRule};

use super::Target;

/// What the rules cover.
pub struct Coverage {
    pub bucket: Fact<bool>,
    pub leaves_encrypted_out: Fact<bool>,
    pub delete_markers_agree: Fact<bool>,
}

type Rules<'r, 'a> = &'r [(&'r ReplicationRule, Target<'a>)];

/// Looks at rules of which none is known to be off, and at least one is known to be on. Where a rule `recovers`, only such
/// rules count.
pub fn of(rules: Rules<'_, '_>, facts: &Bucket, recovers: &dyn Fn(&Target<'_>) -> Fact<bool>) -> Coverage {
    let recovering = rules.iter().map(|(rule, target)| Fact::all([rule.enabled.clone(), recovers(target)]));
    let nowhere = Fact::any(recovering).negate();
    // What every rule does, the one that is on does too, wherever it leads.
    let some = |does: &dyn Fn(&ReplicationRule) -> Fact<bool>| {
        if rules.iter().all(|(rule, _)| does(rule).is_true()) {
            return Fact::known(true);
        }
        Fact::any(rules.iter().map(|(rule, target)| {
            let counts = Fact::any([recovers(target), nowhere.clone()]);
            Fact { at: None, ..Fact::all([rule.enabled.clone(), does(rule), counts]) }
        }))
    };
    let by_kms = facts
        .encryption
        .as_ref()
        .and_then(|encryption| encryption.algorithm.as_ref().map(|algorithm| algorithm.starts_with("aws:kms")));
    let left_out = Fact::all([by_kms, some(&|rule| takes_encrypted(rules, rule)).negate()]);
    let place = |odd: &dyn Fn(&ReplicationRule) -> bool| {
        let rule = rules.iter().map(|(rule, _)| rule).find(|rule| odd(rule));
        rule.and_then(|rule| [&rule.prefix.at, &rule.destination.bucket.text.at].into_iter().flatten().next().cloned())
    };
    Coverage {
        bucket: some(&takes_all).at(place(&|rule| !takes_all(rule).is_true())),
        leaves_encrypted_out: Fact { at: None, ..left_out }.at(place(&|rule| !rule.kms_objects.is_true())),
        delete_markers_agree: delete_markers_agree(rules),
    }
}

/// Whether a rule leaves no object out by its key or tags.
fn takes_all(rule: &ReplicationRule) -> Fact<bool> {
    Fact::all([
        rule.prefix.as_ref().map(|prefix| prefix.is_empty()).or_default_to(true),
        rule.tag_filter.as_ref().map(|tags| tags.is_empty()).or_default_to(true),
    ])
}

/// Whether a rule takes objects under KMS keys. It must name the key of the replicas ("Replicating encrypted objects" in
/// the Amazon S3 User Guide). Of rules with one destination the one with the highest priority applies ("Replication
/// configuration file elements" there); whether an object that it leaves out falls to the next is not said.
fn takes_encrypted(rules: Rules<'_, '_>, rule: &ReplicationRule) -> Fact<bool> {
    let named = rule.replica_key.as_ref().map(|_| true).or_default_to(false);
    let takes = Fact::all([rule.kms_objects.clone(), named]);
    if takes.is_false() {
        return takes;
    }
    let shadowing = rules.iter().any(|(other, _)| {
        let lower = other.priority.value().zip(rule.priority.value()).is_some_and(|(other, own)| other < own);
        !std::ptr::eq(*other, rule)
            && !lower
            && !other.kms_objects.is_true()
            && !same(&other.destination.bucket, &rule.destination.bucket).is_false()
    });
    if shadowing {
        let why = "a rule of the same or a higher priority leaves encrypted objects out; which of them S3 then applies is not documented";
        return Fact::all([takes, Fact::unknown(why)]);
    }
    takes
}

/// Whether no two rules of one destination differ about delete markers. S3 cannot replicate those of objects that a rule
/// selects by tags, so such rules do not count ("Replicating delete markers between buckets" there).
fn delete_markers_agree(rules: Rules<'_, '_>) -> Fact<bool> {
    let untagged = |rule: &&ReplicationRule| rule.tag_filter.is_absent();
    let plain: Vec<&ReplicationRule> = rules.iter().map(|(rule, _)| *rule).filter(untagged).collect();
    let pairs = plain.iter().enumerate().flat_map(|(number, one)| {
        plain.iter().skip(number + 1).map(move |other| {
            let differ = one.delete_markers.as_ref().and_then(|one| other.delete_markers.as_ref().map(|other| one != other));
            let together = same(&one.destination.bucket, &other.destination.bucket);
            let odd = Fact::all([one.enabled.clone(), other.enabled.clone(), together, differ]);
            Fact { at: None, ..odd }.at(other.delete_markers.at.clone())
        })
    });
    Fact::any(pairs).negate()
}

fn same(one: &Link, other: &Link) -> Fact<bool> {
    if one.target.is_some() && other.target.is_some() {
        return Fact::known(one.target == other.target);
    }
    one.text.as_ref().and_then(|one| other.text.as_ref().map(|other| one == other))
}
