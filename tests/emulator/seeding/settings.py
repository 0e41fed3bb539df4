"""What an account has beside its resources, all of it sound."""
import json

from rows import ACCOUNT, AWAY, EMPTY, HOME, LONG_AGO, NOW, OPTED_OUT, TRAIL_BUCKET, UNLOGGED

from .base import BACKUPS, RESTORES, S3_BACKUPS, S3_RESTORES, Base

# "Setting up permissions for live replication" in the Amazon S3 User Guide.
REPLICATION = ["s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
               "s3:GetObjectVersionTagging", "s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:ReplicateObject",
               "s3:ReplicateDelete", "s3:ReplicateTags"]
CONFIG_ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme-config"
# Where AWS Backup works.
USED = (HOME, AWAY)


def document(statement: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Settings(Base):
    def settings(self) -> None:
        self.control("clock", {"now": NOW})
        self.control("account/regions", {"account_id": ACCOUNT, "enabled": [HOME, AWAY, EMPTY]})
        self.control("iam/root", {"account_id": ACCOUNT, "mfa": True})
        self.client("organizations", "us-east-1").create_organization(FeatureSet="ALL")
        self.client("backup", HOME).update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
        self.backup_role("acme-backup", BACKUPS, S3_BACKUPS, RESTORES, S3_RESTORES)
        # What people's commands name unless they are told another, as its owner completed it for S3.
        self.backup_role("AWSBackupDefaultServiceRole", BACKUPS, S3_BACKUPS, RESTORES, S3_RESTORES, path="/service-role/")
        # For backups of all but S3.
        self.backup_role("acme-disks", BACKUPS)
        for region in USED:
            self.client("sns", region).create_topic(Name="acme-backup-events")
            self.client("backup", region).update_region_settings(ResourceTypeOptInPreference=dict.fromkeys(OPTED_OUT, False))
            self.audits(region)

    def replicator(self, row: dict) -> str:
        """The role that a bucket replicates with: one of its own that may do no more than that, unless its row names another."""
        arns = [f"arn:aws:s3:::{name}{end}" for name in (row["name"], row["replicates_to"]) for end in ("", "/*")]
        kinds = {
            None: (f"{row['name']}-replicator", REPLICATION, arns),
            # It may write replicas, and read nothing.
            "acme-thin": ("acme-thin", ["s3:ReplicateObject"], arns),
            # It may delete versions besides, in every bucket.
            "acme-wide": ("acme-wide", [*REPLICATION, "s3:DeleteObjectVersion"], "*"),
        }
        name, actions, resources = kinds[row["role"]]
        iam = self.client("iam", HOME)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}))
        iam.put_role_policy(RoleName=name, PolicyName="replicate", PolicyDocument=document(
            {"Effect": "Allow", "Action": actions, "Resource": resources}))
        return name

    def keeper(self) -> None:
        """A user who can destroy the key of a vault, and nothing else."""
        iam, key = self.client("iam", HOME), self.arns["AWS::KMS::Key"].get(f"{HOME}/alias/acme-shared")
        if key:
            iam.create_user(UserName="acme-keeper")
            iam.put_user_policy(UserName="acme-keeper", PolicyName="keys", PolicyDocument=document(
                {"Effect": "Allow", "Action": "kms:ScheduleKeyDeletion", "Resource": key}))

    def audits(self, region: str) -> None:
        """A report on backup jobs that was delivered today, and a framework."""
        backup = self.client("backup", region)
        backup.create_report_plan(
            ReportPlanName="acme_jobs", ReportSetting={"ReportTemplate": "BACKUP_JOB_REPORT"},
            ReportDeliveryChannel={"S3BucketName": TRAIL_BUCKET, "Formats": ["CSV"]})
        self.control("backup/audit", {"account_id": ACCOUNT, "region": region, "report_plans": [
            {"ReportPlanName": "acme_jobs", "CreationTime": LONG_AGO, "LastSuccessfulExecutionTime": "2026-11-01T01:00:00Z"}]})
        backup.create_framework(FrameworkName="acme_framework", FrameworkControls=[
            {"ControlName": "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN"}])

    def logs(self) -> None:
        """AWS Config in each Region that is used, and a trail of all Regions. Both need a bucket to write to."""
        for region in USED:
            config = self.client("config", region)
            config.put_configuration_recorder(ConfigurationRecorder={
                "name": "default", "roleARN": CONFIG_ROLE,
                "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}})
            config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": TRAIL_BUCKET})
            config.start_configuration_recorder(ConfigurationRecorderName="default")
        trails = self.client("cloudtrail", HOME)
        trails.create_trail(Name="acme-trail", S3BucketName=TRAIL_BUCKET, IsMultiRegionTrail=True)
        objects = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                   {"Field": "resources.ARN", "NotStartsWith": [f"arn:aws:s3:::{UNLOGGED}/"]}]
        trails.put_event_selectors(TrailName="acme-trail", AdvancedEventSelectors=[{"Name": "objects", "FieldSelectors": objects}])
        trails.start_logging(Name="acme-trail")
