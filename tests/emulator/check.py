#!/usr/bin/env python3
"""Holds the emulator to AWS's answers where moto's own differ, and its planted failures to the SDK's reading of them.

    tests/.venv/bin/python tests/emulator/check.py http://127.0.0.1:PORT

Prints one line per check and ends with a status other than 0 at the first that does not hold.
"""
import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

URL = sys.argv[1]
HOME, AWAY = "eu-west-1", "eu-central-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def client(service: str, region: str = HOME, account: str = ACCOUNT):
    return boto3.client(
        service, region_name=region, endpoint_url=URL, aws_access_key_id=account, aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1, "mode": "standard"}))


def control(path: str, body=None, method: str = "POST"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/moto-api/static/{path}", data, {"Content-Type": "application/json"}, method=method)
    return json.load(urllib.request.urlopen(request))


def check(what: str, found, wanted) -> None:
    if found != wanted:
        sys.exit(f"{what}: wanted {wanted}, found {found}")
    print("ok:", what)


def code(call, **params) -> str:
    """The error's code as the SDK reads it, or the name of its own exception."""
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except BotoCoreError as error:
        return type(error).__name__
    return "none"


s3, backup, kms, account = client("s3"), client("backup"), client("kms"), client("account")


def s3_answers() -> None:
    for name in ("check-a", "check-b", "check-c"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": HOME})
    block = s3.get_public_access_block(Bucket="check-a")["PublicAccessBlockConfiguration"]
    check("a new bucket is blocked from the public", set(block.values()), {True})
    s3.delete_public_access_block(Bucket="check-a")
    check("… until that is deleted", code(s3.get_public_access_block, Bucket="check-a"), "NoSuchPublicAccessBlockConfiguration")
    rule = s3.get_bucket_encryption(Bucket="check-a")["ServerSideEncryptionConfiguration"]["Rules"][0]
    check("a new bucket has SSE-S3", rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")
    check("versioning that was never on has no status", "Status" in s3.get_bucket_versioning(Bucket="check-a"), False)
    s3.put_bucket_versioning(Bucket="check-a", MFA="serial 123456", VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"})
    found = s3.get_bucket_versioning(Bucket="check-a")
    check("MFA delete shows", (found["Status"], found["MFADelete"]), ("Enabled", "Enabled"))
    names = [[b["Name"] for b in page["Buckets"]] for page in
             s3.get_paginator("list_buckets").paginate(Prefix="check-", PaginationConfig={"PageSize": 2})]
    check("ListBuckets pages", names, [["check-a", "check-b"], ["check-c"]])
    check("… and tells Regions", s3.list_buckets(MaxBuckets=1)["Buckets"][0]["BucketRegion"], HOME)
    check("another Region's endpoint redirects", code(client("s3", AWAY).get_bucket_policy, Bucket="check-b"), "NoSuchBucketPolicy")
    check("… as the SDK sees by itself", client("s3", AWAY).get_bucket_location(Bucket="check-b")["LocationConstraint"], HOME)


def s3_documents() -> None:
    check("no replication", code(s3.get_bucket_replication, Bucket="check-a"), "ReplicationConfigurationNotFoundError")
    destination = {"Bucket": "arn:aws:s3:::check-b"}
    s3.put_bucket_replication(Bucket="check-a", ReplicationConfiguration={"Role": ROLE, "Rules": [
        {"Status": "Enabled", "Prefix": "data/", "Destination": destination}]})
    rule = s3.get_bucket_replication(Bucket="check-a")["ReplicationConfiguration"]["Rules"][0]
    check("a V1 replication rule keeps its prefix", (rule["Prefix"], "Priority" in rule, "ID" in rule), ("data/", False, True))
    criteria = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    s3.put_bucket_replication(Bucket="check-a", ReplicationConfiguration={"Role": ROLE, "Rules": [
        {"ID": "v2", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Enabled"},
         "SourceSelectionCriteria": criteria, "Destination": destination}]})
    rule = s3.get_bucket_replication(Bucket="check-a")["ReplicationConfiguration"]["Rules"][0]
    check("a V2 rule keeps all it says", (rule["DeleteMarkerReplication"]["Status"], rule["SourceSelectionCriteria"]), ("Enabled", criteria))
    expiry = {"NoncurrentDays": 7, "NewerNoncurrentVersions": 3}
    s3.put_bucket_lifecycle_configuration(Bucket="check-a", LifecycleConfiguration={"Rules": [
        {"ID": "l", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": expiry}]})
    rule = s3.get_bucket_lifecycle_configuration(Bucket="check-a")["Rules"][0]
    check("lifecycle keeps NewerNoncurrentVersions", rule["NoncurrentVersionExpiration"], expiry)
    s3.delete_bucket_lifecycle(Bucket="check-a")
    check("… until it is deleted", code(s3.get_bucket_lifecycle_configuration, Bucket="check-a"), "NoSuchLifecycleConfiguration")


def keys() -> None:
    backup.create_backup_vault(BackupVaultName="check-vault")
    arn = backup.describe_backup_vault(BackupVaultName="check-vault")["EncryptionKeyArn"]
    check("a vault without a key has AWS's own", kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyManager"], "AWS")
    check("… which is alias/aws/backup", kms.describe_key(KeyId="alias/aws/backup")["KeyMetadata"]["Arn"], arn)
    made = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    found = kms.describe_key(KeyId=made[0])["KeyMetadata"]
    check("a key has AWS's defaults", (found["MultiRegion"], found["KeyUsage"], found["Origin"]), (False, "ENCRYPT_DECRYPT", "AWS_KMS"))
    check("ListKeys pages", [len(p["Keys"]) for p in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3})], [3, 1])
    kms.enable_key_rotation(KeyId=made[0], RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=made[0])
    check("rotation tells its period", (status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 180))
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    check("an asymmetric key cannot rotate", code(kms.get_key_rotation_status, KeyId=signing), "UnsupportedOperationException")
    control("clock", {"now": "2026-11-01T12:00:00Z"})
    gone = kms.schedule_key_deletion(KeyId=made[1], PendingWindowInDays=7)["DeletionDate"]
    check("deletion goes by the account's clock", gone.timestamp(), 1794139200.0)


def regions() -> None:
    control("account/regions", {"account_id": ACCOUNT, "enabled": [HOME, AWAY]})
    pages = account.get_paginator("list_regions").paginate(RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"])
    check("ListRegions", [r["RegionName"] for page in pages for r in page["Regions"]], [AWAY, HOME])
    other = client("sts", account="444455556666").get_caller_identity()["Account"]
    check("a twelve-digit key is the account", other, "444455556666")


def points() -> None:
    control("backup/records", {"account_id": ACCOUNT, "region": HOME, "recovery_points": [
        {"BackupVaultName": "check-vault", "ResourceArn": "arn:aws:s3:::check-a", "CreationDate": f"2026-10-0{day}T00:00:00Z",
         "Lifecycle": {"DeleteAfterDays": 35}} for day in (1, 3, 2)]})
    rows = backup.list_recovery_points_by_backup_vault(BackupVaultName="check-vault")["RecoveryPoints"]
    check("recovery points of any date, the newest first", [r["CreationDate"].day for r in rows], [3, 2, 1])
    check("… with their deletion date", rows[0]["CalculatedLifecycle"]["DeleteAt"].timestamp(), 1794009600.0)
    day = {"CreationDate": "2026-10-03T00:00:00Z", "ResourceArn": "arn:aws:s3:::check-a"}
    control("backup/records", {"account_id": ACCOUNT, "region": HOME, "backup_jobs": [
        {**day, "State": "FAILED", "MessageCategory": "AccessDenied"}, {**day, "State": "RUNNING"},
        {**day, "CreationDate": "2026-08-01T00:00:00Z"}], "copy_jobs": [day]})
    jobs = backup.list_backup_jobs(ByCreatedAfter="2026-09-30T00:00:00Z")["BackupJobs"]
    check("jobs of any state, by date", sorted(j["State"] for j in jobs), ["FAILED", "RUNNING"])
    check("… those that run have no end", sorted("CompletionDate" in j for j in jobs), [False, True])
    check("… each with an id of its own", len({j["BackupJobId"] for j in jobs}), 2)
    check("copy jobs too", [j["State"] for j in backup.list_copy_jobs()["CopyJobs"]], ["COMPLETED"])
    rule = {"RuleName": "r", "TargetBackupVaultName": "check-vault", "ScheduleExpression": "cron(0 5 ? * * *)"}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "check-runs", "Rules": [rule]})["BackupPlanId"]
    check("a plan that never ran", "LastExecutionDate" in backup.get_backup_plan(BackupPlanId=plan), False)
    control("backup/records", {"account_id": ACCOUNT, "region": HOME, "plan_runs": [
        {"BackupPlanId": plan, "CreationDate": "2026-01-01T00:00:00Z", "LastExecutionDate": "2026-10-03T05:00:00Z"}]})
    listed = next(p for p in backup.list_backup_plans()["BackupPlansList"] if p["BackupPlanId"] == plan)
    check("… and when one ran", (listed["LastExecutionDate"].day, listed["CreationDate"].month), (3, 1))
    check("… in both answers", backup.get_backup_plan(BackupPlanId=plan)["LastExecutionDate"], listed["LastExecutionDate"])
    backup.delete_backup_plan(BackupPlanId=plan)
    control("page-size", {"size": 2})
    paged = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName="check-vault")
    check("page sizes can be bounded", [len(page["RecoveryPoints"]) for page in paged], [2, 1])


def failures() -> None:
    calls = {
        ("backup", "ListBackupPlans"): backup.list_backup_plans, ("account", "ListRegions"): account.list_regions,
        ("kms", "ListKeys"): kms.list_keys, ("events", "ListRules"): client("events").list_rules,
        ("sts", "GetCallerIdentity"): client("sts").get_caller_identity, ("s3", "ListBuckets"): s3.list_buckets,
        ("resourcegroupstaggingapi", "GetResources"): client("resourcegroupstaggingapi").get_resources,
    }
    for (service, operation), call in calls.items():
        for planted in ("AccessDeniedException", "ThrottlingException"):
            control("fail", {"service": service, "operation": operation, "code": planted, "times": 1})
            check(f"{planted} from {service}", (code(call), code(call)), (planted, "none"))
    for kind, read in (("reset", "ConnectionClosedError"), ("cut", "ConnectionClosedError"), ("page", "500")):
        control("fail", {"service": "backup", "operation": "ListBackupPlans", "kind": kind, "times": 1})
        check(f"a planted {kind}", code(backup.list_backup_plans), read)
    control("fail", method="DELETE")
    control("fail", {"service": "backup", "operation": "ListRecoveryPointsByBackupVault", "code": "InternalFailure", "after_pages": 1,
                     "where": {"BackupVaultName": "check-vault"}})
    first = backup.list_recovery_points_by_backup_vault(BackupVaultName="check-vault")
    second = {"BackupVaultName": "check-vault", "NextToken": first["NextToken"]}
    check("an error on the second page", code(backup.list_recovery_points_by_backup_vault, **second), "InternalFailure")
    check("… and again when it is retried", code(backup.list_recovery_points_by_backup_vault, **second), "InternalFailure")
    check("… of that list only", code(backup.list_backup_vaults), "none")
    check("planted failures count", control("fail", method="GET")[0]["hits"], 2)
    control("fail", method="DELETE")
    try:
        control("fail", {"service": "backup", "operatoin": "ListBackupPlans", "code": "X"})
        status = 200
    except urllib.error.HTTPError as error:
        status = error.code
    check("a misspelt failure is refused", status, 400)


for part in (s3_answers, s3_documents, keys, regions, points, failures):
    part()
