//! Learning what is unknown of policies, people, vaults and buckets never turns what was said of somebody's power.

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::build::*;
use super::soundness::{Hidden, hidden, stays, texts};
use crate::derive::derive;
use crate::model::account::{Account, Organization, Region};
use crate::model::derived::{Derived, Power};
use crate::model::fact::Fact;
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Resource};
use crate::model::s3::ObjectLock;
use crate::model::settings::Settings;
use crate::model::snapshot::{Listing, Snapshot};

/// What policies of identities say here.
const STATEMENTS: [&str; 43] = [
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "backup:*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "arn:aws:ec2:*::snapshot/*"}"#,
    r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "arn:aws:backup:*:*:recovery-point:*"}"#,
    r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
    r#"{"Effect": "Deny", "Action": "backup:*", "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#,
    r#"{"Effect": "Deny", "Action": "backup:DeleteRecoveryPoint", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}"#,
    r#"{"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "lambda:*"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:DeleteObjectVersion", "Resource": "arn:aws:s3:::orders/*"}"#,
    r#"{"Effect": "Allow", "Action": ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:PutLifecycleConfiguration", "NotResource": "arn:aws:s3:::other"}"#,
    r#"{"Effect": "Allow", "Action": ["backup:DeleteBackupVaultLockConfiguration", "backup:PutBackupVaultAccessPolicy"],
        "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/r*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:user/${aws:username}"}"#,
    r#"{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:user/u0"}"#,
    r#"{"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": "arn:aws:iam::111122223333:role/r1"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:PutUserPolicy", "iam:PutRolePolicy"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:PutGroupPolicy", "iam:CreatePolicyVersion"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["backup:StartRestoreJob", "iam:PassRole"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:AddUserToGroup", "Resource": "arn:aws:iam::111122223333:group/h"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:RemoveUserFromGroup", "iam:DetachUserPolicy"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"],
        "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary"], "Resource": "*",
        "Condition": {"ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/m*"}}}"#,
    r#"{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy"],
        "Resource": "arn:aws:iam::111122223333:role/new-*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"], "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/m0"}}}"#,
    r#"{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*",
        "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/m1"}}}"#,
    r#"{"Effect": "Allow", "Action": "iam:DeleteRolePolicy", "Resource": "arn:aws:iam::111122223333:role/r1"}"#,
    r#"{"Effect": "Allow", "Action": "iam:SetDefaultPolicyVersion", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:TagUser", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "b"}}}"#,
    r#"{"Effect": "Allow", "Action": "iam:EnableMFADevice", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"],
        "Resource": "arn:aws:iam::111122223333:group/new-*"}"#,
    r#"{"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:UpdateSAMLProvider", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "some.new.service"}}}"#,
    r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}"#,
    r#"{"Effect": "Deny", "Action": ["backup:*", "s3:*"], "Resource": "*"}"#,
    r#"{"Effect": "Deny", "Action": ["iam:Create*", "iam:Put*", "iam:Attach*"], "Resource": "*"}"#,
    r#"{"Effect": "Deny", "Action": "backup:*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
    r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}"#,
];

const TRUSTS: [&str; 12] = [
    r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/u1"}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/r0"}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "some.new.service"]}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:user/u0"]},
        "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/corp"},
        "Action": "sts:AssumeRoleWithSAML"}"#,
    r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/u0"}, "Action": "sts:AssumeRole"}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333", "Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
];

const RESOURCE_POLICIES: [&str; 5] = [
    r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#,
    r#"{"Effect": "Deny", "Principal": "*", "Action": ["backup:DeleteRecoveryPoint", "s3:DeleteObjectVersion"], "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/r0"}}}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/u0"}, "Resource": "*",
        "Action": ["backup:DeleteRecoveryPoint", "s3:DeleteObjectVersion"]}"#,
    r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "backup:*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Principal": {"AWS": ["111122223333", "444455556666"]}, "Resource": "*",
        "Action": ["s3:DeleteObjectVersion", "s3:PutBucketPolicy"]}"#,
];

const USERS: [&str; 3] = ["u0", "u1", "u2"];
const ROLES: [&str; 3] = ["r0", "r1", "r2"];
const POLICIES: [&str; 2] = ["m0", "m1"];

#[derive(Clone, Debug)]
struct Person {
    inline: Hidden<Vec<(usize, bool)>>,
    attached: Hidden<Vec<&'static str>>,
    in_group: Hidden<bool>,
    boundary: Hidden<&'static str>,
    trust: Hidden<usize>,
    team: Hidden<String>,
}

#[derive(Clone, Debug)]
struct Spec {
    people: Vec<Person>,
    managed: Vec<Hidden<Vec<usize>>>,
    group: Option<Hidden<Vec<(usize, bool)>>>,
    /// A group that nobody is in.
    joinable: Hidden<Vec<(usize, bool)>>,
    /// Whether the last user, the last role and the bucket are of another account.
    abroad: [bool; 3],
    /// Whether these lists were read to their ends.
    listed: [bool; 4],
    member: Hidden<bool>,
    vault_policy: Hidden<usize>,
    vault_lock: Hidden<bool>,
    vault_type: Hidden<String>,
    point: bool,
    versioning: Hidden<String>,
    mfa_delete: Hidden<bool>,
    object_lock: Hidden<String>,
    bucket_policy: Hidden<usize>,
}

fn some<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> Vec<Option<T>> {
    all.iter().cloned().map(Some).chain([None]).collect()
}

fn statements(most: usize) -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..STATEMENTS.len()).collect::<Vec<_>>(), 0..=most)
}

/// Inline policies, each with whether its text was read.
fn inline() -> impl Strategy<Value = Hidden<Vec<(usize, bool)>>> {
    (statements(3), proptest::collection::vec(prop::bool::weighted(0.8), 3), prop::bool::weighted(0.85))
        .prop_map(|(texts, read, known)| Hidden { truth: Some(texts.into_iter().zip(read).collect()), known })
}

fn person() -> impl Strategy<Value = Person> {
    (
        inline(),
        (subsequence(POLICIES.to_vec(), 0..=1), prop::bool::weighted(0.85))
            .prop_map(|(arns, known)| Hidden { truth: Some(arns), known }),
        hidden(vec![Some(true), Some(false), Some(false)]),
        hidden(vec![Some("m0"), Some("m1"), None, None, None]),
        hidden((0..TRUSTS.len()).map(Some).collect()),
        hidden(texts(&["a", "b"])),
    )
        .prop_map(|(inline, attached, in_group, boundary, trust, team)| Person {
            inline,
            attached,
            in_group,
            boundary,
            trust,
            team,
        })
}

fn spec() -> impl Strategy<Value = Spec> {
    let managed = (statements(3).prop_filter("AWS takes no empty policy", |all| !all.is_empty()), any::<bool>())
        .prop_map(|(texts, known)| Hidden { truth: Some(texts), known });
    let people = (
        proptest::collection::vec(person(), USERS.len() + ROLES.len()),
        proptest::collection::vec(managed, POLICIES.len()),
        (proptest::option::weighted(0.7, inline()), inline()),
        [prop::bool::weighted(0.8), prop::bool::weighted(0.8), prop::bool::weighted(0.8), prop::bool::weighted(0.8)],
        hidden(vec![Some(false), Some(false), Some(false), Some(true)]),
    );
    let numbers = || hidden(some(&(0..RESOURCE_POLICIES.len()).collect::<Vec<_>>()));
    let kinds = || hidden(texts(&["BACKUP_VAULT", "BACKUP_VAULT", "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"])[..3].to_vec());
    let vault = (numbers(), hidden(some(&[true, false])), kinds(), any::<bool>());
    let modes = ["GOVERNANCE", "COMPLIANCE"];
    let bucket = (
        hidden(texts(&["Enabled", "Suspended"])),
        hidden(vec![Some(true), Some(false), Some(false)]),
        hidden(texts(&modes)),
        numbers(),
    );
    let abroad = [prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.2)];
    (people, vault, bucket, abroad).prop_map(|(people, vault, bucket, abroad)| {
        let (people, managed, (group, joinable), listed, member) = people;
        let (vault_policy, vault_lock, vault_type, point) = vault;
        let (versioning, mfa_delete, object_lock, bucket_policy) = bucket;
        Spec {
            people,
            managed,
            group,
            joinable,
            abroad,
            listed,
            member,
            vault_policy,
            vault_lock,
            vault_type,
            point,
            versioning,
            mfa_delete,
            object_lock,
            bucket_policy,
        }
    })
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

fn named(number: usize, (statement, read): (usize, bool), learnt: bool) -> NamedPolicy {
    let document = if read || learnt { Fact::known(document(STATEMENTS[statement])) } else { Fact::unknown("hidden") };
    NamedPolicy { name: format!("p{number}"), document, statements: Vec::new() }
}

fn policies(hidden: &Hidden<Vec<(usize, bool)>>, learnt: bool) -> Fact<Vec<NamedPolicy>> {
    hidden.fact(learnt).map(|all| all.into_iter().enumerate().map(|(at, one)| named(at, one, learnt)).collect())
}

fn person_of(name: &str, is_role: bool, spec: &Person, learnt: bool) -> Resource {
    let policy = |name: &str| link(&arn("policy", name));
    let groups = spec.in_group.fact(learnt).map(|yes| if yes { vec![link("g")] } else { Vec::new() });
    let facts = Principal {
        name: known(name),
        path: known("/"),
        inline: policies(&spec.inline, learnt),
        attached: spec.attached.fact(learnt).map(|all| all.into_iter().map(policy).collect()),
        groups: if is_role { Fact::absent() } else { groups },
        boundary: spec.boundary.fact(learnt).map(policy),
        trust: if is_role { spec.trust.fact(learnt).map(|at| document(TRUSTS[at])) } else { Fact::absent() },
    };
    let (kind, arn, facts) = match is_role {
        true => ("AWS::IAM::Role", arn("role", name), Facts::Role(Box::new(facts))),
        false => ("AWS::IAM::User", arn("user", name), Facts::User(Box::new(facts))),
    };
    super::soundness::with_tag(live("global", kind, &arn, name, facts), "team", &spec.team, learnt)
}

fn group(name: &str, inline: &Hidden<Vec<(usize, bool)>>, learnt: bool) -> Resource {
    let facts = Principal {
        name: known(name),
        path: known("/"),
        inline: policies(inline, learnt),
        attached: Fact::known(Vec::new()),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust: Fact::absent(),
    };
    live("global", "AWS::IAM::Group", &arn("group", name), name, Facts::Group(Box::new(facts)))
}

/// As one of another account, where there are no groups.
fn abroad(mut resource: Resource) -> Resource {
    if let Facts::User(facts) = &mut resource.facts {
        facts.groups = facts.groups.clone().map(|_| Vec::new());
    }
    resource.id.account = Some(OTHER_ACCOUNT.into());
    resource.id.id = resource.id.id.replace(ACCOUNT, OTHER_ACCOUNT).into();
    resource
}

fn build(spec: &Spec, learnt: bool) -> Snapshot {
    let [roles_listed, users_listed, vaults_listed, points_listed] = spec.listed.map(|listed| listed || learnt);
    let mut resources = Vec::new();
    let names = USERS.iter().map(|name| (*name, false)).chain(ROLES.iter().map(|name| (*name, true)));
    for ((name, is_role), person) in names.zip(&spec.people) {
        // What comes last is on the page that was not read.
        let on_the_first_page = name.ends_with('0') || if is_role { roles_listed } else { users_listed };
        if on_the_first_page {
            let one = person_of(name, is_role, person, learnt);
            let [user_abroad, role_abroad, _] = spec.abroad;
            let is_abroad = name.ends_with('2') && if is_role { role_abroad } else { user_abroad };
            resources.push(if is_abroad { abroad(one) } else { one });
        }
    }
    for (name, statements) in POLICIES.iter().zip(&spec.managed) {
        let text = |all: Vec<usize>| document(&all.iter().map(|at| STATEMENTS[*at]).collect::<Vec<_>>().join(","));
        let facts = ManagedPolicy {
            name: known(name),
            path: known("/"),
            document: statements.fact(learnt).map(text),
            statements: Vec::new(),
            attachments: Fact::known(1),
        };
        let facts = Facts::ManagedPolicy(Box::new(facts));
        resources.push(live("global", "AWS::IAM::ManagedPolicy", &arn("policy", name), name, facts));
    }
    resources.push(group("h", &spec.joinable, learnt));
    if let Some(own) = spec.group.clone().or(learnt.then(|| Hidden { truth: Some(Vec::new()), known: true })) {
        resources.push(group("g", &own, learnt));
    }
    let region = Region { backup_opt_in: Fact::unknown("not read"), backup_full_management: Fact::unknown("not read") };
    resources.push(live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(region))));
    let organization = |member: bool| Organization {
        id: known("o-1"),
        management_account: known(if member { OTHER_ACCOUNT } else { ACCOUNT }),
        all_features: Fact::known(true),
        backup_administrators: Fact::known(Vec::new()),
    };
    resources.push(account_of(Account { organization: spec.member.fact(learnt).map(organization), ..account_facts() }));
    let policy = |hidden: &Hidden<usize>| hidden.fact(learnt).map(|at| document(RESOURCE_POLICIES[at]));
    let mut facts = vault_facts("main");
    facts.policy = policy(&spec.vault_policy);
    facts.vault_type = spec.vault_type.fact(learnt);
    facts.lock = spec.vault_lock.fact(learnt).map(|compliance| {
        let mut lock = lock(7, 400);
        lock.compliance = Fact::known(compliance);
        lock.lock_date = if compliance { Fact::known(now() - DAY) } else { Fact::absent() };
        lock
    });
    if vaults_listed {
        resources.push(vault_of(HOME, facts));
    }
    let mut facts = versioned("orders");
    facts.versioning = spec.versioning.fact(learnt);
    facts.mfa_delete = spec.mfa_delete.fact(learnt);
    facts.policy = policy(&spec.bucket_policy);
    let retention = Fact::known(DAY * 30);
    facts.object_lock =
        spec.object_lock.fact(learnt).map(|mode| ObjectLock { mode: known(&mode), retention: retention.clone() });
    let bucket = bucket_of(HOME, facts);
    resources.push(if spec.abroad[2] { abroad(bucket) } else { bucket });
    resources.push(abroad(account_of(account_facts())));
    let mut snapshot = estate(resources);
    let theirs = |one: &Listing| Listing { account: OTHER_ACCOUNT.into(), ..one.clone() };
    let theirs: Vec<Listing> = snapshot.listed.iter().filter(|one| one.parent.is_none()).map(theirs).collect();
    snapshot.listed.extend(theirs);
    if spec.point && points_listed && vaults_listed {
        let mut point = point(HOME, "1", VOLUME, 1);
        point.id.id = "arn:aws:ec2:eu-west-1::snapshot/snap-1".into();
        snapshot.resources.push(point);
    }
    if !points_listed {
        snapshot.listed.remove(&listing("AWS::Backup::RecoveryPoint", HOME, Some(&vault_arn(HOME, "main"))));
    }
    if !vaults_listed {
        snapshot.listed.remove(&listing("AWS::Backup::BackupVault", HOME, None));
    }
    for (listed, kind) in [(roles_listed, "AWS::IAM::Role"), (users_listed, "AWS::IAM::User")] {
        if !listed {
            snapshot.listed.retain(|one| &*one.kind != kind);
        }
    }
    snapshot.sort();
    snapshot
}

fn facts(power: &Power) -> [Fact<bool>; 8] {
    let all = [&power.administrator, &power.restore_operator, &power.destroys_backups, &power.mfa_applies];
    let [administrator, operator, destroys, applies] = all.map(Clone::clone);
    // Of what cannot be destroyed, no rule asks whether it takes multi-factor authentication.
    let ungated = Fact::all([destroys.clone(), applies, power.needs_mfa.clone().negate()]);
    let more = [&power.restores_backups, &power.escalates, &power.passes_roles, &power.serves_outsiders];
    let [restores, escalates, passes, serves] = more.map(Clone::clone);
    [administrator, operator, destroys, ungated, restores, escalates, passes, serves]
}

const CASES: u32 = 512;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_somebodys_power_stays_true_once_everything_is_learnt(spec in spec()) {
        let (before, after) = (build(&spec, false), build(&spec, true));
        let settings = Settings::default();
        let learnt = derive(&after, &settings, Some(now()));
        for one in derive(&before, &settings, Some(now())) {
            let Derived::Identity(one_facts) = one.derived else { continue };
            let two = learnt.iter().find(|two| two.resource.id == one.resource.id);
            let Some(Derived::Identity(two_facts)) = two.map(|two| &two.derived) else { panic!("somebody is lost") };
            let (Some(one_power), Some(two_power)) = (one_facts.power.value(), two_facts.power.value()) else { continue };
            if let Err(error) = stays(&facts(one_power), &facts(two_power)) {
                prop_assert!(false, "{}: {}\n{:?}\n{:?}\n{:?}", one.resource.name, error, one_power, two_power, spec);
            }
        }
    }
}

/// Of everybody, whether they destroy backups, or come to it, for certain; or may, as they are: then it is not said that
/// they come to it.
fn come_to_it(snapshot: &Snapshot) -> Vec<(String, bool)> {
    let all = derive(snapshot, &Settings::default(), Some(now())).into_iter().filter_map(|one| {
        let Derived::Identity(facts) = one.derived else { return None };
        let power = facts.power.value()?.clone();
        Some((one.resource.id.id.to_string(), !power.destroys_backups.is_false() || power.escalates.is_true()))
    });
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn nobody_comes_less_far_once_somebody_may_more(spec in spec(), who in 0..USERS.len() + ROLES.len(), what in 0..STATEMENTS.len()) {
        prop_assume!(STATEMENTS[what].contains("Allow"));
        let mut more = spec.clone();
        // Each statement is a policy of its own.
        let Some(inline) = &mut more.people[who].inline.truth else { return Ok(()) };
        inline.push((what, true));
        let after = come_to_it(&build(&more, true));
        for (one, (name, comes)) in come_to_it(&build(&spec, true)).into_iter().zip(&after) {
            prop_assert_eq!(&one.0, name);
            prop_assert!(!one.1 || *comes, "{} came to it, until somebody might more\n{:?}", name, more);
        }
    }
}
