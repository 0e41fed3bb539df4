//! What is plain from a key policy's text: whether it lets another account use the key.
//!
//! This is no evaluator of IAM policies. What hangs on conditions, denials or a few principals of the account stays
//! unknown.

use serde_json::Value;

use crate::model::fact::{Fact, Reasons};

use super::place::Arn;

/// What a copy to another account needs of the source's key ("Allowing users in other accounts to use a KMS key" in the
/// AWS KMS Developer Guide; "Creating backup copies across AWS accounts" in the AWS Backup Developer Guide).
const NEEDED: [&str; 4] = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom"];

/// Whether a key policy admits an account to copy what the key encrypts.
///
/// True where statements without conditions allow the whole account all that is needed and nothing is denied; false
/// where no statement that allows can mean the account; else unknown.
pub fn admits(policy: &Fact<String>, account: &str) -> Fact<bool> {
    let decided = policy.as_ref().and_then(|text| {
        let Ok(policy) = serde_json::from_str::<Value>(text) else {
            return Fact::unknown("the key policy is no JSON");
        };
        judge(&policy, account)
    });
    // A key always has a policy.
    if decided.is_absent() { Fact::unknown("the key policy was not read") } else { decided }
}

fn judge(policy: &Value, account: &str) -> Fact<bool> {
    let (mut denied, mut conditional) = (false, false);
    let mut granted = [false; NEEDED.len()];
    for statement in list(policy.get("Statement")) {
        let meant = meaning(statement, account);
        if meant == Meaning::Other {
            continue;
        }
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            denied = true;
            continue;
        }
        // In a key policy, `*` is the key itself.
        let of_key = list(statement.get("Resource")).any(|resource| resource.as_str() == Some("*"));
        let plain = of_key && statement.get("Condition").is_none_or(for_aws_resources);
        if meant == Meaning::Perhaps || !plain || statement.get("Action").is_none() {
            conditional = true;
            continue;
        }
        for action in list(statement.get("Action")).filter_map(Value::as_str) {
            for (granted, needed) in granted.iter_mut().zip(NEEDED) {
                *granted |= allows(action, needed);
            }
        }
    }
    if !conditional && !granted.contains(&true) {
        return Fact::known(false);
    }
    if denied {
        return unknown("the key policy denies something to the account, or to everybody");
    }
    if granted.iter().all(|granted| *granted) {
        return Fact::known(true);
    }
    unknown(if conditional {
        "what the key policy allows the account hangs on conditions, or on who of the account is meant"
    } else {
        "the key policy allows the account only a part of what a copy needs"
    })
}

fn unknown(why: &str) -> Fact<bool> {
    Fact::unknown(Reasons::from(why))
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(many)) => (many.as_slice(), None),
        one => (&[][..], one),
    };
    many.iter().chain(one)
}

/// Whether a statement's principal is the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The whole account.
    Account,
    /// Somebody of it, or it cannot be said.
    Perhaps,
    /// Certainly others.
    Other,
}

fn meaning(statement: &Value, account: &str) -> Meaning {
    let Some(principal) = statement.get("Principal") else { return Meaning::Perhaps };
    if let Some(text) = principal.as_str() {
        return if text == "*" { Meaning::Account } else { Meaning::Perhaps };
    }
    let Some(kinds) = principal.as_object() else { return Meaning::Perhaps };
    let all = kinds.iter().flat_map(|(kind, who)| list(Some(who)).map(move |who| (kind.as_str(), who)));
    let mut meaning = Meaning::Other;
    for (kind, who) in all {
        let one = match (kind, who.as_str()) {
            ("AWS", Some(who)) => principal_meaning(who, account),
            // A service acts for whoever calls it, but not for an account that the policy does not let in.
            ("Service" | "Federated", Some(_)) => Meaning::Other,
            _ => Meaning::Perhaps,
        };
        meaning = match (meaning, one) {
            (Meaning::Account, _) | (_, Meaning::Account) => Meaning::Account,
            (Meaning::Perhaps, _) | (_, Meaning::Perhaps) => Meaning::Perhaps,
            _ => Meaning::Other,
        };
    }
    meaning
}

fn principal_meaning(who: &str, account: &str) -> Meaning {
    if who == "*" || who == account {
        return Meaning::Account;
    }
    match Arn::parse(who) {
        Some(arn) if arn.account == account && arn.resource == "root" => Meaning::Account,
        Some(arn) if arn.account == account => Meaning::Perhaps,
        Some(arn) if is_account(arn.account) => Meaning::Other,
        None if is_account(who) => Meaning::Other,
        // An id of a principal that was deleted, a text that a function leaves open …
        _ => Meaning::Perhaps,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the condition is only that a grant is for a service of AWS, as it is for a copy.
fn for_aws_resources(condition: &Value) -> bool {
    let Some(Value::Object(operands)) = condition.get("Bool") else { return false };
    let only = condition.as_object().is_some_and(|all| all.len() == 1) && operands.len() == 1;
    let is_true = |value: &Value| value.as_bool() == Some(true) || value.as_str() == Some("true");
    only && operands.iter().all(|(key, value)| key.eq_ignore_ascii_case("kms:GrantIsForAWSResource") && is_true(value))
}

fn allows(action: &str, needed: &str) -> bool {
    super::selection::matches(&action.to_ascii_lowercase(), &needed.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "arn:aws:iam::111122223333:root";
    const AWAY: &str = "arn:aws:iam::444455556666:root";

    fn said(statements: &str) -> Fact<bool> {
        admits(&Fact::known(format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)), "444455556666")
    }

    fn allow(principal: &str, actions: &str, more: &str) -> String {
        format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": {actions}, "Resource": "*"{more}}}"#)
    }

    fn aws(principal: &str) -> String {
        format!(r#"{{"AWS": "{principal}"}}"#)
    }

    #[test]
    fn a_policy_that_names_only_its_own_account_admits_no_other() {
        assert!(said(&allow(&aws(HOME), r#""kms:*""#, "")).is_false());
        assert!(said("").is_false());
        let service = allow(r#"{"Service": "logs.amazonaws.com"}"#, r#""kms:*""#, "");
        assert!(said(&service).is_false());
    }

    #[test]
    fn a_policy_that_names_the_account_with_all_that_is_needed_admits_it() {
        for principal in [AWAY, "444455556666", "*"] {
            assert!(said(&allow(&aws(principal), r#""kms:*""#, "")).is_true(), "{principal}");
        }
        assert!(said(&allow(r#""*""#, r#""*""#, "")).is_true());
        let uses = allow(&aws(AWAY), r#"["kms:Decrypt", "kms:DescribeKey", "kms:ReEncrypt*"]"#, "");
        let grants = r#", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}"#;
        let both = format!("{uses}, {}", allow(&aws(AWAY), r#""kms:CreateGrant""#, grants));
        assert!(said(&both).is_true(), "as the console writes it");
        assert!(said(&uses).is_unknown(), "without grants something is missing");
    }

    #[test]
    fn what_hangs_on_more_than_the_text_is_unknown() {
        let condition = r#", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#;
        assert!(said(&allow(r#""*""#, r#""kms:*""#, condition)).is_unknown());
        let role = aws("arn:aws:iam::444455556666:role/copy");
        assert!(said(&allow(&role, r#""kms:*""#, "")).is_unknown());
        assert!(said(&allow(&aws("AIDAEXAMPLE"), r#""kms:*""#, "")).is_unknown());
        let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#;
        assert!(said(&format!("{}, {deny}", allow(&aws(AWAY), r#""kms:*""#, ""))).is_unknown());
        assert!(said(&format!("{}, {deny}", allow(&aws(HOME), r#""kms:*""#, ""))).is_false());
        let all_but = r#"{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "NotAction": "kms:Put*"}"#;
        assert!(said(all_but).is_unknown());
        assert!(said(r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "*"}"#).is_unknown());
    }

    #[test]
    fn a_statement_about_another_resource_grants_nothing_of_this_key() {
        let elsewhere = |principal: &str| {
            let all = r#""Action": "kms:*", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/other""#;
            format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, {all}}}"#)
        };
        assert!(said(&elsewhere(AWAY)).is_unknown());
        assert!(said(&elsewhere(HOME)).is_false());
        let one = allow(&aws(AWAY), r#"["kms:Decryp?", "kms:*"]"#, "");
        assert!(said(&one).is_true());
        assert!(!said(&allow(&aws(AWAY), r#""kms:Decryp?""#, "")).is_false(), "`?` is any one character");
    }

    #[test]
    fn a_policy_that_was_not_read_says_nothing() {
        assert!(admits(&Fact::unknown("denied"), "444455556666").is_unknown());
        assert!(admits(&Fact::absent(), "444455556666").is_unknown());
        assert!(admits(&Fact::known("{".to_owned()), "444455556666").is_unknown());
    }
}
