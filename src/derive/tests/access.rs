//! Who can destroy backups: in effect, in an estate.

mod deputies;
mod passing;
mod recovery_accounts;
mod service_control;

use super::build::*;
use crate::derive::derive;
use crate::model::account::Organization;
use crate::model::backup::Vault;
use crate::model::derived::{Derived, Grants, Power};
use crate::model::fact::Fact;
use crate::model::gap::{Gap, GapKind};
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Resource};
use crate::model::s3::ObjectLock;
use crate::model::settings::{Holder, Settings};
use crate::model::snapshot::Snapshot;

pub const DELETE: &str = r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}"#;

pub fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

pub fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#)
}

pub fn facts(statements: &str) -> Principal {
    let inline = if statements.is_empty() { Vec::new() } else { vec![named("own", statements)] };
    Principal {
        name: Fact::unknown("set later"),
        path: known("/"),
        inline: Fact::known(inline),
        attached: Fact::known(Vec::new()),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust: Fact::absent(),
    }
}

pub fn named(name: &str, statements: &str) -> NamedPolicy {
    NamedPolicy { name: name.to_owned(), document: Fact::known(policy(statements)), statements: Vec::new() }
}

pub fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

pub fn user_of(name: &str, facts: Principal) -> Resource {
    let facts = Principal { groups: Fact::known(facts.groups.value().cloned().unwrap_or_default()), ..facts };
    live("global", "AWS::IAM::User", &arn("user", name), name, Facts::User(Box::new(facts)))
}

pub fn user(name: &str, statements: &str) -> Resource {
    user_of(name, facts(statements))
}

pub fn role(name: &str, principal: &str, statements: &str) -> Resource {
    let trust = format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#);
    role_of(name, &trust, statements)
}

pub fn role_of(name: &str, trust: &str, statements: &str) -> Resource {
    let facts = Principal { trust: Fact::known(policy(trust)), ..facts(statements) };
    live("global", "AWS::IAM::Role", &arn("role", name), name, Facts::Role(Box::new(facts)))
}

pub fn managed(name: &str, statements: &str) -> Resource {
    let facts = ManagedPolicy {
        name: known(name),
        path: known("/"),
        document: Fact::known(policy(statements)),
        statements: Vec::new(),
        attachments: Fact::known(1),
    };
    live("global", "AWS::IAM::ManagedPolicy", &arn("policy", name), name, Facts::ManagedPolicy(Box::new(facts)))
}

pub fn account() -> Resource {
    account_of(account_facts())
}

/// The estate of these, a vault and an account that is in no organization.
pub fn with_vault(more: Vec<Resource>) -> Snapshot {
    estate(more.into_iter().chain([account(), vault("main")]).collect())
}

pub fn both(snapshot: &Snapshot, settings: &Settings, name: &str) -> (Power, Grants) {
    let subjects = derive(snapshot, settings, Some(now()));
    let subject = subjects.into_iter().find(|subject| &*subject.resource.name == name).unwrap();
    match subject.derived {
        Derived::Identity(derived) => (derived.power.value().unwrap().clone(), derived.grants.value().unwrap().clone()),
        other => panic!("{other:?}"),
    }
}

pub fn power(snapshot: &Snapshot, name: &str) -> Power {
    both(snapshot, &Settings::default(), name).0
}

pub fn told(fact: &Fact<Vec<String>>) -> Vec<String> {
    fact.value().unwrap().clone()
}

#[test]
fn whoever_may_delete_recovery_points_destroys_backups() {
    let snapshot = with_vault(vec![user("ann", DELETE), user("bob", &allow("backup:List*", "*"))]);
    let ann = power(&snapshot, "ann");
    assert!(ann.destroys_backups.is_true());
    assert_eq!(told(&ann.destroys), ["backup:DeleteRecoveryPoint on vault main (own, statement 1)"]);
    assert!(ann.needs_mfa.is_false());
    assert_eq!(told(&ann.without_mfa), told(&ann.destroys));
    assert!(power(&snapshot, "bob").destroys_backups.is_false());
}

#[test]
fn without_a_vault_or_bucket_there_is_nothing_to_destroy() {
    let snapshot = estate(vec![account(), user("ann", DELETE)]);
    assert!(power(&snapshot, "ann").destroys_backups.is_false());
}

#[test]
fn groups_managed_policies_and_boundaries_count() {
    let group = live(
        "global",
        "AWS::IAM::Group",
        &arn("group", "ops"),
        "ops",
        Facts::Group(Box::new(Principal {
            name: known("ops"),
            attached: Fact::known(vec![link(&arn("policy", "delete"))]),
            ..facts("")
        })),
    );
    let in_group = |name: &str, boundary: Fact<crate::model::resource::Link>| {
        user_of(name, Principal { groups: Fact::known(vec![link("ops")]), boundary, ..facts("") })
    };
    let snapshot = with_vault(vec![
        group,
        managed("delete", DELETE),
        managed("reads", &allow("backup:List*", "*")),
        in_group("ann", Fact::absent()),
        in_group("bob", Fact::known(link(&arn("policy", "reads")))),
        in_group("eve", Fact::known(link(&arn("policy", "delete")))),
        in_group("ida", Fact::known(link(&arn("policy", "gone")))),
    ]);
    let ann = power(&snapshot, "ann");
    assert_eq!(told(&ann.destroys), ["backup:DeleteRecoveryPoint on vault main (group ops: delete, statement 1)"]);
    assert!(power(&snapshot, "bob").destroys_backups.is_false(), "the boundary keeps it out");
    assert!(power(&snapshot, "eve").destroys_backups.is_true());
    assert!(power(&snapshot, "ida").destroys_backups.is_unknown(), "the boundary was not read");
}

#[test]
fn a_denial_wins_and_an_unread_policy_leaves_it_open() {
    let deny = r#"{"Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"}"#;
    let unread = Principal {
        inline: Fact::known(vec![NamedPolicy {
            name: "x".into(),
            document: Fact::unknown("no text"),
            statements: Vec::new(),
        }]),
        ..facts("")
    };
    let snapshot = with_vault(vec![
        user("ann", &format!("{DELETE}, {deny}")),
        user_of("bob", unread.clone()),
        user_of("eve", Principal { groups: Fact::unknown("denied"), ..unread }),
    ]);
    assert!(power(&snapshot, "ann").destroys_backups.is_false());
    assert!(power(&snapshot, "bob").destroys_backups.is_unknown());
}

#[test]
fn a_vault_that_is_locked_for_good_gives_nothing_away_and_a_governance_lock_takes_one_more_call() {
    let locked = |compliance: bool| {
        let mut lock = lock(7, 400);
        lock.compliance = Fact::known(compliance);
        lock.lock_date = if compliance { Fact::known("2026-01-01T00:00:00Z".parse().unwrap()) } else { Fact::absent() };
        let mut facts = vault_facts("main");
        facts.lock = Fact::known(lock);
        vault_of(HOME, facts)
    };
    let unlock = allow("backup:DeleteBackupVaultLockConfiguration", "*");
    let people = || vec![account(), user("ann", DELETE), user("bob", &format!("{DELETE}, {unlock}"))];
    let compliance = estate(people().into_iter().chain([locked(true)]).collect());
    assert!(power(&compliance, "bob").destroys_backups.is_false());
    let governance = estate(people().into_iter().chain([locked(false)]).collect());
    assert!(power(&governance, "ann").destroys_backups.is_false());
    let bob = power(&governance, "bob");
    let calls = "backup:DeleteBackupVaultLockConfiguration, then backup:DeleteRecoveryPoint on vault main";
    assert!(told(&bob.destroys)[0].starts_with(calls), "{:?}", bob.destroys);
}

#[test]
fn the_policy_of_a_vault_holds_back_whoever_cannot_take_it_away() {
    let mut facts = vault_facts("main");
    facts.policy = Fact::known(policy(
        r#"{"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}"#,
    ));
    let unguard = allow("backup:DeleteBackupVaultAccessPolicy", "*");
    let snapshot = estate(vec![
        account(),
        vault_of(HOME, facts),
        user("ann", DELETE),
        user("bob", &format!("{DELETE}, {unguard}")),
    ]);
    assert!(power(&snapshot, "ann").destroys_backups.is_false());
    let bob = power(&snapshot, "bob");
    assert!(
        told(&bob.destroys)[0].starts_with("backup:DeleteBackupVaultAccessPolicy, then backup:DeleteRecoveryPoint")
    );
}

#[test]
fn recovery_points_bear_the_arn_of_their_service() {
    let mut of_volume = point(HOME, "1", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", 1);
    of_volume.id.id = "arn:aws:ec2:eu-west-1::snapshot/snap-1".into();
    let on = |pattern: &str| allow("backup:DeleteRecoveryPoint", pattern);
    let snapshot = with_vault(vec![
        of_volume,
        user("ann", &on("arn:aws:ec2:*::snapshot/*")),
        user("bob", &on("arn:aws:backup:*:*:recovery-point:*")),
        user("eve", &allow("ec2:DeleteSnapshot", "*")),
    ]);
    assert!(power(&snapshot, "ann").destroys_backups.is_true());
    assert!(power(&snapshot, "bob").destroys_backups.is_false(), "it names recovery points of another shape");
    assert!(power(&snapshot, "eve").destroys_backups.is_false(), "EC2 does not delete what AWS Backup made");
}

#[test]
fn versions_of_buckets_are_backups_unless_object_lock_or_mfa_delete_keeps_them() {
    let delete = allow("s3:DeleteObjectVersion", "*");
    let of = |change: fn(&mut crate::model::s3::Bucket)| {
        let mut facts = versioned("orders");
        change(&mut facts);
        let more = allow("s3:BypassGovernanceRetention", "*");
        let people = [user("ann", &delete), user("bob", &format!("{delete}, {more}"))];
        let snapshot = estate(people.into_iter().chain([account(), bucket_of(HOME, facts)]).collect());
        ["ann", "bob"].map(|name| power(&snapshot, name).destroys_backups.is_true())
    };
    assert_eq!(of(|_| {}), [true, true]);
    assert_eq!(of(|facts| facts.versioning = Fact::absent()), [false, false], "there is no version to delete");
    assert_eq!(of(|facts| facts.mfa_delete = Fact::known(true)), [false, false]);
    assert_eq!(
        of(|facts| {
            facts.object_lock = Fact::known(ObjectLock { mode: known("COMPLIANCE"), retention: Fact::known(DAY * 30) });
        }),
        [false, false]
    );
    assert_eq!(
        of(|facts| {
            facts.object_lock = Fact::known(ObjectLock { mode: known("GOVERNANCE"), retention: Fact::known(DAY * 30) });
        }),
        [false, true]
    );
}

#[test]
fn mfa_counts_only_where_it_really_binds() {
    let with = |condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*", "Condition": {condition}}}"#
        )
    };
    let deny = |condition: &str| {
        format!(r#"{DELETE}, {{"Effect": "Deny", "Action": "backup:*", "Resource": "*", "Condition": {condition}}}"#)
    };
    let snapshot = with_vault(vec![
        user("bound", &with(r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#)),
        user("denied", &deny(r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#)),
        user("loose", &deny(r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#)),
        user("if-exists", &with(r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#)),
    ]);
    let of = |name: &str| {
        let power = power(&snapshot, name);
        assert!(power.destroys_backups.is_true(), "{name}");
        assert!(power.mfa_applies.is_true());
        power.needs_mfa.is_true()
    };
    assert_eq!(["bound", "denied", "loose", "if-exists"].map(of), [true, true, false, false]);
}

#[test]
fn a_role_needs_mfa_where_its_trust_policy_asks_whoever_comes_in_for_it() {
    let trust = |more: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{ACCOUNT}"}}, "Action": "sts:AssumeRole"{more}}}"#)
    };
    let asked = r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
    let provider = r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}"#;
    let snapshot = with_vault(vec![
        role_of("guarded", &trust(asked), DELETE),
        role_of("open", &trust(""), DELETE),
        role("federated", provider, DELETE),
    ]);
    let of = |name: &str| {
        let power = power(&snapshot, name);
        (power.destroys_backups.is_true(), power.mfa_applies.is_true(), power.needs_mfa.is_true())
    };
    assert_eq!(of("guarded"), (true, true, true));
    assert_eq!(of("open"), (true, true, false));
    assert_eq!(of("federated"), (true, false, false));
}

#[test]
fn a_role_that_only_a_service_uses_for_its_own_work_destroys_nothing() {
    let snapshot = with_vault(vec![
        role("service", r#"{"Service": "backup.amazonaws.com"}"#, DELETE),
        role("function", r#"{"Service": "lambda.amazonaws.com"}"#, DELETE),
    ]);
    assert!(power(&snapshot, "service").destroys_backups.is_false());
    assert!(power(&snapshot, "function").destroys_backups.is_true());
}

#[test]
fn three_hops_lead_to_the_backups() {
    let pass = format!("{}, {}", allow("iam:PassRole", &arn("role", "runner")), allow("lambda:*Function", "*"));
    let snapshot = with_vault(vec![
        user("ann", &allow("iam:CreateAccessKey", &arn("user", "bob"))),
        user("bob", &pass),
        role("runner", r#"{"Service": "lambda.amazonaws.com"}"#, &allow("sts:AssumeRole", &arn("role", "admin"))),
        role("admin", &format!(r#"{{"AWS": "{}"}}"#, arn("role", "runner")), DELETE),
        user("eve", &allow("iam:ListUsers", "*")),
    ]);
    let ann = power(&snapshot, "ann");
    assert!(ann.escalates.is_true() && ann.destroys_backups.is_false());
    assert_eq!(
        told(&ann.escalation),
        [
            "1. iam:CreateAccessKey for user bob (own, statement 1)",
            "2. iam:PassRole of role runner to lambda.amazonaws.com, which lambda:CreateFunction and lambda:InvokeFunction makes act as it",
            "3. sts:AssumeRole of role admin"
        ]
    );
    assert!(power(&snapshot, "bob").escalates.is_true());
    assert!(power(&snapshot, "runner").escalates.is_true());
    assert!(power(&snapshot, "admin").escalates.is_false(), "it can already");
    assert!(power(&snapshot, "eve").escalates.is_false());
}

#[test]
fn whoever_writes_their_own_policies_raises_themselves_unless_a_boundary_holds() {
    let own = |name: &str| allow("iam:PutUserPolicy", &arn("user", name));
    let bounded = |name: &str, boundary: &str| {
        user_of(name, Principal { boundary: Fact::known(link(&arn("policy", boundary))), ..facts(&own(name)) })
    };
    let snapshot = with_vault(vec![
        managed("reads", &allow("backup:List*", "*")),
        managed(
            "all-but",
            &format!(
                "{}, {}",
                allow("*", "*"),
                r#"{"Effect": "Deny", "Action": ["backup:*", "iam:*Boundary", "iam:*Version", "iam:CreateRole", "iam:CreateUser"], "Resource": "*"}"#
            ),
        ),
        user("ann", &own("ann")),
        bounded("bob", "reads"),
        bounded("eve", "all-but"),
        user("ida", &own("ann")),
    ]);
    let ann = power(&snapshot, "ann");
    assert_eq!(told(&ann.escalation), ["iam:PutUserPolicy on itself, user ann (own, statement 1)"]);
    assert!(power(&snapshot, "bob").escalates.is_false());
    let eve = power(&snapshot, "eve");
    assert_eq!(
        told(&eve.escalation),
        [
            "1. iam:PutUserPolicy on itself, user eve (own, statement 1)",
            "2. iam:CreateAccessKey for user ann",
            "3. iam:PutUserPolicy on itself, user ann (own, statement 1)"
        ],
        "its boundary lets it become ann"
    );
    assert!(power(&snapshot, "ida").escalates.is_false(), "it writes the policies of ann, and cannot become ann");
}

#[test]
fn whoever_writes_the_policies_of_a_role_that_they_may_assume_raises_themselves() {
    let write = allow("iam:AttachRolePolicy", &arn("role", "idle"));
    let ann = format!(r#"{{"AWS": "{}"}}"#, arn("user", "ann"));
    let snapshot = with_vault(vec![user("ann", &write), user("bob", &write), role("idle", &ann, "")]);
    let steps = ["1. iam:AttachRolePolicy on role idle (own, statement 1)", "2. sts:AssumeRole of role idle"];
    assert_eq!(told(&power(&snapshot, "ann").escalation), steps);
    assert!(power(&snapshot, "bob").escalates.is_false(), "the role does not let it in");
}

#[test]
fn a_way_through_somebody_unclear_is_unclear() {
    let snapshot = with_vault(vec![
        user("ann", &allow("iam:CreateAccessKey", &arn("user", "bob"))),
        user_of("bob", Principal { attached: Fact::known(vec![link("arn:aws:iam::aws:policy/Unread")]), ..facts("") }),
    ]);
    assert!(power(&snapshot, "bob").destroys_backups.is_unknown());
    assert!(power(&snapshot, "ann").escalates.is_unknown());
}

#[test]
fn a_member_account_does_not_see_what_its_organization_denies() {
    let member = |management: &str, all_features: bool| {
        let organization = Organization {
            id: known("o-1"),
            management_account: known(management),
            all_features: Fact::known(all_features),
            backup_administrators: Fact::known(Vec::new()),
        };
        let facts = crate::model::account::Account { organization: Fact::known(organization), ..account_facts() };
        estate(vec![account_of(facts), vault("main"), user("ann", DELETE), user("bob", "")])
    };
    let bound = member(OTHER_ACCOUNT, true);
    assert!(power(&bound, "ann").destroys_backups.is_unknown());
    assert!(power(&bound, "bob").destroys_backups.is_false(), "what nothing allows, no denial changes");
    let ignoring = Settings { ignore_scps: true, ..Settings::default() };
    assert!(both(&bound, &ignoring, "ann").0.destroys_backups.is_true());
    assert!(power(&member(ACCOUNT, true), "ann").destroys_backups.is_true(), "the management account is free");
    assert!(power(&member(OTHER_ACCOUNT, false), "ann").destroys_backups.is_true());
}

#[test]
fn duties_are_named_in_the_settings_or_known_by_awss_own_policies() {
    let attached = |name: &str, policy: &str| {
        let arns = vec![link(&format!("arn:aws:iam::aws:policy/{policy}"))];
        user_of(name, Principal { attached: Fact::known(arns), ..facts("") })
    };
    let tagged_user = tagged(user("eve", ""), "duty", known("backup"));
    let snapshot = with_vault(vec![
        attached("ann", "AWSBackupFullAccess"),
        attached("bob", "AWSBackupOperatorAccess"),
        tagged_user,
    ]);
    let of = |settings: &Settings, name: &str| {
        let power = both(&snapshot, settings, name).0;
        (power.administrator.is_true(), power.restore_operator.is_true())
    };
    let default = Settings::default();
    assert_eq!(["ann", "bob", "eve"].map(|name| of(&default, name)), [(true, false), (false, true), (false, false)]);
    let named = |holder: &str| Some(vec![Holder::parse(holder).unwrap()]);
    let own = Settings {
        backup_administrators: named("arn:aws:iam::*:user/b*"),
        restore_operators: named("tag:duty=backup"),
        ..Settings::default()
    };
    assert_eq!(["ann", "bob", "eve"].map(|name| of(&own, name)), [(false, false), (true, false), (false, true)]);
}

#[test]
fn restoring_needs_a_role_to_pass() {
    let start = allow("backup:StartRestoreJob", "*");
    let pass = allow("iam:PassRole", &arn("role", "restore"));
    let restore = || role("restore", r#"{"Service": "backup.amazonaws.com"}"#, "");
    let people = || vec![user("ann", &format!("{start}, {pass}")), user("bob", &start)];
    let snapshot = with_vault(people().into_iter().chain([restore()]).collect());
    assert!(power(&snapshot, "ann").restores_backups.is_true());
    assert!(power(&snapshot, "bob").restores_backups.is_false());
    assert!(power(&with_vault(people()), "ann").restores_backups.is_false(), "there is no role to pass");
}

#[test]
fn only_policies_that_allow_everything_are_full() {
    let own = |statements: &str| both(&with_vault(vec![user("ann", statements)]), &Settings::default(), "ann").1;
    let all = own(&allow("*", "*"));
    assert!(all.everything.is_true());
    assert_eq!(told(&all.by), ["own, statement 1"]);
    assert!(own(&allow("s3:*", "*")).everything.is_false());
    assert!(own(&allow("*", "arn:aws:s3:::orders")).everything.is_false());
    for kept in ["iam:*", "backup:*"] {
        let all_but = format!(r#"{{"Effect": "Allow", "NotAction": "{kept}", "Resource": "*"}}"#);
        assert!(own(&all_but).everything.is_false(), "{kept}");
    }
    let conditional = r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}"#;
    assert!(own(conditional).everything.is_false(), "it is restricted");
    assert!(own("{").everything.is_unknown());
}

#[test]
fn an_unlisted_part_of_the_estate_may_hold_what_can_be_destroyed() {
    let mut snapshot = estate(vec![account(), user("ann", &allow("s3:*", "*")), user("bob", "")]);
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::S3::Bucket");
    snapshot.gaps.push(Gap {
        kind: GapKind::Denied,
        account: Some(ACCOUNT.into()),
        region: Some("global".into()),
        operation: "s3:ListBuckets".into(),
        subject: None,
        code: "AccessDenied".into(),
        message: "no".into(),
        leaves_unknown: "the buckets".into(),
        permission: None,
        at: None,
    });
    assert!(power(&snapshot, "ann").destroys_backups.is_unknown());
    let bob = power(&snapshot, "bob").destroys_backups;
    assert!(bob.is_unknown(), "the policy of a bucket that was not seen may let it: {bob:?}");
}

#[test]
fn a_lock_that_was_not_read_may_or_may_not_hold_somebody_back() {
    let locked = Vault { lock: Fact::unknown("denied"), ..vault_facts("main") };
    let unlock = allow("backup:DeleteBackupVaultLockConfiguration", "*");
    let snapshot = estate(vec![
        account(),
        vault_of(HOME, locked),
        user("ann", DELETE),
        user("bob", &format!("{DELETE}, {unlock}")),
    ]);
    assert!(power(&snapshot, "ann").destroys_backups.is_unknown());
    assert!(power(&snapshot, "bob").destroys_backups.is_unknown(), "it may be locked for good");
}

#[test]
fn a_role_that_lets_everybody_of_the_account_in_raises_everybody() {
    let snapshot = with_vault(vec![role("open", r#""*""#, DELETE), user("ann", "")]);
    assert_eq!(told(&power(&snapshot, "ann").escalation), ["sts:AssumeRole of role open"]);
}

#[test]
fn who_can_tells_everybody_by_what_allows_or_holds_them() {
    let deny = r#"{"Sid": "Keep", "Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"}"#;
    let mfa = r#"{"Sid": "Mfa", "Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let bounded = Principal { boundary: Fact::known(link(&arn("policy", "reads"))), ..facts(DELETE) };
    let snapshot = with_vault(vec![
        managed("reads", &allow("backup:List*", "*")),
        user("ann", mfa),
        user(
            "bob",
            &["iam:CreateAccessKey", "iam:EnableMFADevice"].map(|action| allow(action, &arn("user", "ann"))).join(", "),
        ),
        user("eve", &format!("{DELETE}, {deny}")),
        user_of("fay", bounded),
        user("ida", ""),
        user_of("joe", Principal { inline: Fact::unknown("its inline policies were not read"), ..facts("") }),
    ]);
    let who = |action: &str, text: Option<&str>| {
        let found = crate::derive::who_can(&snapshot, &Settings::default(), Some(now()), action, text);
        crate::report::who::text(action, &found.unwrap())
    };
    let expected = "\
backup:DeleteRecoveryPoint on recovery points in vault main
  can (1)
    arn:aws:iam::111122223333:user/ann
      allowed by own, statement Mfa
      only with multi-factor authentication
  can come to it (1)
    arn:aws:iam::111122223333:user/bob
      iam:CreateAccessKey for user ann (own, statement 1)
  cannot be told (1)
    arn:aws:iam::111122223333:user/joe
      its inline policies were not read
      perhaps: iam:AttachUserPolicy on itself, user joe
  held back (2)
    arn:aws:iam::111122223333:user/eve
      denied by own, statement Keep (its own policies)
    arn:aws:iam::111122223333:user/fay
      allowed by own, statement 1
      nothing in its permissions boundary allows it
  nothing allows it to 1 other
";
    assert_eq!(who("backup:DeleteRecoveryPoint", None), expected);
    assert_eq!(who("backup:DeleteRecoveryPoint", Some("main")), expected);
    assert!(
        who("backup:DeleteBackupVault", None)
            .starts_with("backup:DeleteBackupVault on vault main\n  cannot be told (1)")
    );
    assert!(who("kms:ScheduleKeyDeletion", None).starts_with("kms:ScheduleKeyDeletion on anything\n"));
    let wrong = crate::derive::who_can(&snapshot, &Settings::default(), None, "backup:DeleteBackupVault", Some("mian"));
    assert_eq!(wrong.unwrap_err(), ["main"]);
}

#[test]
fn what_a_file_allows_is_found_at_the_statement_that_allows_it() {
    let placed = |lines: &[u32], statements: &str| NamedPolicy {
        statements: lines.iter().map(|line| at(*line)).collect(),
        ..named("own", statements)
    };
    let shared = ManagedPolicy {
        name: known("shared"),
        path: known("/"),
        document: Fact::known(policy(&allow("*", "*"))),
        statements: vec![at(90)],
        attachments: Fact::known(1),
    };
    let shared = live(
        "global",
        "AWS::IAM::ManagedPolicy",
        &arn("policy", "shared"),
        "shared",
        Facts::ManagedPolicy(Box::new(shared)),
    );
    let own = placed(&[11, 12], &format!("{}, {DELETE}", allow("backup:List*", "*")));
    let gated =
        placed(&[20], &DELETE.replace('}', r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#));
    let writes = placed(&[30], &allow("iam:PutUserPolicy", &arn("user", "ida")));
    let with = |inline: Vec<NamedPolicy>| Principal { inline: Fact::known(inline), ..facts("") };
    let attached = vec![link(&arn("policy", "shared"))];
    let snapshot = with_vault(vec![
        shared,
        user_of("ann", Principal { attached: Fact::known(attached), ..with(vec![gated]) }),
        user_of("bob", with(vec![own])),
        user_of("ida", with(vec![writes])),
    ]);
    let (ann, full) = both(&snapshot, &Settings::default(), "ann");
    assert_eq!((ann.destroys_backups.at, full.everything.at), (at(20), at(90)));
    assert_eq!(ann.needs_mfa.at, at(90), "the statement that stands first asks for it");
    assert_eq!(power(&snapshot, "bob").destroys_backups.at, at(12));
    assert_eq!(power(&snapshot, "ida").escalates.at, at(30));
}

#[test]
fn a_power_is_taken_apart_call_by_call() {
    let deny = r#"{"Sid": "Keep", "Effect": "Deny", "Action": "s3:PutLifecycleConfiguration", "Resource": "*"}"#;
    let ann = user("ann", &format!("{DELETE}, {}, {deny}", allow("s3:PutLifecycle*", "*")));
    let mut snapshot = with_vault(vec![ann.clone(), bucket_of(HOME, versioned("orders")), vault("second")]);
    snapshot.sort();
    let calls = crate::derive::calls(&snapshot, &Settings::default(), Some(now()), &ann);
    let told: Vec<_> = calls.iter().map(|call| (&*call.action, call.on.len(), call.row.allowed.value())).collect();
    assert_eq!(
        told,
        [
            ("backup:DeleteRecoveryPoint", 2, Some(&true)),
            ("backup:UpdateRecoveryPointLifecycle", 2, Some(&false)),
            ("s3:DeleteObjectVersion", 1, Some(&false)),
            ("s3:PutLifecycleConfiguration", 1, Some(&false)),
        ]
    );
    let text = crate::report::who::calls_text(&calls);
    for part in [
        "yes: backup:DeleteRecoveryPoint on vault main, vault second\n    allowed by own, statement 1\n",
        "no: s3:PutLifecycleConfiguration on bucket orders\n    denied by own, statement Keep (its own policies)\n",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(crate::derive::calls(&snapshot, &Settings::default(), Some(now()), &vault("main")).is_empty());
}
