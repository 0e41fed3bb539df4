"""What all parts of the seeding share."""
import json
import urllib.request
from functools import cache

import boto3
from botocore.config import Config

from rows import ACCOUNT

def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


ROLE = role_arn("acme-backup")
# "Managed policies for AWS Backup" in the AWS Backup Developer Guide: S3 has policies of its own.
BACKUPS, S3_BACKUPS = "service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"
RESTORES, S3_RESTORES = "service-role/AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore"


class Base:
    def __init__(self, url: str) -> None:
        self.url = url
        # By type, then by `Region/name`.
        self.arns: dict[str, dict[str, str]] = {}
        self.client = cache(self._client)

    def _client(self, service: str, region: str):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1, "mode": "standard"}))

    def control(self, path: str, body: dict) -> None:
        request = urllib.request.Request(
            f"{self.url}/moto-api/static/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()

    def backup_role(self, name: str, *policies: str, path: str = "/") -> None:
        """A role that AWS Backup works with, with policies of AWS."""
        iam = self.client("iam", "us-east-1")
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")

    def keep(self, kind: str, region: str, name: str, arn: str) -> None:
        self.arns.setdefault(kind, {})[f"{region}/{name}"] = arn


def vault_arn(region: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"
