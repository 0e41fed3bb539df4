"""Backup, copy and restore jobs. A job that is started has succeeded at once."""
from collections import Counter

from moto.backup.exceptions import ResourceNotFoundException
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from .. import clock
from .operations import Operations
from .store import backend_of, new_point

OF_POINT = ("BackupVaultName", "BackupVaultArn", "RecoveryPointArn", "ResourceArn", "ResourceType", "IamRoleArn", "CreationDate",
            "CompletionDate", "BackupSizeInBytes")


class Jobs(Operations):
    def start_backup_job(self):
        params = self._in()
        vault = self._vault(params["BackupVaultName"])
        point = new_point(vault, self.backup_backend, params["ResourceArn"], params["IamRoleArn"], params.get("Lifecycle"))
        job = {"AccountId": self.current_account, "BackupJobId": str(mock_random.uuid4()), "State": "COMPLETED",
               "PercentDone": "100.0", **{key: point[key] for key in OF_POINT}}
        self._store()["backup_jobs"].append(job)
        return ActionResult(job)

    def describe_backup_job(self):
        return ActionResult(self._find("backup_jobs", "BackupJobId", self._in()["BackupJobId"]))

    def list_backup_jobs(self):
        params = self._in()
        rows = self._filtered("backup_jobs", params, ByState="State", ByResourceArn="ResourceArn",
                              ByBackupVaultName="BackupVaultName", ByResourceType="ResourceType")
        return self._paged(params, "BackupJobs", rows)

    def start_copy_job(self):
        params = self._in()
        source = self._find("recovery_points", "RecoveryPointArn", params["RecoveryPointArn"])
        _, _, _, region, account, _, name = params["DestinationBackupVaultArn"].split(":", 6)
        there = backend_of(account, region)
        if name not in there.vaults:
            raise ResourceNotFoundException(msg=f"Backup vault {name} not found")
        # A copy keeps its source's creation date: "Creating backup copies" in the AWS Backup Developer Guide.
        copy = new_point(there.vaults[name], there, source["ResourceArn"], params["IamRoleArn"], params.get("Lifecycle"),
                         SourceBackupVaultArn=source["BackupVaultArn"], CreationDate=source["CreationDate"])
        job = {"AccountId": self.current_account, "CopyJobId": str(mock_random.uuid4()), "State": "COMPLETED",
               "SourceBackupVaultArn": source["BackupVaultArn"], "SourceRecoveryPointArn": source["RecoveryPointArn"],
               "DestinationBackupVaultArn": params["DestinationBackupVaultArn"],
               "DestinationRecoveryPointArn": copy["RecoveryPointArn"], "ResourceArn": source["ResourceArn"],
               "ResourceType": source["ResourceType"], "IamRoleArn": params["IamRoleArn"], "CreationDate": clock.now(),
               "CompletionDate": clock.now()}
        self._store()["copy_jobs"].append(job)
        return ActionResult(job)

    def describe_copy_job(self):
        return ActionResult({"CopyJob": self._find("copy_jobs", "CopyJobId", self._in()["CopyJobId"])})

    def list_copy_jobs(self):
        params = self._in()
        rows = self._filtered("copy_jobs", params, ByState="State", ByResourceArn="ResourceArn",
                              ByDestinationVaultArn="DestinationBackupVaultArn")
        return self._paged(params, "CopyJobs", rows)

    def start_restore_job(self):
        params = self._in()
        source = self._find("recovery_points", "RecoveryPointArn", params["RecoveryPointArn"])
        job = {"AccountId": self.current_account, "RestoreJobId": str(mock_random.uuid4()), "Status": "COMPLETED",
               "PercentDone": "100.0", "RecoveryPointArn": source["RecoveryPointArn"],
               "BackupVaultArn": source["BackupVaultArn"], "CreationDate": clock.now(),
               "CompletionDate": clock.now(), "IamRoleArn": params.get("IamRoleArn"), "ResourceType": source["ResourceType"],
               "SourceResourceArn": source["ResourceArn"], "Metadata": params.get("Metadata")}
        self._store()["restore_jobs"].append(job)
        return ActionResult(job)

    def describe_restore_job(self):
        return ActionResult(self._find("restore_jobs", "RestoreJobId", self._in()["RestoreJobId"]))

    def get_restore_job_metadata(self):
        return ActionResult(self._find("restore_jobs", "RestoreJobId", self._in()["RestoreJobId"]))

    def put_restore_validation_result(self):
        params = self._in()
        self._find("restore_jobs", "RestoreJobId", params["RestoreJobId"])["ValidationStatus"] = params["ValidationStatus"]
        return ActionResult({})

    def list_restore_jobs(self):
        params = self._in()
        rows = self._filtered("restore_jobs", params, ByStatus="Status", ByResourceType="ResourceType")
        if plan := params.get("ByRestoreTestingPlanArn"):
            rows = [r for r in rows if (r.get("CreatedBy") or {}).get("RestoreTestingPlanArn") == plan]
        return self._paged(params, "RestoreJobs", rows)

    def list_restore_jobs_by_protected_resource(self):
        params = self._in()
        return self._paged(params, "RestoreJobs", self._filtered("restore_jobs", params, ResourceArn="SourceResourceArn"))

    def _summaries(self, key: str, table: str, state: str):
        counts = Counter((r.get("ResourceType"), r[state]) for r in self._store()[table])
        rows = [{"Region": self.region, "AccountId": self.current_account, "ResourceType": kind, "Count": n,
                 "Status" if state == "Status" else "State": value} for (kind, value), n in sorted(counts.items())]
        return self._paged(self._in(), key, rows)

    def list_backup_job_summaries(self):
        return self._summaries("BackupJobSummaries", "backup_jobs", "State")

    def list_copy_job_summaries(self):
        return self._summaries("CopyJobSummaries", "copy_jobs", "State")

    def list_restore_job_summaries(self):
        return self._summaries("RestoreJobSummaries", "restore_jobs", "Status")
