#!/usr/bin/env python3
"""Builds an account of `account.py` or `bare.py` in a running emulator, over AWS's own operations wherever there is one.

    tests/.venv/bin/python tests/emulator/seed.py http://127.0.0.1:PORT [whole|sound|small|bare|joined]

Prints a JSON object to stdout: for each type, the ARN of every resource by `Region/name` (of a key: `Region/alias/…`).
"""
import json
import sys
import urllib.request
from functools import cache

import boto3
from botocore.config import Config

import account
import bare
from account import ACCOUNT, AWAY, HOME, NOW

ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme-backup"
REPLICATION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme-replication"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class Seed:
    def __init__(self, url: str) -> None:
        self.url = url
        self.arns: dict[str, dict[str, str]] = {}
        self.points: dict[str, list] = {HOME: [], AWAY: []}
        self.client = cache(self._client)

    def _client(self, service: str, region: str):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1, "mode": "standard"}))

    def control(self, path: str, body: dict) -> None:
        request = urllib.request.Request(
            f"{self.url}/moto-api/static/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()

    def keep(self, kind: str, region: str, name: str, arn: str) -> None:
        self.arns.setdefault(kind, {})[f"{region}/{name}"] = arn

    def build(self, parts: dict) -> None:
        self.control("clock", {"now": NOW})
        self.control("account/regions", {"account_id": ACCOUNT, "enabled": [HOME, AWAY]})
        self.client("iam", HOME).create_role(
            RoleName=REPLICATION_ROLE.rpartition("/")[2], AssumeRolePolicyDocument=json.dumps({
                "Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
        for region in (HOME, AWAY):
            self.client("sns", region).create_topic(Name="acme-backup-events")
        for row in parts["keys"]:
            self.key(row)
        for row in parts["vaults"]:
            self.vault(row)
        targets = {row["name"]: self.plan(row) for row in parts["plans"]}
        # A bucket must exist before another replicates to it.
        for row in parts["workloads"]:
            arn = getattr(self, row["kind"])(row)
            self.recovery_points(row, arn, *targets.get(row["plan"], (row["vault"], [])))
        for row in parts["workloads"]:
            if row.get("replicates_to"):
                self.replicate(row)
        for row in parts["workloads"]:
            # Versioning of a destination can be suspended after the rule was made.
            if row.get("versioning") == "Suspended":
                self.versioning(row, "Suspended")
        for region, points in self.points.items():
            self.control("backup/records", {"account_id": ACCOUNT, "region": region, "recovery_points": points})

    def key(self, row: dict) -> None:
        kms = self.client("kms", row["region"])
        made = kms.create_key(Description=row["alias"])["KeyMetadata"]
        kms.create_alias(AliasName=row["alias"], TargetKeyId=made["KeyId"])
        if row["rotation"]:
            kms.enable_key_rotation(KeyId=made["KeyId"])
        if row["state"] == "Disabled":
            kms.disable_key(KeyId=made["KeyId"])
        if row["state"] == "PendingDeletion":
            kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=30)
        self.keep("AWS::KMS::Key", row["region"], row["alias"], made["Arn"])

    def vault(self, row: dict) -> None:
        backup, name = self.client("backup", row["region"]), row["name"]
        own = {"EncryptionKeyArn": self.arns["AWS::KMS::Key"][f"{row['region']}/{row['key']}"]} if row["key"] else {}
        arn = backup.create_backup_vault(BackupVaultName=name, **own)["BackupVaultArn"]
        if row["lock"]:
            lock = dict(row["lock"])
            self.control("clock", {"now": lock.pop("on")})
            backup.put_backup_vault_lock_configuration(BackupVaultName=name, **lock)
            self.control("clock", {"now": NOW})
        if row["events"]:
            topic = f"arn:aws:sns:{row['region']}:{ACCOUNT}:acme-backup-events"
            backup.put_backup_vault_notifications(BackupVaultName=name, SNSTopicArn=topic, BackupVaultEvents=row["events"])
        self.keep("AWS::Backup::BackupVault", row["region"], name, arn)

    def plan(self, row: dict) -> tuple[str, list[str]]:
        """Its vault and its copies' vaults, those that exist."""
        backup = self.client("backup", HOME)
        cold = {"MoveToColdStorageAfterDays": row["cold"]} if row["cold"] else {}
        copies = [copy.split("/") for copy in row["copies"]]
        rule = {
            "RuleName": "only", "TargetBackupVaultName": row["target"], "ScheduleExpression": row["schedule"],
            "StartWindowMinutes": 60, "CompletionWindowMinutes": 480, "Lifecycle": {"DeleteAfterDays": row["keep"], **cold},
            "CopyActions": [{"DestinationBackupVaultArn": f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}",
                             "Lifecycle": {"DeleteAfterDays": row.get("copy_keep", row["keep"])}} for region, name in copies],
        }
        made = backup.create_backup_plan(BackupPlan={"BackupPlanName": row["name"], "Rules": [rule]})
        chosen = {"tags": {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup-plan",
                                           "ConditionValue": row["name"]}]},
                  "conditions": {"Resources": ["*"], "Conditions": {"StringEquals": [
                      {"ConditionKey": "aws:ResourceTag/backup-plan", "ConditionValue": row["name"]}]}}}
        if row["selection"]:
            backup.create_backup_selection(BackupPlanId=made["BackupPlanId"], BackupSelection={
                "SelectionName": "by-tag", "IamRoleArn": ROLE, **chosen[row["selection"]]})
        self.keep("AWS::Backup::BackupPlan", HOME, row["name"], made["BackupPlanArn"])
        vaults = self.arns["AWS::Backup::BackupVault"]
        return row["target"], [copy for copy in row["copies"] if copy in vaults]

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
            key = self.arns["AWS::KMS::Key"].get(f"{row['region']}/{row['encryption']}")
            default = {"SSEAlgorithm": "aws:kms", **({"KMSMasterKeyID": key} if key else {})}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": default}]})
        self.keep("AWS::S3::Bucket", row["region"], name, f"arn:aws:s3:::{name}")
        return f"arn:aws:s3:::{name}"

    def versioning(self, row: dict, status: str) -> None:
        mfa = {"MFA": f"arn:aws:iam::{ACCOUNT}:mfa/root 123456"} if row["mfa"] else {}
        on = {"MFADelete": row["mfa"]} if row["mfa"] else {}
        self.client("s3", row["region"]).put_bucket_versioning(
            Bucket=row["name"], VersioningConfiguration={"Status": status, **on}, **mfa)

    def replicate(self, row: dict) -> None:
        self.client("s3", row["region"]).put_bucket_replication(Bucket=row["name"], ReplicationConfiguration={
            "Role": REPLICATION_ROLE, "Rules": [{
                "ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {}, "DeleteMarkerReplication": {"Status": "Enabled"},
                "Destination": {"Bucket": f"arn:aws:s3:::{row['replicates_to']}"}}]})

    def table(self, row: dict) -> str:
        made = self.client("dynamodb", row["region"]).create_table(
            TableName=row["name"], BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], Tags=tags_of(row))
        arn = made["TableDescription"]["TableArn"]
        self.keep("AWS::DynamoDB::Table", row["region"], row["name"], arn)
        return arn

    def volume(self, row: dict) -> str:
        made = self.client("ec2", row["region"]).create_volume(
            AvailabilityZone=f"{row['region']}a", Size=8, TagSpecifications=[{
                "ResourceType": "volume", "Tags": [{"Key": "Name", "Value": row["name"]}, *tags_of(row)]}])
        arn = f"arn:aws:ec2:{row['region']}:{ACCOUNT}:volume/{made['VolumeId']}"
        self.keep("AWS::EC2::Volume", row["region"], row["name"], arn)
        return arn

    def recovery_points(self, row: dict, arn: str, vault: str | None, copies: list[str]) -> None:
        lifecycle = {"DeleteAfterDays": 35}
        if row["point"]:
            self.points[HOME].append({"BackupVaultName": vault, "ResourceArn": arn, "CreationDate": row["point"], "IamRoleArn": ROLE,
                                      "Status": row["status"], "Lifecycle": lifecycle})
        for copy in copies if row["copy"] else []:
            region, name = copy.split("/")
            self.points[region].append({
                "BackupVaultName": name, "ResourceArn": arn, "CreationDate": row["copy"], "IamRoleArn": ROLE, "Lifecycle": lifecycle,
                "SourceBackupVaultArn": f"arn:aws:backup:{HOME}:{ACCOUNT}:backup-vault:{vault}"})


def tags_of(row: dict) -> list[dict]:
    tags = {"backup-tier": row["tier"], "backup-plan": row["plan"]}
    return [{"Key": k, "Value": v} for k, v in tags.items() if v]


def main() -> None:
    url, name = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "whole"
    if name in bare.ACCOUNTS:
        from seed_bare import Bare

        seed, parts = Bare(url), bare.ACCOUNTS[name]()
    else:
        seed, parts = Seed(url), account.ACCOUNTS[name]()
    seed.build(parts)
    json.dump(seed.arns, sys.stdout, indent=2, sort_keys=True)


if __name__ == "__main__":
    main()
