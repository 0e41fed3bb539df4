#!/usr/bin/env python3
"""Fills a running ministack that enforces IAM policies, and makes a user who may read all but some things.

    tests/.venv/bin/python tests/emulator/denying.py http://127.0.0.1:PORT s3:GetBucketVersioning backup:ListBackupPlans …

Prints the user's access key as JSON to stdout.
"""
import json
import sys

import boto3
from botocore.config import Config

URL, DENIED = sys.argv[1], sys.argv[2:]
HOME, ACCOUNT = "eu-west-1", "123456789012"


def client(service: str):
    # A twelve-digit access key is the account's root there.
    return boto3.client(service, region_name=HOME, endpoint_url=URL, aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
                        config=Config(s3={"addressing_style": "path"}))


def main() -> None:
    s3, backup, iam = client("s3"), client("backup"), client("iam")
    s3.create_bucket(Bucket="acme-orders", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_bucket_versioning(Bucket="acme-orders", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket="acme-orders", Tagging={"TagSet": [{"Key": "backup-tier", "Value": "standard"}]})
    client("kms").create_key(Description="acme")
    backup.create_backup_vault(BackupVaultName="acme-main")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": DENIED, "Resource": "*"}]}
    iam.create_user(UserName="auditor")
    iam.put_user_policy(UserName="auditor", PolicyName="reads", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    json.dump({"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}, sys.stdout)


if __name__ == "__main__":
    main()
