"""Records with dates of the test's choosing (an old recovery point, a failed job): AWS has no operation to make them.

POST /moto-api/static/backup/records
{"account_id": "123456789012", "region": "eu-west-1",
 "recovery_points": [{"BackupVaultName": "v", "ResourceArn": "…", "CreationDate": "2026-10-31T02:00:00Z", …}],
 "backup_jobs": […], "copy_jobs": […], "restore_jobs": […]}

"restore_testing_runs": [{"RestoreTestingPlanName": "monthly", "LastExecutionTime": "2026-11-01T05:00:00Z"}] says when a
plan last ran; its jobs are restore_jobs whose CreatedBy names it.

Rows are what the Describe operations answer. A job without a creation date was created now. What a recovery point leaves out is filled in as AWS would: its ARN (always
the same for the same vault, resource and date), type, key, status COMPLETED, and the dates that follow from Lifecycle.
"""
from .. import clock
from .store import RECORDS, backend_of, calculated, key_of, new_point_arn, resource_type, store


def put(body: dict) -> None:
    backend = backend_of(body["account_id"], body["region"])
    unknown = sorted(set(body) - {"account_id", "region", "restore_testing_runs", *RECORDS})
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    for run in body.get("restore_testing_runs", []):
        plan = store(backend)["rt_plans"][run["RestoreTestingPlanName"]]
        plan["LastExecutionTime"] = clock.parse(run["LastExecutionTime"])
    for table in RECORDS:
        for row in body.get(table, []):
            row = {k: clock.parse(v) if k.endswith("Date") and isinstance(v, str) else v for k, v in row.items()}
            row.setdefault("CreationDate", clock.now())
            store(backend)[table].append(_point(row, backend) if table == "recovery_points" else row)


def _point(row: dict, backend) -> dict:
    vault = backend.vaults[row["BackupVaultName"]]
    seed = f"{vault.backup_vault_arn} {row['ResourceArn']} {row['CreationDate'].isoformat()}"
    filled = {
        "RecoveryPointArn": new_point_arn(row["ResourceArn"], backend, seed), "BackupVaultArn": vault.backup_vault_arn,
        "ResourceType": resource_type(row["ResourceArn"]), "Status": "COMPLETED", "CompletionDate": row["CreationDate"],
        "IsEncrypted": True, "EncryptionKeyArn": key_of(vault, backend), "BackupSizeInBytes": 1024**3,
        "CalculatedLifecycle": calculated(row.get("Lifecycle"), row["CreationDate"]), "VaultType": "BACKUP_VAULT"}
    return filled | row
