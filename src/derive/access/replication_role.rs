//! Whether the role of a bucket's replication can do what replication needs, on the buckets and keys that its rules name.
//!
//! - "Setting up permissions for live replication" in the Amazon S3 User Guide: trust, actions, resources
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>). `s3:ReplicateObject`
//!   replicates tags too.
//! - "Replicating encrypted objects": `s3:GetObjectVersion` reads what is not under a KMS key, too
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>).
//! - "Using Object Lock with replication", "Changing the replica owner" there.
//!
//! At the destinations the role's own side is judged, and what their policies refuse is told by
//! [`replication_destination`](super::replication_destination).
//!
//! Service control policies are left out: whether they stop replication is a question of theirs, not of the role.

mod excess;
mod keys;
mod lacks;
mod own_side;
pub mod users;

use std::collections::BTreeMap;

use crate::derive::index::{Index, add_reasons};
use crate::derive::place;
use crate::iam::{
    Answer, Attachment, Context, Decision, Denial, HOLE, Layers, Principal, Request, Resource as Target, Truth,
};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Resource;
use crate::model::s3::{Bucket, ReplicationConfiguration, ReplicationRule};

use super::policies::{Identity, Policies};
use super::probe;
use super::role::{self, Role};
use super::statement::{shown, statements};
use super::step::trusts;

use lacks::{Lacks, told};

/// What is known of the role.
pub struct Judged {
    /// Its name or ARN.
    pub role: Fact<String>,
    pub sufficient: Fact<bool>,
    /// What it lacks, for people.
    pub faults: Fact<Vec<String>>,
    /// Whether it allows no more than that to all buckets that replicate with it.
    pub minimal: Fact<bool>,
    /// What it allows besides, for people.
    pub excess: Fact<Vec<String>>,
}

/// Judges the role of these rules, of which none is off for sure.
pub fn derive<'a>(
    index: &Index<'a>,
    policies: &Policies<'a>,
    resource: &Resource,
    facts: &Bucket,
    configuration: &ReplicationConfiguration,
    rules: &[&ReplicationRule],
) -> Judged {
    let at = configuration.role.at.clone();
    let (role, found) = match &configuration.role.state {
        State::Known(link) => (role::name(index, link), role::find(index, policies, resource, link)),
        State::Unknown(reasons) => (Fact::unknown(reasons.clone()), Role::Unknown(reasons.clone())),
        State::Absent => (Fact::unknown("no role is named"), Role::Unknown("no role is named".into())),
    };
    let (minimal, excess) = match &found {
        Role::Here(identity) => excess::derive(policies, identity, &excess::Users::of(index, policies, identity)),
        // What is not there allows nothing.
        Role::Missing(_) => (Fact::known(true), Fact::known(Vec::new())),
        Role::Unknown(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons.clone())),
    };
    let (sufficient, faults) = match found {
        Role::Here(identity) => {
            let mut asked = Asked { index, policies, resource, facts, identity, lacks: Lacks::default() };
            asked.ask(rules);
            asked.lacks.told()
        }
        Role::Missing(text) => (Fact::known(false), Fact::known(vec![format!("role `{text}` does not exist")])),
        Role::Unknown(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
    };
    Judged {
        role,
        sufficient: sufficient.or_at(&at),
        faults: faults.or_at(&at),
        minimal: minimal.or_at(&at),
        excess: excess.or_at(&at),
    }
}

/// What is on the other side of a call: its owner and its policy.
#[derive(Clone, Copy)]
struct Owner<'o> {
    /// Of whom it is; the bucket's own account where both are of one.
    account: Whose<'o>,
    policy: Option<&'o Attachment>,
}

#[derive(Clone, Copy)]
enum Whose<'o> {
    Own,
    Of(&'o str),
    /// Not known.
    Unseen,
}

struct Asked<'p, 'i, 'a> {
    index: &'p Index<'i>,
    policies: &'p Policies<'a>,
    resource: &'p Resource,
    facts: &'p Bucket,
    identity: &'p Identity<'a>,
    lacks: Lacks,
}

impl Asked<'_, '_, '_> {
    fn ask(&mut self, rules: &[&ReplicationRule]) {
        if let Some(reasons) = self.identity.resource.exists.reasons() {
            add_reasons(&mut self.lacks.doubt, reasons);
        }
        let trust = trusts(self.policies, self.identity, "s3.amazonaws.com");
        self.judge(&trust, &Fact::known(true), || {
            "its trust policy does not let s3.amazonaws.com assume it: nothing replicates".to_owned()
        });
        self.source();
        let mut objects: BTreeMap<String, Fact<bool>> = BTreeMap::new();
        for rule in rules {
            let arn = self.objects_of(rule);
            let kms = rule.kms_objects.clone().or_default_to(false);
            let kms = Fact::all([kms, rule.enabled.clone()]);
            objects.entry(arn).and_modify(|before| *before = Fact::any([before.clone(), kms.clone()])).or_insert(kms);
        }
        for (arn, kms) in &objects {
            self.source_objects(arn, kms);
        }
        for rule in rules {
            self.destination(rule);
            self.keys(rule);
        }
    }

    /// Notes what came out of a need that there is if `asked`.
    fn judge(&mut self, allowed: &Fact<bool>, asked: &Fact<bool>, fault: impl FnOnce() -> String) {
        let lacking = Fact::all([allowed.clone().negate(), asked.clone()]);
        // A role that may not be made lacks nothing for sure.
        match &lacking.state {
            State::Known(true) if !self.identity.resource.exists.is_true() => {}
            State::Known(true) => {
                let fault = fault();
                if !self.lacks.faults.contains(&fault) {
                    self.lacks.faults.push(fault);
                }
            }
            State::Known(false) | State::Absent => {}
            State::Unknown(reasons) => add_reasons(&mut self.lacks.doubt, reasons),
        }
    }

    fn need(&mut self, action: &str, arn: &str, owner: Owner<'_>, asked: &Fact<bool>, why: &str) -> Fact<bool> {
        let allowed = self.can(action, arn, owner, &Context::open());
        let elsewhere = self.elsewhere(action);
        self.judge(&allowed, asked, || told(action, arn, why, &elsewhere));
        allowed
    }

    /// The same at a destination, of the role's own side.
    fn need_there(&mut self, action: &str, arn: &str, owner: Owner<'_>, asked: &Fact<bool>, why: &str) -> Fact<bool> {
        let allowed = self.allows_there(action, arn, Some(owner), &Context::open());
        let elsewhere = self.elsewhere(action);
        self.judge(&allowed, asked, || told(action, arn, why, &elsewhere));
        allowed
    }

    fn partition(&self) -> &str {
        self.resource.id.likely_partition()
    }

    fn bucket_arn(&self) -> String {
        let hole = HOLE.to_string();
        let name = self.facts.bucket_name.value().map_or(hole.as_str(), String::as_str);
        format!("arn:{}:s3:::{name}", self.partition())
    }

    fn source(&mut self) {
        let arn = self.bucket_arn();
        let policies = self.policies;
        let owner = Owner { account: Whose::Own, policy: policies.of_resource(&self.resource.id) };
        let always = Fact::known(true);
        self.need(
            "s3:GetReplicationConfiguration",
            &arn,
            owner,
            &always,
            "S3 cannot read the rules, so nothing replicates",
        );
        self.need("s3:ListBucket", &arn, owner, &always, "S3 cannot list versions and delete markers");
    }

    /// The objects that a rule takes.
    fn objects_of(&self, rule: &ReplicationRule) -> String {
        let prefix = rule.prefix.value().map_or("", String::as_str);
        format!("{}/{prefix}{HOLE}", self.bucket_arn())
    }

    fn source_objects(&mut self, arn: &str, kms: &Fact<bool>) {
        let policies = self.policies;
        let owner = Owner { account: Whose::Own, policy: policies.of_resource(&self.resource.id) };
        let always = Fact::known(true);
        const READ: &str = "s3:GetObjectVersionForReplication";
        let reads = self.can(READ, arn, owner, &Context::open());
        let plainly = self.can("s3:GetObjectVersion", arn, owner, &Context::open());
        let elsewhere = self.elsewhere(READ);
        if plainly.is_true() {
            let why = "s3:GetObjectVersion in its place leaves out objects under KMS keys";
            self.judge(&reads, kms, || told(READ, arn, why, &elsewhere));
            if reads.is_false() && !kms.is_true() {
                self.lacks.remarks.push(told(READ, arn, why, &elsewhere));
            }
        } else {
            let reads = Fact::any([reads, plainly]);
            self.judge(&reads, &always, || {
                told(READ, arn, "S3 cannot read the objects, so nothing replicates", &elsewhere)
            });
        }
        self.need(
            "s3:GetObjectVersionAcl",
            arn,
            owner,
            &always,
            "S3 cannot read who owns the objects, so they do not replicate",
        );
        self.need("s3:GetObjectVersionTagging", arn, owner, &always, "objects replicate without their tags");
        let locked = self.facts.object_lock.as_ref().map(|_| true).or_default_to(false);
        for action in ["s3:GetObjectRetention", "s3:GetObjectLegalHold"] {
            self.need(action, arn, owner, &locked, "objects under Object Lock do not replicate");
        }
    }

    fn destination(&mut self, rule: &ReplicationRule) {
        let link = &rule.destination.bucket;
        let (index, policies) = (self.index, self.policies);
        let seen = index.bucket(link, &self.resource.id);
        let arn = match (&seen, link.text.value()) {
            (Some((_, facts)), _) if facts.bucket_name.is_known() => {
                let name = facts.bucket_name.value().map_or("", String::as_str);
                format!("arn:{}:s3:::{name}/{HOLE}", self.partition())
            }
            (_, Some(text)) => format!("arn:{}:s3:::{}/{HOLE}", self.partition(), place::bucket_name(text)),
            _ => format!("arn:{}:s3:::{HOLE}/{HOLE}", self.partition()),
        };
        let owner = match seen {
            Some((bucket, _)) => {
                let same = place::same_account(&bucket.id, &self.resource.id);
                let account = match (same.is_true(), bucket.id.account.as_deref()) {
                    (true, _) => Whose::Own,
                    (false, Some(other)) if same.is_false() => Whose::Of(other),
                    _ => Whose::Unseen,
                };
                Owner { account, policy: policies.of_resource(&bucket.id) }
            }
            None => Owner { account: Whose::Unseen, policy: None },
        };
        let enabled = &rule.enabled;
        let writes = self.need_there(
            "s3:ReplicateObject",
            &arn,
            owner,
            enabled,
            "S3 cannot write the replicas, so nothing replicates",
        );
        let markers = Fact::all([rule.delete_markers.clone(), enabled.clone()]);
        self.need_there(
            "s3:ReplicateDelete",
            &arn,
            owner,
            &markers,
            "the rule replicates delete markers, and they do not arrive",
        );
        // To replicate objects is to replicate their tags, unless that is denied.
        let tags = Fact::all([writes.negate(), enabled.clone()]);
        self.need_there("s3:ReplicateTags", &arn, owner, &tags, "the replicas' tags do not arrive");
        // A destination that enforces its owner's ownership needs no change of it, and that setting is not read.
        let changes = rule.destination.changes_owner.clone().and_then(|changes| match changes {
            true => Fact::unknown(
                "replicas change their owner, and whether the destination owns all that is in it anyway was not read",
            ),
            false => Fact::known(false),
        });
        self.need_there("s3:ObjectOwnerOverrideToBucketOwner", &arn, owner, &changes, "replicas keep their owner");
    }

    /// Whether the role may do this: its own policies and boundary, and the policy of the resource.
    fn can(&self, action: &str, arn: &str, owner: Owner<'_>, context: &Context) -> Fact<bool> {
        self.in_any_account(|account| self.can_in(action, arn, owner, context, account))
    }

    /// What holds in whatever account files may be for.
    fn in_any_account(&self, ask: impl Fn(&str) -> Fact<bool>) -> Fact<bool> {
        let text = self.facts.policy.value().map_or("", String::as_str);
        let own = self.resource.id.account.as_deref().or(self.identity.account());
        let accounts = probe::accounts(own, text);
        let mut all = accounts.iter().map(|account| ask(account));
        let first = all.next().unwrap_or_else(|| Fact::unknown(place::account_unsaid()));
        let same = |other: Fact<bool>| (other.is_true(), other.is_false()) == (first.is_true(), first.is_false());
        if all.all(same) { first } else { Fact::unknown(place::account_unsaid()) }
    }

    fn can_in(&self, action: &str, arn: &str, owner: Owner<'_>, context: &Context, account: &str) -> Fact<bool> {
        let (of, unseen) = match owner.account {
            Whose::Own => (account, false),
            Whose::Of(other) => (other, false),
            Whose::Unseen => (account, true),
        };
        let layers = Layers {
            boundary: self.identity.boundary.as_ref(),
            resource: owner.policy,
            in_management_account: Truth::No,
            ..Layers::new(&self.identity.attached)
        };
        let decision = self.decide((action, arn), (account, Some(of)), context, &layers);
        match decision.answer {
            Answer::No(Denial::Explicit | Denial::Implicit) => Fact::known(false),
            Answer::Yes if unseen => Fact::unknown(place::account_unsaid()),
            Answer::Yes => Fact::known(true),
            Answer::Conditional => Fact::unknown(self.why(&decision)),
        }
    }

    /// The decision about a request of the role in this account, on a resource of that one.
    fn decide(
        &self,
        (action, arn): (&str, &str),
        (account, of): (&str, Option<&str>),
        context: &Context,
        layers: &Layers<'_>,
    ) -> Decision {
        let moved = probe::in_account(self.identity.principal.account(), &self.identity.arn, account);
        let principal: &Principal = moved.as_ref().unwrap_or(&self.identity.principal);
        let mut context = context.clone().with("aws:SecureTransport", "true");
        context.replace("aws:MultiFactorAuthPresent", crate::iam::Value::Absent);
        context.replace("aws:MultiFactorAuthAge", crate::iam::Value::Absent);
        let action = &self.policies.library.action(action);
        let resource = Target::new(arn, of);
        self.policies.library.decide(&Request { principal, action, resource, context: &context }, layers)
    }

    fn why(&self, decision: &Decision) -> Reasons {
        if let Some(unread) = &self.identity.unread {
            return unread.clone();
        }
        let residuals = decision.residuals();
        let conditions: Vec<String> = residuals.iter().map(|one| format!("{} {}", one.operator, one.key)).collect();
        if conditions.is_empty() {
            return "the files leave a part of the role's policies, or a name, open".into();
        }
        format!("what the role may do hangs on {}", conditions.join(", ")).into()
    }

    /// Where an inline policy allows the action instead, for people.
    fn elsewhere(&self, action: &str) -> Vec<String> {
        let inline = self.identity.facts.inline.value().into_iter().flatten();
        let mut found = Vec::new();
        for policy in inline {
            let text = policy.document.value().map_or("", String::as_str);
            for statement in statements(text).iter().filter(|one| !one.denies && one.speaks_of(action)) {
                let resources = shown(&statement.resources.join(", "));
                found.push(format!("policy `{}`, {} allows it on {resources}", shown(&policy.name), statement.label()));
            }
        }
        found
    }
}

#[cfg(test)]
pub mod tests;
