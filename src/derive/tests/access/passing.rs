//! Who can pass the roles of AWS Backup further than backups need.

use super::*;

const BACKUP: &str = r#"{"Service": "backup.amazonaws.com"}"#;
const BOTH: &str = r#"{"Service": ["backup.amazonaws.com", "lambda.amazonaws.com"]}"#;

fn passing(resource: &str, service: Option<&str>) -> String {
    let condition = service.map_or_else(String::new, |service| {
        format!(r#", "Condition": {{"StringLike": {{"iam:PassedToService": "{service}"}}}}"#)
    });
    format!(r#"{{"Effect": "Allow", "Action": "iam:PassRole", "Resource": {resource}{condition}}}"#)
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Of a user with these statements, beside a role `restore` that trusts this.
fn of(trust: &str, statements: &str) -> Power {
    power(&with_vault(vec![user("ann", statements), role("restore", trust, "")]), "ann")
}

#[test]
fn a_grant_on_every_role_hands_the_roles_of_aws_backup_to_any_service() {
    for everything in ["\"*\"".to_owned(), quoted(&arn("role", "res*")), quoted("arn:aws:iam::*:role/restore")] {
        let ann = of(BACKUP, &passing(&everything, None));
        assert!(ann.passes_roles.is_true(), "{everything}");
        assert_eq!(told(&ann.passes), ["iam:PassRole to any service on role restore (own, statement 1)"]);
        assert!(of(BACKUP, &passing(&everything, Some("*.amazonaws.com"))).passes_roles.is_true(), "{everything}");
        for service in ["backup.amazonaws.com", "ec2.amazonaws.com"] {
            assert!(of(BACKUP, &passing(&everything, Some(service))).passes_roles.is_false(), "{service}");
        }
    }
    let all_but = r#"{"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::*:role/other"}"#;
    assert!(of(BACKUP, all_but).passes_roles.is_true());
    assert!(of(BACKUP, &passing(&quoted(&arn("role", "app-*")), None)).passes_roles.is_false(), "it is no such role");
}

#[test]
fn a_role_that_is_named_goes_nowhere_but_where_it_is_trusted() {
    let restore = arn("role", "restore");
    assert!(of(BACKUP, &passing(&quoted(&restore), None)).passes_roles.is_false());
    let beside = |other: &str| passing(&format!("[\"{restore}\", \"{other}\"]"), None);
    assert!(of(BACKUP, &beside(&arn("role", "app-*"))).passes_roles.is_false(), "the wildcard means other roles");
    assert!(of(BACKUP, &beside("*")).passes_roles.is_true(), "the wildcard means it too");
    let named_and_wide = format!("{}, {}", passing(&quoted(&restore), None), passing("\"*\"", None));
    assert!(of(BACKUP, &named_and_wide).passes_roles.is_true());
}

#[test]
fn a_role_that_another_service_may_be_passed_is_that_services() {
    let restore = quoted(&arn("role", "restore"));
    let ann = of(BOTH, &passing(&restore, Some("lambda.amazonaws.com")));
    assert!(ann.passes_roles.is_true());
    let said = "iam:PassRole to lambda.amazonaws.com (which it trusts too) on role restore (own, statement 1)";
    assert_eq!(told(&ann.passes), [said]);
    assert!(of(BOTH, &passing(&restore, None)).passes_roles.is_true(), "whoever may pass it anywhere may do that too");
    assert!(of(BOTH, &passing(&restore, Some("backup.amazonaws.com"))).passes_roles.is_false());
    assert!(of(BOTH, &passing(&restore, Some("ec2.amazonaws.com"))).passes_roles.is_false());
    let lambda = r#"{"Service": "lambda.amazonaws.com"}"#;
    assert!(of(lambda, &passing("\"*\"", None)).passes_roles.is_false(), "it is no role of AWS Backup");
}

#[test]
fn denials_and_boundaries_hold_it_back() {
    let wide = passing("\"*\"", None);
    let but_backup = r#"{"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringNotEquals": {"iam:PassedToService": "backup.amazonaws.com"}}}"#;
    assert!(of(BACKUP, &format!("{wide}, {but_backup}")).passes_roles.is_false());
    assert!(of(BOTH, &format!("{wide}, {but_backup}")).passes_roles.is_false());
    let bound = user_of("ann", Principal { boundary: Fact::known(link(&arn("policy", "reads"))), ..facts(&wide) });
    let reads = managed("reads", &allow("backup:List*", "*"));
    let snapshot = with_vault(vec![bound, reads, role("restore", BACKUP, "")]);
    assert!(power(&snapshot, "ann").passes_roles.is_false());
}

#[test]
fn whoever_may_do_everything_gains_nothing_by_a_role() {
    let all = allow("*", "*");
    assert!(of(BACKUP, &all).passes_roles.is_false());
    let denies = |action: &str| format!(r#"{all}, {{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#);
    assert!(of(BACKUP, &denies("backup:*")).passes_roles.is_true(), "the role may do what it may not");
    let but_iam = r#"{"Effect": "Allow", "NotAction": "iam:Put*", "Resource": "*"}"#;
    assert!(of(BACKUP, but_iam).passes_roles.is_true());
    let bound = user_of("ann", Principal { boundary: Fact::known(link(&arn("policy", "some"))), ..facts(&all) });
    let some = managed("some", &format!("{}, {}", allow("iam:PassRole", "*"), allow("s3:*", "*")));
    let snapshot = with_vault(vec![bound, some, role("restore", BACKUP, "")]);
    assert!(power(&snapshot, "ann").passes_roles.is_true(), "its boundary keeps it from everything");
}

#[test]
fn where_the_settings_name_who_restores_nobody_else_does() {
    let restore = quoted(&arn("role", "restore"));
    let restores = format!("{}, {}", allow("backup:StartRestoreJob", "*"), passing(&restore, Some(SERVICE)));
    let snapshot = with_vault(vec![user("ann", &restores), role("restore", BACKUP, "")]);
    assert!(power(&snapshot, "ann").passes_roles.is_false(), "nobody is named");
    let others = vec![Holder::Arn(arn("user", "bob"))];
    let settings = Settings { restore_operators: Some(others), ..Settings::default() };
    let ann = both(&snapshot, &settings, "ann").0;
    assert!(ann.passes_roles.is_true() && ann.restore_operator.is_false());
    assert_eq!(
        told(&ann.passes),
        ["backup:StartRestoreJob with a role of AWS Backup, for which the settings name others"]
    );
    let only_passes = with_vault(vec![user("ann", &passing(&restore, Some(SERVICE))), role("restore", BACKUP, "")]);
    assert!(both(&only_passes, &settings, "ann").0.passes_roles.is_false());
}

const SERVICE: &str = "backup.amazonaws.com";

#[test]
fn a_role_that_nobody_can_be_and_one_of_a_service_alone_do_not_count() {
    let wide = passing("\"*\"", None);
    let snapshot = with_vault(vec![role("service", BACKUP, &wide), role("other", BACKUP, "")]);
    assert!(power(&snapshot, "service").passes_roles.is_false(), "AWS Backup passes nothing on");
    let trust = format!(r#"{{"Effect": "Allow", "Principal": {BACKUP}, "Action": "sts:AssumeRole"}}"#);
    let linked = role_of("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup", &trust, "");
    let snapshot = with_vault(vec![user("ann", &wide), linked]);
    assert!(power(&snapshot, "ann").passes_roles.is_false(), "a service-linked role goes to its service alone");
}

#[test]
fn what_is_not_known_stays_open_only_where_it_decides() {
    let unread = || Principal { attached: Fact::known(vec![link("arn:aws:iam::aws:policy/Unread")]), ..facts("") };
    let snapshot = with_vault(vec![user_of("ann", unread()), user("bob", ""), role("restore", BACKUP, "")]);
    assert!(power(&snapshot, "ann").passes_roles.is_unknown());
    assert!(power(&snapshot, "bob").passes_roles.is_false());
    let mut restore = role("restore", BACKUP, "");
    let Facts::Role(facts) = &mut restore.facts else { panic!("a role") };
    facts.trust = Fact::unknown("denied");
    let named = passing(&quoted(&arn("role", "restore")), None);
    let snapshot = with_vault(vec![user("ann", &named), user("bob", ""), restore]);
    assert!(power(&snapshot, "ann").passes_roles.is_unknown(), "it may trust another service too");
    assert!(power(&snapshot, "bob").passes_roles.is_false());
    let by_place = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}"#;
    assert!(of(BACKUP, by_place).passes_roles.is_unknown());
}

#[test]
fn a_role_that_was_not_listed_may_be_one_of_aws_backup() {
    let mut snapshot = with_vault(vec![user("ann", &passing("\"*\"", None))]);
    assert!(power(&snapshot, "ann").passes_roles.is_false(), "there is none");
    snapshot.listed.remove(&listing("AWS::IAM::Role", "global", None));
    assert!(power(&snapshot, "ann").passes_roles.is_unknown());
}
