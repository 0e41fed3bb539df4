//! Who a trust policy lets in, as far as its text names them.
//!
//! Whether a certain principal may assume a role is for the evaluator; this is about whom to ask it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::derive::place::Arn;
use crate::iam::HOLE;
use crate::model::fact::{Fact, State};

/// Services that assume a role to do their own work, and run no code or command of whoever made them do it.
/// "AWS services that work with IAM" in the IAM User Guide, and their own pages on service roles.
const OWN_WORK: [&str; 14] = [
    "access-analyzer.amazonaws.com",
    "backup.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "dlm.amazonaws.com",
    "export.rds.amazonaws.com",
    "guardduty.amazonaws.com",
    "logs.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "rds.amazonaws.com",
    "restore-testing.backup.amazonaws.com",
    "s3.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
];

/// Whether a service assumes roles for its own work alone.
pub fn does_its_own_work(service: &str) -> bool {
    // Some have another name in China ("AWS service principals" in Amazon Web Services in China).
    OWN_WORK.contains(&service.strip_suffix(".cn").unwrap_or(service))
}

/// Whom the statements of a trust policy name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    /// Services by their names.
    pub services: BTreeSet<String>,
    /// ARNs, account ids and `*` under `AWS`.
    pub principals: BTreeSet<String>,
    /// Whether identity providers are named.
    pub federated: bool,
    /// Whether one of them vouches by SAML.
    pub saml: bool,
    /// Whether it says something else: `NotPrincipal`, an unfilled template.
    pub unclear: bool,
}

/// Reads a trust policy.
pub fn trusted(trust: &Fact<String>) -> Fact<Trusted> {
    match &trust.state {
        State::Known(text) => match serde_json::from_str::<Value>(text) {
            Ok(document) => Fact::known(of_document(&document)),
            Err(_) => Fact::unknown("the trust policy is no JSON"),
        },
        State::Absent => Fact::unknown("the trust policy was not read"),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

fn of_document(document: &Value) -> Trusted {
    let mut trusted = Trusted::default();
    for statement in list(document.get("Statement")) {
        if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
            continue;
        }
        // `sts:TagSession` and the like let nobody in by themselves.
        if statement.get("Action").is_some_and(|action| !list(Some(action)).any(may_assume)) {
            continue;
        }
        match statement.get("Principal") {
            Some(Value::String(all)) => {
                trusted.principals.insert(all.clone());
            }
            Some(Value::Object(kinds)) => {
                for (kind, who) in kinds {
                    let names = list(Some(who)).filter_map(Value::as_str).map(str::to_owned);
                    match kind.as_str() {
                        "Service" => trusted.services.extend(names),
                        "AWS" => trusted.principals.extend(names),
                        "Federated" => {
                            trusted.federated = true;
                            let mut names = names;
                            trusted.saml |= names.any(|name| name.contains(":saml-provider/") || name.contains(HOLE));
                        }
                        _ => trusted.unclear = true,
                    }
                }
            }
            _ => trusted.unclear = true,
        }
    }
    trusted.unclear |= trusted.services.iter().chain(&trusted.principals).any(|name| name.contains(HOLE));
    trusted
}

fn may_assume(action: &Value) -> bool {
    action.as_str().is_none_or(|action| {
        action.to_ascii_lowercase().starts_with("sts:assumerole") || action.contains(['*', '?', HOLE])
    })
}

/// Whether a name is the unique id that IAM puts in the place of a user or role which was deleted ("AWS JSON policy
/// elements: Principal" in the IAM User Guide).
pub fn is_unique_id(name: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (name.starts_with("AIDA") || name.starts_with("AROA")) && name.len() >= 16 && name.bytes().all(is_one)
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(many)) => (many.as_slice(), None),
        one => (&[][..], one),
    };
    many.iter().chain(one)
}

impl Trusted {
    /// Whether somebody, or code of theirs, can act as the role: not where only services are let in that do their own
    /// work.
    pub fn lets_somebody_in(&self) -> Fact<bool> {
        if self.federated || self.principals.iter().any(|name| !is_unique_id(name)) {
            return Fact::known(true);
        }
        if self.unclear {
            return Fact::unknown("whom the trust policy lets in cannot be told");
        }
        if self.services.iter().any(|service| !does_its_own_work(service)) {
            return Fact::known(true);
        }
        match self.principals.first() {
            Some(id) => {
                Fact::unknown(format!("whether `{id}`, whom the trust policy lets in, is still there is not known"))
            }
            None => Fact::known(false),
        }
    }

    /// Users that it may let in: those that it names, and any of the accounts that it names as a whole.
    pub fn users(&self) -> Vec<String> {
        let mut users = BTreeSet::new();
        for name in &self.principals {
            match Arn::parse(name) {
                Some(arn) if arn.resource.starts_with("user/") => {
                    users.insert(name.clone());
                }
                Some(arn) if arn.resource == "root" => {
                    users.insert(format!("arn:aws:iam::{}:user/{HOLE}", arn.account));
                }
                None if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) => {
                    users.insert(format!("arn:aws:iam::{name}:user/{HOLE}"));
                }
                None if name == "*" => {
                    users.insert(format!("arn:aws:iam::{HOLE}:user/{HOLE}"));
                }
                _ => {}
            }
        }
        users.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(principal: &str) -> Trusted {
        let text =
            format!(r#"{{"Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}}}"#);
        trusted(&Fact::known(text)).value().unwrap().clone()
    }

    #[test]
    fn a_role_of_a_service_that_does_its_own_work_is_nobodys() {
        assert!(of(r#"{"Service": "backup.amazonaws.com"}"#).lets_somebody_in().is_false());
        assert!(of(r#"{"Service": ["backup.amazonaws.com", "lambda.amazonaws.com"]}"#).lets_somebody_in().is_true());
        assert!(of(r#"{"Service": "some.new.service"}"#).lets_somebody_in().is_true());
        assert!(of(r#"{"AWS": "111122223333"}"#).lets_somebody_in().is_true());
        assert!(of(r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/x"}"#).lets_somebody_in().is_true());
        assert!(of(r#"{"CanonicalUser": "79a59d"}"#).lets_somebody_in().is_unknown());
    }

    #[test]
    fn nobody_comes_in_by_a_statement_that_does_not_let_roles_be_assumed() {
        let by = |action: &str| {
            let text = format!(
                r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "111122223333"}}, "Action": {action}}}}}"#
            );
            trusted(&Fact::known(text)).value().unwrap().lets_somebody_in()
        };
        assert!(by(r#"["sts:TagSession", "sts:SetSourceIdentity"]"#).is_false());
        assert!(by(r#"["sts:TagSession", "sts:AssumeRole"]"#).is_true());
        assert!(by(r#""sts:*""#).is_true() && by(r#""*""#).is_true());
    }

    #[test]
    fn a_user_or_role_that_was_deleted_may_not_come_in_any_more() {
        assert!(of(r#"{"AWS": "AROAEXAMPLEEXAMPLE123"}"#).lets_somebody_in().is_unknown());
        assert!(of(r#"{"AWS": ["AIDAEXAMPLEEXAMPLE123", "111122223333"]}"#).lets_somebody_in().is_true());
    }

    #[test]
    fn the_users_that_may_come_in_are_those_named_and_those_of_whole_accounts() {
        let named = of(r#"{"AWS": ["arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:role/x"]}"#);
        assert_eq!(named.users(), ["arn:aws:iam::111122223333:user/ann"]);
        let whole = of(r#"{"AWS": ["444455556666", "arn:aws:iam::111122223333:root"]}"#);
        assert_eq!(whole.users().len(), 2);
        assert!(of(r#"{"Service": "ec2.amazonaws.com"}"#).users().is_empty());
        assert_eq!(of(r#""*""#).users(), [format!("arn:aws:iam::{HOLE}:user/{HOLE}")]);
    }

    #[test]
    fn a_trust_policy_that_was_not_read_says_nothing() {
        assert!(trusted(&Fact::unknown("denied")).is_unknown());
        assert!(trusted(&Fact::absent()).is_unknown());
        assert!(trusted(&Fact::known("{".to_owned())).is_unknown());
    }
}
