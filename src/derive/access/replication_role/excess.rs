//! What a replication role may do beyond what replication needs.
//!
//! The measure is what AWS's own pages and tools write into such roles, so that nothing of theirs is called too much:
//!
//! - "Setting up permissions for live replication" in the Amazon S3 User Guide, with Object Lock and another owner
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>). The console lets the
//!   role read and replicate in both directions, so a source counts as a destination, too, and the other way round.
//! - "Replicating encrypted objects" there
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>). Objects may be
//!   under any key, so keys that are named are left alone; any key at all is too much, unless only S3 may use it for the
//!   role.
//! - "Configuring an IAM role for S3 Batch Replication" there, for a role that S3 Batch Operations may assume
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html>).

use std::collections::BTreeSet;

use crate::derive::access::actions;
use crate::derive::access::policies::{Identity, Policies};
use crate::derive::access::statement::{Statement, shown, statements};
use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::derive::selection;
use crate::derive::several::several;
use crate::iam::{Answer, Attachment, Context, HOLE, Layers, Request, Resource as Asked};
use crate::model::fact::{Fact, Reasons, State};

/// How many actions are told; the rest are counted.
const MOST_ACTIONS: usize = 4;

/// What live replication does with buckets and objects. Patterns as they are written, too.
const OF_BUCKETS: [&str; 15] = [
    "s3:getbucketversioning",
    "s3:getobjectlegalhold",
    "s3:getobjectretention",
    "s3:getobjectversion",
    "s3:getobjectversion*",
    "s3:getobjectversionacl",
    "s3:getobjectversionforreplication",
    "s3:getobjectversiontagging",
    "s3:getreplicationconfiguration",
    "s3:listbucket",
    "s3:objectowneroverridetobucketowner",
    "s3:replicate*",
    "s3:replicatedelete",
    "s3:replicateobject",
    "s3:replicatetags",
];

/// What S3 Batch Replication does besides; its manifest and its report may lie in any bucket.
const OF_BATCH: [&str; 5] =
    ["s3:getobject", "s3:initiatereplication", "s3:putinventoryconfiguration", "s3:putobject", "s3:getbucketlocation"];

/// What replication does with keys.
const OF_KEYS: [&str; 9] = [
    "kms:decrypt",
    "kms:describekey",
    "kms:encrypt",
    "kms:generatedatakey",
    "kms:generatedatakey*",
    "kms:generatedatakeywithoutplaintext",
    "kms:reencrypt*",
    "kms:reencryptfrom",
    "kms:reencryptto",
];

/// Who assumes such a role.
const S3: &str = "s3.amazonaws.com";
const BATCH: &str = "batchoperations.s3.amazonaws.com";

/// Whether the role allows no more than all replication that uses it needs, and what it allows besides, for people.
pub fn derive(policies: &Policies<'_>, identity: &Identity<'_>, users: &Users) -> Told {
    let trust = identity.trust.as_ref().and_then(|trust| policies.text(trust)).map(statements);
    let batch = trust.iter().flatten().any(|one| !one.denies && one.principals.iter().any(|who| who == BATCH));
    let mut judge = Judge { policies, identity, users, batch, excess: Vec::new(), doubt: None };
    match &trust {
        Some(statements) => judge.trust(statements),
        None => judge.doubt(&"the trust policy was not read".into()),
    }
    for attachment in &identity.attached {
        judge.policy(attachment);
    }
    judge.told()
}

/// What came out.
pub type Told = (Fact<bool>, Fact<Vec<String>>);

/// The buckets between which the role replicates.
#[derive(Debug, Default)]
pub struct Users {
    pub buckets: BTreeSet<String>,
    /// Why there may be others.
    pub open: Option<Reasons>,
}

impl Users {
    /// Those of a role.
    pub fn of<'a>(index: &Index<'a>, policies: &Policies<'a>, identity: &Identity<'a>) -> Self {
        let replicators = &policies.replicators;
        let mut users = Self { open: replicators.open(index, identity.resource), ..Self::default() };
        for (resource, facts) in replicators.of(identity.resource) {
            users.add(&facts.bucket_name);
            let rules = facts.replication.as_ref().and_then(|configuration| configuration.rules.as_ref());
            match &rules.state {
                State::Absent => {}
                State::Unknown(reasons) => add_reasons(&mut users.open, reasons),
                State::Known(rules) => {
                    for rule in rules.iter() {
                        let link = &rule.destination.bucket;
                        let seen = index.bucket(link, &resource.id).map(|(_, facts)| facts.bucket_name.clone());
                        users.add(&seen.filter(Fact::is_known).unwrap_or_else(|| link.text.clone()));
                    }
                }
            }
        }
        users
    }

    fn add(&mut self, name: &Fact<String>) {
        match &name.state {
            State::Known(text) if text.contains(HOLE) => {
                add_reasons(&mut self.open, &"the files leave the name of a bucket open".into());
            }
            State::Known(text) => drop(self.buckets.insert(place::bucket_name(text).to_owned())),
            State::Absent => {}
            State::Unknown(reasons) => add_reasons(&mut self.open, reasons),
        }
    }
}

/// What an action pattern is to replication.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    OfBuckets,
    OfBatch,
    OfKeys,
    None,
}

struct Judge<'p, 'a> {
    policies: &'p Policies<'a>,
    identity: &'p Identity<'a>,
    users: &'p Users,
    batch: bool,
    excess: Vec<String>,
    doubt: Option<Reasons>,
}

impl Judge<'_, '_> {
    fn doubt(&mut self, reasons: &Reasons) {
        add_reasons(&mut self.doubt, reasons);
    }

    fn told(mut self) -> Told {
        if let Some(reasons) = self.identity.resource.exists.reasons()
            && !self.excess.is_empty()
        {
            self.excess.clear();
            self.doubt = Some(reasons.clone());
        }
        if !self.excess.is_empty() {
            return (Fact::known(false), Fact::known(self.excess));
        }
        match self.doubt {
            Some(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
            None => (Fact::known(true), Fact::known(Vec::new())),
        }
    }

    fn trust(&mut self, statements: &[Statement]) {
        for statement in statements.iter().filter(|one| !one.denies) {
            if statement.principals.is_empty() || statement.principals.iter().any(|who| who.contains(HOLE)) {
                self.doubt(&"whom the trust policy lets in cannot be told".into());
                continue;
            }
            let others: Vec<String> = statement
                .principals
                .iter()
                .filter(|who| ![S3, BATCH].contains(&who.as_str()))
                .map(|who| format!("`{}`", shown(who)))
                .collect();
            if !others.is_empty() {
                self.excess.push(format!("trust policy, {} lets {} assume it", statement.label(), others.join(", ")));
            }
        }
    }

    fn policy(&mut self, attachment: &Attachment) {
        let Some(text) = self.policies.text(attachment) else {
            let unread = || format!("policy `{}` of the role was not read", shown(&attachment.name)).into();
            let reasons = self.identity.unread.clone().unwrap_or_else(unread);
            return self.doubt(&reasons);
        };
        for statement in statements(text).iter().filter(|one| !one.denies) {
            self.statement(&attachment.name, statement);
        }
    }

    fn statement(&mut self, policy: &str, statement: &Statement) {
        let label = format!("policy `{}`, {}", shown(policy), statement.label());
        if statement.actions.is_empty() {
            return self.add(&[], format!("{label} allows all actions but those that it names"), statement);
        }
        let uses: Vec<(&String, Use)> = statement.actions.iter().map(|action| (action, self.use_of(action))).collect();
        let needless: Vec<&str> =
            uses.iter().filter(|(_, of)| *of == Use::None).map(|(action, _)| action.as_str()).collect();
        if !needless.is_empty() {
            let told = format!("{label} allows {}", shown(&several(&needless, MOST_ACTIONS)));
            self.add(&needless, told, statement);
        }
        let is = |wanted: Use| uses.iter().any(|(_, of)| *of == wanted);
        if !is(Use::OfBuckets) && !is(Use::OfBatch) && !is(Use::OfKeys) {
            return;
        }
        let used: Vec<&str> =
            uses.iter().filter(|(_, of)| *of != Use::None).map(|(action, _)| action.as_str()).collect();
        if statement.resources.is_empty() {
            let told =
                format!("{label} allows {} on all resources but those that it names", several(&used, MOST_ACTIONS));
            return self.add(&used, told, statement);
        }
        for resource in &statement.resources {
            self.resource(&label, statement, resource, (is(Use::OfBuckets), is(Use::OfBatch), is(Use::OfKeys)), &used);
        }
    }

    /// Whether a resource is one between which the role replicates.
    fn resource(
        &mut self,
        label: &str,
        statement: &Statement,
        resource: &str,
        (buckets, batch, keys): (bool, bool, bool),
        used: &[&str],
    ) {
        let told = || format!("{label} allows {} on `{}`", several(used, MOST_ACTIONS), shown(resource));
        if resource.contains("${") || resource.starts_with(HOLE) {
            return self.doubt(&format!("what {label} means by `{}` is not known", shown(resource)).into());
        }
        let arn = Arn::parse(resource);
        let service = arn.map_or("*", |arn| arn.service);
        let for_s3 = statement.condition.as_deref().is_some_and(|condition| {
            let condition = condition.to_ascii_lowercase();
            condition.contains("kms:viaservice") || condition.contains("kms:encryptioncontext:aws:s3:arn")
        });
        if selection::matches(service, "kms") && keys {
            let any = arn
                .is_none_or(|arn| [arn.resource, arn.account, arn.region].iter().any(|part| part.contains(['*', '?'])));
            if any && !for_s3 {
                return self.add(used, told(), statement);
            }
        }
        if !selection::matches(service, "s3") || !(buckets || batch) {
            return;
        }
        let name = arn.map_or("*", |arn| arn.resource.split('/').next().unwrap_or_default());
        if name.contains(HOLE) {
            return self.doubt(&format!("which bucket {label} means is not known").into());
        }
        if name.contains(['*', '?']) {
            return self.add(used, told(), statement);
        }
        // The manifest and the report of a batch may lie in any bucket that is named.
        if self.users.buckets.contains(name) || batch {
            return;
        }
        match &self.users.open {
            Some(reasons) => self.doubt(&reasons.clone()),
            None => self.add(used, told(), statement),
        }
    }

    fn use_of(&self, action: &str) -> Use {
        let action = action.to_ascii_lowercase();
        let action = action.as_str();
        if OF_BUCKETS.contains(&action) {
            Use::OfBuckets
        } else if OF_KEYS.contains(&action) {
            Use::OfKeys
        } else if self.batch && OF_BATCH.contains(&action) {
            Use::OfBatch
        } else {
            Use::None
        }
    }

    /// Notes what is too much, unless a boundary or a denial takes it away again.
    fn add(&mut self, patterns: &[&str], told: String, statement: &Statement) {
        if patterns.iter().any(|pattern| pattern.contains(HOLE)) {
            return self.doubt(&"the files leave an action of the role's policies open".into());
        }
        let bound = self.identity.boundary.is_some();
        let denied = self.identity.attached.iter().any(|one| {
            let text = self.policies.text(one);
            text.is_some_and(|text| statements(text).iter().any(|one| one.denies))
        });
        if !bound && !denied {
            return self.excess.push(told);
        }
        match self.in_effect(patterns, statement) {
            Some(true) => self.excess.push(told),
            Some(false) => {}
            None => {
                let why = format!("whether the role's boundary and denials take away what {told} is not worked out");
                self.doubt(&why.into());
            }
        }
    }

    /// Whether an action is among what these patterns allow too much.
    fn is_meant(&self, patterns: &[&str], action: &str) -> bool {
        let needless = self.use_of(action) == Use::None;
        let by = |pattern: &&str| {
            is_wild(pattern) && speaks(pattern, action) && (needless || self.use_of(pattern) != Use::None)
        };
        patterns.is_empty() && needless || patterns.iter().any(by)
    }

    /// Whether some of these actions are allowed after all; none where it cannot be told. No pattern stands for all actions.
    fn in_effect(&self, patterns: &[&str], statement: &Statement) -> Option<bool> {
        let wild = patterns.is_empty() || patterns.iter().any(|pattern| is_wild(pattern));
        let mut asked: Vec<&str> = patterns.iter().copied().filter(|pattern| !is_wild(pattern)).collect();
        for action in actions::all().filter(|action| self.is_meant(patterns, action)) {
            asked.push(action);
        }
        let anything = ["*".to_owned()];
        let resources = if statement.resources.is_empty() { &anything[..] } else { &statement.resources[..] };
        let layers = Layers { boundary: self.identity.boundary.as_ref(), ..Layers::new(&self.identity.attached) };
        let context = Context::open();
        let mut unsure = wild;
        for name in asked {
            let action = &self.policies.library.action(name);
            let service = name.split(':').next().unwrap_or_default();
            for resource in resources {
                let arn = match resource.as_str() {
                    "*" => format!("arn:aws:{service}:::x/x"),
                    pattern => pattern.replace(['*', '?'], "x"),
                };
                let resource = Asked::new(&arn, self.identity.account());
                let request = Request { principal: &self.identity.principal, action, resource, context: &context };
                match self.policies.library.answer(&request, &layers) {
                    Answer::Yes => return Some(true),
                    Answer::Conditional => unsure = true,
                    Answer::No(_) => {}
                }
            }
        }
        if unsure { None } else { Some(false) }
    }
}

fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

fn speaks(pattern: &str, action: &str) -> bool {
    selection::matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
