//! Whom a policy spares: whether that is a named administrator of backups.

use crate::derive::selection;
use crate::iam::{HOLE, Residual};
use crate::model::fact::{Cure, Reason, Reasons, State};
use crate::model::settings::{Holder, Settings};

use super::policies::Policies;
use super::powers::has_duty;
use super::statement::shown;

/// Whether somebody is a named administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Yes,
    /// Whom it means, for people.
    No(String),
    Unknown(Reasons),
}

/// The administrators of backups: those of the settings, or whoever a policy names without a wildcard.
pub struct Administrators<'s, 'a> {
    settings: &'s Settings,
    policies: &'s Policies<'a>,
}

impl<'s, 'a> Administrators<'s, 'a> {
    pub fn new(settings: &'s Settings, policies: &'s Policies<'a>) -> Self {
        Self { settings, policies }
    }

    /// Whether a condition that is left over spares named administrators alone: `ArnNotLike aws:PrincipalArn …` in a
    /// denial, `ArnLike aws:PrincipalArn …` in what allows.
    pub fn spared(&self, residual: &Residual, denies: bool) -> Named {
        let operator = residual.operator.to_ascii_lowercase();
        let operator = operator.rsplit(':').next().unwrap_or_default();
        let negated = operator.contains("not");
        let key = residual.key.to_ascii_lowercase();
        let whom = || format!("whoever has {} {}", residual.key, shown(&residual.values.join(" or ")));
        if negated != denies || !(operator.starts_with("arn") || operator.starts_with("string")) {
            return Named::No(format!("whoever is let through by {} {}", residual.operator, residual.key));
        }
        let judged = residual.values.iter().map(|value| match key.as_str() {
            "aws:principalarn" => self.arn(value),
            "aws:userid" => self.unique_id(value),
            "aws:username" if self.settings.backup_administrators.is_none() && is_plain(value) => Named::Yes,
            _ => match key.strip_prefix("aws:principaltag/") {
                Some(_) => self.tag(residual.key.split_once('/').map_or("", |(_, tag)| tag), value),
                None => Named::No(whom()),
            },
        });
        all(judged)
    }

    /// Whether these principals of a statement are named administrators.
    pub fn principals(&self, principals: &[String]) -> Named {
        if principals.is_empty() {
            return Named::Unknown("whom the key policy means is not known".into());
        }
        all(principals.iter().map(|who| {
            // What a service does, it does for somebody who may.
            if who.ends_with(".amazonaws.com") { Named::Yes } else { self.arn(who) }
        }))
    }

    /// Whether an ARN, in which a policy may write wildcards, means named administrators alone.
    pub fn arn(&self, arn: &str) -> Named {
        let last = arn.rsplit('/').next().unwrap_or(arn);
        let no = || Named::No(format!("`{}`", shown(arn)));
        // The root user always has a way to repair a policy, and is guarded by rules of its own.
        if arn.ends_with(":root") && !arn.contains(['*', '?']) {
            return Named::Yes;
        }
        let Some(holders) = &self.settings.backup_administrators else {
            // Identity Center gives its roles a random end.
            let of_center =
                last.starts_with("AWSReservedSSO_") && last.ends_with("_*") && last.matches('*').count() == 1;
            let plain = !arn.contains(['*', '?']) || of_center && !last.contains('?');
            return match (plain, last.contains(HOLE)) {
                (true, false) => Named::Yes,
                (true, true) => unread("a name that the files do not say"),
                (false, _) => no(),
            };
        };
        let of_path = |path: &str| {
            let named = arn.split_once(":role").or_else(|| arn.split_once(":user")).map(|(_, rest)| rest);
            named.is_some_and(|rest| rest.starts_with(path))
        };
        let is_of = |holder: &Holder| match holder {
            Holder::Arn(pattern) => selection::matches(pattern, arn),
            Holder::Path(path) => of_path(path),
            Holder::Tag { .. } => false,
        };
        if holders.iter().any(is_of) {
            return Named::Yes;
        }
        if arn.contains(HOLE) {
            return unread("a name that the files do not say");
        }
        if !holders.iter().any(|holder| matches!(holder, Holder::Tag { .. })) {
            return no();
        }
        let seen = self.policies.identities.iter().find(|identity| *identity.arn == *arn);
        let duty = seen.map(|identity| has_duty(identity, Some(holders), ""));
        match duty.map(|duty| duty.state) {
            Some(State::Known(true)) => Named::Yes,
            Some(State::Known(false) | State::Absent) => no(),
            Some(State::Unknown(reasons)) => Named::Unknown(reasons),
            None => unread("a principal whose tags were not read"),
        }
    }

    /// `AROAEXAMPLE:*` is one role, `AIDAEXAMPLE` one user, an account's number its root user.
    fn unique_id(&self, value: &str) -> Named {
        let (id, session) = value.split_once(':').unwrap_or((value, ""));
        let is_id = id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_id || session.contains(HOLE) {
            return Named::No(format!("whoever has a session `{}`", shown(value)));
        }
        let is_root = id.bytes().all(|byte| byte.is_ascii_digit());
        if self.settings.backup_administrators.is_none() || is_root {
            return Named::Yes;
        }
        unread("a principal that is named by its unique id")
    }

    fn tag(&self, key: &str, value: &str) -> Named {
        let Some(holders) = &self.settings.backup_administrators else {
            return unread("whoever has a tag");
        };
        let same = |holder: &Holder| matches!(holder, Holder::Tag { key: k, value: v } if k == key && v == value);
        if holders.iter().any(same) {
            Named::Yes
        } else {
            Named::No(format!("whoever has the tag {key} = {}", shown(value)))
        }
    }
}

fn is_plain(value: &str) -> bool {
    !value.contains(['*', '?', '$', HOLE])
}

fn unread(whom: &str) -> Named {
    let reason =
        Reason::new(format!("the policy spares {whom}, and whether that is a backup administrator is not known"));
    Named::Unknown(reason.cured_by(Cure::Setting("backup-administrators".to_owned())).into())
}

/// All of them; one that is not named decides.
pub fn all(named: impl IntoIterator<Item = Named>) -> Named {
    let mut sum = Named::Yes;
    for one in named {
        match one {
            Named::No(whom) => return Named::No(whom),
            Named::Unknown(reasons) if sum == Named::Yes => sum = Named::Unknown(reasons),
            Named::Unknown(_) | Named::Yes => {}
        }
    }
    sum
}
