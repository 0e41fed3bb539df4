//! Statements of a policy as people read them. The evaluator decides; what is read here only names what it decided by.

use serde_json::Value;

use crate::derive::selection;
use crate::iam::{Ground, HOLE};

/// One statement of a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands, from 0.
    number: usize,
    sid: Option<String>,
    pub denies: bool,
    /// What stands under `Action`; empty where it is `NotAction`.
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// Whom `Principal` names, whatever their kind.
    pub principals: Vec<String>,
    /// Its `Condition`, as JSON.
    pub condition: Option<String>,
}

/// The statements of a policy; none where the text is no policy.
pub fn statements(text: &str) -> Vec<Statement> {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    list(document.get("Statement")).enumerate().map(|(number, value)| Statement::read(number, value)).collect()
}

impl Statement {
    fn read(number: usize, value: &Value) -> Self {
        let principals = match value.get("Principal") {
            Some(Value::Object(kinds)) => kinds.values().flat_map(|who| texts(Some(who))).collect(),
            other => texts(other).collect(),
        };
        Self {
            number,
            sid: value.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()).map(str::to_owned),
            denies: value.get("Effect").and_then(Value::as_str) == Some("Deny"),
            actions: texts(value.get("Action")).collect(),
            resources: texts(value.get("Resource")).collect(),
            principals,
            condition: value.get("Condition").map(Value::to_string),
        }
    }

    /// Its name, for people.
    pub fn label(&self) -> String {
        named(self.sid.as_deref(), self.number)
    }

    /// Whether its `Action` speaks of this action, by a wildcard or by name.
    pub fn speaks_of(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.actions.iter().any(|pattern| selection::matches(&pattern.to_ascii_lowercase(), &action))
    }

    /// Whether its `Action` names this action without a wildcard.
    pub fn names(&self, action: &str) -> bool {
        self.actions.iter().any(|name| name.eq_ignore_ascii_case(action))
    }
}

/// The name of a statement that had a part in a decision, for people.
pub fn label(ground: &Ground) -> String {
    let sid = ground.sid.as_deref().filter(|sid| !sid.is_empty());
    ground.statement.map_or_else(|| "a statement that was not read".to_owned(), |number| named(sid, number))
}

fn named(sid: Option<&str>, number: usize) -> String {
    match sid {
        Some(sid) => format!("statement `{}`", shown(sid)),
        None => format!("statement {}", number.saturating_add(1)),
    }
}

/// A text of a policy, for people: what a template leaves open is an ellipsis.
pub fn shown(text: &str) -> String {
    text.replace(HOLE, "…")
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = String> {
    list(value).filter_map(Value::as_str).map(str::to_owned)
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(many)) => (many.as_slice(), None),
        one => (&[][..], one),
    };
    many.iter().chain(one)
}

/// Names that guides and people write and that are no actions of IAM: a statement on one of them does nothing. None is
/// in the Service Authorization Reference.
const NO_ACTIONS: [(&str, &str); 13] = [
    ("backup:CopyRecoveryPoint", "backup:StartCopyJob"),
    ("backup:DeleteBackupVaultLock", "backup:DeleteBackupVaultLockConfiguration"),
    ("backup:DeleteVault", "backup:DeleteBackupVault"),
    ("backup:ListBackups", "backup:ListRecoveryPointsByBackupVault"),
    ("backup:PutBackupVaultLock", "backup:PutBackupVaultLockConfiguration"),
    ("kms:DeleteKey", "kms:ScheduleKeyDeletion"),
    ("s3:DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:DeleteBucketReplication", "s3:PutReplicationConfiguration"),
    ("s3:DeleteLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:DeleteReplicationConfiguration", "s3:PutReplicationConfiguration"),
    ("s3:PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:PutBucketReplication", "s3:PutReplicationConfiguration"),
    ("s3:PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"),
];

/// Denials that deny nothing, since what they name is no action, for people.
pub fn idle_denials(statements: &[Statement]) -> Vec<String> {
    let denials = statements.iter().filter(|statement| statement.denies);
    let idle = denials.flat_map(|statement| {
        let meant = |name: &String| NO_ACTIONS.iter().find(|(no_action, _)| no_action.eq_ignore_ascii_case(name));
        statement.actions.iter().filter_map(meant).map(|(name, right)| {
            format!(
                "{} denies {name}, which is no action of IAM and denies nothing (meant may be {right})",
                statement.label()
            )
        })
    });
    idle.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_named_by_their_sid_or_their_number() {
        let text = r#"{"Statement": [
            {"Sid": "Keep", "Effect": "Deny", "Principal": "*", "Action": "backup:Delete*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": ["111122223333"], "Service": "backup.amazonaws.com"},
             "Action": ["backup:CopyIntoBackupVault"], "Resource": ["*"]}
        ]}"#;
        let all = statements(text);
        assert_eq!([all[0].label(), all[1].label()], ["statement `Keep`", "statement 2"]);
        assert!(all[0].denies && all[0].speaks_of("backup:deleterecoverypoint"));
        assert!(!all[0].names("backup:DeleteRecoveryPoint") && all[1].names("BACKUP:copyintobackupvault"));
        assert_eq!(all[1].principals, ["111122223333", "backup.amazonaws.com"]);
        assert_eq!(statements("{").len() + statements(r#"{"Statement": 3}"#)[0].actions.len(), 0);
        let single = statements(r#"{"Statement": {"Effect": "Deny", "NotAction": "s3:*"}}"#);
        assert!(single[0].denies && !single[0].speaks_of("backup:DeleteRecoveryPoint"));
    }

    #[test]
    fn what_denies_no_action_is_named_with_what_may_be_meant() {
        let text = r#"{"Statement": [
            {"Effect": "Deny", "Action": ["backup:deletevault", "backup:DeleteBackupVault"]},
            {"Effect": "Allow", "Action": "backup:ListBackups"}
        ]}"#;
        let idle = idle_denials(&statements(text));
        assert_eq!(idle.len(), 1);
        assert!(idle[0].contains("backup:DeleteVault") && idle[0].contains("backup:DeleteBackupVault"), "{idle:?}");
    }

    #[test]
    fn what_is_no_action_is_none_of_those_that_are_asked_about() {
        let known: Vec<&str> = super::super::actions::all().collect();
        for (name, right) in NO_ACTIONS {
            assert!(!known.contains(&name), "{name}");
            assert!(known.contains(&right) || right == "backup:ListRecoveryPointsByBackupVault", "{right}");
        }
    }
}
