//! Roles of selections: what they lack, for which type.

use crate::derive::tests::build::*;
use crate::model::account::Region;
use crate::model::backup::Selection;
use crate::model::derived::PlanDerived;
use crate::model::fact::Fact;
use crate::model::iam::{NamedPolicy, Principal};
use crate::model::resource::{Facts, Link, Resource};
use crate::model::s3::Bucket;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

mod restores;

const ROLE: &str = "arn:aws:iam::111122223333:role/backup";
const BACKUP: &str = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup";
const S3_BACKUP: &str = "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup";
const TRUST: &str =
    r#"{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
const EBS: &str = r#"{"Sid": "Snap", "Effect": "Allow", "Action": ["ec2:CreateSnapshot", "ec2:CreateTags", "ec2:DescribeVolumes", "ec2:DescribeSnapshots"], "Resource": "*"}"#;

fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

fn role_of(trust: &str, statements: &str, attached: &[&str]) -> Resource {
    let inline =
        NamedPolicy { name: "back-up".to_owned(), document: known(&policy(statements)), statements: Vec::new() };
    let inline = if statements.is_empty() { Vec::new() } else { vec![inline] };
    let facts = Principal {
        name: known("backup"),
        path: known("/"),
        inline: Fact::known(inline),
        attached: Fact::known(attached.iter().map(|arn| link(arn)).collect()),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust: known(&policy(trust)),
    };
    live("global", "AWS::IAM::Role", ROLE, "backup", Facts::Role(Box::new(facts)))
}

fn role(statements: &str, attached: &[&str]) -> Resource {
    role_of(TRUST, statements, attached)
}

fn region() -> Resource {
    let facts = Region {
        backup_opt_in: Fact::known(
            ["S3", "EBS", "EC2", "RDS", "Aurora", "DocumentDB", "Neptune", "DynamoDB", "EFS", "FSx", "Redshift"]
                .map(|name| (name.to_owned(), true))
                .into(),
        ),
        backup_full_management: Fact::known([("DynamoDB".to_owned(), true)].into()),
    };
    live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)))
}

fn of(snapshot: &Snapshot) -> PlanDerived {
    of_plan(snapshot, &Settings::default())
}

fn in_account(role: Resource, selection: Selection, more: Vec<Resource>) -> PlanDerived {
    let mut all = vec![role, region(), plan(vec![rule("r", "main", 35)]), vault("main"), selection_of(selection)];
    all.extend(more);
    of(&estate(all))
}

fn in_files(role: Resource, selection: Selection, more: Vec<Resource>) -> PlanDerived {
    of(&template_of(role, selection, more))
}

fn template_of(role: Resource, selection: Selection, more: Vec<Resource>) -> Snapshot {
    let mut all = vec![role, plan(vec![rule("r", "main", 35)]), vault("main"), selection_of(selection)];
    all.extend(more);
    template(all)
}

fn faults(derived: &PlanDerived) -> Vec<String> {
    derived.role_faults.value().cloned().unwrap_or_default()
}

fn reasons(derived: &PlanDerived) -> String {
    let all = derived.role_covers.reasons().unwrap_or_else(|| panic!("{:?}", derived.role_covers));
    all.iter().map(|reason| reason.why.to_string()).collect::<Vec<_>>().join("; ")
}

fn orders() -> Resource {
    bucket_of(HOME, versioned("orders"))
}

const ORDERS: &str = "arn:aws:s3:::orders";

#[test]
fn the_policy_of_aws_for_backups_covers_all_but_s3() {
    let volume_only = in_files(role("", &[BACKUP]), selection_facts(&[VOLUME]), vec![]);
    assert!(volume_only.role_covers.is_true(), "{:?}", volume_only.role_covers);
    let bucket = in_files(role("", &[BACKUP]), selection_facts(&[ORDERS]), vec![orders()]);
    assert!(bucket.role_covers.is_false());
    assert_eq!(
        faults(&bucket),
        [
            "selection all: role backup lacks s3:GetObjectVersion and s3:GetObject on orders, so backups of S3 buckets fail"
        ]
    );
    let both = in_files(role("", &[BACKUP, S3_BACKUP]), selection_facts(&[ORDERS, VOLUME]), vec![orders()]);
    assert!(both.role_covers.is_true(), "{:?}", both.role_covers);
    let s3 = in_files(role("", &[S3_BACKUP]), selection_facts(&[ORDERS]), vec![orders()]);
    assert!(s3.role_covers.is_true(), "{:?}", s3.role_covers);
}

#[test]
fn a_type_is_assigned_by_what_is_named_though_it_stands_elsewhere() {
    for named in [ORDERS, "arn:aws:s3:::*", "arn:aws-cn:s3:::orders-*"] {
        let found = in_files(role("", &[BACKUP]), selection_facts(&[named]), vec![]);
        assert!(found.role_covers.is_false(), "{named}");
        assert!(faults(&found)[0].contains(&format!("on {named}, so")), "{:?}", faults(&found));
    }
    // What is narrowed may leave every bucket out.
    let narrowed = Selection { conditions: selects_tag("a", "b").list_of_tags, ..selection_facts(&["arn:aws:s3:::*"]) };
    assert!(in_files(role("", &[BACKUP]), narrowed, vec![]).role_covers.is_unknown());
    let without = Selection { not_resources: Fact::known(vec![link(ORDERS)]), ..selection_facts(&["arn:aws:s3:::*"]) };
    assert!(in_files(role("", &[BACKUP]), without, vec![]).role_covers.is_unknown());
}

#[test]
fn what_another_stack_may_hold_leaves_it_open_until_the_files_are_everything() {
    for selection in [selects_tag("backup", "daily"), selection_facts(&["*"])] {
        let snapshot = template_of(role("", &[BACKUP]), selection.clone(), vec![]);
        let open = of(&snapshot);
        let why = reasons(&open);
        assert!(why.contains("may assign S3 buckets of another stack"), "{why}");
        assert!(why.contains("lacks s3:GetObjectVersion"), "{why}");
        assert!(!why.contains("EBS"), "{why}");
        assert!(of_plan(&snapshot, &complete()).role_covers.is_true());
        let all = in_files(role("", &[BACKUP, S3_BACKUP]), selection, vec![]);
        assert!(all.role_covers.is_true(), "{:?}", all.role_covers);
    }
}

#[test]
fn in_an_account_the_buckets_that_are_there_decide() {
    let tags = || selects_tag("backup", "daily");
    let none = in_account(role(ALL_BUT_S3, &[]), tags(), vec![orders()]);
    assert!(none.role_covers.is_true(), "{:?}", none.role_covers);
    let tagged = tagged(orders(), "backup", known("daily"));
    let some = in_account(role(ALL_BUT_S3, &[]), tags(), vec![tagged.clone()]);
    assert!(some.role_covers.is_false());
    assert!(faults(&some)[0].contains("on orders, so backups of S3 buckets fail"), "{:?}", faults(&some));
    // Of volumes, only those that were backed up before are seen.
    let narrow = in_account(role(S3_ALL, &[]), tags(), vec![tagged]);
    let why = reasons(&narrow);
    assert!(why.contains("EBS volumes that AWS Backup never backed up are not seen"), "{why}");
}

const ALL_BUT_S3: &str = r#"{"Effect": "Allow", "Action": ["ec2:*", "rds:*", "dynamodb:*", "elasticfilesystem:*", "fsx:*", "redshift:*"], "Resource": "*"}"#;
const S3_ALL: &str = r#"{"Effect": "Allow", "Action": ["s3:*", "events:*"], "Resource": "*"}"#;

#[test]
fn a_pattern_in_an_account_means_what_is_there() {
    let found = in_account(role("", &[BACKUP]), selection_facts(&["arn:aws:s3:::*"]), vec![]);
    assert!(found.role_covers.is_true(), "there is no bucket: {:?}", found.role_covers);
    let found = in_account(role(S3_ALL, &[]), selection_facts(&["arn:aws:ec2:*:*:volume/*"]), vec![]);
    assert!(found.role_covers.is_unknown());
    let found = in_account(role(S3_ALL, &[]), selection_facts(&[VOLUME]), vec![]);
    assert!(found.role_covers.is_false(), "it names a volume");
    let off = Resource {
        facts: Facts::Region(Box::new(Region {
            backup_opt_in: Fact::known([("EBS".to_owned(), false)].into()),
            backup_full_management: Fact::absent(),
        })),
        ..region()
    };
    let snapshot = estate(vec![role(EBS, &[]), off, plan(vec![]), selection_of(selection_facts(&[VOLUME]))]);
    assert!(of(&snapshot).role_covers.is_true());
}

#[test]
fn each_type_is_held_against_its_own_call() {
    let cases = [
        ("AWS::EC2::Volume", "EBS", VOLUME, "ec2:CreateSnapshot"),
        ("AWS::EC2::Instance", "EC2", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "ec2:CreateImage"),
        ("AWS::RDS::DBInstance", "RDS", "arn:aws:rds:eu-west-1:111122223333:db:d", "rds:CreateDBSnapshot"),
        (
            "AWS::RDS::DBCluster",
            "Aurora",
            "arn:aws:rds:eu-west-1:111122223333:cluster:c",
            "rds:CreateDBClusterSnapshot",
        ),
        (
            "AWS::DocDB::DBCluster",
            "DocumentDB",
            "arn:aws:rds:eu-west-1:111122223333:cluster:c",
            "rds:CreateDBClusterSnapshot",
        ),
        (
            "AWS::Neptune::DBCluster",
            "Neptune",
            "arn:aws:rds:eu-west-1:111122223333:cluster:c",
            "rds:CreateDBClusterSnapshot",
        ),
        (
            "AWS::DynamoDB::Table",
            "DynamoDB",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            "dynamodb:StartAwsBackupJob",
        ),
        (
            "AWS::EFS::FileSystem",
            "EFS",
            "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
            "elasticfilesystem:Backup",
        ),
        ("AWS::FSx::FileSystem", "FSx", "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-2", "fsx:CreateBackup"),
        (
            "AWS::Redshift::Cluster",
            "Redshift",
            "arn:aws:redshift:eu-west-1:111122223333:cluster:r",
            "redshift:CreateClusterSnapshot",
        ),
    ];
    for (kind, name, arn, action) in cases {
        let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        let deny = format!(r#"{all}, {{"Sid": "No", "Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#);
        let judged = |statements: &str| {
            in_account(role(statements, &[]), selection_facts(&[arn]), vec![workload(kind, name, arn)])
        };
        assert!(judged(all).role_covers.is_true(), "{name}");
        let denied = judged(&deny);
        assert!(denied.role_covers.is_false(), "{name}");
        let faults = faults(&denied);
        assert!(faults.len() == 1 && faults[0].contains(&format!("lacks {action} (")), "{faults:?}");
        assert!(faults[0].contains("policy `back-up`, statement `No` denies it on *"), "{faults:?}");
    }
}

#[test]
fn the_advanced_features_decide_which_call_backs_up_a_table() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let allowing = |action: &str| {
        format!(r#"{{"Effect": "Allow", "Action": ["{action}", "dynamodb:Describe*"], "Resource": "*"}}"#)
    };
    let judged = |full: Fact<bool>, action: &str| {
        let management = full.map(|full| [("DynamoDB".to_owned(), full)].into());
        let facts = Region {
            backup_opt_in: Fact::known([("DynamoDB".to_owned(), true)].into()),
            backup_full_management: management,
        };
        let region = live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)));
        let all = vec![
            role(&allowing(action), &[]),
            region,
            plan(vec![]),
            selection_of(selection_facts(&[table])),
            workload("AWS::DynamoDB::Table", "DynamoDB", table),
        ];
        of(&estate(all)).role_covers
    };
    assert!(judged(Fact::known(true), "dynamodb:StartAwsBackupJob").is_true());
    assert!(judged(Fact::known(true), "dynamodb:CreateBackup").is_false());
    assert!(judged(Fact::known(false), "dynamodb:CreateBackup").is_true());
    assert!(judged(Fact::known(false), "dynamodb:StartAwsBackupJob").is_false());
    let unread = || Fact::unknown("denied");
    assert!(judged(unread(), "dynamodb:CreateBackup").is_unknown());
    assert!(judged(unread(), "dynamodb:DescribeTable").is_false(), "neither is allowed");
    assert!(judged(unread(), "dynamodb:*").is_true());
}

#[test]
fn what_aws_asks_for_besides_leaves_it_open() {
    let found =
        in_account(role(&EBS.replace(r#""ec2:CreateTags", "#, ""), &[]), selection_facts(&[VOLUME]), vec![volume()]);
    let why = reasons(&found);
    assert!(why.contains("lacks ec2:CreateTags, which AWS lists for backups of EBS volumes without saying"), "{why}");
}

#[test]
fn a_role_for_some_resources_covers_those() {
    let narrow = EBS
        .replace(r#""Resource": "*""#, &format!(r#""Resource": ["{VOLUME}", "arn:aws:ec2:*::snapshot/*"]"#))
        + r#", {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}"#;
    let found = in_account(role(&narrow, &[]), selection_facts(&[VOLUME]), vec![volume()]);
    assert!(found.role_covers.is_true(), "{:?}", found.role_covers);
    let other = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-2";
    let found = in_account(
        role(&narrow, &[]),
        selection_facts(&[VOLUME, other]),
        vec![volume(), workload("AWS::EC2::Volume", "EBS", other)],
    );
    let faults = faults(&found);
    assert!(faults[0].contains(" on vol-2, so backups of EBS volumes fail"), "{faults:?}");
    assert!(faults[0].contains("policy `back-up`, statement `Snap` allows it on"), "{faults:?}");
    // A template does not say its account: the role's own names one.
    let found = in_files(role(&narrow, &[]), selection_facts(&[VOLUME]), vec![]);
    assert!(!found.role_covers.is_false(), "{:?}", faults);
}

#[test]
fn tags_of_a_resource_meet_conditions_on_tags() {
    let tagged_only = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}, {"Effect": "Deny", "Action": "ec2:CreateSnapshot", "Resource": "arn:aws:ec2:*:*:volume/*", "Condition": {"StringNotEquals": {"aws:ResourceTag/backup": "yes"}}}"#;
    let judged = |value: &str| {
        let volume = tagged(volume(), "backup", known(value));
        in_account(role(tagged_only, &[]), selection_facts(&[VOLUME]), vec![volume]).role_covers
    };
    assert!(judged("yes").is_true());
    assert!(judged("no").is_false());
}

#[test]
fn the_policy_of_a_bucket_may_shut_the_role_out() {
    let deny =
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*", "Resource": "arn:aws:s3:::orders/*"}"#;
    let judged = |policy: Fact<String>| {
        let bucket = bucket_of(HOME, Bucket { policy, ..versioned("orders") });
        in_account(role(S3_ALL, &[]), selection_facts(&[ORDERS]), vec![bucket]).role_covers
    };
    assert!(judged(known(&policy(deny))).is_false());
    assert!(judged(known(&policy(&deny.replace("\"*\"", r#"{"AWS": "444455556666"}"#)))).is_true());
    assert!(judged(Fact::unknown("denied")).is_unknown());
    assert!(judged(Fact::absent()).is_true());
}

#[test]
fn a_bucket_without_versions_is_not_backed_up_whatever_its_role() {
    let found = in_account(role("", &[BACKUP]), selection_facts(&[ORDERS]), vec![bucket("orders")]);
    assert!(found.role_covers.is_true(), "{:?}", found.role_covers);
}

#[test]
fn aws_backup_must_be_trusted() {
    let judged = |trust: &str| in_account(role_of(trust, EBS, &[]), selection_facts(&[VOLUME]), vec![volume()]);
    let other = judged(&TRUST.replace("backup.", "ec2."));
    assert_eq!(
        faults(&other),
        [
            "selection all: the trust policy of role backup does not let backup.amazonaws.com assume it, so nothing is backed up"
        ]
    );
    let guarded = TRUST.replace(
        r#""Action": "sts:AssumeRole""#,
        r#""Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
    );
    assert!(judged(&guarded).role_covers.is_unknown(), "AWS does not say whether it is told");
}

#[test]
fn the_role_must_exist() {
    let mut missing = selection_facts(&[VOLUME]);
    missing.role = Fact::known(link("arn:aws:iam::111122223333:role/gone")).at(at(7));
    let snapshot = estate(vec![plan(vec![]), selection_of(missing.clone()), volume()]);
    let mut unlisted = snapshot.clone();
    unlisted.listed.remove(&listing("AWS::IAM::Role", "global", None));
    assert!(of(&unlisted).role_covers.is_unknown(), "roles were not listed");
    let found = of(&snapshot);
    assert!(found.role_covers.is_false());
    assert_eq!(found.role_covers.at, at(7));
    assert_eq!(faults(&found), ["the role of selection all does not exist: arn:aws:iam::111122223333:role/gone"]);
    let elsewhere = template(vec![plan(vec![]), selection_of(missing)]);
    assert!(of(&elsewhere).role_covers.is_unknown());
}

#[test]
fn what_was_not_read_leaves_it_open() {
    let judged = |selection: Selection, role: Resource| in_account(role, selection, vec![volume()]).role_covers;
    let unread = Selection { role: Fact::unknown("denied"), ..selection_facts(&[VOLUME]) };
    assert!(judged(unread, role(EBS, &[])).is_unknown());
    let named = Selection { role: Fact::known(Link::text(Fact::unknown("parameter"))), ..selection_facts(&[VOLUME]) };
    assert!(judged(named, role(EBS, &[])).is_unknown());
    let of_their_own = role("", &["arn:aws:iam::111122223333:policy/mine"]);
    assert!(judged(selection_facts(&[VOLUME]), of_their_own).is_unknown());
    let mut bounded = role(EBS, &[]);
    if let Facts::Role(facts) = &mut bounded.facts {
        facts.boundary = Fact::unknown("denied");
    }
    assert!(judged(selection_facts(&[VOLUME]), bounded).is_unknown());
    let perhaps = Resource { exists: Fact::unknown("condition"), ..role("", &[S3_BACKUP]) };
    assert!(judged(selection_facts(&[VOLUME]), perhaps).is_unknown(), "a role that may not be made lacks nothing");
    let perhaps = Resource { exists: Fact::unknown("condition"), ..volume() };
    let found = in_account(role(S3_ALL, &[]), selects_tag("a", "b"), vec![tagged(perhaps, "a", known("b"))]);
    assert!(found.role_covers.is_unknown());
}

#[test]
fn a_policy_that_stands_in_for_one_of_aws_is_bound_like_any_other() {
    let deny = r#"{"Effect": "Deny", "Action": "ec2:CreateSnapshot", "Resource": "*"}"#;
    assert!(in_files(role(deny, &[BACKUP]), selection_facts(&[VOLUME]), vec![]).role_covers.is_false());
    let other = "arn:aws:iam::aws:policy/AWSBackupFullAccess";
    assert!(in_files(role("", &[other]), selection_facts(&[VOLUME]), vec![]).role_covers.is_unknown());
}

#[test]
fn the_role_that_aws_links_to_its_service_is_left_to_aws() {
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup";
    let selection = Selection { role: Fact::known(link(linked)), ..selects_tag("a", "b") };
    let mut snapshot = estate(vec![plan(vec![]), selection_of(selection)]);
    snapshot.listed.insert(listing("AWS::IAM::Role", "global", None));
    assert!(of(&snapshot).role_covers.is_true());
}

#[test]
fn selections_that_nobody_saw_leave_it_open() {
    let mut snapshot = estate(vec![role(EBS, &[]), plan(vec![]), selection_of(selection_facts(&[VOLUME])), volume()]);
    assert!(of(&snapshot).role_covers.is_true());
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::Backup::BackupSelection");
    assert!(of(&snapshot).role_covers.is_unknown());
    assert!(of(&template(vec![plan(vec![])])).role_covers.is_unknown());
}

#[test]
fn a_cluster_of_rds_is_held_against_the_call_for_clusters() {
    let cluster = "arn:aws:rds:eu-west-1:111122223333:cluster:multi-az";
    let on = |action: &str, of: &str, snapshots: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": ["rds:Describe*", "rds:AddTagsToResource", "rds:ListTagsForResource"], "Resource": "*"}},
            {{"Effect": "Allow", "Action": "{action}", "Resource": ["arn:aws:rds:*:*:{of}:*", "arn:aws:rds:*:*:{snapshots}:*"]}}"#
        )
    };
    let judged = |statements: &str| {
        let workload = workload("AWS::RDS::DBInstance", "RDS", cluster);
        in_account(role(statements, &[]), selection_facts(&[cluster]), vec![workload]).role_covers
    };
    assert!(judged(&on("rds:CreateDBClusterSnapshot", "cluster", "cluster-snapshot")).is_true());
    assert!(judged(&on("rds:CreateDBSnapshot", "db", "snapshot")).is_false());
}

#[test]
fn a_role_of_another_account_is_not_judged() {
    let mut other = role(EBS, &[]);
    other.id.id = "arn:aws:iam::444455556666:role/backup".into();
    other.id.account = Some("444455556666".into());
    let selection =
        Selection { role: Fact::known(link("arn:aws:iam::444455556666:role/backup")), ..selection_facts(&[VOLUME]) };
    assert!(in_account(other, selection, vec![volume()]).role_covers.is_unknown());
}
