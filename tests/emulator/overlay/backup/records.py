"""Records with dates of the test's choosing (an old recovery point, a failed job): AWS has no operation to make them.

POST /moto-api/static/backup/records
{"account_id": "123456789012", "region": "eu-west-1",
 "recovery_points": [{"BackupVaultName": "v", "ResourceArn": "…", "CreationDate": "2026-10-31T02:00:00Z", …}],
 "plan_runs": [{"BackupPlanId": "…", "CreationDate": "…", "LastExecutionDate": "…"}],
 "backup_jobs": […], "copy_jobs": […], "restore_jobs": […]}

"restore_testing_runs": [{"RestoreTestingPlanName": "monthly", "LastExecutionTime": "2026-11-01T05:00:00Z"}] says when a
plan last ran; its jobs are restore_jobs whose CreatedBy names it.

Rows are what the Describe operations answer. What a recovery point leaves out is filled in as AWS would: its ARN (always
the same for the same vault, resource and date), type, key, tags (those of its source), status COMPLETED, and the dates
that follow from Lifecycle. What a job leaves out: its id, account, state COMPLETED and end. A plan run sets when a plan was
made and when it last ran.
"""
from uuid import NAMESPACE_OID, uuid5

from .. import clock
from .store import RECORDS, backend_of, calculated, encryption, new_point_arn, resource_type, source_tags, store, type_of


def put(body: dict) -> None:
    backend = backend_of(body["account_id"], body["region"])
    unknown = sorted(set(body) - {"account_id", "region", "restore_testing_runs", "plan_runs", *RECORDS})
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    for run in body.get("restore_testing_runs", []):
        plan = store(backend)["rt_plans"][run["RestoreTestingPlanName"]]
        plan["LastExecutionTime"] = ran = clock.parse(run["LastExecutionTime"])
        # What ran was there before.
        mine = [row for (of, _), row in store(backend)["rt_selections"].items() if of == run["RestoreTestingPlanName"]]
        for row in (plan, *mine):
            row["CreationTime"] = min(row["CreationTime"], ran)
    for table in RECORDS:
        for row in body.get(table, []):
            row = {k: clock.parse(v) if k.endswith("Date") and isinstance(v, str) else v for k, v in row.items()}
            row.setdefault("CreationDate", clock.now())
            store(backend)[table].append(_point(row, backend) if table == "recovery_points" else _job(row, backend, table))
    for run in body.get("plan_runs", []):
        dates = {k: clock.parse(run[k]) for k in ("CreationDate", "LastExecutionDate") if run.get(k)}
        backend.get_backup_plan(run["BackupPlanId"], None)  # one that is not there is refused
        store(backend)["plan_dates"].setdefault(run["BackupPlanId"], {}).update(dates)


def _job(row: dict, backend, table: str) -> dict:
    """A job as its list answers it. Restore jobs have names of their own and are taken as they are."""
    if table == "restore_jobs":
        return row
    key = {"backup_jobs": "BackupJobId", "copy_jobs": "CopyJobId"}[table]
    seed = f"{table} {len(store(backend)[table])} {row.get('ResourceArn')} {row['CreationDate'].isoformat()}"
    filled = {key: str(uuid5(NAMESPACE_OID, seed)), "AccountId": backend.account_id, "State": "COMPLETED", "IsParent": False}
    if row.get("ResourceArn"):
        filled["ResourceType"] = resource_type(row["ResourceArn"])
    if row.get("State", "COMPLETED") not in ("CREATED", "PENDING", "RUNNING", "ABORTING"):
        filled["CompletionDate"] = row["CreationDate"]
    return filled | row


def _point(row: dict, backend) -> dict:
    tags = row.pop("Tags", None)
    if tags is None:
        tags = source_tags(backend, row["ResourceArn"])
    vault = backend.vaults[row["BackupVaultName"]]
    seed = f"{vault.backup_vault_arn} {row['ResourceArn']} {row['CreationDate'].isoformat()}"
    filled = {
        "RecoveryPointArn": new_point_arn(row["ResourceArn"], backend, seed), "BackupVaultArn": vault.backup_vault_arn,
        "ResourceType": resource_type(row["ResourceArn"]), "Status": "COMPLETED", "CompletionDate": row["CreationDate"],
        "BackupSizeInBytes": 1024**3, "CalculatedLifecycle": calculated(row.get("Lifecycle"), row["CreationDate"]),
        "VaultType": type_of(vault), **encryption(vault, backend, row["ResourceArn"], "SourceBackupVaultArn" in row)}
    point = filled | row
    backend.tag_resource(point["RecoveryPointArn"], tags)
    return point
