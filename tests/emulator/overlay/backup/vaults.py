"""Vaults: types, approval teams, access policies, notifications."""
from moto.backup.exceptions import InvalidRequestException
from moto.core.responses import ActionResult, EmptyResult

from .operations import Operations
from .store import key_of, type_of


class Vaults(Operations):
    def describe_backup_vault(self):
        vault = self._vault(self._in()["BackupVaultName"])
        # The list does not tell the team.
        team = getattr(vault, "approval_team", None)
        return ActionResult({**self._vault_row(vault), **({"MpaApprovalTeamArn": team} if team else {})})

    def associate_backup_vault_mpa_approval_team(self):
        params = self._in()
        vault = self._vault(params["BackupVaultName"])
        if getattr(vault, "kind", None) != "LOGICALLY_AIR_GAPPED_BACKUP_VAULT":
            raise InvalidRequestException(msg=f"Backup vault {vault.backup_vault_name} is not logically air-gapped")
        vault.approval_team = params["MpaApprovalTeamArn"]
        return EmptyResult()

    def disassociate_backup_vault_mpa_approval_team(self):
        self._vault(self._in()["BackupVaultName"]).approval_team = None
        return EmptyResult()

    def create_logically_air_gapped_backup_vault(self):
        params = self._in()
        vault = self.backup_backend.create_backup_vault(
            backup_vault_name=params["BackupVaultName"], backup_vault_tags=params.get("BackupVaultTags"),
            encryption_key_arn=params.get("EncryptionKeyArn"), creator_request_id=params.get("CreatorRequestId"))
        vault.kind, vault.locked = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", True
        vault.min_retention_days, vault.max_retention_days = params["MinRetentionDays"], params["MaxRetentionDays"]
        return ActionResult(dict(vault.to_dict(), VaultState="AVAILABLE"))

    def _vault_row(self, vault) -> dict:
        key_of(vault, self.backup_backend)
        count = sum(p["BackupVaultName"] == vault.backup_vault_name for p in self._store()["recovery_points"])
        return {**vault.to_list_dict(), "NumberOfRecoveryPoints": count, "VaultType": type_of(vault),
                "VaultState": "AVAILABLE"}

    def list_backup_vaults(self):
        params = self._in()
        kind = params.get("ByVaultType")
        rows = [self._vault_row(v) for v in self.backup_backend.vaults.values()]
        return self._paged(params, "BackupVaultList", [r for r in rows if kind in (None, r["VaultType"])])

    def put_backup_vault_access_policy(self):
        params = self._in()
        self._vault(params["BackupVaultName"])
        self._store()["policies"][params["BackupVaultName"]] = params["Policy"]
        return ActionResult({})

    def get_backup_vault_access_policy(self):
        vault = self._vault(self._in()["BackupVaultName"])
        text = self._get("policies", vault.backup_vault_name, "Access policy of")
        return ActionResult({"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn, "Policy": text})

    def delete_backup_vault_access_policy(self):
        self._store()["policies"].pop(self._in()["BackupVaultName"], None)
        return ActionResult({})

    def put_backup_vault_notifications(self):
        params = self._in()
        vault = self._vault(params["BackupVaultName"])
        self._store()["notifications"][vault.backup_vault_name] = dict(params, BackupVaultArn=vault.backup_vault_arn)
        return ActionResult({})

    def get_backup_vault_notifications(self):
        vault = self._vault(self._in()["BackupVaultName"])
        return ActionResult(self._get("notifications", vault.backup_vault_name, "Notifications of"))

    def delete_backup_vault_notifications(self):
        self._store()["notifications"].pop(self._in()["BackupVaultName"], None)
        return ActionResult({})
