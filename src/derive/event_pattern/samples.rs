//! Events of jobs that end badly, with the fields that AWS documents.

use serde_json::{Value, json};

/// One event for each way in which a job of AWS Backup fails, with its name: `backup job FAILED`.
///
/// The fields are those of the examples in "Monitoring AWS Backup events using Amazon EventBridge", AWS Backup Developer
/// Guide: backup and copy jobs say `state`, restore jobs say `status`. Only identifiers and times are made up.
pub fn backup_failure_events(region: &str, account: &str) -> Vec<(String, Value)> {
    let mut events: Vec<(String, Value)> = ["FAILED", "EXPIRED", "ABORTED"]
        .into_iter()
        .map(|state| (format!("backup job {state}"), backup_job(region, account, state)))
        .collect();
    events.push(("copy job FAILED".to_owned(), copy_job(region, account)));
    events.push(("restore job FAILED".to_owned(), restore_job(region, account)));
    events
}

fn event(region: &str, account: &str, detail_type: &str, resources: &[String], detail: Value) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": detail_type,
        "source": "aws.backup",
        "account": account,
        "time": "2024-01-01T05:30:00Z",
        "region": region,
        "resources": resources,
        "detail": detail,
    })
}

fn backup_job(region: &str, account: &str, state: &str) -> Value {
    let detail = json!({
        "backupJobId": "00000000-0000-4000-8000-000000000001",
        "backupVaultArn": format!("arn:aws:backup:{region}:{account}:backup-vault:vault"),
        "backupVaultName": "vault",
        "bytesTransferred": "0",
        "creationDate": "2024-01-01T05:00:00.000Z",
        "iamRoleArn": format!("arn:aws:iam::{account}:role/backup"),
        "resourceArn": format!("arn:aws:ec2:{region}:{account}:volume/vol-00000000000000001"),
        "resourceType": "EBS",
        "state": state,
        "statusMessage": "the job did not complete",
        "completionDate": "2024-01-01T05:29:00.000Z",
        "startBy": "2024-01-01T13:00:00.000Z",
        "percentDone": 0,
        "createdBy": {
            "backupPlanId": "00000000-0000-4000-8000-000000000002",
            "backupPlanArn": format!("arn:aws:backup:{region}:{account}:backup-plan:00000000-0000-4000-8000-000000000002"),
            "backupPlanVersion": "version",
            "backupPlanRuleId": "00000000-0000-4000-8000-000000000003",
        },
    });
    event(region, account, "Backup Job State Change", &[], detail)
}

fn copy_job(region: &str, account: &str) -> Value {
    let vault = format!("arn:aws:backup:{region}:{account}:backup-vault:vault");
    let detail = json!({
        "copyJobId": "00000000-0000-4000-8000-000000000004",
        "backupSizeInBytes": 1_073_741_824_i64,
        "creationDate": "2024-01-01T05:00:00.000Z",
        "iamRoleArn": format!("arn:aws:iam::{account}:role/backup"),
        "resourceArn": format!("arn:aws:ec2:{region}:{account}:volume/vol-00000000000000001"),
        "resourceType": "EBS",
        "sourceBackupVaultArn": vault.clone(),
        "state": "FAILED",
        "statusMessage": "the job did not complete",
        "completionDate": "2024-01-01T05:29:00.000Z",
        "destinationBackupVaultArn": vault,
        "destinationRecoveryPointArn": {},
    });
    event(region, account, "Copy Job State Change", &[snapshot(region)], detail)
}

fn restore_job(region: &str, account: &str) -> Value {
    let detail = json!({
        "restoreJobId": "00000000-0000-4000-8000-000000000005",
        "backupSizeInBytes": "1073741824",
        "creationDate": "2024-01-01T05:00:00.000Z",
        "iamRoleArn": format!("arn:aws:iam::{account}:role/backup"),
        "percentDone": 0,
        "resourceType": "EBS",
        "status": "FAILED",
        "statusMessage": "the job did not complete",
    });
    event(region, account, "Restore Job State Change", &[snapshot(region)], detail)
}

/// The recovery point; a failed backup has none.
fn snapshot(region: &str) -> String {
    format!("arn:aws:ec2:{region}::snapshot/snap-00000000000000001")
}
