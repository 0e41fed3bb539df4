//! What a key's policy does, and who in its account can destroy the key.
//!
//! - "Key policies in AWS KMS": without a statement for the account, its IAM policies have no effect
//!   (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>).
//! - What destroys a key, or makes it useless: "Deleting AWS KMS keys", "Enabling and disabling keys", "Deleting imported
//!   key material" in the AWS KMS Developer Guide.

use std::collections::BTreeSet;

use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::derive::several::several;
use crate::derive::world;
use crate::iam::HOLE;
use crate::model::derived::KeyAccess;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::kms::Key;
use crate::model::resource::Resource;

use super::guard::{Guard, Kept};
use super::outsider::{Outsider, Reach};
use super::policies::{Identity, Policies};
use super::powers::{has_duty, somebody};
use super::probe;
use super::statement::Statement;
use super::targets::Call;
use super::ways::{Asker, Outcome, Owner, Told, asker};

/// What an outsider may be let do with a key, the worst first.
const USES: [&str; 24] = [
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:DeleteImportedKeyMaterial",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:Encrypt",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:UpdatePrimaryRegion",
    "kms:ImportKeyMaterial",
    "kms:RevokeGrant",
    "kms:EnableKey",
    "kms:CancelKeyDeletion",
    "kms:Sign",
    "kms:GenerateMac",
    "kms:TagResource",
    "kms:ListGrants",
    "kms:GetKeyPolicy",
    "kms:GetPublicKey",
    "kms:DescribeKey",
];

/// What destroys a key or makes it useless, and what leads there.
const DESTROYS: [&str; 3] = ["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"];

/// The same, of keys whose material is imported.
const DESTROYS_IMPORTED: &str = "kms:DeleteImportedKeyMaterial";

/// Derives it; `protects` is whether the key encrypts backups.
pub fn derive(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Key,
    protects: &Fact<bool>,
) -> KeyAccess {
    let at = &facts.policy.at;
    let (outsiders_kept_out, outsider_grants) = outsiders(policies, resource, facts);
    let (destruction_restricted, destroyers) = if protects.is_false() {
        (Fact::absent(), Fact::known(Vec::new()))
    } else {
        destruction(index, policies, resource, facts)
    };
    KeyAccess {
        outsiders_kept_out: outsiders_kept_out.or_at(at),
        outsider_grants: outsider_grants.or_at(at),
        destruction_restricted: destruction_restricted.or_at(at),
        destroyers: destroyers.or_at(at),
    }
}

/// The key's ARN, in this account where files do not say one.
pub fn arn(resource: &Resource, account: &str) -> String {
    if Arn::parse(&resource.id.id).is_some() {
        return resource.id.id.to_string();
    }
    let hole = HOLE.to_string();
    let region = resource.id.region.as_deref().unwrap_or(&hole);
    format!("arn:{}:kms:{region}:{account}:key/{hole}", resource.id.likely_partition())
}

fn both(reasons: &Reasons) -> (Fact<bool>, Fact<Vec<String>>) {
    (Fact::unknown(reasons.clone()), Fact::unknown(reasons.clone()))
}

fn outsiders(policies: &Policies<'_>, resource: &Resource, facts: &Key) -> (Fact<bool>, Fact<Vec<String>>) {
    let text = match &facts.policy.state {
        State::Known(text) => text,
        State::Absent => return both(&"the key policy was not read".into()),
        State::Unknown(reasons) => return both(reasons),
    };
    let outsider = Outsider::new(policies, &resource.id, Some(text));
    let arn = arn(resource, outsider.owner());
    let mut open: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    let mut doubt = None;
    for action in USES {
        match outsider.reach(action, &arn) {
            Reach::Nobody => {}
            Reach::Anybody(statements) => match open.iter_mut().find(|(those, _)| *those == statements) {
                Some((_, actions)) => actions.push(action),
                None => open.push((statements, vec![action])),
            },
            Reach::Unknown(reasons) => add_reasons(&mut doubt, &reasons),
        }
    }
    if open.is_empty() {
        return doubt.map_or_else(|| (Fact::known(true), Fact::known(Vec::new())), |reasons| both(&reasons));
    }
    let grants =
        open.into_iter().map(|(statements, actions)| format!("{} ({})", statements.join(" and "), several(actions, 3)));
    (Fact::known(false), Fact::known(grants.collect()))
}

fn destruction(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Key,
) -> (Fact<bool>, Fact<Vec<String>>) {
    let text = match &facts.policy.state {
        State::Known(text) => text.as_str(),
        State::Absent => return both(&"the key policy was not read".into()),
        State::Unknown(reasons) => return both(reasons),
    };
    let guard = Guard::new(policies, index.settings, &resource.id, Some(text));
    let imported = facts.origin.as_ref().map(|origin| origin == "EXTERNAL");
    let actions = DESTROYS.into_iter().map(|action| (action, Fact::known(true)));
    let actions = actions.chain([(DESTROYS_IMPORTED, imported)]);
    // What the policy keeps from everybody, IAM cannot give to anybody.
    let open: Vec<(&str, Fact<bool>)> = actions
        .filter(|(action, asked)| {
            !asked.is_false() && guard.keeps(action, &|account| arn(resource, account)) != Kept::Yes
        })
        .collect();
    if open.is_empty() {
        return (Fact::known(true), Fact::known(Vec::new()));
    }
    Destroyers { index, policies, key: resource, statements: &guard.statements, accounts: &guard.accounts }.told(&open)
}

/// Finds who of a key's account can destroy it.
struct Destroyers<'p, 'i, 'a> {
    index: &'p Index<'i>,
    policies: &'p Policies<'a>,
    key: &'p Resource,
    statements: &'p [Statement],
    accounts: &'p [String],
}

impl Destroyers<'_, '_, '_> {
    fn told(&self, open: &[(&'static str, Fact<bool>)]) -> (Fact<bool>, Fact<Vec<String>>) {
        let mut found = Vec::new();
        let mut doubt = self.unseen();
        for identity in &self.policies.identities {
            let here = place::same_account(&identity.resource.id, &self.key.id);
            let mut told = Told::default();
            let mut certain = false;
            for (action, asked) in open.iter().filter(|_| !here.is_false()) {
                let outcome = self.call(identity, action);
                let others = self.is_administrator(identity, action).negate();
                let facts = [here.clone(), asked.clone(), identity.resource.exists.clone(), somebody(identity), others];
                let can = Fact::all(facts.into_iter().chain([outcome.allowed.clone()]));
                if let Some(reasons) = can.reasons() {
                    add_reasons(&mut doubt, reasons);
                }
                if can.is_true() {
                    certain = true;
                    told.add(&outcome, "it");
                }
            }
            if certain {
                let kind = if identity.is_role() { "role" } else { "user" };
                found.push(format!("{kind} {}: {}", identity.resource.name, told.texts().join(", ")));
            }
        }
        if !found.is_empty() {
            return (Fact::known(false), Fact::known(found));
        }
        doubt.map_or_else(|| (Fact::known(true), Fact::known(Vec::new())), |reasons| both(&reasons))
    }

    /// Why there may be users and roles that were not seen.
    fn unseen(&self) -> Option<Reasons> {
        let account = self.key.id.account.as_deref();
        let reasons =
            [world::ROLES, world::USERS].into_iter().find_map(|list| self.index.open(list, account, Some("global")))?;
        Some(self.index.open_in_words(reasons, || {
            Reason::new("the files do not show all users and roles of the account")
                .cured_by(Cure::Source("audit the live account".to_owned()))
                .into()
        }))
    }

    /// What becomes of the call, in whatever account files may be for.
    fn call(&self, identity: &Identity<'_>, action: &'static str) -> Outcome {
        let unread = self.policies.unread(identity);
        let asker = asker(self.policies, identity, unread.as_ref());
        let mut all = self.accounts.iter().map(|account| {
            let moved = probe::in_account(identity.principal.account(), &identity.arn, account);
            let asker = Asker { principal: moved.as_ref().unwrap_or(&identity.principal), ..asker };
            let call = Call { actions: &[action], arn: arn(self.key, account) };
            let owner = Owner { account: Some(account), policy: self.policies.of_resource(&self.key.id) };
            self.policies.call(&asker, &call, owner)
        });
        let first = all.next().unwrap_or_else(|| Outcome {
            allowed: Fact::unknown(place::account_unsaid()),
            gated: Fact::known(false),
            action: action.to_owned(),
            by: BTreeSet::new(),
            at: None,
            ungated_at: None,
        });
        let same = |other: Outcome| {
            (other.allowed.is_true(), other.allowed.is_false()) == (first.allowed.is_true(), first.allowed.is_false())
        };
        if all.all(same) { first } else { Outcome { allowed: Fact::unknown(place::account_unsaid()), ..first } }
    }

    /// Whether it is a named administrator: by the settings; where they name none, by the key policy, or by AWS's own
    /// policy for administrators of backups.
    fn is_administrator(&self, identity: &Identity<'_>, action: &str) -> Fact<bool> {
        let settings = self.index.settings.backup_administrators.as_deref();
        let by_duty = has_duty(identity, settings, "AWSBackupFullAccess");
        let names = |one: &Statement| {
            !one.denies && one.speaks_of(action) && one.principals.contains(&identity.arn.to_string())
        };
        let by_policy = settings.is_none() && self.statements.iter().any(names);
        Fact::any([by_duty, Fact::known(by_policy)])
    }
}

#[cfg(test)]
mod tests;
