"""What every operation of AWS Backup shares. Requests are read and answers written by botocore's service model."""
from datetime import timezone

from moto.backup.exceptions import InvalidParameterValueException, ResourceNotFoundException
from moto.backup.models import Vault
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult

from .. import paging
from .store import store


class Operations(BackupResponse):
    """Base of the classes in this folder. `install` copies their methods onto moto's own class: each that does not
    begin with `_` is one AWS operation."""

    def _in(self) -> dict:
        self._get_action()
        self.parse_parameters(self.normalized_request)
        return self.params

    def _store(self) -> dict:
        return store(self.backup_backend)

    def _vault(self, name: str) -> Vault:
        if name not in self.backup_backend.vaults:
            raise ResourceNotFoundException(msg=f"Backup vault {name} not found")
        return self.backup_backend.vaults[name]

    def _plan(self, plan_id: str):
        return self.backup_backend.get_backup_plan(plan_id, None)

    def _get(self, table: str, key, what: str):
        found = self._store()[table].get(key)
        if found is None:
            raise ResourceNotFoundException(msg=f"{what} {key} not found")
        return found

    def _find(self, table: str, field: str, value: str) -> dict:
        for row in self._store()[table]:
            if row[field] == value:
                return row
        raise ResourceNotFoundException(msg=f"{value} not found")

    def _paged(self, params: dict, key: str, rows: list) -> ActionResult:
        try:
            page, token = paging.cut(rows, params.get("NextToken"), params.get("MaxResults"), 1000)
        except ValueError:
            raise InvalidParameterValueException(msg="Invalid NextToken")
        return ActionResult({key: page, **({"NextToken": token} if token else {})})

    def _filtered(self, table: str, params: dict, **fields: str) -> list:
        """Rows that meet the request's filters, the newest first."""
        rows = self._store()[table]
        for param, name in fields.items():
            if params.get(param):
                rows = [r for r in rows if str(r.get(name)) == str(params[param])]
        for param, keep in (("ByCreatedAfter", lambda a, b: a >= b), ("ByCreatedBefore", lambda a, b: a <= b)):
            if bound := params.get(param):
                bound = bound if bound.tzinfo else bound.replace(tzinfo=timezone.utc)
                rows = [r for r in rows if keep(r["CreationDate"], bound)]
        return sorted(rows, key=lambda r: r["CreationDate"], reverse=True)
