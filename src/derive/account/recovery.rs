//! How well a recovery account is guarded: the account that is to outlive all others must not fall with whoever falls
//! into the wrong hands elsewhere.
//!
//! Judged where the account that was read is one of the settings' recovery accounts; of other accounts nothing is known.
//! How many administrators are few, AWS does not say, so no number is asked for: whoever can destroy backups, or come to
//! it, must be named in the settings, where the list is read by people ("Security best practices in IAM" in the IAM User
//! Guide asks for least privilege). CloudTrail keeps management events of an account in a trail of all Regions ("Creating
//! a trail for your AWS account" in the AWS CloudTrail User Guide); an organization's trail is one too.

use crate::derive::access::powers::Powers;
use crate::derive::index::Index;
use crate::derive::several::few;
use crate::derive::{place, world};
use crate::model::derived::account::RecoveryAccount;
use crate::model::fact::{Fact, Reasons};
use crate::model::resource::{Facts, Resource};

/// How many names are told; the rest are counted.
const MOST_NAMES: usize = 10;

/// Derives the section; absent where the account is no recovery account.
pub fn derive(index: &Index<'_>, powers: &Powers<'_>, resource: &Resource) -> Fact<RecoveryAccount> {
    let account = resource.id.account.as_deref();
    if !account.is_some_and(|own| index.settings.recovery_accounts.iter().any(|one| one == own)) {
        return Fact::absent();
    }
    let (only_administrators, strangers) = strangers(index, powers, account);
    Fact::known(RecoveryAccount {
        only_administrators,
        strangers: Fact::known(strangers),
        logged: logged(index, resource),
    })
}

/// Whether nobody but the administrators destroys backups or can come to it, and who does.
fn strangers(index: &Index<'_>, powers: &Powers<'_>, account: Option<&str>) -> (Fact<bool>, Vec<String>) {
    let (mut any, mut names) = (Vec::new(), Vec::new());
    for one in &index.snapshot.resources {
        let kind = match one.facts {
            Facts::User(_) => "user",
            Facts::Role(_) => "role",
            _ => continue,
        };
        if one.id.account.as_deref() != account {
            continue;
        }
        let is_one = powers.of(one).and_then(|power| {
            let harms = Fact::any([power.destroys_backups, power.escalates]);
            Fact::all([harms, power.administrator.negate()])
        });
        if is_one.is_true() {
            names.push(format!("{kind} {}", one.name));
        }
        any.push(is_one);
    }
    let open = [world::USERS, world::ROLES].map(|list| index.open(list, account, Some("global")));
    any.extend(open.into_iter().flatten().map(Fact::unknown));
    (Fact { at: None, ..Fact::any(any).negate() }, few(names, MOST_NAMES))
}

/// Whether a trail logs what is done in all Regions of the account, and its logs arrive.
fn logged(index: &Index<'_>, resource: &Resource) -> Fact<bool> {
    let seen = index.trails.iter().map(|(trail, facts)| {
        let arrives = facts.delivery_error.as_ref().map(|_| false).or_default_to(true);
        let done = facts.management_events.as_ref().map(|kind| kind != "ReadOnly").or_default_to(false);
        let here = place::same_account(&trail.id, &resource.id);
        Fact::all([trail.exists.clone(), here, facts.multi_region.clone(), facts.logging.clone(), arrives, done])
    });
    Fact { at: None, ..Fact::any(seen.chain(unseen(index, resource).map(Fact::unknown))) }
}

/// Why there may be a trail of all Regions that was not seen: such a trail shows in each Region, so one whole list is
/// enough.
fn unseen(index: &Index<'_>, resource: &Resource) -> Option<Reasons> {
    let account = resource.id.account.as_deref();
    let regions = index.audited_regions().filter(|region| region.account.as_deref() == account);
    let mut open = None;
    for region in regions {
        let reasons = index.open(world::TRAILS, account, region.region.as_deref())?;
        open = open.or(Some(reasons));
    }
    open.or_else(|| Some("no Region of the account was audited".into()))
}
