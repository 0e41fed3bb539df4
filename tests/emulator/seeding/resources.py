"""Keys, vaults, and what is backed up."""
import json

from rows import ACCOUNT, NOW

from .base import Base
from .policies import POLICIES

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# A key with the policy that the console begins with: the account's own principals.
OWN_ACCOUNT = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]})
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
KEEPS = {"Sid": "KeepRecoveryPoints", "Effect": "Deny", "Principal": "*", "Resource": "*", "Action": [
    "backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle",
    "backup:DeleteBackupVault", "backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultAccessPolicy"]}
COPIES_IN = {"Sid": "AnybodyCopiesIn", "Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"}
TEAM = f"arn:aws:mpa:eu-west-1:{ACCOUNT}:approval-team/acme-restorers"


class Resources(Base):
    def key(self, row: dict) -> None:
        kms = self.client("kms", row["region"])
        policy = json.loads(OWN_ACCOUNT)
        policy["Statement"] += [ANYBODY] if row["public"] else []
        made = kms.create_key(Description=row["alias"], Policy=json.dumps(policy))["KeyMetadata"]
        kms.create_alias(AliasName=row["alias"], TargetKeyId=made["KeyId"])
        if row["rotation"]:
            kms.enable_key_rotation(KeyId=made["KeyId"])
        self.keep("AWS::KMS::Key", row["region"], row["alias"], made["Arn"])

    def retire(self, row: dict) -> None:
        """Takes a key out of use: it is in the state that its row names once all is built that it encrypts."""
        kms, key = self.client("kms", row["region"]), self.key_arn(row["region"], row["alias"])
        if row["state"] == "Disabled":
            kms.disable_key(KeyId=key)
        if row["state"] == "PendingDeletion":
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)

    def key_arn(self, region: str, alias: str) -> str | None:
        return self.arns["AWS::KMS::Key"].get(f"{region}/{alias}")

    def vault(self, row: dict) -> None:
        if row.get("air_gapped"):
            return self.air_gapped_vault(row)
        backup, name = self.client("backup", row["region"]), row["name"]
        own = {"EncryptionKeyArn": self.key_arn(row["region"], row["key"])} if row["key"] else {}
        arn = backup.create_backup_vault(BackupVaultName=name, **own)["BackupVaultArn"]
        statements = [KEEPS] * row["denies"] + [COPIES_IN] * row["copies_in"]
        if statements:
            backup.put_backup_vault_access_policy(
                BackupVaultName=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        if row["lock"]:
            lock = dict(row["lock"])
            self.control("clock", {"now": lock.pop("on")})
            backup.put_backup_vault_lock_configuration(BackupVaultName=name, **lock)
            self.control("clock", {"now": NOW})
        self.notify(row, arn)

    def air_gapped_vault(self, row: dict) -> None:
        """A logically air-gapped vault that an approval team can share, should the account be lost."""
        backup, name = self.client("backup", row["region"]), row["name"]
        arn = backup.create_logically_air_gapped_backup_vault(
            BackupVaultName=name, MinRetentionDays=7, MaxRetentionDays=400)["BackupVaultArn"]
        backup.associate_backup_vault_mpa_approval_team(BackupVaultName=name, MpaApprovalTeamArn=TEAM)
        self.notify(row, arn)

    def notify(self, row: dict, arn: str) -> None:
        if row["events"]:
            topic = f"arn:aws:sns:{row['region']}:{ACCOUNT}:acme-backup-events"
            self.client("backup", row["region"]).put_backup_vault_notifications(
                BackupVaultName=row["name"], SNSTopicArn=topic, BackupVaultEvents=row["events"])
        self.keep("AWS::Backup::BackupVault", row["region"], row["name"], arn)

    def bucket(self, row: dict) -> str:
        s3, name = self.client("s3", row["region"]), row["name"]
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": row["region"]},
                         ObjectLockEnabledForBucket=row["lock"] is not None)
        if tags := tags_of(row):
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        if row["versioning"]:
            self.versioning(row, "Enabled")
        if row["lock"]:
            s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": row["lock"]}})
        if row["lifecycle"]:
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": row["lifecycle"]})
        if row["blocked"] is False:
            s3.delete_public_access_block(Bucket=name)
        elif row["blocked"] is not True:
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(BLOCKS, True) | row["blocked"])
        if row["encryption"]:
            key = self.key_arn(row["region"], row["encryption"])
            default = {"SSEAlgorithm": "aws:kms", **({"KMSMasterKeyID": key} if key else {})}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": default}]})
        if row["policy"]:
            statements = POLICIES[row["policy"]](f"arn:aws:s3:::{name}")
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        self.keep("AWS::S3::Bucket", row["region"], name, f"arn:aws:s3:::{name}")
        return f"arn:aws:s3:::{name}"

    def versioning(self, row: dict, status: str) -> None:
        mfa = {"MFA": f"arn:aws:iam::{ACCOUNT}:mfa/root 123456"} if row["mfa"] else {}
        on = {"MFADelete": row["mfa"]} if row["mfa"] else {}
        self.client("s3", row["region"]).put_bucket_versioning(
            Bucket=row["name"], VersioningConfiguration={"Status": status, **on}, **mfa)

    def replicate(self, row: dict) -> None:
        self.client("s3", row["region"]).put_bucket_replication(Bucket=row["name"], ReplicationConfiguration={
            "Role": f"arn:aws:iam::{ACCOUNT}:role/{self.replicator(row)}", "Rules": [{
                "ID": "all", "Priority": 1, "Status": "Enabled", "Filter": row.get("replicated", {}),
                "DeleteMarkerReplication": {"Status": "Enabled"},
                "Destination": {"Bucket": f"arn:aws:s3:::{row['replicates_to']}"}}]})

    def table(self, row: dict) -> str:
        made = self.client("dynamodb", row["region"]).create_table(
            TableName=row["name"], BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], Tags=tags_of(row))
        arn = made["TableDescription"]["TableArn"]
        self.keep("AWS::DynamoDB::Table", row["region"], row["name"], arn)
        return arn

    def volume(self, row: dict) -> str:
        key = row["encryption"]
        own = {"Encrypted": True, "KmsKeyId": self.key_arn(row["region"], key)} if key else {"Encrypted": False}
        made = self.client("ec2", row["region"]).create_volume(
            AvailabilityZone=f"{row['region']}a", Size=8, **own, TagSpecifications=[named("volume", row)])
        arn = f"arn:aws:ec2:{row['region']}:{ACCOUNT}:volume/{made['VolumeId']}"
        self.keep("AWS::EC2::Volume", row["region"], row["name"], arn)
        return arn

    def instance(self, row: dict) -> str:
        disk = {"Encrypted": True, "KmsKeyId": self.key_arn(row["region"], "alias/acme-data"), "VolumeSize": 8}
        made = self.client("ec2", row["region"]).run_instances(
            ImageId="ami-12c6146b", InstanceType="t3.micro", MinCount=1, MaxCount=1,
            BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": disk}], TagSpecifications=[named("instance", row)])
        arn = f"arn:aws:ec2:{row['region']}:{ACCOUNT}:instance/{made['Instances'][0]['InstanceId']}"
        self.keep("AWS::EC2::Instance", row["region"], row["name"], arn)
        return arn

    def files(self, row: dict) -> str:
        made = self.client("efs", row["region"]).create_file_system(
            CreationToken=row["name"], Encrypted=True, KmsKeyId=self.key_arn(row["region"], "alias/acme-data"), Tags=tags_of(row))
        self.keep("AWS::EFS::FileSystem", row["region"], row["name"], made["FileSystemArn"])
        return made["FileSystemArn"]


def named(kind: str, row: dict) -> dict:
    return {"ResourceType": kind, "Tags": [{"Key": "Name", "Value": row["name"]}, *tags_of(row)]}


def tags_of(row: dict) -> list[dict]:
    tags = {"backup-tier": row["tier"], "backup-plan": row["plan"]}
    return [{"Key": k, "Value": v} for k, v in tags.items() if v]
