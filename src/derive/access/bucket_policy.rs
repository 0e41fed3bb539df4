//! What a bucket's policy does for the backups in it: whom it keeps from destroying them, and whom it lets in from outside.
//!
//! - What removes objects: `s3:DeleteObjectVersion`, and in a bucket without versions `s3:DeleteObject`; with versions
//!   that makes delete markers alone. Whoever may set lifecycle rules removes them too ("DeleteObject" in the Amazon S3
//!   API Reference, <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>).
//! - A bucket under Object Lock keeps versioning, and what is locked does not expire ("Locking objects with Object Lock" in
//!   the Amazon S3 User Guide, <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>); a default
//!   retention in compliance mode keeps versions from everybody. With MFA delete, only root deletes versions or changes
//!   versioning, and there are no lifecycle rules
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html>).
//! - The policy itself: the root user can always repair it, and nobody of another account can change it ("PutBucketPolicy"
//!   there, <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>).
//!
//! What S3 does for the bucket's owner, it does without asking the policy: lifecycle rules. Replication asks for
//! `s3:ReplicateObject` and `s3:ReplicateDelete`, which are no destruction and are left alone here.

use std::collections::BTreeMap;

use crate::derive::bucket;
use crate::derive::index::Index;
use crate::derive::place;
use crate::iam::{HOLE, Truth, Value};
use crate::model::derived::BucketAccess;
use crate::model::fact::{Fact, Reason, State};
use crate::model::resource::Resource;
use crate::model::s3::Bucket;

use super::exemption::{Administrators, Named};
use super::guard::{Guard, Kept, Why};
use super::judged::Judged;
use super::outsider::{Outsider, Reach};
use super::policies::Policies;
use super::probe;
use super::statement::idle_denials;

const DELETE_VERSION: &str = "s3:DeleteObjectVersion";

/// How a request without multi-factor authentication shows: long-term keys lack both, other sessions say that there was
/// none ("AWS global condition context keys" in the IAM User Guide).
const WITHOUT_MFA: [[(&str, Option<&str>); 2]; 2] = [
    [("aws:MultiFactorAuthPresent", None), ("aws:MultiFactorAuthAge", None)],
    [("aws:MultiFactorAuthPresent", Some("false")), ("aws:MultiFactorAuthAge", None)],
];

fn shown_as((key, value): (&'static str, Option<&str>)) -> (&'static str, Value) {
    (key, value.map_or(Value::Absent, |value| Value::Known(vec![value.to_owned()])))
}

/// What is asked about an action.
struct Need {
    action: &'static str,
    /// Whether it is an action on objects, not on the bucket.
    objects: bool,
    /// Whether it would harm the backups in this bucket.
    asked: Fact<bool>,
}

/// Derives it.
pub fn derive(index: &Index<'_>, policies: &Policies<'_>, resource: &Resource, facts: &Bucket) -> BucketAccess {
    let at = &facts.policy.at;
    let text = match &facts.policy.state {
        State::Known(text) => Some(text.as_str()),
        State::Absent => None,
        State::Unknown(reasons) => {
            let unknown = || Fact::unknown(reasons.clone());
            return BucketAccess {
                versions_kept: unknown().or_at(at),
                version_faults: Fact::unknown(reasons.clone()),
                protected: unknown().or_at(at),
                protection_faults: Fact::unknown(reasons.clone()),
            };
        }
    };
    let asked = Asked { index, policies, resource, facts, text };
    let version = Need { action: DELETE_VERSION, objects: true, asked: Fact::known(true) };
    let guard = || Guard::new(policies, index.settings, &resource.id, text);
    // A policy may ask for multi-factor authentication as MFA delete does: then a stolen key alone deletes nothing.
    let (versions_kept, version_faults) =
        asked.judge(&[version], &WITHOUT_MFA.map(|shown| guard().assuming(&shown.map(shown_as))));
    let (protected, protection_faults) = asked.judge(&needs(facts), &[guard()]);
    BucketAccess {
        versions_kept: versions_kept.or_at(at),
        version_faults: version_faults.or_at(at),
        protected: protected.or_at(at),
        protection_faults: protection_faults.or_at(at),
    }
}

/// What has to be denied, as far as nothing else keeps it from doing harm.
fn needs(facts: &Bucket) -> Vec<Need> {
    let lock = facts.object_lock.as_ref();
    let locks = lock.clone().map(|_| true).or_default_to(false);
    let retained = lock.clone().and_then(|lock| lock.retention.as_ref()).map(|_| true).or_default_to(false);
    let mode = lock.and_then(|lock| lock.mode.as_ref().map(|mode| mode == "COMPLIANCE")).or_default_to(false);
    let with_mfa = facts.mfa_delete.clone().or_default_to(false);
    let kept = Fact::any([with_mfa.clone(), Fact::all([retained.clone(), mode])]);
    let versioned = bucket::is_versioned(facts);
    let always = Fact::known(true);
    let need = |action, objects, asked: Fact<bool>| Need { action, objects, asked: Fact { at: None, ..asked } };
    vec![
        need(DELETE_VERSION, true, kept.clone().negate()),
        need("s3:DeleteObject", true, Fact::any([versioned, kept.clone()]).negate()),
        need("s3:BypassGovernanceRetention", true, Fact::all([locks.clone(), kept.clone().negate()])),
        need("s3:DeleteBucket", false, kept.negate()),
        need("s3:PutLifecycleConfiguration", false, Fact::any([retained, with_mfa.clone()]).negate()),
        need("s3:PutBucketVersioning", false, Fact::any([locks.clone(), with_mfa]).negate()),
        need("s3:PutBucketObjectLockConfiguration", false, locks),
        need("s3:PutReplicationConfiguration", false, always.clone()),
        need("s3:PutBucketPolicy", false, always.clone()),
        need("s3:DeleteBucketPolicy", false, always),
    ]
}

struct Asked<'p, 'i, 'a> {
    index: &'p Index<'i>,
    policies: &'p Policies<'a>,
    resource: &'p Resource,
    facts: &'p Bucket,
    text: Option<&'p str>,
}

impl Asked<'_, '_, '_> {
    /// What every one of these guards has to keep.
    fn judge(&self, needs: &[Need], guards: &[Guard<'_, '_>]) -> (Fact<bool>, Fact<Vec<String>>) {
        let Some(text) = self.text else {
            return (Fact::known(false), Fact::known(vec!["it has no bucket policy".to_owned()]));
        };
        let mut judged = Judged::default();
        for need in needs.iter().filter(|need| !need.asked.is_false()) {
            for guard in guards {
                let kept = self.keeps(guard, need);
                match need.asked.reasons() {
                    Some(reasons) if kept != Kept::Yes => judged.doubt(reasons),
                    _ => judged.add(need.action, Some(kept), None),
                }
            }
        }
        let statements = guards.first().map_or(&[][..], |guard| &guard.statements);
        if statements.iter().any(|statement| !statement.denies) {
            self.outsiders(text, needs, &mut judged);
        }
        judged.told(None, idle_denials(statements))
    }

    fn bucket_arn(&self) -> String {
        let hole = HOLE.to_string();
        let name = self.facts.bucket_name.value().map_or(hole.as_str(), String::as_str);
        format!("arn:{}:s3:::{name}", self.resource.id.likely_partition())
    }

    fn keeps(&self, guard: &Guard<'_, '_>, need: &Need) -> Kept {
        let bucket = self.bucket_arn();
        if !need.objects {
            return guard.keeps(need.action, &|_| bucket.clone());
        }
        let kept = guard.keeps(need.action, &|_| format!("{bucket}/{HOLE}"));
        let Kept::Unknown(_) = &kept else { return kept };
        // A denial for some objects: whether there are others is not read.
        match guard.keeps(need.action, &|_| format!("{bucket}/an-object-that-nobody-names")) {
            Kept::No(Why::Something(what)) if self.facts.bucket_name.is_known() && !what.contains('\u{2026}') => {
                let why = format!("{what}; whether the bucket holds other objects was not read");
                Kept::Unknown(Reason::new(why).into())
            }
            _ => kept,
        }
    }

    /// Other accounts whom the policy lets destroy, beyond the administrators that it names.
    fn outsiders(&self, text: &str, needs: &[Need], judged: &mut Judged) {
        let block = bucket::public_access(self.index, self.resource, self.facts);
        let restricted = match block.as_ref().and_then(|block| block.restrict_public_buckets.clone()).state {
            State::Known(restricted) => Truth::from(restricted),
            State::Absent => Truth::No,
            State::Unknown(_) => Truth::Maybe,
        };
        let settings = self.index.settings;
        let administrators = Administrators::new(settings, self.policies);
        let may = |arn: &str| settings.backup_administrators.is_some() && administrators.arn(arn) == Named::Yes;
        let own = self.resource.id.account.as_deref();
        let anybody = probe::foreign(text);
        let mut accounts = probe::named_accounts(text);
        accounts.retain(|account| Some(account.as_str()) != own);
        accounts.push(anybody.to_owned());
        let mut grants: BTreeMap<(String, Vec<String>), Vec<&'static str>> = BTreeMap::new();
        for account in &accounts {
            let outsider = Outsider::of_account(self.policies, &self.resource.id, Some(text), account);
            let outsider = outsider.restricted(restricted).but(may);
            let who = if account == anybody { "anybody".to_owned() } else { format!("account {account}") };
            // No other account can change the policy.
            let harms = needs.iter().filter(|need| !need.asked.is_false() && !need.action.ends_with("BucketPolicy"));
            for need in harms {
                let arn = if need.objects { format!("{}/{HOLE}", self.bucket_arn()) } else { self.bucket_arn() };
                match (outsider.reach(need.action, &arn), need.asked.reasons()) {
                    (Reach::Nobody, _) => {}
                    (Reach::Unknown(reasons), _) => judged.doubt(&reasons),
                    (Reach::Anybody(_), Some(reasons)) => judged.doubt(reasons),
                    // A named account may be the bucket's own.
                    (Reach::Anybody(_), None) if own.is_none() && account != anybody => {
                        judged.doubt(&place::account_unsaid().into());
                    }
                    (Reach::Anybody(statements), None) => {
                        grants.entry((who.clone(), statements)).or_default().push(need.action);
                    }
                }
            }
        }
        // Who is open to anybody is open to each account.
        let public: Vec<Vec<String>> =
            grants.keys().filter(|(who, _)| who == "anybody").map(|(_, statements)| statements.clone()).collect();
        for ((who, statements), actions) in grants {
            if who == "anybody" || !public.contains(&statements) {
                judged.grant(format!("{} lets {who} do {}", statements.join(" and "), actions.join(", ")));
            }
        }
    }
}

#[cfg(test)]
mod tests;
