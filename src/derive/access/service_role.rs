//! Whether a role that AWS Backup assumes is its alone, and allows no more than its work needs.
//!
//! "IAM service roles" in the AWS Backup Developer Guide: the role trusts `backup.amazonaws.com`, has the policies of AWS
//! for backups and restores, or narrower ones by type of resource
//! (<https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html>). Nobody sees what is done with it: it
//! is passed, and AWS Backup acts.
//!
//! Too much is what AWS's own policies for such roles do not allow, where it is allowed on every resource of its kind:
//! every action, every action of a service, and the calls of [`BEYOND`], with which backups, keys and policies are
//! destroyed or changed. What is allowed on some resources, by their names, is not held against it. Policies of AWS count
//! as the customer's own do.

use std::collections::{BTreeMap, BTreeSet};

use crate::derive::plan::Checks;
use crate::derive::several::several;
use crate::iam::{Answer, Decision, Effect, HOLE, Open, Truth};
use crate::model::derived::principal::BackupRole;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Resource;

use super::backup_role::ability::{Ability, SERVICE};
use super::policies::{Identity, Policies};
use super::statement::shown;
use super::trust::trusted;

/// The service's name in China; elsewhere it is [`SERVICE`].
const SERVICE_IN_CHINA: &str = "backup.amazonaws.com.cn";

/// Calls that no policy of AWS for roles of AWS Backup allows, with what they are made on: `{a}` is the account, `*` any
/// name.
const BEYOND: [(&str, &str); 30] = [
    ("backup:DeleteBackupPlan", "backup:*:{a}:backup-plan:*"),
    ("backup:DeleteBackupSelection", "backup:*:{a}:backup-plan:*"),
    ("backup:DeleteBackupVault", "backup:*:{a}:backup-vault:*"),
    ("backup:DeleteBackupVaultAccessPolicy", "backup:*:{a}:backup-vault:*"),
    ("backup:DeleteBackupVaultLockConfiguration", "backup:*:{a}:backup-vault:*"),
    ("backup:DeleteRecoveryPoint", "backup:*:{a}:recovery-point:*"),
    ("backup:DeleteRecoveryPoint", "ec2:*::snapshot/*"),
    ("backup:PutBackupVaultAccessPolicy", "backup:*:{a}:backup-vault:*"),
    ("backup:UpdateBackupPlan", "backup:*:{a}:backup-plan:*"),
    ("backup:UpdateRecoveryPointLifecycle", "backup:*:{a}:recovery-point:*"),
    ("dynamodb:DeleteTable", "dynamodb:*:{a}:table/*"),
    ("iam:AttachRolePolicy", "iam::{a}:role/*"),
    ("iam:AttachUserPolicy", "iam::{a}:user/*"),
    ("iam:CreateAccessKey", "iam::{a}:user/*"),
    ("iam:CreatePolicyVersion", "iam::{a}:policy/*"),
    ("iam:CreateRole", "iam::{a}:role/*"),
    ("iam:CreateUser", "iam::{a}:user/*"),
    ("iam:PutRolePolicy", "iam::{a}:role/*"),
    ("iam:PutUserPolicy", "iam::{a}:user/*"),
    ("iam:UpdateAssumeRolePolicy", "iam::{a}:role/*"),
    ("kms:DisableKey", "kms:*:{a}:key/*"),
    ("kms:PutKeyPolicy", "kms:*:{a}:key/*"),
    ("kms:ScheduleKeyDeletion", "kms:*:{a}:key/*"),
    ("s3:BypassGovernanceRetention", "s3:::*/*"),
    ("s3:DeleteBucket", "s3:::*"),
    ("s3:DeleteBucketPolicy", "s3:::*"),
    ("s3:DeleteObjectVersion", "s3:::*/*"),
    ("s3:PutBucketPolicy", "s3:::*"),
    ("s3:PutLifecycleConfiguration", "s3:::*"),
    ("sts:AssumeRole", "iam::{a}:role/*"),
];

/// Services of which all actions may be allowed at once.
const SERVICES: [&str; 22] = [
    "backup",
    "cloudformation",
    "cloudtrail",
    "dynamodb",
    "ec2",
    "eks",
    "elasticfilesystem",
    "events",
    "fsx",
    "iam",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "rds",
    "redshift",
    "s3",
    "sns",
    "ssm",
    "storagegateway",
    "sts",
    "timestream",
];

/// Judges a role; absent where AWS Backup does not assume it, or AWS defines it.
pub fn derive(policies: &Policies<'_>, resource: &Resource) -> Fact<BackupRole> {
    let Some(identity) = policies.identity(&resource.id) else {
        return Fact::unknown("its ARN is none of a user or role");
    };
    if !identity.is_role() || identity.arn.contains(":role/aws-service-role/") {
        return Fact::absent();
    }
    let ability = Ability::of(policies, identity);
    let trusted = trusted(&identity.facts.trust);
    let names = |service: &str| trusted.value().is_some_and(|trusted| trusted.services.contains(service));
    if !names(SERVICE) && !names(SERVICE_IN_CHINA) {
        match ability.is_trusted().state {
            State::Known(false) | State::Absent => return Fact::absent(),
            State::Unknown(reasons) => return Fact::unknown(reasons),
            State::Known(true) => {}
        }
    }
    let mut checks = Checks::default();
    check_trust(identity, &mut checks);
    check_rights(identity, &ability, &mut checks);
    Fact::known(BackupRole { sound: checks.passed(), faults: checks.texts() })
}

/// Whom it lets in besides.
fn check_trust(identity: &Identity<'_>, checks: &mut Checks) {
    let trust = &identity.facts.trust;
    match &trusted(trust).state {
        State::Known(trusted) => {
            let services = trusted.services.iter().filter(|name| ![SERVICE, SERVICE_IN_CHINA].contains(&name.as_str()));
            let mut others: Vec<String> = services.chain(&trusted.principals).map(|name| shown(name)).collect();
            if trusted.federated {
                others.push("an identity provider".to_owned());
            }
            if !others.is_empty() {
                let others = others.join(", ");
                checks.fault(format!("its trust policy also lets in {others}"), &trust.at);
            } else if trusted.unclear {
                checks.doubt(&"whom the trust policy lets in cannot be told".into());
            }
        }
        State::Unknown(reasons) => checks.doubt(reasons),
        State::Absent => checks.doubt(&"the trust policy was not read".into()),
    }
}

/// What became of a question.
enum Wide {
    No,
    /// By these statements.
    Yes(BTreeSet<String>),
    Unknown(Reasons),
}

fn check_rights(identity: &Identity<'_>, ability: &Ability<'_, '_>, checks: &mut Checks) {
    let at = &identity.facts.inline.at;
    let hole = HOLE.to_string();
    let account = identity.account().unwrap_or(&hole);
    let partition = identity.resource.id.likely_partition();
    let ask = |action: &str, template: &str| {
        let template = template.replace("{a}", account).replace('*', &hole);
        wide(ability, action, &format!("arn:{partition}:{template}"))
    };
    match ask("any-service:AnyAction", "any-service:*:{a}:*") {
        Wide::Yes(by) => return checks.fault(format!("it allows every action on every resource ({})", all(&by)), at),
        Wide::Unknown(reasons) => return checks.doubt(&reasons),
        Wide::No => {}
    }
    let mut found: BTreeMap<BTreeSet<String>, Vec<String>> = BTreeMap::new();
    let mut doubts: Vec<Reasons> = Vec::new();
    let mut whole: BTreeSet<&str> = BTreeSet::new();
    for service in SERVICES {
        let template = match service {
            "s3" => "s3:::*".to_owned(),
            "iam" | "organizations" | "sts" => format!("{service}::{{a}}:*"),
            _ => format!("{service}:*:{{a}}:*"),
        };
        match ask(&format!("{service}:AnyAction"), &template) {
            Wide::Yes(by) => {
                whole.insert(service);
                found.entry(by).or_default().push(format!("{service}:*"));
            }
            Wide::Unknown(reasons) => doubts.push(reasons),
            Wide::No => {}
        }
    }
    for (action, template) in BEYOND {
        if action.split_once(':').is_some_and(|(service, _)| whole.contains(service)) {
            continue;
        }
        match ask(action, template) {
            Wide::Yes(by) => {
                let told = found.entry(by).or_default();
                if !told.iter().any(|other| other == action) {
                    told.push(action.to_owned());
                }
            }
            Wide::Unknown(reasons) => doubts.push(reasons),
            Wide::No => {}
        }
    }
    for (by, actions) in &found {
        checks.fault(format!("it allows {} on any resource ({})", several(actions, MOST_ACTIONS), all(by)), at);
    }
    for reasons in &doubts {
        checks.doubt(reasons);
    }
}

/// Whether an action is allowed on whatever the ARN, of which parts are holes, may be.
fn wide(ability: &Ability<'_, '_>, action: &str, arn: &str) -> Wide {
    let decision = ability.decide(action, arn);
    let allows = |ground: &&crate::iam::Ground| ground.effect == Some(Effect::Allow);
    match decision.answer {
        Answer::Yes => Wide::Yes(by(&decision)),
        Answer::No(_) => Wide::No,
        Answer::Conditional => {
            let certain = decision.grounds.iter().filter(allows).any(|ground| ground.holds == Truth::Yes);
            let only_some = |open: &Open| matches!(open, Open::Resource);
            let narrow = decision.grounds.iter().filter(allows).all(|ground| ground.open.iter().all(only_some));
            let readable = decision.grounds.iter().all(|ground| ground.effect.is_some());
            // It is allowed on some resources, by their names.
            if !certain && narrow && readable { Wide::No } else { Wide::Unknown(ability.why(&decision)) }
        }
    }
}

fn by(decision: &Decision) -> BTreeSet<String> {
    let sure = decision.grounds.iter().filter(|one| one.effect == Some(Effect::Allow) && one.holds == Truth::Yes);
    let layer = |one: &&crate::iam::Ground| one.layer == crate::iam::Layer::Identity;
    sure.filter(layer)
        .map(|ground| match (&ground.sid, ground.statement) {
            (Some(sid), _) => format!("{}, statement {sid}", ground.policy),
            (None, number) => format!("{}, statement {}", ground.policy, number.unwrap_or_default().saturating_add(1)),
        })
        .collect()
}

fn all(by: &BTreeSet<String>) -> String {
    by.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
}

/// How many actions are told; the rest are counted.
const MOST_ACTIONS: usize = 4;

#[cfg(test)]
mod tests;
