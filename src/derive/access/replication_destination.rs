//! Whether the destinations of a bucket's replication let its role in: the policies of the destination buckets, and of
//! the keys that the rules name.
//!
//! - "Granting permissions when the source and destination buckets are owned by different AWS accounts": the policy of
//!   the destination must let the source's role replicate objects and deletions
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>).
//! - "Granting additional permissions for cross-account scenarios": the owner of the key must let the source's account
//!   use it (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>).
//! - "Changing the replica owner": the destination must let its owner be changed
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html>).
//!
//! The role is asked about as if its own policies allowed everything, so that what is told here is wrong at the
//! destination; what the role itself lacks is told by [`replication_role`](super::replication_role).

use crate::derive::bucket;
use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::iam::{
    Answer, Attachment, Context, Decision, Denial, HOLE, Lack, Layers, Principal, Request, Resource as Asked,
    ServiceRule, Truth, Value,
};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::Resource;
use crate::model::s3::{ReplicationConfiguration, ReplicationRule};

use super::key_policy;
use super::policies::Policies;
use super::probe;
use super::role::{self, Role};
use super::statement::{label, shown};

/// Whether all destinations of these rules, of which none is off for sure, let the role in; and what keeps it out, for
/// people.
pub fn derive(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    configuration: &ReplicationConfiguration,
    rules: &[&ReplicationRule],
) -> (Fact<bool>, Fact<Vec<String>>) {
    let (arn, name) = writer(index, policies, resource, configuration);
    let mut asked = Door { index, policies, resource, arn, name, refusals: Vec::new(), doubt: None };
    for rule in rules {
        asked.bucket(rule);
        asked.key(rule);
    }
    if !asked.refusals.is_empty() {
        let told = |one: Refusal| format!("{} {}: {}", one.how, one.actions.join(", "), one.why);
        return (Fact::known(false), Fact::known(asked.refusals.into_iter().map(told).collect()));
    }
    match asked.doubt {
        Some(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
        None => (Fact::known(true), Fact::known(Vec::new())),
    }
}

/// The ARN of the role, with holes for what is not known, and its name for people.
fn writer(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    configuration: &ReplicationConfiguration,
) -> (String, String) {
    let hole = HOLE.to_string();
    // A role and the bucket whose replication names it are of one account.
    let account = resource.id.account.as_deref().unwrap_or(&hole);
    let any = || format!("arn:{}:iam::{account}:role/{HOLE}", resource.id.likely_partition());
    let link = configuration.role.value();
    let found = link.map(|link| role::find(index, policies, resource, link));
    let text = link.and_then(|link| link.text.value()).filter(|text| Arn::parse(text).is_some());
    let arn = match found {
        Some(Role::Here(identity)) => identity.arn.to_string(),
        _ => text.cloned().unwrap_or_else(any),
    };
    let name = link.map(|link| role::name(index, link)).and_then(|name| name.value().cloned());
    (arn, name.map_or_else(|| "the role".to_owned(), |name| format!("role {}", shown(&name))))
}

/// What a policy does to the role.
enum Let {
    In,
    /// How it keeps it out, for people, up to the action.
    Out(String),
    Unknown(Reasons),
}

/// An action, and what follows where it is refused.
type Need = (&'static str, &'static str);

/// What is refused in the same way.
struct Refusal {
    how: String,
    actions: Vec<&'static str>,
    /// What follows of the first of these.
    why: &'static str,
}

/// A bucket or key that replicas need, and its policy.
struct Place<'p> {
    /// `bucket copy`.
    name: String,
    /// Its account, or that of the source where both are of one; none where that is not known.
    account: Option<Option<&'p str>>,
    policy: Option<&'p Attachment>,
    text: &'p Fact<String>,
    restrict_public: Truth,
}

struct Door<'p, 'i, 'a> {
    index: &'p Index<'i>,
    policies: &'p Policies<'a>,
    resource: &'p Resource,
    arn: String,
    name: String,
    refusals: Vec<Refusal>,
    doubt: Option<Reasons>,
}

impl Door<'_, '_, '_> {
    fn doubt(&mut self, reasons: &Reasons) {
        add_reasons(&mut self.doubt, reasons);
    }

    /// Notes what became of an action that is needed if `asked`, at a place that there is if `exists`.
    fn judge(&mut self, said: Let, (action, why): Need, asked: &Fact<bool>, exists: &Fact<bool>) {
        if asked.is_false() {
            return;
        }
        match said {
            Let::In => {}
            Let::Unknown(reasons) => self.doubt(&reasons),
            Let::Out(how) => match [asked, exists].into_iter().find_map(|fact| fact.reasons()) {
                Some(reasons) => self.doubt(reasons),
                None => match self.refusals.iter_mut().find(|refusal| refusal.how == how) {
                    Some(refusal) if refusal.actions.contains(&action) => {}
                    Some(refusal) => refusal.actions.push(action),
                    None => self.refusals.push(Refusal { how, actions: vec![action], why }),
                },
            },
        }
    }

    fn bucket(&mut self, rule: &ReplicationRule) {
        let link = &rule.destination.bucket;
        let Some((bucket, facts)) = self.index.bucket(link, &self.resource.id) else {
            // That it is gone is told by itself.
            if !rule.destination.exists.is_false() {
                self.doubt(&unseen_bucket(link.text.value().map_or("", |text| place::bucket_name(text))));
            }
            return;
        };
        let name = facts.bucket_name.value().cloned().unwrap_or_else(|| HOLE.to_string());
        let arn = format!("arn:{}:s3:::{name}/{HOLE}", self.resource.id.likely_partition());
        let public = bucket::public_access(self.index, bucket, facts);
        let restricted = public.as_ref().and_then(|block| block.restrict_public_buckets.clone());
        let place = Place {
            name: format!("bucket {}", bucket.name),
            account: self.account(bucket),
            policy: self.policies.of_resource(&bucket.id),
            text: &facts.policy,
            restrict_public: truth(&restricted),
        };
        let enabled = &rule.enabled;
        let markers = Fact::all([rule.delete_markers.clone(), enabled.clone()]);
        let reason =
            "whether replicas get another owner, which needs s3:ObjectOwnerOverrideToBucketOwner, was not read";
        let owner = match rule.destination.account.is_known() {
            true => Fact::all([Fact::unknown(reason), enabled.clone()]),
            false => Fact::known(false),
        };
        let needs: [(Need, Fact<bool>); 3] = [
            (("s3:ReplicateObject", "nothing replicates"), enabled.clone()),
            (("s3:ReplicateDelete", "delete markers do not arrive"), markers),
            (("s3:ObjectOwnerOverrideToBucketOwner", "replicas keep their owner"), owner),
        ];
        for (need, asked) in needs {
            let said = self.lets_in(need.0, &arn, &place, &Context::open());
            self.judge(said, need, &asked, &bucket.exists);
        }
    }

    /// Objects under KMS keys arrive under the key that the rule names. That it is enabled is a question to the key.
    fn key(&mut self, rule: &ReplicationRule) {
        let asked = Fact::all([rule.kms_objects.clone().or_default_to(false), rule.enabled.clone()]);
        let text = match &rule.replica_key.state {
            _ if asked.is_false() => return,
            State::Known(text) => text,
            State::Absent => return,
            State::Unknown(reasons) => return self.doubt(reasons),
        };
        let bucket = self.index.bucket(&rule.destination.bucket, &self.resource.id);
        let from = bucket.map_or(&self.resource.id, |(bucket, _)| &bucket.id);
        let Some((key, facts)) = self.index.key_by_text(text, from) else {
            let reason = Reason::new(format!("the policy of key `{}` was not read", shown(text)));
            let cure = "audit the account that owns the key, or scan what declares it";
            return self.doubt(&reason.cured_by(Cure::Source(cure.to_owned())).into());
        };
        let place = Place {
            name: format!("key {}", key.name),
            account: self.account(key),
            policy: self.policies.of_resource(&key.id),
            text: &facts.policy,
            restrict_public: Truth::No,
        };
        let mut context = Context::open();
        if let Some(region) = key.id.region.as_deref() {
            context = context.with("kms:ViaService", &format!("s3.{region}.amazonaws.com"));
        }
        let arn = key_policy::arn(key, self.resource.id.account.as_deref().unwrap_or(&HOLE.to_string()));
        let need = ("kms:Encrypt", "objects under KMS keys do not arrive");
        let said = self.lets_in(need.0, &arn, &place, &context);
        self.judge(said, need, &asked, &key.exists);
    }

    fn account<'p>(&self, of: &'p Resource) -> Option<Option<&'p str>> {
        let same = place::same_account(&of.id, &self.resource.id);
        match of.id.account.as_deref() {
            _ if same.is_true() => Some(None),
            Some(other) if same.is_false() => Some(Some(other)),
            _ => None,
        }
    }

    /// Whether the role may do this as far as the place is concerned.
    fn lets_in(&self, action: &str, arn: &str, place: &Place<'_>, context: &Context) -> Let {
        if let State::Unknown(reasons) = &place.text.state {
            return Let::Unknown(reasons.clone());
        }
        let text = place.text.value().map_or("", String::as_str);
        let known = self.resource.id.account.clone().or_else(|| Arn::parse(&self.arn).and_then(own_account));
        let own = probe::accounts(known.as_deref(), text);
        let mut all: Vec<Let> = Vec::new();
        for own in &own {
            match place.account {
                Some(other) => all.push(self.ask(action, arn, place, context, (own, other.unwrap_or(own)))),
                // It may be of this account or of any other.
                None => {
                    all.push(self.ask(action, arn, place, context, (own, own)));
                    all.push(self.ask(action, arn, place, context, (own, probe::elsewhere(own, text))));
                }
            }
        }
        agreed(all)
    }

    fn ask(&self, action: &str, arn: &str, place: &Place<'_>, context: &Context, (own, of): (&str, &str)) -> Let {
        let known = Principal::of_arn(&self.arn).filter(|principal| principal.account().is_some());
        let Some(principal) = known.or_else(|| Principal::of_arn(&self.arn.replacen(HOLE, own, 1))) else {
            return Let::Unknown("the role of the replication was not read".into());
        };
        let mut context = context.clone().with("aws:SecureTransport", "true");
        context.replace("aws:MultiFactorAuthPresent", Value::Absent);
        context.replace("aws:MultiFactorAuthAge", Value::Absent);
        let layers = Layers { resource: place.policy, ..Layers::new(&self.policies.everything) };
        let action = &self.policies.library.action(action);
        let resource = Asked { restrict_public: place.restrict_public, ..Asked::new(arn, Some(of)) };
        let request = Request { principal: &principal, action, resource, context: &context };
        let decision = self.policies.library.decide(&request, &layers);
        match decision.answer {
            Answer::Yes => Let::In,
            Answer::No(denial) => Let::Out(self.told(place, (&decision, denial), own != of)),
            Answer::Conditional => Let::Unknown(hangs(place, &decision)),
        }
    }

    /// How it is kept out, up to the action.
    fn told(&self, place: &Place<'_>, (decision, denial): (&Decision, Denial), elsewhere: bool) -> String {
        let Place { name, .. } = place;
        let role = &self.name;
        if let (Denial::Explicit, Some(ground)) = (denial, decision.grounds.first()) {
            return format!("{} of the policy of {name} denies {role}", label(ground));
        }
        if decision.lacks.contains(&Lack::Rule(ServiceRule::PublicBucketRestricted)) {
            return format!("the policy of {name} is public, and the public access block shuts {role} out from");
        }
        let of = if elsewhere { " of another account" } else { "" };
        match place.policy {
            Some(_) => format!("the policy of {name} does not let {role}{of} do"),
            None => format!("{name} has no policy that lets {role}{of} do"),
        }
    }
}

fn own_account(arn: Arn<'_>) -> Option<std::sync::Arc<str>> {
    Some(arn.account).filter(|account| !account.contains(HOLE) && !account.is_empty()).map(Into::into)
}

fn truth(fact: &Fact<bool>) -> Truth {
    match &fact.state {
        State::Known(value) => Truth::from(*value),
        State::Absent => Truth::No,
        State::Unknown(_) => Truth::Maybe,
    }
}

/// What they say together: one thing, or it hangs on the account.
fn agreed(all: Vec<Let>) -> Let {
    let mut all = all.into_iter();
    let mut first = all.next().unwrap_or_else(|| Let::Unknown(place::account_unsaid().into()));
    for other in all {
        first = match (first, other) {
            (Let::In, Let::In) => Let::In,
            (Let::Out(why), Let::Out(_)) => Let::Out(why),
            (Let::Unknown(reasons), _) | (_, Let::Unknown(reasons)) => Let::Unknown(reasons),
            _ => Let::Unknown(place::account_unsaid().into()),
        };
    }
    first
}

fn hangs(place: &Place<'_>, decision: &Decision) -> Reasons {
    let residuals = decision.residuals();
    let conditions: Vec<String> = residuals.iter().map(|one| format!("{} {}", one.operator, one.key)).collect();
    if conditions.is_empty() {
        return format!("the files leave a part of the policy of {}, or the name of the role, open", place.name).into();
    }
    format!("what the policy of {} lets in hangs on {}", place.name, conditions.join(", ")).into()
}

fn unseen_bucket(name: &str) -> Reasons {
    let what = if name.is_empty() { "the destination bucket".to_owned() } else { format!("bucket `{}`", shown(name)) };
    let reason = Reason::new(format!("what the policy of {what} lets in was not seen"));
    let cure = "audit the account that owns the destination, or scan what declares it";
    reason.cured_by(Cure::Source(cure.to_owned())).into()
}

#[cfg(test)]
mod tests;
