"""Builds an account of `bare.py`: Region by Region."""
import json

import bare
from rows import ACCOUNT, EVENTS, NOW, key, vault

from .base import BACKUPS, RESTORES, ROLE, S3_BACKUPS, S3_RESTORES, vault_arn
from .resources import Resources

CONFIG_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


class Bare(Resources):
    def build(self, parts: dict) -> None:
        regions = [row["region"] for row in parts["regions"]]
        self.control("clock", {"now": NOW})
        self.control("account/regions", {"account_id": ACCOUNT, "enabled": regions})
        self.control("iam/root", {"account_id": ACCOUNT, **parts["root"]})
        if parts["organization"]:
            self.organization()
        self.keep("AWS::Account", "global", ACCOUNT, ACCOUNT)
        restores = (RESTORES, S3_RESTORES) if parts["restores"] else ()
        for name, path in ((ROLE.rpartition("/")[2], "/"), ("AWSBackupDefaultServiceRole", "/service-role/")):
            self.backup_role(name, BACKUPS, S3_BACKUPS, *restores, path=path)
        for row in parts["regions"]:
            self.keep("AWS::Region", row["region"], row["region"], row["region"])
            if row["vault"]:
                self.key(key("alias/bare-vault", row["region"]))
                self.vault(vault("bare-main", row["region"], key="alias/bare-vault", events=EVENTS))
        for row in parts["regions"]:
            self.region(row)

    def organization(self) -> None:
        """One with a member, which service control policies could restrict and do not."""
        organizations = self.client("organizations", "us-east-1")
        organizations.create_organization(FeatureSet="ALL")
        organizations.create_account(AccountName=bare.MEMBER, Email="recovery@example.com")
        root = organizations.list_roots()["Roots"][0]["Id"]
        organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")

    def region(self, row: dict) -> None:
        name = row["region"]
        arns = {workload["name"]: getattr(self, workload["kind"])(workload) for workload in row["workloads"]}
        for workload in row["workloads"]:
            if workload.get("logs_to"):
                self.log(workload)
        for plan in row["plans"]:
            chosen = [arns[workload["name"]] for workload in row["workloads"] if workload["plan"] == plan["name"]]
            self.regional_plan(name, plan, chosen)
        self.watch(name, row)
        if row["testing"]:
            self.test(name, row)
        if row["restored"]:
            self.control("backup/records", {"account_id": ACCOUNT, "region": name, "restore_jobs": [
                self.restore(name, arn, row["restored"], {}) for arn in arns.values()]})

    def log(self, row: dict) -> None:
        s3, target = self.client("s3", row["region"]), row["logs_to"]
        s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"],
            "Resource": f"arn:aws:s3:::{target}/*", "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}))
        s3.put_bucket_logging(Bucket=row["name"], BucketLoggingStatus={
            "LoggingEnabled": {"TargetBucket": target, "TargetPrefix": f"{row['name']}/"}})

    def regional_plan(self, region: str, row: dict, chosen: list[str]) -> None:
        backup = self.client("backup", region)
        copies = [copy.split("/") for copy in row["copies"]]
        keep = {"DeleteAfterDays": row["keep"]}
        made = backup.create_backup_plan(BackupPlan={"BackupPlanName": row["name"], "Rules": [{
            "RuleName": "only", "TargetBackupVaultName": row["target"], "ScheduleExpression": row["schedule"],
            "StartWindowMinutes": 60, "CompletionWindowMinutes": 480, "Lifecycle": keep,
            "CopyActions": [{"DestinationBackupVaultArn": vault_arn(*copy), "Lifecycle": keep} for copy in copies]}]})
        backup.create_backup_selection(BackupPlanId=made["BackupPlanId"], BackupSelection={
            "SelectionName": "by-tag", "IamRoleArn": ROLE, "ListOfTags": [
                {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup-plan", "ConditionValue": row["name"]}]})
        self.keep("AWS::Backup::BackupPlan", region, row["name"], made["BackupPlanArn"])
        run = {"LastExecutionDate": row["ran"][-1]} if row["ran"] else {}
        self.control("backup/records", {"account_id": ACCOUNT, "region": region, "plan_runs": [
            {"BackupPlanId": made["BackupPlanId"], "CreationDate": row["made"], **run}]})
        by = {"BackupPlanId": made["BackupPlanId"], "BackupPlanArn": made["BackupPlanArn"],
              "BackupPlanVersion": made["VersionId"],
              "BackupRuleId": backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])["BackupPlan"]["Rules"][0]["RuleId"]}
        for arn in chosen:
            self.runs(region, row, arn, by)

    def runs(self, region: str, row: dict, arn: str, by: dict) -> None:
        """The recovery points and the jobs of a plan's runs, those that failed too."""
        backup = self.client("backup", region)
        here = {"BackupVaultName": row["target"], "ResourceArn": arn, "IamRoleArn": ROLE}
        keep = {"DeleteAfterDays": row["keep"]}
        jobs = [{**here, "CreatedBy": by, "CreationDate": at} for at in row["ran"]]
        jobs += [{**here, "CreatedBy": by, "CreationDate": at, "State": "FAILED", "MessageCategory": "AccessDenied",
                  "StatusMessage": "Insufficient privileges to perform this action."} for at in row["failed"]]
        self.control("backup/records", {"account_id": ACCOUNT, "region": region, "backup_jobs": jobs, "recovery_points": [
            {**here, "CreationDate": at, "CreatedBy": by, "Lifecycle": keep} for at in row["ran"]]})
        points = {}
        if row["ran"]:
            listed = backup.list_recovery_points_by_resource(ResourceArn=arn)["RecoveryPoints"]
            points = {f"{point['CreationDate']:%Y-%m-%dT%H:%M:%S}": point["RecoveryPointArn"] for point in listed}
        for copy in row["copies"]:
            there, name = copy.split("/")
            job = {"SourceBackupVaultArn": vault_arn(region, row["target"]), "DestinationBackupVaultArn": vault_arn(there, name),
                   "ResourceArn": arn, "IamRoleArn": ROLE, "CreatedBy": by}
            done = [{**job, "CreationDate": at, "SourceRecoveryPointArn": points[at[:19]]} for at in row["ran"]]
            failed = [{**job, "CreationDate": at, "SourceRecoveryPointArn": points[row["ran"][-1][:19]], "State": "FAILED",
                       "StatusMessage": "Access denied to the destination vault."} for at in row["copy_failed"]]
            self.control("backup/records", {"account_id": ACCOUNT, "region": region, "copy_jobs": done + failed})
            self.control("backup/records", {"account_id": ACCOUNT, "region": there, "recovery_points": [
                {"BackupVaultName": name, "ResourceArn": arn, "CreationDate": at, "IamRoleArn": ROLE, "Lifecycle": keep,
                 "CreatedBy": by, "SourceBackupVaultArn": vault_arn(region, row["target"])} for at in row["ran"]]})

    def watch(self, region: str, row: dict) -> None:
        """What AWS Config and Backup Audit Manager have there."""
        backup, config = self.client("backup", region), self.client("config", region)
        if recorder := row["recorder"]:
            config.put_configuration_recorder(ConfigurationRecorder={
                "name": "default", "roleARN": CONFIG_ROLE, "recordingGroup": recorder["group"]})
            config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "bare-logs"})
            if recorder["running"]:
                config.start_configuration_recorder(ConfigurationRecorderName="default")
            self.control("config/status", {"account_id": ACCOUNT, "region": region, "delivery": recorder["delivery"]})
        states: dict = {"account_id": ACCOUNT, "region": region}
        if row["report"]:
            backup.create_report_plan(ReportPlanName="bare_jobs", ReportSetting={"ReportTemplate": "BACKUP_JOB_REPORT"},
                                      ReportDeliveryChannel={"S3BucketName": "bare-logs", "Formats": ["CSV"]})
            states["report_plans"] = [{"ReportPlanName": "bare_jobs", "CreationTime": bare.MADE,
                                       "LastSuccessfulExecutionTime": row["report"]}]
        if row["framework"]:
            backup.create_framework(FrameworkName="bare_daily", FrameworkControls=[
                {"ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED"}])
            states["frameworks"] = [{"FrameworkName": "bare_daily", "FrameworkStatus": row["framework"]}]
        self.control("backup/audit", states)

    def test(self, region: str, row: dict) -> None:
        """A restore-testing plan of all tables, whose last run was whole and validated."""
        backup, ran = self.client("backup", region), "2026-10-30T05:00:00Z"
        made = backup.create_restore_testing_plan(RestoreTestingPlan={
            "RestoreTestingPlanName": "bare_weekly", "ScheduleExpression": "cron(0 5 ? * FRI *)", "StartWindowHours": 1,
            "RecoveryPointSelection": {"Algorithm": row["testing"], "IncludeVaults": ["*"], "SelectionWindowDays": 30,
                                       "RecoveryPointTypes": ["SNAPSHOT"]}})
        backup.create_restore_testing_selection(RestoreTestingPlanName="bare_weekly", RestoreTestingSelection={
            "RestoreTestingSelectionName": "tables", "ProtectedResourceType": "DynamoDB", "ProtectedResourceArns": ["*"],
            "IamRoleArn": ROLE, "ValidationWindowHours": 4})
        self.keep("AWS::Backup::RestoreTestingSelection", region, "tables", f"{made['RestoreTestingPlanArn']}/selection/tables")
        tested = [arn for name, arn in self.arns["AWS::DynamoDB::Table"].items() if name.startswith(f"{region}/")]
        creator = {"CreatedBy": {"RestoreTestingPlanArn": made["RestoreTestingPlanArn"]}, "ValidationStatus": "SUCCESSFUL"}
        self.control("backup/records", {
            "account_id": ACCOUNT, "region": region,
            "restore_testing_runs": [{"RestoreTestingPlanName": "bare_weekly", "LastExecutionTime": ran}],
            "restore_jobs": [self.restore(region, arn, ran, creator) for arn in tested]})

    def restore(self, region: str, arn: str, at: str, more: dict) -> dict:
        """A restore of the newest recovery point there that ended well within the quarter of an hour."""
        points = self.client("backup", region).list_recovery_points_by_resource(ResourceArn=arn)["RecoveryPoints"]
        return {"AccountId": ACCOUNT, "RestoreJobId": f"{region}-{arn.rpartition('/')[2]}", "Status": "COMPLETED",
                "PercentDone": "100.0", "RecoveryPointArn": points[0]["RecoveryPointArn"], "SourceResourceArn": arn,
                "BackupVaultArn": vault_arn(region, "bare-main"), "ResourceType": points[0].get("ResourceType", "DynamoDB"),
                "IamRoleArn": ROLE, "CreationDate": at, "CompletionDate": at.replace(":00:00", ":12:00"), **more}
