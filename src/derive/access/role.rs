//! Which role of IAM a resource names for a service to assume.

use crate::derive::index::Index;
use crate::derive::place::{self, Arn};
use crate::derive::world;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::{Link, Resource};

use super::policies::{Identity, Policies};

/// The role's name, as far as it is known.
pub fn name(index: &Index<'_>, link: &Link) -> Fact<String> {
    let declared = link.target.as_ref().and_then(|id| index.get(id)).map(|role| Fact::known(role.name.to_string()));
    declared.unwrap_or_else(|| link.text.as_ref().map(|text| text.rsplit('/').next().unwrap_or(text).to_owned()))
}

/// What a named role is.
pub enum Role<'p, 'a> {
    /// This one.
    Here(&'p Identity<'a>),
    /// There is none of this ARN.
    Missing(String),
    Unknown(Reasons),
}

/// Finds it.
pub fn find<'p, 'a>(index: &Index<'_>, policies: &'p Policies<'a>, resource: &Resource, link: &Link) -> Role<'p, 'a> {
    if let Some(identity) = link.target.as_ref().and_then(|id| policies.identity(id)) {
        return Role::Here(identity);
    }
    let text = match (&link.target, &link.text.state) {
        (None, State::Known(text)) => text,
        (_, State::Unknown(reasons)) => return Role::Unknown(reasons.clone()),
        _ => return Role::Unknown("the role was not read".into()),
    };
    let exact = policies.identities.iter().find(|identity| identity.is_role() && *identity.arn == **text);
    // A role of files has no path that is known, and may have no account.
    let by_name = || {
        let arn = Arn::parse(text)?;
        let name = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
        let fits = |identity: &&Identity<'_>| {
            identity.is_role()
                && place::one_root(&identity.resource.id, &resource.id)
                && *identity.resource.name == *name
                && identity.account().is_none_or(|own| own == arn.account)
        };
        let mut found = policies.identities.iter().filter(fits);
        found.next().filter(|_| found.next().is_none())
    };
    if let Some(identity) = exact.or_else(by_name) {
        return Role::Here(identity);
    }
    let account = Arn::parse(text).map(|arn| arn.account).filter(|account| !account.is_empty());
    match index.open(world::ROLES, account, Some("global")) {
        None if account.is_some_and(|account| index.knows_account(account)) => Role::Missing(text.clone()),
        open => {
            let unseen = || {
                let reason = Reason::new(format!("role `{text}` was not seen"));
                reason.cured_by(Cure::Source("scan what declares it, or audit the live account".to_owned())).into()
            };
            Role::Unknown(open.map_or_else(unseen, |reasons| index.open_in_words(reasons, unseen)))
        }
    }
}
