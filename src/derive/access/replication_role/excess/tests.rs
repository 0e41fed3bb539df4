//! Replication roles: what they may do beyond replication.

use crate::derive::access::replication_role::tests::*;
use crate::derive::tests::build::*;
use crate::model::derived::ReplicationDerived;
use crate::model::fact::Fact;
use crate::model::iam::ManagedPolicy;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

fn listed(resources: Vec<Resource>) -> ReplicationDerived {
    replication(&estate(resources), "source")
}

fn of(role: Resource) -> ReplicationDerived {
    listed(vec![role, bucket_of(HOME, source()), copy()])
}

/// A role as AWS documents it that may do this besides.
fn with(statement: &str) -> ReplicationDerived {
    of(role(&format!("{}, {statement}", sound())))
}

fn excess(derived: &ReplicationDerived) -> Vec<String> {
    derived.role_excess.value().cloned().unwrap_or_default()
}

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions}, "Resource": {resource}}}"#)
}

#[test]
fn a_role_as_aws_documents_it_allows_nothing_more() {
    let derived = of(role(&sound()));
    assert!(derived.role_minimal.is_true(), "{derived:?}");
    assert_eq!(derived.role_excess, Fact { at: derived.role_excess.at.clone(), ..Fact::known(Vec::new()) });
}

#[test]
fn what_aws_writes_into_such_roles_is_not_too_much() {
    // The console lets the role read and replicate both ways.
    let console = format!(
        "{}, {}",
        allow(
            r#"["s3:ListBucket", "s3:GetReplicationConfiguration", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
               "s3:GetObjectVersionTagging", "s3:GetObjectRetention", "s3:GetObjectLegalHold"]"#,
            r#"["arn:aws:s3:::source", "arn:aws:s3:::source/*", "arn:aws:s3:::copy", "arn:aws:s3:::copy/*"]"#
        ),
        allow(
            r#"["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"]"#,
            r#"["arn:aws:s3:::source/*", "arn:aws:s3:::copy/*"]"#
        )
    );
    assert!(of(role(&console)).role_minimal.is_true());
    for statement in [
        allow(r#"["s3:GetObjectVersion*", "s3:Replicate*"]"#, r#"["arn:aws:s3:::source/*", "arn:aws:s3:::copy/*"]"#),
        allow(r#"["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]"#, &format!(r#""{}""#, key_arn("k-9"))),
        r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}}"#
            .to_owned(),
    ] {
        assert!(with(&statement).role_minimal.is_true(), "{statement}: {:?}", with(&statement).role_excess);
    }
}

#[test]
fn actions_that_replication_does_not_need_are_named() {
    for (actions, told) in [
        (r#""s3:DeleteObjectVersion""#, "s3:DeleteObjectVersion"),
        (r#"["s3:ReplicateObject", "s3:PutObject", "s3:Get*"]"#, "s3:PutObject, s3:Get*"),
        (r#""*""#, "*"),
        (r#"["kms:*", "ec2:DescribeInstances"]"#, "kms:*, ec2:DescribeInstances"),
    ] {
        let derived = with(&allow(actions, r#""arn:aws:s3:::copy/*""#));
        assert!(derived.role_minimal.is_false(), "{actions}");
        assert_eq!(excess(&derived), [format!("policy `replicate`, statement 4 allows {told}")]);
    }
    let all_but = with(r#"{"Sid": "Most", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#);
    assert_eq!(excess(&all_but), ["policy `replicate`, statement `Most` allows all actions but those that it names"]);
    let elsewhere = with(r#"{"Effect": "Allow", "Action": "s3:ListBucket", "NotResource": "arn:aws:s3:::other"}"#);
    assert!(elsewhere.role_minimal.is_false());
}

#[test]
fn resources_beyond_what_is_replicated_are_named() {
    let wide = |resource: &str| with(&allow(r#""s3:ReplicateObject""#, &format!(r#""{resource}""#)));
    for resource in ["*", "arn:aws:s3:::*", "arn:aws:s3:::copy*", "arn:aws:s3:::*/*"] {
        let derived = wide(resource);
        assert_eq!(
            excess(&derived),
            [format!("policy `replicate`, statement 4 allows s3:ReplicateObject on `{resource}`")],
            "{resource}"
        );
    }
    assert!(wide("arn:aws:s3:::copy/daily/*").role_minimal.is_true());
    let keys = with(&allow(r#""kms:Decrypt""#, r#""*""#));
    assert_eq!(excess(&keys), ["policy `replicate`, statement 4 allows kms:Decrypt on `*`"]);
    // Another bucket is too much where all buckets were seen.
    let other = wide("arn:aws:s3:::other/*");
    assert!(other.role_minimal.is_false(), "{other:?}");
}

#[test]
fn a_role_of_several_buckets_needs_what_all_of_them_need() {
    let second =
        || bucket_of(HOME, Bucket { replication: replicates_to(link("arn:aws:s3:::other")), ..versioned("second") });
    let both = format!(
        "{}, {}, {}",
        sound(),
        allow(r#"["s3:GetReplicationConfiguration", "s3:ListBucket"]"#, r#""arn:aws:s3:::second""#),
        allow(r#""s3:ReplicateObject""#, r#""arn:aws:s3:::other/*""#)
    );
    let one = vec![role(&both), bucket_of(HOME, source()), copy()];
    assert_eq!(excess(&listed(one.clone())).len(), 2);
    let mut two = one.clone();
    two.push(second());
    assert!(listed(two).role_minimal.is_true());
    // A bucket whose replication was not read may use the role, too.
    let mut unread = one.clone();
    unread.push(bucket_of(HOME, Bucket { replication: Fact::unknown("denied"), ..versioned("second") }));
    assert!(listed(unread).role_minimal.is_unknown());
    // So may one that was not listed; that anything goes is too much whoever uses it.
    let mut snapshot = estate(one.clone());
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::S3::Bucket");
    assert!(replication(&snapshot, "source").role_minimal.is_unknown());
    let mut wide =
        estate(vec![role(&format!("{}, {}", both, allow(r#""s3:ListBucket""#, r#""*""#))), one[1].clone(), copy()]);
    wide.listed.retain(|listing| &*listing.kind != "AWS::S3::Bucket");
    assert!(replication(&wide, "source").role_minimal.is_false());
}

#[test]
fn only_s3_assumes_it() {
    let trusts = |principal: &str| {
        let trust = format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#);
        of(role_trusting(&trust, &sound()))
    };
    let services = r#"{"Service": ["s3.amazonaws.com", "batchoperations.s3.amazonaws.com"]}"#;
    assert!(trusts(services).role_minimal.is_true());
    for (principal, told) in [
        (r#"{"Service": ["s3.amazonaws.com", "lambda.amazonaws.com"]}"#, "`lambda.amazonaws.com`"),
        (r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, "`arn:aws:iam::111122223333:root`"),
        (r#""*""#, "`*`"),
    ] {
        assert_eq!(excess(&trusts(principal)), [format!("trust policy, statement 1 lets {told} assume it")]);
    }
}

#[test]
fn batch_replication_needs_more_for_a_role_that_it_may_assume() {
    let more = allow(
        r#"["s3:InitiateReplication", "s3:GetObject", "s3:PutObject", "s3:PutInventoryConfiguration"]"#,
        r#"["arn:aws:s3:::source", "arn:aws:s3:::source/*", "arn:aws:s3:::reports/*"]"#,
    );
    let statements = format!("{}, {more}", sound());
    let trust = |services: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {{"Service": {services}}}, "Action": "sts:AssumeRole"}}"#)
    };
    let both = trust(r#"["s3.amazonaws.com", "batchoperations.s3.amazonaws.com"]"#);
    assert!(of(role_trusting(&both, &statements)).role_minimal.is_true());
    assert!(of(role(&statements)).role_minimal.is_false());
    let deletes = format!("{statements}, {}", allow(r#""s3:DeleteObject""#, r#""arn:aws:s3:::source/*""#));
    assert!(of(role_trusting(&both, &deletes)).role_minimal.is_false());
}

#[test]
fn what_a_boundary_or_a_denial_takes_away_is_not_held_against_the_role() {
    let denied = |action: &str| {
        let deny = format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#);
        with(&format!("{}, {deny}", allow(r#""s3:PutObject""#, r#""arn:aws:s3:::copy/*""#))).role_minimal
    };
    assert!(denied("s3:Put*").is_true());
    assert!(denied("s3:DeleteObject").is_false());
    let wild = with(&format!(
        r#"{}, {{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}}"#,
        allow(r#""s3:*""#, r#""arn:aws:s3:::copy/*""#)
    ));
    assert!(wild.role_minimal.is_false(), "it may still delete versions: {wild:?}");
    let bounded = |text: Fact<String>| {
        let facts = ManagedPolicy {
            name: known("bounds"),
            path: known("/"),
            document: text,
            statements: Vec::new(),
            attachments: Fact::known(1),
        };
        let arn = "arn:aws:iam::111122223333:policy/bounds";
        let boundary = live("global", "AWS::IAM::ManagedPolicy", arn, "bounds", Facts::ManagedPolicy(Box::new(facts)));
        let mut role = role(&format!("{}, {}", sound(), allow(r#""s3:PutObject""#, r#""arn:aws:s3:::copy/*""#)));
        if let Facts::Role(facts) = &mut role.facts {
            facts.boundary = Fact::known(link(arn));
        }
        listed(vec![role, boundary, bucket_of(HOME, source()), copy()]).role_minimal
    };
    assert!(bounded(known(&policy(&sound()))).is_true());
    assert!(bounded(known(&policy(&allow(r#""*""#, r#""*""#)))).is_false());
    assert!(bounded(Fact::unknown("denied")).is_unknown());
}

#[test]
fn what_was_not_read_is_unknown() {
    let mut unread = role(&sound());
    if let Facts::Role(facts) = &mut unread.facts {
        facts.attached = Fact::known(vec![link("arn:aws:iam::aws:policy/AmazonS3FullAccess")]);
    }
    assert!(of(unread.clone()).role_minimal.is_unknown());
    if let Facts::Role(facts) = &mut unread.facts {
        facts.trust =
            known(&policy(r#"{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}"#));
    }
    assert!(of(unread).role_minimal.is_false(), "whatever the policy says, another account may assume it");
    let mut unsure = role(&format!("{}, {}", sound(), allow(r#""s3:*""#, r#""*""#)));
    unsure.exists = Fact::unknown("condition `Replicate` cannot be decided");
    assert!(of(unsure).role_minimal.is_unknown());
    let gone: Snapshot = estate(vec![bucket_of(HOME, source()), copy()]);
    let mut unseen = gone.clone();
    unseen.listed.remove(&listing("AWS::IAM::Role", "global", None));
    assert!(replication(&unseen, "source").role_minimal.is_unknown(), "the role was not seen");
    assert!(replication(&gone, "source").role_minimal.is_true(), "what is not there allows nothing");
}

#[test]
fn in_open_files_another_stack_may_replicate_with_the_role() {
    let resources = |more: &str| vec![role(&format!("{}{more}", sound())), bucket_of(HOME, source()), copy()];
    let other = format!(", {}", allow(r#""s3:ReplicateObject""#, r#""arn:aws:s3:::other/*""#));
    let minimal = |more: &str, settings: &Settings| {
        of_bucket(&template(resources(more)), settings, "source").replication.value().unwrap().role_minimal.clone()
    };
    assert!(minimal("", &Settings::default()).is_true());
    assert!(minimal(&other, &Settings::default()).is_unknown());
    assert!(minimal(&other, &complete()).is_false());
    let needless = format!(", {}", allow(r#""s3:DeleteObjectVersion""#, r#""arn:aws:s3:::copy/*""#));
    assert!(minimal(&needless, &Settings::default()).is_false());
}
