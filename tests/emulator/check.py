#!/usr/bin/env python3
"""Holds the emulator to AWS's answers where moto's own differ, and its planted failures to the SDK's reading of them.

    tests/.venv/bin/python tests/emulator/check.py http://127.0.0.1:PORT

Prints one line per check and ends with a status other than 0 at the first that does not hold.
"""
import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone

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


def air_gap() -> None:
    backup.create_logically_air_gapped_backup_vault(BackupVaultName="check-gap", MinRetentionDays=7, MaxRetentionDays=400)
    check("an air-gapped vault has no approval team", "MpaApprovalTeamArn" in backup.describe_backup_vault(BackupVaultName="check-gap"), False)
    team = f"arn:aws:mpa:{HOME}:{ACCOUNT}:approval-team/recovery"
    associate = {"MpaApprovalTeamArn": team, "BackupVaultName": "check-gap"}
    backup.associate_backup_vault_mpa_approval_team(**associate)
    check("… until one is associated", backup.describe_backup_vault(BackupVaultName="check-gap")["MpaApprovalTeamArn"], team)
    listed = backup.list_backup_vaults(ByVaultType="LOGICALLY_AIR_GAPPED_BACKUP_VAULT")["BackupVaultList"]
    check("the list does not tell it", [(v["BackupVaultName"], "MpaApprovalTeamArn" in v) for v in listed], [("check-gap", False)])
    plain = code(backup.associate_backup_vault_mpa_approval_team, **{**associate, "BackupVaultName": "check-vault"})
    check("other vaults have none", plain, "InvalidRequestException")
    backup.disassociate_backup_vault_mpa_approval_team(BackupVaultName="check-gap")
    check("a team goes as it came", "MpaApprovalTeamArn" in backup.describe_backup_vault(BackupVaultName="check-gap"), False)


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


def of_account() -> None:
    iam, organizations, config, trail = client("iam"), client("organizations"), client("config"), client("cloudtrail")
    root = lambda: [iam.get_account_summary()["SummaryMap"][f"Account{key}"] for key in ("MFAEnabled", "AccessKeysPresent", "PasswordPresent")]
    check("a new root user has a password and nothing else", root(), [0, 0, 1])
    control("iam/root", {"account_id": ACCOUNT, "mfa": True, "password": False})
    check("… until it is given others", root(), [1, 0, 0])
    check("an account outside an organization", code(organizations.list_parents, ChildId=ACCOUNT), "AWSOrganizationsNotInUseException")
    organizations.create_organization(FeatureSet="ALL")
    check("the management account is below the root", organizations.list_parents(ChildId=ACCOUNT)["Parents"][0]["Type"], "ROOT")
    backup_service = {"ServicePrincipal": "backup.amazonaws.com"}
    check("AWS Backup can be delegated", organizations.list_delegated_administrators(**backup_service)["DelegatedAdministrators"], [])
    member = organizations.create_account(AccountName="m", Email="m@example.com")["CreateAccountStatus"]["AccountId"]
    as_member = client("organizations", account=member)
    check("a member knows its organization", as_member.describe_organization()["Organization"]["MasterAccountId"], ACCOUNT)
    for call, params in ((as_member.list_parents, {"ChildId": member}), (as_member.list_delegated_administrators, backup_service)):
        check("… and may not ask for the rest", code(call, **params), "AccessDeniedException")
    organizations.enable_aws_service_access(**backup_service)
    organizations.register_delegated_administrator(AccountId=member, **backup_service)
    check("… unless it administers something", as_member.list_delegated_administrators(**backup_service)["DelegatedAdministrators"][0]["Id"], member)
    named = organizations.create_account(AccountName="111122223333", Email="n@example.com")["CreateAccountStatus"]["AccountId"]
    check("an account can be given its number", named, "111122223333")
    full = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"][0]["Id"]
    targets = [target["TargetId"] for target in organizations.list_targets_for_policy(PolicyId=full)["Targets"]]
    check("its policies name it by that", named in targets, True)
    status = lambda: config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
    check("no delivery channel has no status", status(), [])
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": ROLE})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "check-a"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    check("a channel delivers once it records", status()[0]["configHistoryDeliveryInfo"]["lastStatus"], "SUCCESS")
    control("config/status", {"account_id": ACCOUNT, "region": HOME, "recording": "FAILURE"})
    recorded = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]
    check("a recording can fail", (recorded["recording"], recorded["lastStatus"]), (True, "FAILURE"))
    arn = trail.create_trail(Name="check", S3BucketName="check-a", IsMultiRegionTrail=True)["TrailARN"]
    check("a new trail logs management events", trail.get_event_selectors(TrailName=arn)["EventSelectors"][0]["IncludeManagementEvents"], True)
    data = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]
    trail.put_event_selectors(TrailName=arn, AdvancedEventSelectors=[{"FieldSelectors": data}])
    trail.put_event_selectors(TrailName=arn, EventSelectors=[{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])
    found = trail.get_event_selectors(TrailName=arn)
    check("basic selectors replace advanced ones", (len(found["EventSelectors"]), found["AdvancedEventSelectors"]), (1, []))
    shadows = client("cloudtrail", AWAY).describe_trails()["trailList"]
    check("a multi-Region trail shows everywhere", [t["HomeRegion"] for t in shadows], [HOME])
    control("cloudtrail/delivery", {"account_id": ACCOUNT, "region": HOME, "trail": "check", "error": "NoSuchBucket"})
    check("a delivery can fail", trail.get_trail_status(Name=arn)["LatestDeliveryError"], "NoSuchBucket")
def restore_testing() -> None:
    check("no restore testing at first", backup.list_restore_testing_plans()["RestoreTestingPlans"], [])
    check("… and no restores", backup.list_restore_jobs()["RestoreJobs"], [])
    plan = {"RestoreTestingPlanName": "check", "ScheduleExpression": "cron(0 5 1 * ? *)", "RecoveryPointSelection": {
        "Algorithm": "RANDOM_WITHIN_WINDOW", "IncludeVaults": ["*"], "RecoveryPointTypes": ["SNAPSHOT"]}}
    arn = backup.create_restore_testing_plan(RestoreTestingPlan=plan)["RestoreTestingPlanArn"]
    backup.create_restore_testing_selection(RestoreTestingPlanName="check", RestoreTestingSelection={
        "RestoreTestingSelectionName": "buckets", "ProtectedResourceType": "S3", "ProtectedResourceArns": ["*"], "IamRoleArn": ROLE})
    control("backup/records", {"account_id": ACCOUNT, "region": HOME, "restore_jobs": [
        {"RestoreJobId": f"check-{day}", "Status": "COMPLETED", "ResourceType": "S3", "SourceResourceArn": "arn:aws:s3:::check-a",
         "CreationDate": f"2026-10-0{day}T05:00:00Z", "CompletionDate": f"2026-10-0{day}T06:00:00Z",
         "CreatedBy": {"RestoreTestingPlanArn": arn}} for day in (1, 2)],
        "restore_testing_runs": [{"RestoreTestingPlanName": "check", "LastExecutionTime": "2026-10-02T05:00:00Z"}]})
    found = backup.get_restore_testing_plan(RestoreTestingPlanName="check")["RestoreTestingPlan"]
    check("a restore-testing plan and its last run", (found["StartWindowHours"], found["LastExecutionTime"].day), (24, 2))
    listed = backup.list_restore_testing_selections(RestoreTestingPlanName="check")["RestoreTestingSelections"][0]
    check("its selection is deleted at once", (listed["ProtectedResourceType"], listed["ValidationWindowHours"]), ("S3", 0))
    backup.update_restore_testing_selection(RestoreTestingPlanName="check", RestoreTestingSelectionName="buckets",
                                            RestoreTestingSelection={"ValidationWindowHours": 4})
    one = backup.get_restore_testing_selection(RestoreTestingPlanName="check", RestoreTestingSelectionName="buckets")
    found = one["RestoreTestingSelection"]
    check("… or after the time that an update says", (found["ValidationWindowHours"], found["ProtectedResourceArns"]), (4, ["*"]))
    jobs = backup.list_restore_jobs(ByCreatedAfter=datetime(2026, 10, 2, tzinfo=timezone.utc), ByRestoreTestingPlanArn=arn)["RestoreJobs"]
    check("restore jobs of a window and a plan", [j["RestoreJobId"] for j in jobs], ["check-2"])
    check("… name the plan that asked", jobs[0]["CreatedBy"]["RestoreTestingPlanArn"], arn)
    backup.put_restore_validation_result(RestoreJobId="check-2", ValidationStatus="SUCCESSFUL")
    check("a validation shows", backup.list_restore_jobs()["RestoreJobs"][0]["ValidationStatus"], "SUCCESSFUL")
    check("a plan with selections stays", code(backup.delete_restore_testing_plan, RestoreTestingPlanName="check"), "InvalidRequestException")
    backup.delete_restore_testing_selection(RestoreTestingPlanName="check", RestoreTestingSelectionName="buckets")
    backup.delete_restore_testing_plan(RestoreTestingPlanName="check")
    check("… until they are deleted", backup.list_restore_testing_plans()["RestoreTestingPlans"], [])


def audits() -> None:
    check("no frameworks, reports or holds", (backup.list_frameworks()["Frameworks"], backup.list_report_plans()["ReportPlans"],
                                              backup.list_legal_holds()["LegalHolds"]), ([], [], []))
    check("no global settings outside an organization", code(backup.describe_global_settings), "InvalidRequestException")
    backup.create_report_plan(ReportPlanName="check_jobs", ReportDeliveryChannel={"S3BucketName": "check-a"},
                              ReportSetting={"ReportTemplate": "BACKUP_JOB_REPORT"})
    plan = backup.describe_report_plan(ReportPlanName="check_jobs")["ReportPlan"]
    check("a new report plan has delivered nothing", "LastSuccessfulExecutionTime" in plan, False)
    control("backup/audit", {"account_id": ACCOUNT, "region": HOME, "report_plans": [
        {"ReportPlanName": "check_jobs", "LastSuccessfulExecutionTime": "2026-10-01T00:00:00Z"}]})
    plan = backup.describe_report_plan(ReportPlanName="check_jobs")["ReportPlan"]
    check("… until a date is planted", plan["LastSuccessfulExecutionTime"].timestamp(), 1790812800.0)
    backup.start_report_job(ReportPlanName="check_jobs")
    plan = backup.describe_report_plan(ReportPlanName="check_jobs")["ReportPlan"]
    check("… or a report is started", plan["LastSuccessfulExecutionTime"].timestamp(), 1793534400.0)
    backup.create_framework(FrameworkName="check_daily", FrameworkControls=[{"ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED"}])
    control("backup/audit", {"account_id": ACCOUNT, "region": HOME, "frameworks": [
        {"FrameworkName": "check_daily", "FrameworkStatus": "INACTIVE"}]})
    check("a framework's state can be planted", backup.describe_framework(FrameworkName="check_daily")["FrameworkStatus"], "INACTIVE")
    held = backup.create_legal_hold(Title="check", Description="d", RecoveryPointSelection={"VaultNames": ["check-vault"]})
    found = backup.get_legal_hold(LegalHoldId=held["LegalHoldId"])["RecoveryPointSelection"]
    check("a legal hold says what it holds", found, {"VaultNames": ["check-vault"]})


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


for part in (s3_answers, s3_documents, keys, air_gap, regions, points, audits, of_account, restore_testing, failures):
    part()
