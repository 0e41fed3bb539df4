//! The keys that replication uses: that of the source's objects, and that of the replicas.

use crate::derive::access::key_policy;
use crate::derive::access::policies::Policies;
use crate::derive::access::statement::shown;
use crate::derive::bucket;
use crate::derive::index::add_reasons;
use crate::derive::place::{self, Arn};
use crate::iam::{Context, HOLE};
use crate::model::fact::{Fact, Reason, State};
use crate::model::resource::Resource;
use crate::model::s3::ReplicationRule;

use super::lacks::told;
use super::{Asked, Owner, Whose};

impl<'p> Asked<'p, '_, '_> {
    /// Objects under KMS keys need the key that they are under, and the key that the rule names.
    pub fn keys(&mut self, rule: &ReplicationRule) {
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
                    self.source_key(key, text, &asked);
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => add_reasons(&mut self.lacks.doubt, reasons),
        }
        match &rule.replica_key.state {
            State::Known(text) => self.replica_key(rule, text, &asked),
            // That no key is named is a fault of the rule, not of the role.
            State::Absent => {}
            State::Unknown(reasons) => add_reasons(&mut self.lacks.doubt, reasons),
        }
    }

    fn source_key(&mut self, key: Option<&Resource>, text: &str, asked: &Fact<bool>) {
        let Some(key) = key else {
            let unread = Reason::new(format!("the policy of key `{}` was not read", shown(text)));
            add_reasons(&mut self.lacks.doubt, &unread.into());
            return;
        };
        let owner = self.owner_of(key);
        let arn = self.key_arn(key);
        let region = self.resource.id.region.as_deref();
        let allowed = self.with_either_key(region, |context| self.can("kms:Decrypt", &arn, owner, context));
        let elsewhere = self.elsewhere("kms:Decrypt");
        let why = "S3 cannot decrypt the objects, so they do not replicate";
        self.judge(&allowed, asked, || told("kms:Decrypt", &arn, why, &elsewhere));
    }

    fn replica_key(&mut self, rule: &ReplicationRule, text: &str, asked: &Fact<bool>) {
        let bucket = self.index.bucket(&rule.destination.bucket, &self.resource.id);
        let from = bucket.map_or(&self.resource.id, |(bucket, _)| &bucket.id);
        let key = self.index.key_by_text(text, from).map(|(key, _)| key);
        let owner = key.map(|key| self.owner_of(key));
        // An alias does not say which key it is.
        let named = Arn::parse(text).filter(|arn| arn.resource.starts_with("key/")).map(|_| text.to_owned());
        let any = || format!("arn:{}:kms:{HOLE}:{HOLE}:key/{HOLE}", self.partition());
        let arn = key.map(|key| self.key_arn(key)).or(named).unwrap_or_else(any);
        let region = Arn::parse(text).map(|arn| arn.region);
        let allowed = self.with_either_key(region, |context| self.allows_there("kms:Encrypt", &arn, owner, context));
        let elsewhere = self.elsewhere("kms:Encrypt");
        let why = "S3 cannot encrypt the replicas, so objects under KMS keys do not arrive";
        self.judge(&allowed, asked, || told("kms:Encrypt", &arn, why, &elsewhere));
    }

    fn owner_of<'o>(&self, key: &'o Resource) -> Owner<'o>
    where
        'p: 'o,
    {
        let account = match key.id.account.as_deref() {
            _ if place::same_account(&key.id, &self.resource.id).is_true() => Whose::Own,
            Some(account) => Whose::Of(account),
            None => Whose::Unseen,
        };
        let policies: &'p Policies<'_> = self.policies;
        Owner { account, policy: policies.of_resource(&key.id) }
    }

    fn key_arn(&self, key: &Resource) -> String {
        key_policy::arn(key, self.resource.id.account.as_deref().unwrap_or(&HOLE.to_string()))
    }

    /// With an S3 Bucket Key the bucket stands in the encryption context, without one the object.
    fn with_either_key(&self, region: Option<&str>, ask: impl Fn(&Context) -> Fact<bool>) -> Fact<bool> {
        let mut context = Context::open();
        if let Some(region) = region {
            context = context.with("kms:ViaService", &format!("s3.{region}.amazonaws.com"));
        }
        let object = format!("{}/{}", self.bucket_arn(), "x");
        let [bucket_key, object_key] = [self.bucket_arn(), object]
            .map(|source| ask(&context.clone().with("kms:EncryptionContext:aws:s3:arn", &source)));
        if bucket_key.is_true() == object_key.is_true() && bucket_key.is_false() == object_key.is_false() {
            bucket_key
        } else {
            Fact::unknown("whether the bucket uses an S3 Bucket Key was not read")
        }
    }
}
