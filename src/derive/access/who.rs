//! Who can do something: every user and role, with the policies that allow it or hold it back, layer by layer.

use std::collections::BTreeSet;

use crate::derive::index::Index;
use crate::derive::place::Arn;
use crate::iam::{self, Answer, Attachment, Decision, Denial, Effect, HOLE, Lack, Layer, Layers, Request};
use crate::model::derived::holders::{Holders, Row};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};

use super::actions::resource_types;
use super::escalation::escalations;
use super::policies::{Identity, Policies};
use super::targets::{Call, Target, Way, shapes};
use super::ways::{Owner, asker, grounds};

/// Finds them. Without a name it is asked of every resource of the action's kind that was seen, and where none was, of
/// any such resource at all.
///
/// # Errors
/// Where nothing is called so: what is, that the action is for.
pub fn who_can(
    index: &Index<'_>,
    policies: &Policies<'_>,
    action: &str,
    text: Option<&str>,
) -> Result<Vec<Holders>, Vec<String>> {
    let targets = targets(index, action, text)?;
    Ok(targets.iter().map(|target| holders(policies, action, target)).collect())
}

/// Something that is asked about.
pub struct Asked<'a> {
    /// What people call it.
    pub label: String,
    /// What it is, if it was seen.
    pub resource: Option<&'a Resource>,
    /// Whose it is.
    pub account: Option<String>,
    /// The ARNs that a call may name; the best of them counts.
    pub arns: Vec<String>,
    /// The policy of a resource that was not seen, if such a resource may have one.
    pub unread: Option<Attachment>,
}

fn holders(policies: &Policies<'_>, action: &str, target: &Asked<'_>) -> Holders {
    let rows: Vec<Row> = policies.identities.iter().map(|identity| row(policies, identity, action, target)).collect();
    // Those who can, and those who can become them.
    let destroys: Vec<Fact<bool>> = rows.iter().map(|row| row.allowed.clone()).collect();
    let actions = [action];
    let wanted: Vec<Target<'_>> = target
        .resource
        .map(|resource| Target {
            account: resource.id.account.as_deref(),
            resource: Some(resource),
            label: target.label.clone(),
            ways: target.arns.iter().map(|arn| way(&actions, arn)).collect(),
            unguard: Call { actions: &[], arn: String::new() },
            open: Fact::known(true),
        })
        .into_iter()
        .collect();
    let ways = escalations(policies, &wanted, &destroys);
    let mut rows: Vec<Row> = rows
        .into_iter()
        .zip(ways)
        .map(|(row, way)| {
            if row.allowed.is_true() || way.possible.is_false() {
                return row;
            }
            Row { steps_certain: way.possible.is_true(), steps: way.steps, ..row }
        })
        .collect();
    rows.sort_by(|a, b| a.arn.cmp(&b.arn));
    Holders { target: target.label.clone(), rows }
}

fn way<'c>(actions: &'c [&'c str], arn: &str) -> Way<'c> {
    Way { before: None, call: Call { actions, arn: arn.to_owned() }, open: Fact::known(true) }
}

/// What becomes of a call by one of them.
pub fn row(policies: &Policies<'_>, identity: &Identity<'_>, action: &str, target: &Asked<'_>) -> Row {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let mut best: Option<Row> = None;
    for arn in &target.arns {
        let owner = match target.resource {
            Some(resource) => owner(policies, resource),
            None => Owner { account: target.account.as_deref(), policy: target.unread.as_ref() },
        };
        let layers = Layers { resource: owner.policy, ..asks.layers };
        let bare = Layers { boundary: None, scps: &[], ..layers };
        let action = policies.library.action(action);
        let resource = iam::Resource::new(arn, owner.account);
        let open = Request { principal: asks.principal, action: &action, resource, context: asks.context };
        let decided = policies.decided(&asks, &open, &layers);
        let allowed = policies.allowed(&asks, &decided, owner.account);
        let decision = decided.decision;
        let one = Row {
            arn: readable(&identity.arn),
            needs_mfa: !allowed.is_false() && policies.library.needs_mfa(&open, &layers),
            allowed,
            by: grounds(&decision),
            some_allow: action
                .number()
                .is_none_or(|number| policies.library.candidates(asks.principal, &bare).contains(number)),
            held_back_by: held_back(&decision),
            steps: Vec::new(),
            steps_certain: false,
        };
        let rank = |row: &Row| (row.allowed.is_true(), row.allowed.is_unknown(), !row.by.is_empty());
        if best.as_ref().is_none_or(|best| rank(&one) > rank(best)) {
            best = Some(one);
        }
    }
    best.unwrap_or_else(|| Row {
        arn: readable(&identity.arn),
        allowed: Fact::known(false),
        needs_mfa: false,
        by: BTreeSet::new(),
        some_allow: false,
        held_back_by: Vec::new(),
        steps: Vec::new(),
        steps_certain: false,
    })
}

/// The owner of a resource; of a role, its trust policy is the policy that counts.
fn owner<'s>(policies: &'s Policies<'_>, resource: &'s Resource) -> Owner<'s> {
    match policies.identity(&resource.id) {
        Some(role) => Owner { account: resource.id.account.as_deref(), policy: role.trust.as_ref() },
        None => Owner::of(policies, resource),
    }
}

/// What denies it, or where something is lacking.
fn held_back(decision: &Decision) -> Vec<String> {
    let mut texts = Vec::new();
    if decision.answer == Answer::No(Denial::Explicit) {
        for ground in decision.grounds.iter().filter(|ground| ground.effect == Some(Effect::Deny)) {
            let statement = match (&ground.sid, ground.statement) {
                (Some(sid), _) => format!(", statement {sid}"),
                (None, Some(number)) => format!(", statement {}", number + 1),
                (None, None) => String::new(),
            };
            texts.push(format!("denied by {}{statement} ({})", ground.policy, layer(ground.layer)));
        }
    }
    for lack in &decision.lacks {
        texts.push(match lack {
            Lack::Layer(at) => format!("nothing in {} allows it", layer(*at)),
            Lack::Rule(rule) => match rule {
                iam::ServiceRule::BackupCrossAccount => {
                    "AWS Backup takes no such request from another account".to_owned()
                }
                iam::ServiceRule::PublicBucketRestricted => {
                    "Block Public Access shuts other accounts out of a public bucket".to_owned()
                }
                iam::ServiceRule::Protected => "only AWS changes it".to_owned(),
            },
        });
    }
    texts
}

fn layer(layer: Layer) -> String {
    match layer {
        Layer::ResourceControl(level) => format!("the resource control policies, level {}", level + 1),
        Layer::ServiceControl(level) => format!("the service control policies, level {}", level + 1),
        Layer::Resource => "the policy of the resource".to_owned(),
        Layer::Identity => "its own policies".to_owned(),
        Layer::Boundary => "its permissions boundary".to_owned(),
        Layer::Session => "the session policies".to_owned(),
    }
}

/// An ARN for people, with `?` for what is not known.
fn readable(arn: &str) -> String {
    arn.replace(HOLE, "?")
}

fn targets<'a>(index: &Index<'a>, action: &str, text: Option<&str>) -> Result<Vec<Asked<'a>>, Vec<String>> {
    let all = &index.snapshot.resources;
    let Some(text) = text else {
        let seen: Vec<Asked<'a>> = all.iter().filter_map(|resource| asked(index, action, resource)).collect();
        return Ok(if seen.is_empty() { vec![anything(action)] } else { seen });
    };
    let called = |resource: &&Resource| *resource.id.id == *text || *resource.name == *text;
    let found: Vec<Asked<'a>> =
        all.iter().filter(called).filter_map(|resource| asked(index, action, resource)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    if let Some(arn) = Arn::parse(text) {
        let bucket = (arn.service == "s3").then(|| arn.resource.split('/').next()).flatten();
        let vault = all.iter().find_map(|resource| match &resource.facts {
            Facts::RecoveryPoint(facts) if *resource.id.id == *text => Some(&facts.vault),
            _ => None,
        });
        let resource = all.iter().find(|resource| match &resource.facts {
            Facts::Bucket(_) => bucket == Some(&*resource.name),
            Facts::Vault(_) => vault.is_some_and(|vault| *vault == resource.id.id),
            _ => false,
        });
        let account = resource.and_then(|resource| resource.id.account.as_deref().map(str::to_owned));
        let account = account.or_else(|| (!arn.account.is_empty()).then(|| arn.account.to_owned()));
        let unread = (resource.is_none() && may_have_a_policy(action)).then(|| Attachment::unread(UNREAD));
        return Ok(vec![Asked { label: text.to_owned(), resource, account, arns: vec![text.to_owned()], unread }]);
    }
    let names = all.iter().filter(|resource| asked(index, action, resource).is_some());
    Err(names.map(|resource| resource.name.to_string()).collect())
}

/// A resource of the snapshot as the action's resource, if it is of the kind.
fn asked<'a>(index: &Index<'_>, action: &str, resource: &'a Resource) -> Option<Asked<'a>> {
    let types = resource_types(action)?;
    let is = |wanted: &str| types.iter().any(|one| one == wanted);
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let (what, arns) = match (&resource.facts, service.as_str()) {
        (Facts::Vault(_), "backup") if is("recoveryPoint") => {
            ("recovery points in vault", shapes(index, resource).into_iter().collect())
        }
        (Facts::Vault(_), "backup") if is("backupVault") => ("vault", vec![resource.id.id.to_string()]),
        (Facts::Plan(_), "backup") if is("backupPlan") => ("plan", vec![resource.id.id.to_string()]),
        (Facts::Bucket(_), "s3") => {
            let bucket = format!("arn:{}:s3:::{}", resource.id.likely_partition(), resource.name);
            if is("object") {
                ("objects in bucket", vec![format!("{bucket}/{HOLE}")])
            } else {
                ("bucket", vec![bucket])
            }
        }
        (Facts::Key(_), "kms") if is("key") => ("key", vec![resource.id.id.to_string()]),
        (Facts::Role(_), "iam" | "sts") if is("role") => ("role", vec![resource.id.id.to_string()]),
        (Facts::User(_), "iam") if is("user") => ("user", vec![resource.id.id.to_string()]),
        _ => return None,
    };
    let account = resource.id.account.as_deref().map(str::to_owned);
    Some(Asked { label: format!("{what} {}", resource.name), resource: Some(resource), account, arns, unread: None })
}

const UNREAD: &str = "the policy of the resource, which was not seen,";

/// Whether resources of an action's service have policies that Backstop reads: vaults, buckets, keys, roles.
fn may_have_a_policy(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    ["backup", "kms", "s3", "sts"].iter().any(|one| one.eq_ignore_ascii_case(service))
}

/// Any resource at all, in the account of whoever asks.
fn anything(action: &str) -> Asked<'static> {
    let service = action.split(':').next().unwrap_or_default();
    let whole = resource_types(action).is_some_and(<[String]>::is_empty);
    let arn = if whole { "*".to_owned() } else { format!("arn:aws:{service}:{HOLE}:{HOLE}:{HOLE}") };
    Asked { label: "anything".to_owned(), resource: None, account: None, arns: vec![arn], unread: None }
}
