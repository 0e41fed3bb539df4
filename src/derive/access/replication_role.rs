//! Whether the role of a bucket's replication can do what replication needs, on the buckets and keys that its rules name.
//!
//! - "Setting up permissions for live replication" in the Amazon S3 User Guide: trust, actions, resources
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>). `s3:ReplicateObject`
//!   replicates tags too.
//! - "Replicating encrypted objects": `s3:GetObjectVersion` reads what is not under a KMS key, too
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>).
//! - "Using Object Lock with replication", "Changing the replica owner" there.
//!
//! Service control policies are left out: whether they stop replication is a question of theirs, not of the role.

mod lacks;

use std::collections::BTreeMap;

use crate::derive::bucket;
use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::iam::{Answer, Attachment, Context, Denial, HOLE, Layers, Principal, Request, Resource as Target, Truth};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::Resource;
use crate::model::s3::{Bucket, ReplicationConfiguration, ReplicationRule};

use super::escalation::trusts;
use super::key_policy;
use super::policies::{Identity, Policies};
use super::probe;
use super::role::{self, Role};
use super::statement::{shown, statements};

use lacks::{Lacks, told};

/// What is known of the role.
pub struct Judged {
    /// Its name or ARN.
    pub role: Fact<String>,
    pub sufficient: Fact<bool>,
    /// What it lacks, for people.
    pub faults: Fact<Vec<String>>,
}

/// Judges the role of these rules, of which none is off for sure.
pub fn derive(
    index: &Index<'_>,
    policies: &Policies<'_>,
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
    let (sufficient, faults) = match found {
        Role::Here(identity) => {
            let mut asked = Asked { index, policies, resource, facts, identity, lacks: Lacks::default() };
            asked.ask(rules);
            asked.lacks.told()
        }
        Role::Missing(text) => (Fact::known(false), Fact::known(vec![format!("role `{text}` does not exist")])),
        Role::Unknown(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
    };
    Judged { role, sufficient: sufficient.or_at(&at), faults: faults.or_at(&at) }
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
    /// Not known: the role's own side is judged, and nothing passes.
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
        let writes = self.need(
            "s3:ReplicateObject",
            &arn,
            owner,
            enabled,
            "S3 cannot write the replicas, so nothing replicates",
        );
        let markers = Fact::all([rule.delete_markers.clone(), enabled.clone()]);
        self.need(
            "s3:ReplicateDelete",
            &arn,
            owner,
            &markers,
            "the rule replicates delete markers, and they do not arrive",
        );
        // To replicate objects is to replicate their tags, unless that is denied.
        let tags = Fact::all([writes.negate(), enabled.clone()]);
        self.need("s3:ReplicateTags", &arn, owner, &tags, "the replicas' tags do not arrive");
        if rule.destination.account.is_known() {
            let reason =
                "whether replicas get another owner, which needs s3:ObjectOwnerOverrideToBucketOwner, was not read";
            let changes = Fact::unknown(reason);
            self.need("s3:ObjectOwnerOverrideToBucketOwner", &arn, owner, &changes, "replicas keep their owner");
        }
    }

    /// Objects under KMS keys need the key that they are under, and the key that the rule names.
    fn keys(&mut self, rule: &ReplicationRule) {
        let asked = Fact::all([rule.kms_objects.clone().or_default_to(false), rule.enabled.clone()]);
        if asked.is_false() {
            return;
        }
        let link = bucket::key_link(self.facts);
        match &link.state {
            State::Known(link) => {
                let text = link.text.value().map_or("", String::as_str);
                if !text.starts_with("alias/aws/") {
                    let key = self.index.key(link, &self.resource.id).map(|(key, _)| key);
                    let why = "S3 cannot decrypt the objects, so they do not replicate";
                    self.key("kms:Decrypt", key, text, self.resource.id.region.as_deref(), &asked, why);
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => add_reasons(&mut self.lacks.doubt, reasons),
        }
        match &rule.replica_key.state {
            State::Known(text) => {
                let bucket = self.index.bucket(&rule.destination.bucket, &self.resource.id);
                let from = bucket.map_or(&self.resource.id, |(bucket, _)| &bucket.id);
                let key = self.index.key_by_text(text, from).map(|(key, _)| key);
                let region = Arn::parse(text).map(|arn| arn.region);
                let why = "S3 cannot encrypt the replicas, so objects under KMS keys do not arrive";
                self.key("kms:Encrypt", key, text, region, &asked, why);
            }
            // That no key is named is a fault of the rule, not of the role.
            State::Absent => {}
            State::Unknown(reasons) => add_reasons(&mut self.lacks.doubt, reasons),
        }
    }

    fn key(
        &mut self,
        action: &str,
        key: Option<&Resource>,
        text: &str,
        region: Option<&str>,
        asked: &Fact<bool>,
        why: &str,
    ) {
        let Some(key) = key else {
            let unread = Reason::new(format!("the policy of key `{}` was not read", shown(text)));
            add_reasons(&mut self.lacks.doubt, &unread.into());
            return;
        };
        let policies = self.policies;
        let account = match key.id.account.as_deref() {
            _ if place::same_account(&key.id, &self.resource.id).is_true() => Whose::Own,
            Some(account) => Whose::Of(account),
            None => Whose::Unseen,
        };
        let owner = Owner { account, policy: policies.of_resource(&key.id) };
        let arn = key_policy::arn(key, self.resource.id.account.as_deref().unwrap_or(&HOLE.to_string()));
        let mut context = Context::open();
        if let Some(region) = region {
            context = context.with("kms:ViaService", &format!("s3.{region}.amazonaws.com"));
        }
        // With an S3 Bucket Key the bucket stands there, without one the object.
        let object = format!("{}/{}", self.bucket_arn(), "x");
        let results = [self.bucket_arn(), object].map(|source| {
            self.can(action, &arn, owner, &context.clone().with("kms:EncryptionContext:aws:s3:arn", &source))
        });
        let [bucket_key, object_key] = results;
        let allowed = if bucket_key.is_true() == object_key.is_true() && bucket_key.is_false() == object_key.is_false()
        {
            bucket_key
        } else {
            Fact::unknown("whether the bucket uses an S3 Bucket Key was not read")
        };
        let elsewhere = self.elsewhere(action);
        self.judge(&allowed, asked, || told(action, &arn, why, &elsewhere));
    }

    /// Whether the role may do this: its own policies and boundary, and the policy of the resource.
    fn can(&self, action: &str, arn: &str, owner: Owner<'_>, context: &Context) -> Fact<bool> {
        let text = self.facts.policy.value().map_or("", String::as_str);
        let own = self.resource.id.account.as_deref().or(self.identity.account());
        let accounts = probe::accounts(own, text);
        let mut all = accounts.iter().map(|account| self.can_in(action, arn, owner, context, account));
        let first = all.next().unwrap_or_else(|| Fact::unknown(place::account_unsaid()));
        let same = |other: Fact<bool>| (other.is_true(), other.is_false()) == (first.is_true(), first.is_false());
        if all.all(same) { first } else { Fact::unknown(place::account_unsaid()) }
    }

    fn can_in(&self, action: &str, arn: &str, owner: Owner<'_>, context: &Context, account: &str) -> Fact<bool> {
        let moved = probe::in_account(self.identity.principal.account(), &self.identity.arn, account);
        let principal: &Principal = moved.as_ref().unwrap_or(&self.identity.principal);
        let mut context = context.clone().with("aws:SecureTransport", "true");
        context.replace("aws:MultiFactorAuthPresent", crate::iam::Value::Absent);
        context.replace("aws:MultiFactorAuthAge", crate::iam::Value::Absent);
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
        let action = &self.policies.library.action(action);
        let resource = Target::new(arn, Some(of));
        let decision =
            self.policies.library.decide(&Request { principal, action, resource, context: &context }, &layers);
        match decision.answer {
            Answer::No(Denial::Explicit | Denial::Implicit) => Fact::known(false),
            Answer::Yes if unseen => {
                let reason = Reason::new("what the policy of the destination bucket allows was not seen");
                let cure = "audit the account that owns the destination, or scan what declares it";
                Fact::unknown(reason.cured_by(Cure::Source(cure.to_owned())))
            }
            Answer::Yes => Fact::known(true),
            Answer::Conditional => Fact::unknown(self.why(&decision)),
        }
    }

    fn why(&self, decision: &crate::iam::Decision) -> Reasons {
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
mod tests;
