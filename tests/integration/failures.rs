//! Calls that fail in a small, sound account: the verdict is Unknown, the gap is named, and nothing is judged wrongly.

use serde_json::{Value, json};

use crate::harness::emulator::{Emulator, NOW};
use crate::harness::program::{Audit, audit, backstop};

const ORDERS: &str = "arn:aws:s3:::acme-orders";
const PHOTOS: &str = "arn:aws:s3:::acme-photos";
const CARTS: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/acme-carts";
const MAIN: &str = "arn:aws:backup:eu-west-1:123456789012:backup-vault:acme-main";

/// What a planted failure must lead to.
struct Outcome<'a> {
    /// The gap's operation.
    gap: &'a str,
    /// Its kind.
    kind: &'a str,
    /// Verdicts that must be Unknown.
    unknown: &'a [(&'a str, &'a str)],
}

fn assert_outcome(audit: &Audit, outcome: &Outcome<'_>) {
    assert!(audit.fails.is_empty(), "a failed call became a Fail:\n{}", audit.text);
    let gap = audit.gaps.iter().find(|gap| gap.operation == outcome.gap);
    let gap = gap.unwrap_or_else(|| panic!("no gap for {}:\n{}", outcome.gap, audit.text));
    assert_eq!(gap.kind, outcome.kind, "{}", gap.operation);
    for (rule, resource) in outcome.unknown {
        let known = audit.unknowns.iter().any(|place| place.rule == *rule && place.resource == *resource);
        assert!(known, "{rule} at {resource} is not Unknown:\n{}", audit.text);
    }
    assert_eq!(audit.exit_code, 3, "{}", audit.text);
}

fn plant_and_audit(emulator: &Emulator, failure: &Value) -> Audit {
    emulator.plant(failure);
    let audit = audit(emulator);
    assert!(emulator.dig_up() > 0, "the failure was never met: {failure}");
    audit
}

#[test]
fn a_denied_call_leaves_unknown_what_it_would_have_said() {
    let emulator = Emulator::seeded("small");
    let cases: &[(Value, Outcome<'_>)] = &[
        (
            json!({"service": "s3", "operation": "GetBucketVersioning", "code": "AccessDenied", "where": {"Bucket": "acme-orders"}}),
            Outcome { gap: "s3:GetBucketVersioning", kind: "denied", unknown: &[("s3-versioning-enabled", ORDERS)] },
        ),
        (
            json!({"service": "s3", "operation": "GetBucketLifecycleConfiguration", "code": "AccessDenied"}),
            Outcome {
                gap: "s3:GetBucketLifecycleConfiguration",
                kind: "denied",
                unknown: &[("s3-lifecycle-configured", ORDERS), ("s3-lifecycle-configured", PHOTOS)],
            },
        ),
        (
            json!({"service": "backup", "operation": "ListBackupPlans", "code": "AccessDeniedException"}),
            Outcome {
                gap: "backup:ListBackupPlans",
                kind: "denied",
                unknown: &[("workload-protected", ORDERS), ("workload-protected", CARTS)],
            },
        ),
        (
            json!({"service": "backup", "operation": "GetBackupSelection", "code": "AccessDeniedException"}),
            Outcome { gap: "backup:GetBackupSelection", kind: "denied", unknown: &[("workload-protected", ORDERS)] },
        ),
        (
            json!({"service": "backup", "operation": "GetBackupVaultNotifications", "code": "AccessDeniedException"}),
            Outcome {
                gap: "backup:GetBackupVaultNotifications",
                kind: "denied",
                unknown: &[("vault-notifies-failures", MAIN)],
            },
        ),
        (
            json!({"service": "resourcegroupstaggingapi", "operation": "GetResources", "code": "AccessDeniedException"}),
            Outcome { gap: "tag:GetResources", kind: "denied", unknown: &[("workload-tier-assigned", CARTS)] },
        ),
        (
            json!({"service": "backup", "operation": "ListRestoreTestingPlans", "code": "AccessDeniedException"}),
            Outcome {
                gap: "backup:ListRestoreTestingPlans",
                kind: "denied",
                unknown: &[("restore-testing-covers-workloads", ORDERS), ("restore-testing-covers-workloads", CARTS)],
            },
        ),
        (
            json!({"service": "cloudtrail", "operation": "GetEventSelectors", "code": "AccessDeniedException"}),
            Outcome { gap: "cloudtrail:GetEventSelectors", kind: "denied", unknown: &[("s3-access-logged", ORDERS)] },
        ),
        (
            json!({"service": "kms", "operation": "DescribeKey", "code": "AccessDeniedException"}),
            Outcome {
                gap: "kms:DescribeKey",
                kind: "denied",
                unknown: &[("kms-key-usable-in-recovery-region", CARTS)],
            },
        ),
    ];
    for (failure, outcome) in cases {
        assert_outcome(&plant_and_audit(&emulator, failure), outcome);
    }
}

#[test]
fn a_denial_about_one_bucket_leaves_the_other_bucket_alone() {
    let emulator = Emulator::seeded("small");
    let failure = json!({"service": "s3", "operation": "GetBucketVersioning", "code": "AccessDenied", "where": {"Bucket": "acme-orders"}});
    let audit = plant_and_audit(&emulator, &failure);
    assert!(audit.unknowns.iter().all(|place| place.resource != PHOTOS), "{}", audit.text);
}

#[test]
fn an_error_on_the_second_page_leaves_the_rest_of_the_list_unknown() {
    let emulator = Emulator::seeded("small");
    emulator.page_size(1);
    // The first recovery point is seen, and the workloads of the others may have some.
    let failure = json!({
        "service": "backup", "operation": "ListRecoveryPointsByBackupVault", "code": "AccessDeniedException", "after_pages": 1,
    });
    let audit = plant_and_audit(&emulator, &failure);
    assert!(audit.fails.is_empty(), "{}", audit.text);
    assert!(audit.unseen().contains("backup:ListRecoveryPointsByBackupVault"), "{}", audit.text);
    let open = audit.unknowns.iter().filter(|place| place.rule == "workload-recovery-point-exists").count();
    assert_eq!(open, 2, "{}", audit.text);
    assert_eq!(audit.exit_code, 3);
}

#[test]
fn half_a_list_of_buckets_is_not_the_whole_list() {
    let emulator = Emulator::seeded("small");
    emulator.page_size(1);
    let failure = json!({"service": "s3", "operation": "ListBuckets", "code": "AccessDenied", "after_pages": 1});
    let audit = plant_and_audit(&emulator, &failure);
    assert!(audit.fails.is_empty(), "{}", audit.text);
    assert!(audit.unseen().contains("s3:ListBuckets"), "{}", audit.text);
    assert_eq!(audit.exit_code, 3);
}

#[test]
fn a_call_that_is_throttled_twice_succeeds_in_the_end() {
    let emulator = Emulator::seeded("small");
    let quiet = audit(&emulator);
    for failure in [
        json!({"service": "backup", "operation": "ListBackupVaults", "code": "ThrottlingException", "times": 2}),
        json!({"service": "kms", "operation": "ListKeys", "code": "ThrottlingException", "times": 2}),
        json!({"service": "s3", "operation": "GetBucketVersioning", "code": "SlowDown", "times": 2}),
        json!({"service": "backup", "operation": "ListBackupPlans", "kind": "reset", "times": 2}),
    ] {
        assert_eq!(plant_and_audit(&emulator, &failure).text, quiet.text, "{failure}");
    }
}

#[test]
fn a_call_that_is_throttled_for_ever_leaves_a_gap() {
    let emulator = Emulator::seeded("small");
    let failure = json!({"service": "backup", "operation": "ListBackupSelections", "code": "ThrottlingException"});
    let outcome =
        Outcome { gap: "backup:ListBackupSelections", kind: "failed", unknown: &[("workload-protected", ORDERS)] };
    assert_outcome(&plant_and_audit(&emulator, &failure), &outcome);
}

#[test]
fn a_connection_that_is_reset_or_cut_leaves_a_gap() {
    let emulator = Emulator::seeded("small");
    for kind in ["reset", "cut"] {
        let failure = json!({"service": "backup", "operation": "ListBackupPlans", "kind": kind});
        let outcome =
            Outcome { gap: "backup:ListBackupPlans", kind: "failed", unknown: &[("workload-protected", ORDERS)] };
        assert_outcome(&plant_and_audit(&emulator, &failure), &outcome);
    }
}

#[test]
fn an_operation_that_the_server_does_not_know_is_a_gap_and_never_an_absence() {
    let emulator = Emulator::seeded("small");
    // Each of these says by an error of status 404 that nothing is set; a page with that status says nothing of the kind.
    let cases: &[(Value, Outcome<'_>)] = &[
        (
            json!({"service": "s3", "operation": "GetBucketLifecycleConfiguration", "kind": "page", "status": 404}),
            Outcome {
                gap: "s3:GetBucketLifecycleConfiguration",
                kind: "failed",
                unknown: &[("s3-lifecycle-configured", ORDERS)],
            },
        ),
        (
            json!({"service": "s3", "operation": "GetBucketTagging", "kind": "page", "status": 404}),
            Outcome { gap: "s3:GetBucketTagging", kind: "failed", unknown: &[("workload-tier-assigned", ORDERS)] },
        ),
        (
            json!({"service": "backup", "operation": "GetBackupVaultNotifications", "kind": "page", "status": 404}),
            Outcome {
                gap: "backup:GetBackupVaultNotifications",
                kind: "failed",
                unknown: &[("vault-notifies-failures", MAIN)],
            },
        ),
        (
            json!({"service": "kms", "operation": "GetKeyRotationStatus", "kind": "page", "status": 500}),
            Outcome { gap: "kms:GetKeyRotationStatus", kind: "failed", unknown: &[] },
        ),
    ];
    for (failure, outcome) in cases {
        assert_outcome(&plant_and_audit(&emulator, failure), outcome);
    }
}

#[test]
fn without_the_list_of_regions_the_default_ones_are_audited_and_the_gap_is_named() {
    let emulator = Emulator::seeded("small");
    emulator.plant(&json!({"service": "account", "operation": "ListRegions", "code": "AccessDeniedException"}));
    let out = backstop(&emulator.url()).args(["audit", "--now", NOW, "--output", "json"]).output().expect("it runs");
    let audit = Audit::of(out);
    assert!(audit.fails.is_empty(), "{}", audit.text);
    assert!(audit.unseen().contains("account:ListRegions"), "{}", audit.text);
}

#[test]
fn without_the_callers_identity_there_is_no_audit_and_no_report_that_looks_clean() {
    let emulator = Emulator::seeded("small");
    emulator.plant(&json!({"service": "sts", "operation": "GetCallerIdentity", "code": "ExpiredToken", "status": 403}));
    let out = backstop(&emulator.url()).args(["audit", "--now", NOW, "--output", "json"]).output().expect("it runs");
    assert_eq!(out.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(stderr.contains("ExpiredToken"), "{stderr}");
    assert!(out.stdout.is_empty());
}
