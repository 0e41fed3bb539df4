"""Very many recovery points and jobs from a small description: a request with a row for each would take longer than the test.

POST /moto-api/static/backup/estate
{"account_id": "123456789012", "region": "eu-west-1", "vaults": ["hourly-1", "hourly-2"], "plan": "<backup plan id>",
 "resources": 125, "recovery_points": 50000, "backup_jobs": 10000, "copy_jobs": 10000}

The resources are DynamoDB tables. Point after point they are backed up in turn, the newest an hour ago and each round an
hour before the last, kept for 35 days, each resource in a vault of its own among those named (which must be there). Jobs
go the same rounds. Everything succeeded.
"""
from datetime import timedelta

from .. import clock
from . import records
from .store import backend_of

LIFECYCLE = {"DeleteAfterDays": 35}


def put(body: dict) -> None:
    account, region, vaults = body["account_id"], body["region"], body["vaults"]
    backend = backend_of(account, region)
    arns = {name: backend.vaults[name].backup_vault_arn for name in vaults}
    plan = backend.get_backup_plan(body["plan"], None).backup_plan_arn
    by = {"BackupPlanId": body["plan"], "BackupPlanArn": plan, "BackupRuleId": f"{body['plan']}-rule", "BackupRuleName": "hourly"}

    def rounds(count: int):
        """For each row the resource, its vault, and when it was backed up."""
        for number in range(count):
            turn, resource = divmod(number, body["resources"])
            vault = vaults[resource % len(vaults)]
            arn = f"arn:aws:dynamodb:{region}:{account}:table/orders-{resource:04}"
            yield arn, vault, clock.now() - timedelta(hours=turn + 1)

    records.put({
        "account_id": account, "region": region,
        "recovery_points": [
            {"BackupVaultName": vault, "ResourceArn": arn, "CreationDate": created, "Lifecycle": LIFECYCLE, "CreatedBy": by,
             # Not looked for: the tables are not there, and looking takes longer with each point.
             "Tags": {}}
            for arn, vault, created in rounds(body["recovery_points"])],
        "backup_jobs": [
            {"BackupVaultName": vault, "BackupVaultArn": arns[vault], "ResourceArn": arn, "CreationDate": created, "CreatedBy": by}
            for arn, vault, created in rounds(body["backup_jobs"])],
        "copy_jobs": [
            {"SourceBackupVaultArn": arns[vault], "DestinationBackupVaultArn": arns[vaults[0]], "ResourceArn": arn,
             "CreationDate": created, "CreatedBy": by}
            for arn, vault, created in rounds(body["copy_jobs"])]})
