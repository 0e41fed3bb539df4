//! Whole runs against a server that denies, breaks off and redirects as AWS does.

mod audit_manager;
mod of_account;
mod restores;
mod server;
mod unused;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};

use super::*;
use crate::model::fact::Cure;
use crate::model::gap::GapKind;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;
use server::{Answer, Request, denied, json_error, ok, query_error, serve, xml_error};

struct Silent;

impl Progress for Silent {
    fn step(&self, _what: &str) {}
}

fn run(regions: &[&str], answer: impl Fn(&Request) -> Answer + Send + 'static) -> (Snapshot, CallStatistics) {
    run_keeping(regions, None, answer).unwrap()
}

fn run_keeping(
    regions: &[&str],
    keep: Option<Keep>,
    answer: impl Fn(&Request) -> Answer + Send + 'static,
) -> Result<(Snapshot, CallStatistics), LiveError> {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .http_client(session::http_client())
        .endpoint_url(serve(answer))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test")))
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
        .retry_config(aws_config::retry::RetryConfig::standard())
        .build();
    let options = LiveOptions {
        profile: None,
        role: None,
        regions: regions.iter().map(ToString::to_string).collect(),
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        concurrency: 4,
        keep,
        ..LiveOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::sign_in(config, &options, &Silent).await.unwrap();
        read_with(&session, &options).await
    })
}

fn buckets(snapshot: &Snapshot) -> Vec<(&Resource, &Bucket)> {
    let bucket = |resource| match resource {
        &Resource { facts: Facts::Bucket(ref bucket), .. } => Some((resource, bucket.as_ref())),
        _ => None,
    };
    snapshot.resources.iter().filter_map(bucket).collect()
}

fn bucket_list(names: &[&str]) -> Answer {
    let entries: String = names
        .iter()
        .map(|name| format!("<Bucket><Name>{name}</Name><BucketRegion>eu-west-1</BucketRegion></Bucket>"))
        .collect();
    ok(format!("<ListAllMyBucketsResult><Buckets>{entries}</Buckets></ListAllMyBucketsResult>"))
}

fn is_bucket_list(request: &Request) -> bool {
    request.service == "s3" && request.path.starts_with("/?")
}

#[test]
fn a_principal_that_may_nothing_gets_gaps_with_permissions_and_nothing_is_called_listed_or_absent() {
    let (snapshot, statistics) = run(&["eu-west-1", "us-east-1"], denied);
    assert!(snapshot.listed.is_empty());
    assert_eq!(statistics.total().refused, 0);
    let allowed = iam_policy().to_string();
    for gap in &snapshot.gaps {
        assert_eq!(gap.kind, GapKind::Denied, "{gap:?}");
        let permission = gap.permission.as_deref().unwrap();
        assert!(allowed.contains(&format!("\"{permission}\"")), "{permission}");
    }
    let kinds: BTreeSet<&str> = snapshot.resources.iter().map(|resource| resource.id.kind.as_ref()).collect();
    assert_eq!(kinds, BTreeSet::from(["AWS::Account", "AWS::Region"]));
    for resource in &snapshot.resources {
        match &resource.facts {
            Facts::Account(account) => {
                assert!(account.public_access_block.is_unknown() && account.root.is_unknown());
                assert!(account.organization.is_unknown() && account.organizational_units.is_unknown());
            }
            Facts::Region(region) => assert!(region.backup_opt_in.is_unknown()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_denied_list_of_regions_falls_back_to_those_that_are_on_by_default() {
    let (snapshot, _) = run(&[], denied);
    let fallback: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.kind == GapKind::Fallback).collect();
    assert_eq!(fallback.len(), 1);
    assert_eq!(fallback[0].operation.as_ref(), "account:ListRegions");
    let regions = snapshot.resources.iter().filter(|resource| resource.id.kind.as_ref() == "AWS::Region").count();
    assert_eq!(regions, 17);
}

#[test]
fn a_listed_bucket_whose_configuration_is_denied_is_unknown_in_every_fact() {
    let (snapshot, _) =
        run(&["eu-west-1"], |request| if is_bucket_list(request) { bucket_list(&["b"]) } else { denied(request) });
    assert!(snapshot.has_listed("AWS::S3::Bucket", "111122223333", "global", None));
    let [(resource, bucket)] = buckets(&snapshot)[..] else { panic!("one bucket") };
    assert!(resource.tags.get("backup-tier").is_unknown());
    assert!(bucket.versioning.is_unknown() && bucket.mfa_delete.is_unknown() && bucket.encryption.is_unknown());
    assert!(bucket.object_lock.is_unknown() && bucket.lifecycle.is_unknown() && bucket.policy.is_unknown());
    let reason = bucket.replication.reasons().unwrap().iter().next().unwrap();
    assert_eq!(reason.why, "`s3:GetBucketReplication` was denied in eu-west-1");
    assert_eq!(reason.cure, Some(Cure::Permission("s3:GetReplicationConfiguration".to_owned())));
}

#[test]
fn what_s3_says_is_not_set_is_absent() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.split_once('?') {
        _ if is_bucket_list(request) => bucket_list(&["b"]),
        Some(("/b" | "/b/", query)) => match query.split(['=', '&']).next().unwrap() {
            "versioning" => ok("<VersioningConfiguration/>"),
            "replication" => xml_error(404, "ReplicationConfigurationNotFoundError"),
            "object-lock" => xml_error(404, "ObjectLockConfigurationNotFoundError"),
            "lifecycle" => xml_error(404, "NoSuchLifecycleConfiguration"),
            "publicAccessBlock" => xml_error(404, "NoSuchPublicAccessBlockConfiguration"),
            "encryption" => xml_error(404, "ServerSideEncryptionConfigurationNotFoundError"),
            "tagging" => xml_error(404, "NoSuchTagSet"),
            "logging" => ok("<BucketLoggingStatus/>"),
            "policy" => xml_error(404, "NoSuchBucketPolicy"),
            other => panic!("{other}"),
        },
        _ => denied(request),
    });
    let [(resource, bucket)] = buckets(&snapshot)[..] else { panic!("one bucket") };
    assert!(resource.tags.get("backup-tier").is_absent());
    assert!(bucket.versioning.is_absent() && bucket.mfa_delete.is_false() && bucket.object_lock.is_absent());
    assert!(bucket.public_access_block.is_absent() && bucket.replication.is_absent() && bucket.lifecycle.is_absent());
    assert!(bucket.logging_target.is_absent() && bucket.policy.is_absent());
    assert_eq!(bucket.encryption.value().unwrap().algorithm.value().unwrap(), "AES256");
    assert!(!snapshot.gaps.iter().any(|gap| gap.operation.starts_with("s3:")), "{:?}", snapshot.gaps);
}

#[test]
fn a_bucket_that_is_deleted_while_it_is_read_is_left_out_with_a_note() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        _ if is_bucket_list(request) => bucket_list(&["gone", "kept"]),
        path if path.starts_with("/gone") => xml_error(404, "NoSuchBucket"),
        _ => denied(request),
    });
    let names: Vec<&str> = buckets(&snapshot).iter().map(|(resource, _)| resource.name.as_ref()).collect();
    assert_eq!(names, ["kept"]);
    let note = snapshot.gaps.iter().find(|gap| gap.code.as_ref() == "NoSuchBucket").unwrap();
    assert_eq!((note.kind, note.subject.as_deref()), (GapKind::NotModelled, Some("arn:aws:s3:::gone")));
}

#[test]
fn a_list_that_breaks_off_keeps_its_first_page_and_is_not_called_listed() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if request.service == "backup" && path.starts_with("/backup-vaults?") => {
            if path.contains("nextToken") {
                json_error(400, "InvalidParameterValueException")
            } else if path.contains("vaultType=BACKUP_VAULT") {
                ok(
                    r#"{"BackupVaultList":[{"BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v"}],"NextToken":"t"}"#,
                )
            } else {
                ok(r#"{"BackupVaultList":[]}"#)
            }
        }
        _ => denied(request),
    });
    assert!(!snapshot.has_listed("AWS::Backup::BackupVault", "111122223333", "eu-west-1", None));
    let vault = snapshot.resources.iter().find(|resource| resource.name.as_ref() == "v").unwrap();
    let Facts::Vault(facts) = &vault.facts else { panic!("a vault") };
    assert!(facts.lock.is_unknown() && facts.policy.is_unknown() && facts.notifications.is_unknown());
    assert!(snapshot.gaps.iter().any(|gap| gap.code.as_ref() == "InvalidParameterValueException"));
}

#[test]
fn a_destination_in_another_account_is_known_to_exist_by_its_region_alone() {
    let rule = |id: &str, bucket: &str| {
        format!(
            "<Rule><ID>{id}</ID><Status>Enabled</Status><Filter/><Destination><Bucket>arn:aws:s3:::{bucket}</Bucket></Destination></Rule>"
        )
    };
    let rules = format!(
        "<ReplicationConfiguration><Role>r</Role>{}{}{}</ReplicationConfiguration>",
        rule("1", "theirs"),
        rule("2", "missing"),
        rule("3", "b")
    );
    let (snapshot, _) = run(&["eu-west-1"], move |request| match request.path.as_str() {
        _ if is_bucket_list(request) => bucket_list(&["b"]),
        "/b?replication" | "/b/?replication" => ok(rules.clone()),
        path if request.method == "HEAD" && path.starts_with("/theirs") => {
            (403, vec![("x-amz-bucket-region", "ap-south-1".to_owned())], String::new())
        }
        path if request.method == "HEAD" && path.starts_with("/missing") => (404, Vec::new(), String::new()),
        _ => denied(request),
    });
    let [(_, bucket)] = buckets(&snapshot)[..] else { panic!("one bucket") };
    let rules = bucket.replication.value().unwrap().rules.value().unwrap();
    let [theirs, missing, own] = &rules[..] else { panic!("three rules") };
    assert!(theirs.destination.exists.is_true() && theirs.destination.versioning.is_unknown());
    assert_eq!(theirs.destination.region.value().unwrap(), "ap-south-1");
    assert!(missing.destination.exists.is_false() && missing.destination.region.is_absent());
    assert!(own.destination.exists.is_true() && own.destination.versioning.is_unknown());
    assert_eq!(own.destination.region.value().unwrap(), "eu-west-1");
    // The second schema replicates delete markers only where it says so, even with an empty filter.
    assert!(theirs.delete_markers.is_false());
}

#[test]
fn buckets_outside_the_named_regions_are_left_out_and_the_list_is_claimed_for_those_regions_only() {
    let (snapshot, _) =
        run(&["us-east-1"], |request| if is_bucket_list(request) { bucket_list(&["b"]) } else { denied(request) });
    assert!(buckets(&snapshot).is_empty());
    assert!(!snapshot.has_listed("AWS::S3::Bucket", "111122223333", "global", None));
    assert!(snapshot.has_listed("AWS::S3::Bucket", "111122223333", "us-east-1", None));
}

#[test]
fn a_call_that_is_sent_again_counts_as_a_retry() {
    let tries = AtomicUsize::new(0);
    let (snapshot, statistics) = run(&["eu-west-1"], move |request| {
        if request.target == "ListRules" {
            match tries.fetch_add(1, Ordering::SeqCst) {
                0 => json_error(500, "InternalException"),
                _ => ok("{}"),
            }
        } else {
            denied(request)
        }
    });
    assert!(snapshot.has_listed("AWS::Events::Rule", "111122223333", "eu-west-1", None));
    let calls = statistics.calls[&("events".to_owned(), "ListRules".to_owned())];
    assert_eq!((calls.calls, calls.retries, calls.refused), (1, 1, 0));
    assert!(!calls.time.is_zero());
}

#[test]
fn a_region_that_does_not_know_a_newer_vault_type_has_none_of_it() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/backup-vaults?") && path.contains("vaultType=BACKUP_VAULT") => {
            ok(r#"{"BackupVaultList":[]}"#)
        }
        path if path.starts_with("/backup-vaults?") => json_error(400, "InvalidParameterValueException"),
        _ => denied(request),
    });
    assert!(snapshot.has_listed("AWS::Backup::BackupVault", "111122223333", "eu-west-1", None));
    assert!(!snapshot.gaps.iter().any(|gap| gap.operation.as_ref() == "backup:ListBackupVaults"));
}

#[test]
fn an_air_gapped_vault_is_described_for_its_approval_team() {
    let run = |describe: fn() -> Answer| {
        run(&["eu-west-1"], move |request| match request.path.as_str() {
            path if path.starts_with("/backup-vaults?") && path.contains("LOGICALLY") => ok(r#"{"BackupVaultList":[{
                "BackupVaultName":"gap","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:gap",
                "VaultType":"LOGICALLY_AIR_GAPPED_BACKUP_VAULT","Locked":true,
                "EncryptionKeyType":"AWS_OWNED_KMS_KEY","NumberOfRecoveryPoints":0
            }]}"#),
            path if path.starts_with("/backup-vaults?") => ok(r#"{"BackupVaultList":[]}"#),
            path if path.starts_with("/backup-vaults/gap/recovery-points") => ok(r#"{"RecoveryPoints":[]}"#),
            "/backup-vaults/gap" => describe(),
            _ => denied(request),
        })
        .0
    };
    let team = |snapshot: &Snapshot| match &snapshot.resources.iter().find(|one| &*one.name == "gap").unwrap().facts {
        Facts::Vault(vault) => vault.approval_team.clone(),
        other => panic!("a vault: {other:?}"),
    };
    let arn = "arn:aws:mpa:eu-west-1:111122223333:approval-team/recovery";
    let told = run(|| {
        ok(
            r#"{"BackupVaultName":"gap","MpaApprovalTeamArn":"arn:aws:mpa:eu-west-1:111122223333:approval-team/recovery"}"#,
        )
    });
    assert_eq!(team(&told).value().map(String::as_str), Some(arn));
    let none = run(|| ok(r#"{"BackupVaultName":"gap"}"#));
    assert!(team(&none).is_absent());
    let refused = run(|| json_error(403, "AccessDeniedException"));
    let unknown = team(&refused);
    let mut cures = unknown.reasons().unwrap().iter().filter_map(|reason| reason.cure.clone());
    assert!(cures.any(|cure| cure == Cure::Permission("backup:DescribeBackupVault".to_owned())), "{unknown:?}");
}

#[test]
fn a_vault_that_is_deleted_while_it_is_read_is_left_out_with_a_note() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/backup-vaults?") => ok(
            r#"{"BackupVaultList":[{"BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v"}]}"#,
        ),
        path if path.starts_with("/backup-vaults/v") => json_error(400, "ResourceNotFoundException"),
        _ => denied(request),
    });
    assert!(!snapshot.resources.iter().any(|resource| resource.name.as_ref() == "v"));
    let notes: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.code.as_ref() == "ResourceNotFoundException").collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].kind, GapKind::NotModelled);
}

#[test]
fn protected_resources_have_their_tags_or_no_proof_that_they_still_exist() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match (request.path.as_str(), request.target.as_str()) {
        (path, _) if path.starts_with("/resources?") => ok(r#"{"Results":[
            {"ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1","ResourceType":"EBS"},
            {"ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-2","ResourceType":"EBS"},
            {"ResourceArn":"arn:aws:s3:::b","ResourceType":"S3"},
            {"ResourceArn":"arn:aws:storagegateway:eu-west-1:111122223333:gateway/g/volume/v","ResourceType":"Storage Gateway"}
        ]}"#),
        (_, "GetResources") => ok(r#"{"ResourceTagMappingList":[{
            "ResourceARN":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
            "Tags":[{"Key":"backup-tier","Value":"critical"}]
        }]}"#),
        _ => denied(request),
    });
    assert!(snapshot.has_listed("Backstop::ProtectedResource", "111122223333", "eu-west-1", None));
    let named = |name: &str| snapshot.resources.iter().find(|resource| resource.name.as_ref() == name).unwrap();
    assert!(named("vol-1").exists.is_true());
    assert_eq!(named("vol-1").tags.get("backup-tier").value().unwrap(), "critical");
    assert_eq!(named("vol-1").id.kind.as_ref(), "AWS::EC2::Volume");
    assert!(named("vol-2").exists.is_unknown() && named("vol-2").tags.get("backup-tier").is_absent());
    let other: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.kind == GapKind::NotModelled).collect();
    assert_eq!(other.len(), 1);
    assert_eq!(other[0].subject.as_deref(), Some("Storage Gateway"));
}

#[test]
fn awss_own_keys_are_known_to_rotate_and_are_not_asked_for_policy_or_tags() {
    let (snapshot, statistics) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "ListKeys" => ok(r#"{"Keys":[{"KeyId":"k","KeyArn":"arn:aws:kms:eu-west-1:111122223333:key/k"}]}"#),
        "ListAliases" => ok(r#"{"Aliases":[{"AliasName":"alias/aws/backup","TargetKeyId":"k"}]}"#),
        "DescribeKey" => {
            ok(r#"{"KeyMetadata":{"KeyId":"k","KeyManager":"AWS","KeyState":"Enabled","MultiRegion":false}}"#)
        }
        _ => denied(request),
    });
    let key = snapshot.resources.iter().find(|resource| resource.name.as_ref() == "alias/aws/backup").unwrap();
    let Facts::Key(facts) = &key.facts else { panic!("a key") };
    assert!(facts.rotation.is_true() && facts.policy.is_unknown());
    assert!(key.tags.get("any").is_absent());
    for operation in ["GetKeyRotationStatus", "GetKeyPolicy", "ListResourceTags"] {
        assert!(!statistics.calls.contains_key(&("kms".to_owned(), operation.to_owned())), "{operation}");
    }
}

/// Plans of one Region are denied by a credential that has expired; everything else is denied for good.
fn expired_in(region: &'static str) -> impl Fn(&Request) -> Answer + Send + 'static {
    move |request| {
        let plans = request.service == "backup" && request.path.starts_with("/backup/plans");
        if plans && request.region == region { json_error(400, "ExpiredTokenException") } else { denied(request) }
    }
}

#[test]
fn a_resumed_run_reads_only_the_regions_in_which_calls_failed() {
    let regions = ["eu-west-1", "eu-west-2"];
    let folder = tempfile::tempdir().unwrap();
    let keep = |resume| Some(Keep { folder: folder.path().join("parts"), resume });
    let (first, _) = run_keeping(&regions, keep(false), expired_in("eu-west-2")).unwrap();
    let failed: Vec<_> = first.gaps.iter().filter(|gap| gap.kind == GapKind::Failed).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].code.as_ref(), "ExpiredTokenException");

    let (whole, _) = run(&regions, denied);
    let (resumed, statistics) = run_keeping(&regions, keep(true), |request| {
        assert!(request.region != "eu-west-1" || request.service == "sts", "{} was read before", request.path);
        denied(request)
    })
    .unwrap();
    assert_eq!(resumed, whole);
    assert!(statistics.total().calls > 1);
}

#[test]
fn credentials_that_expire_half_way_leave_gaps_and_nothing_absent() {
    let calls = AtomicUsize::new(0);
    let (snapshot, _) = run(&["eu-west-1"], move |request| {
        let late = calls.fetch_add(1, Ordering::Relaxed) > 2;
        match request.service.as_str() {
            "sts" => denied(request),
            "s3" if is_bucket_list(request) => bucket_list(&["b"]),
            "s3" if late => xml_error(400, "ExpiredToken"),
            _ if late => json_error(400, "ExpiredTokenException"),
            _ => denied(request),
        }
    });
    assert!(snapshot.gaps.iter().any(|gap| gap.code.starts_with("ExpiredToken")));
    for (_, bucket) in buckets(&snapshot) {
        assert!(bucket.versioning.is_unknown() && bucket.replication.is_unknown() && bucket.policy.is_unknown());
    }
}

/// A vault `v` with these recovery points, and nothing else.
fn vault_with(request: &Request, points: &str) -> Option<Answer> {
    let path = request.path.as_str();
    let vault = r#"{"BackupVaultList":[{"BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v"}]}"#;
    match path {
        _ if path.starts_with("/backup-vaults/v/recovery-points") => Some(ok(points)),
        _ if path.starts_with("/backup-vaults?") && path.contains("vaultType=BACKUP_VAULT") => Some(ok(vault)),
        _ if path.starts_with("/backup-vaults?") => Some(ok(r#"{"BackupVaultList":[]}"#)),
        _ => None,
    }
}

fn point_named<'s>(snapshot: &'s Snapshot, name: &str) -> (&'s Resource, &'s crate::model::backup::RecoveryPoint) {
    let resource = snapshot.resources.iter().find(|resource| resource.name.as_ref() == name).unwrap();
    let Facts::RecoveryPoint(facts) = &resource.facts else { panic!("a recovery point") };
    (resource, facts)
}

const POINTS: &str = r#"{"RecoveryPoints":[
    {"RecoveryPointArn":"arn:aws:ec2:eu-west-1::snapshot/snap-old","ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
     "ResourceType":"EBS","Status":"COMPLETED","CreationDate":1700000000,"IsEncrypted":true,
     "CreatedBy":{"BackupPlanId":"p-1","BackupPlanArn":"arn:aws:backup:eu-west-1:111122223333:backup-plan:p-1","BackupRuleId":"r-1"}},
    {"RecoveryPointArn":"arn:aws:ec2:eu-west-1::snapshot/snap-new","ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
     "ResourceType":"EBS","Status":"COMPLETED","CreationDate":1700009999},
    {"RecoveryPointArn":"arn:aws:ec2:eu-west-1::snapshot/snap-gone","ResourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
     "ResourceType":"EBS","Status":"EXPIRED","CreationDate":1700019999},
    {"RecoveryPointArn":"arn:aws:backup:eu-west-1:111122223333:recovery-point:P","ResourceArn":"arn:aws:s3:::b",
     "ResourceType":"S3","CreationDate":1700000000}
]}"#;

#[test]
fn only_the_newest_points_that_are_kept_are_asked_for_their_tags() {
    let (snapshot, statistics) = run(&["eu-west-1"], |request| {
        let tagged = r#"{"ResourceTagMappingList":[{"ResourceARN":"arn:aws:ec2:eu-west-1::snapshot/snap-new","Tags":[{"Key":"owner","Value":"team"}]}]}"#;
        match request.target.as_str() {
            "GetResources" => ok(tagged),
            _ => vault_with(request, POINTS).unwrap_or_else(|| denied(request)),
        }
    });
    assert_eq!(point_named(&snapshot, "snapshot/snap-new").0.tags.get("owner").value().unwrap(), "team");
    for older in ["snapshot/snap-old", "snapshot/snap-gone", "P"] {
        assert!(point_named(&snapshot, older).0.tags.get("owner").is_unknown(), "{older}");
    }
    let asked = statistics.calls.iter().filter(|((_, operation), _)| operation == "GetResources");
    assert_eq!(asked.map(|(_, calls)| calls.calls).sum::<u64>(), 1, "one call for all of them");
    let (_, old) = point_named(&snapshot, "snapshot/snap-old");
    assert_eq!(&**old.plan.value().unwrap(), "arn:aws:backup:eu-west-1:111122223333:backup-plan:p-1");
    assert_eq!(old.rule.value().unwrap().id.as_deref(), Some("r-1"));
    let (_, new) = point_named(&snapshot, "snapshot/snap-new");
    assert!(new.plan.is_absent() && new.rule.is_absent());
    // Texts that many share are kept once.
    let texts = (old.resource.value().unwrap(), new.resource.value().unwrap());
    assert!(std::sync::Arc::ptr_eq(texts.0, texts.1) && std::sync::Arc::ptr_eq(&old.vault, &new.vault));
    let (_, unsaid) = point_named(&snapshot, "P");
    assert!(unsaid.status.is_unknown());
}

#[test]
fn a_newest_point_that_the_tagging_api_does_not_know_is_asked_of_aws_backup_where_it_is_its_own() {
    let points = POINTS.replace(r#""ResourceType":"S3""#, r#""ResourceType":"S3","Status":"COMPLETED""#);
    let answer = move |request: &Request, tags: fn(&Request) -> Answer| match request.path.as_str() {
        _ if request.target == "GetResources" => ok(r#"{"ResourceTagMappingList":[]}"#),
        path if path.starts_with("/tags/") && path.contains("recovery-point") => tags(request),
        _ => vault_with(request, &points).unwrap_or_else(|| denied(request)),
    };
    let told = answer.clone();
    let (snapshot, _) = run(&["eu-west-1"], move |request| told(request, |_| ok(r#"{"Tags":{"owner":"team"}}"#)));
    assert_eq!(point_named(&snapshot, "P").0.tags.get("owner").value().unwrap(), "team");
    // EC2 names each snapshot that was ever tagged.
    assert!(point_named(&snapshot, "snapshot/snap-new").0.tags.get("owner").is_absent());
    let (snapshot, _) = run(&["eu-west-1"], move |request| answer(request, denied));
    assert!(point_named(&snapshot, "P").0.tags.get("owner").is_unknown());
}

#[test]
fn denied_tags_of_points_are_unknown() {
    let (snapshot, _) = run(&["eu-west-1"], |request| vault_with(request, POINTS).unwrap_or_else(|| denied(request)));
    assert!(point_named(&snapshot, "snapshot/snap-new").0.tags.get("owner").is_unknown());
}

#[test]
fn jobs_are_asked_for_from_thirty_days_before_the_snapshot_and_read_to_their_end() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/backup-jobs") && path.contains("nextToken") => ok(
            r#"{"BackupJobs":[{"BackupJobId":"j-2","State":"EXPIRED","ParentJobId":"j-1","CreationDate":1767000000,"MessageCategory":"AccessDenied"}]}"#,
        ),
        // 2026-01-01 less 30 days.
        path if path.starts_with("/backup-jobs") && path.contains("createdAfter=2025-12-02T00%3A00%3A00Z") => ok(
            r#"{"BackupJobs":[{"BackupJobId":"j-1","State":"COMPLETED","IsParent":true,"CreationDate":1767000000}],"NextToken":"t"}"#,
        ),
        path if path.starts_with("/copy-jobs") && !path.contains("nextToken") => {
            ok(r#"{"CopyJobs":[{"CopyJobId":"c-1","State":"FAILED","CreationDate":1767000000}],"NextToken":"t"}"#)
        }
        path if path.starts_with("/copy-jobs") => json_error(400, "ThrottlingException"),
        _ => denied(request),
    });
    assert!(snapshot.has_listed("AWS::Backup::BackupJob", "111122223333", "eu-west-1", None));
    assert!(!snapshot.has_listed("AWS::Backup::CopyJob", "111122223333", "eu-west-1", None), "it broke off");
    let job = |name: &str| &snapshot.resources.iter().find(|resource| resource.name.as_ref() == name).unwrap().facts;
    let Facts::BackupJob(stack) = job("j-1") else { panic!("a backup job") };
    let Facts::BackupJob(part) = job("j-2") else { panic!("a backup job") };
    assert!(!stack.nested && part.nested && &**part.state.value().unwrap() == "EXPIRED");
    assert_eq!(&**part.message_category.value().unwrap(), "AccessDenied");
    assert!(matches!(job("c-1"), Facts::CopyJob(copy) if &**copy.state.value().unwrap() == "FAILED"));
    let gap = snapshot.gaps.iter().find(|gap| gap.operation.as_ref() == "backup:ListCopyJobs").unwrap();
    assert_eq!((gap.kind, gap.code.as_ref()), (GapKind::Failed, "ThrottlingException"));
}
