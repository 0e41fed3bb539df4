//! What a vault's access policy does: whom it keeps from deleting, and whom it lets copy in.
//!
//! - "Vault access policies" in the AWS Backup Developer Guide
//!   (<https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html>): no wildcards in
//!   `Action`; whatever the policy says, another account may do nothing but copy in.
//! - "Access control", the table of ARNs
//!   (<https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html>): recovery points of types that are
//!   not fully managed have an ARN of their own service.
//! - What has to be denied: AWS Config's rule `backup-recovery-point-manual-deletion-disabled`, and what undoes it.

use crate::derive::index::Index;
use crate::iam::HOLE;
use crate::model::backup::Vault;
use crate::model::derived::VaultAccess;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::Resource;

use super::guard::{Guard, Kept};
use super::judged::Judged;
use super::outsider::{Outsider, Reach};
use super::policies::Policies;
use super::statement::idle_denials;

/// What takes recovery points away, one at a time.
const OF_POINTS: [&str; 3] =
    ["backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"];

/// What takes the vault away, or the policy that guards it.
const OF_VAULT: [&str; 3] =
    ["backup:DeleteBackupVault", "backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultAccessPolicy"];

/// The ARNs of recovery points by the types of what they restore. `{r}` is the Region, `{a}` the account, `*` what is
/// chosen by AWS.
pub const POINTS: [(&[&str], &str); 9] = [
    (&[], "arn:{p}:backup:{r}:{a}:recovery-point:*"),
    (&["EBS", "Storage Gateway"], "arn:{p}:ec2:{r}::snapshot/*"),
    (&["EC2"], "arn:{p}:ec2:{r}::image/ami-*"),
    (&["RDS"], "arn:{p}:rds:{r}:{a}:snapshot:awsbackup:*"),
    (&["Aurora", "DocumentDB", "Neptune"], "arn:{p}:rds:{r}:{a}:cluster-snapshot:awsbackup:*"),
    (&["DynamoDB"], "arn:{p}:dynamodb:{r}:{a}:table/*/backup/*"),
    (&["FSx"], "arn:{p}:fsx:{r}:{a}:backup/backup-*"),
    (&["Redshift"], "arn:{p}:redshift:{r}:{a}:snapshot:*/awsbackup:*"),
    (&["Redshift Serverless"], "arn:{p}:redshift-serverless:{r}:{a}:snapshot/*"),
];

/// Derives it. `holds` tells whether the vault holds, or is written to with, recovery points of one of these types; of
/// none of them, whether of a type that has an ARN of AWS Backup's own.
pub fn derive(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Vault,
    holds: &dyn Fn(&[&str]) -> Fact<bool>,
) -> VaultAccess {
    let at = &facts.policy.at;
    let (deletion_denied, deletion_faults) = deletion(index, policies, resource, facts, holds);
    let (copy_in_restricted, copy_in_grants) = copy_in(policies, resource, facts);
    VaultAccess {
        deletion_denied: deletion_denied.or_at(at),
        deletion_faults: deletion_faults.or_at(at),
        copy_in_restricted: copy_in_restricted.or_at(at),
        copy_in_grants: copy_in_grants.or_at(at),
    }
}

fn deletion(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Vault,
    holds: &dyn Fn(&[&str]) -> Fact<bool>,
) -> (Fact<bool>, Fact<Vec<String>>) {
    let text = match &facts.policy.state {
        State::Known(text) => Some(text.as_str()),
        State::Absent => None,
        State::Unknown(reasons) => return (Fact::unknown(reasons.clone()), Fact::unknown(reasons.clone())),
    };
    let guard = Guard::new(policies, index.settings, &resource.id, text);
    let mut judged = Judged::default();
    for action in OF_POINTS {
        if wildcard_alone(&guard, action) {
            judged.doubt(&no_wildcards(action));
            continue;
        }
        let kept = POINTS.map(|(types, pattern)| {
            let arn = |account: &str| point_arn(resource, pattern, account);
            (types, guard.keeps(action, &arn))
        });
        // What guards no point at all is wrong whatever the vault holds.
        if kept.iter().all(|(_, kept)| matches!(kept, Kept::No(_))) {
            judged.add(action, kept.into_iter().next().map(|(_, kept)| kept), None);
            continue;
        }
        for (types, kept) in kept {
            if kept == Kept::Yes {
                continue;
            }
            let held = holds(types);
            let of = if types.is_empty() { "fully managed types".to_owned() } else { types.join(", ") };
            match &held.state {
                State::Known(true) => judged.add(action, Some(kept), Some(of)),
                State::Known(false) | State::Absent => {}
                State::Unknown(reasons) => judged.doubt(reasons),
            }
        }
    }
    let vault_arn = |account: &str| vault_arn(resource, account);
    for action in OF_VAULT {
        if wildcard_alone(&guard, action) {
            judged.doubt(&no_wildcards(action));
        } else {
            judged.add(action, Some(guard.keeps(action, &vault_arn)), None);
        }
    }
    judged.told(text.is_none().then_some("it has no access policy"), idle_denials(&guard.statements))
}

/// Whether a denial speaks of an action by a wildcard alone, which AWS Backup does not take.
fn wildcard_alone(guard: &Guard<'_, '_>, action: &str) -> bool {
    let mut denials = guard.statements.iter().filter(|one| one.denies && one.speaks_of(action)).peekable();
    denials.peek().is_some() && denials.all(|one| !one.names(action))
}

fn no_wildcards(action: &str) -> Reasons {
    let why = format!(
        "the access policy speaks of {action} by a wildcard, and AWS Backup does not support wildcards in `Action` of a vault's policy"
    );
    Reason::new(why).cured_by(Cure::Source(format!("name {action} in the policy"))).into()
}

pub fn point_arn(resource: &Resource, pattern: &str, account: &str) -> String {
    let hole = HOLE.to_string();
    let region = resource.id.region.as_deref().unwrap_or(&hole);
    let pattern = pattern.replace('*', &hole).replace("{p}", resource.id.likely_partition());
    pattern.replace("{r}", region).replace("{a}", account)
}

/// The vault's ARN, for a request in this account.
fn vault_arn(resource: &Resource, account: &str) -> String {
    if resource.id.id.starts_with("arn:") {
        return resource.id.id.to_string();
    }
    let hole = HOLE.to_string();
    let region = resource.id.region.as_deref().unwrap_or(&hole);
    format!("arn:{}:backup:{region}:{account}:backup-vault:{hole}", resource.id.likely_partition())
}

/// Whether nobody may copy into the vault but accounts and organizations that its policy names.
fn copy_in(policies: &Policies<'_>, resource: &Resource, facts: &Vault) -> (Fact<bool>, Fact<Vec<String>>) {
    let text = match &facts.policy.state {
        State::Known(text) => text,
        State::Absent => return (Fact::known(true), Fact::known(Vec::new())),
        State::Unknown(reasons) => return (Fact::unknown(reasons.clone()), Fact::unknown(reasons.clone())),
    };
    let outsider = Outsider::new(policies, &resource.id, Some(text));
    let arn = vault_arn(resource, outsider.owner());
    match outsider.reach("backup:CopyIntoBackupVault", &arn) {
        Reach::Nobody => (Fact::known(true), Fact::known(Vec::new())),
        Reach::Anybody(statements) => (Fact::known(false), Fact::known(statements)),
        Reach::Unknown(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
    }
}

#[cfg(test)]
mod tests;
