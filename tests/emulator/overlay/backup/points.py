"""Recovery points and the resources that they protect."""
from moto.backup.exceptions import ResourceNotFoundException
from moto.core.responses import ActionResult

from .operations import Operations
from .store import calculated


class Points(Operations):
    def list_recovery_points_by_backup_vault(self):
        params = self._in()
        self._vault(params["BackupVaultName"])
        rows = self._filtered("recovery_points", params, BackupVaultName="BackupVaultName", ByResourceArn="ResourceArn",
                              ByResourceType="ResourceType")
        return self._paged(params, "RecoveryPoints", rows)

    def list_recovery_points_by_resource(self):
        params = self._in()
        return self._paged(params, "RecoveryPoints", self._filtered("recovery_points", params, ResourceArn="ResourceArn"))

    def describe_recovery_point(self):
        params = self._in()
        self._vault(params["BackupVaultName"])
        return ActionResult(self._find("recovery_points", "RecoveryPointArn", params["RecoveryPointArn"]))

    def get_recovery_point_restore_metadata(self):
        point = self._find("recovery_points", "RecoveryPointArn", self._in()["RecoveryPointArn"])
        return ActionResult(dict(point, RestoreMetadata={"resourceArn": point["ResourceArn"]}))

    def update_recovery_point_lifecycle(self):
        params = self._in()
        point = self._find("recovery_points", "RecoveryPointArn", params["RecoveryPointArn"])
        point["Lifecycle"] = params.get("Lifecycle")
        point["CalculatedLifecycle"] = calculated(point["Lifecycle"], point["CreationDate"])
        return ActionResult(point)

    def delete_recovery_point(self):
        point = self._find("recovery_points", "RecoveryPointArn", self._in()["RecoveryPointArn"])
        self._store()["recovery_points"].remove(point)
        return ActionResult({})

    def _protected(self, vault: str | None = None) -> list:
        rows = {}
        for p in sorted(self._store()["recovery_points"], key=lambda r: r["CreationDate"]):
            if vault in (None, p["BackupVaultName"]) and p.get("ResourceArn"):
                rows[p["ResourceArn"]] = {
                    "ResourceArn": p["ResourceArn"], "ResourceType": p["ResourceType"], "LastBackupTime": p["CreationDate"],
                    "LastBackupVaultArn": p["BackupVaultArn"], "LastRecoveryPointArn": p["RecoveryPointArn"]}
        return list(rows.values())

    def list_protected_resources(self):
        return self._paged(self._in(), "Results", self._protected())

    def list_protected_resources_by_backup_vault(self):
        params = self._in()
        self._vault(params["BackupVaultName"])
        return self._paged(params, "Results", self._protected(params["BackupVaultName"]))

    def describe_protected_resource(self):
        arn = self._in()["ResourceArn"]
        for row in self._protected():
            if row["ResourceArn"] == arn:
                return ActionResult(row)
        raise ResourceNotFoundException(msg=f"{arn} not found")
