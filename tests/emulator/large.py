#!/usr/bin/env python3
"""Fills a running emulator with very many recovery points and jobs, healthy for the most part.

    tests/.venv/bin/python tests/emulator/large.py http://127.0.0.1:PORT [TABLES]

One Region holds them: 50,000 recovery points of 125 tables (or so many) in three vaults, made by one hourly plan, 10,000 backup jobs and
10,000 copy jobs.
"""
import json
import sys
import urllib.request

import boto3
from botocore.config import Config

from rows import ACCOUNT, HOME, NOW

VAULTS = ["hourly-1", "hourly-2", "hourly-3"]


def main(url: str, tables: str = "125") -> None:
    def control(path: str, body: dict) -> None:
        request = urllib.request.Request(
            f"{url}/moto-api/static/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()

    control("clock", {"now": NOW})
    backup = boto3.client(
        "backup", region_name=HOME, endpoint_url=url, aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1, "mode": "standard"}))
    arns = [backup.create_backup_vault(BackupVaultName=name)["BackupVaultArn"] for name in VAULTS]
    rule = {"RuleName": "hourly", "TargetBackupVaultName": VAULTS[0], "ScheduleExpression": "cron(0 * * * ? *)",
            "StartWindowMinutes": 60, "CompletionWindowMinutes": 120, "Lifecycle": {"DeleteAfterDays": 35},
            "CopyActions": [{"DestinationBackupVaultArn": arns[1], "Lifecycle": {"DeleteAfterDays": 35}}]}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "hourly", "Rules": [rule]})["BackupPlanId"]
    backup.create_backup_selection(BackupPlanId=plan, BackupSelection={
        "SelectionName": "tables", "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/acme-backup",
        "Resources": ["arn:aws:dynamodb:*:*:table/*"]})
    control("backup/estate", {
        "account_id": ACCOUNT, "region": HOME, "vaults": VAULTS, "plan": plan, "resources": int(tables),
        "recovery_points": 50_000, "backup_jobs": 10_000, "copy_jobs": 10_000})


if __name__ == "__main__":
    main(*sys.argv[1:])
