//! Whether a key's policy lets another account use the key, by the evaluator of IAM policies.

use crate::iam::{Answer, Attachment, Context, HOLE, Layers, Library, Request, Resource};
use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;

use super::access::probe;
use super::place::Arn;

/// What a copy to another account needs of the source's key ("Allowing users in other accounts to use a KMS key" in the
/// AWS KMS Developer Guide; "Creating backup copies across AWS accounts" in the AWS Backup Developer Guide).
const NEEDED: [&str; 4] = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom"];

/// What a role of that account may have been given there.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// Whether a key policy admits an account to copy what the key encrypts.
///
/// True where any role of the account may do all that is needed, as far as the key policy goes; false where none may do
/// any of it; else unknown.
pub fn admits(policy: &Fact<String>, key: &ResourceId, account: &str) -> Fact<bool> {
    let decided = policy.as_ref().and_then(|text| judge(text, key, account));
    // A key always has a policy.
    if decided.is_absent() { Fact::unknown("the key policy was not read") } else { decided }
}

fn judge(text: &str, key: &ResourceId, account: &str) -> Fact<bool> {
    let partition = key.likely_partition();
    let Some(anybody) = probe::anybody(partition, account, "role") else { return unknown("the account is not known") };
    let mut library = Library::new(NEEDED);
    let policy = Attachment::new("the key policy", library.add(text));
    let own = [Attachment::new("an identity policy", library.add(EVERYTHING))];
    let layers = Layers { resource: Some(&policy), ..Layers::new(&own) };
    // AWS Backup makes its grants for AWS resources.
    let context = Context::open().with("kms:GrantIsForAWSResource", "true").with("kms:CallerAccount", account);
    let owner = key.account.as_deref().unwrap_or_else(|| probe::foreign(&format!("{text}{account}")));
    let arn = arn_of(key, owner);
    let answers = NEEDED.map(|action| {
        let action = &library.action(action);
        let resource = Resource::new(&arn, Some(owner));
        library.answer(&Request { principal: &anybody, action, resource, context: &context }, &layers)
    });
    if answers.iter().all(|answer| *answer == Answer::Yes) {
        return Fact::known(true);
    }
    if answers.iter().all(|answer| matches!(answer, Answer::No(_))) {
        return Fact::known(false);
    }
    unknown(if answers.contains(&Answer::Conditional) {
        "what the key policy allows the account hangs on conditions, or on who of the account is meant"
    } else {
        "the key policy allows the account only a part of what a copy needs"
    })
}

fn arn_of(key: &ResourceId, owner: &str) -> String {
    if Arn::parse(&key.id).is_some() {
        return key.id.to_string();
    }
    let hole = HOLE.to_string();
    let region = key.region.as_deref().unwrap_or(&hole);
    format!("arn:{}:kms:{region}:{owner}:key/{hole}", key.likely_partition())
}

fn unknown(why: &str) -> Fact<bool> {
    Fact::unknown(Reasons::from(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "arn:aws:iam::111122223333:root";
    const AWAY: &str = "arn:aws:iam::444455556666:root";

    fn key() -> ResourceId {
        ResourceId {
            root: None,
            partition: Some("aws".into()),
            account: Some("111122223333".into()),
            region: Some("eu-west-1".into()),
            kind: "AWS::KMS::Key".into(),
            id: "arn:aws:kms:eu-west-1:111122223333:key/1234".into(),
        }
    }

    fn of(policy: &Fact<String>) -> Fact<bool> {
        admits(policy, &key(), "444455556666")
    }

    fn said(statements: &str) -> Fact<bool> {
        of(&Fact::known(format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)))
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
        assert!(said("").is_unknown(), "AWS takes no policy without statements, so that another one is in force");
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
        assert!(said(&elsewhere(AWAY)).is_false());
        let here = elsewhere(AWAY).replace("key/other", "key/1234");
        assert!(said(&here).is_true());
        assert!(said(&elsewhere(HOME)).is_false());
        let one = allow(&aws(AWAY), r#"["kms:Decryp?", "kms:*"]"#, "");
        assert!(said(&one).is_true());
        assert!(!said(&allow(&aws(AWAY), r#""kms:Decryp?""#, "")).is_false(), "`?` is any one character");
    }

    #[test]
    fn a_policy_that_was_not_read_says_nothing() {
        assert!(of(&Fact::unknown("denied")).is_unknown());
        assert!(of(&Fact::absent()).is_unknown());
        assert!(of(&Fact::known("{".to_owned())).is_unknown());
    }
}
