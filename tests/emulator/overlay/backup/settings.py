"""Audit frameworks, legal holds, and the settings of account and Region."""
from moto.backup.exceptions import InvalidRequestException
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends

from .. import clock
from .operations import Operations
from .store import TYPES, backend_of, store

OPTED_IN = ("Aurora", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "RDS", "Redshift", "S3", "Storage Gateway")
FULLY_MANAGED = ("DynamoDB", "EFS")


class Settings(Operations):
    def create_framework(self):
        params = self._in()
        name = params["FrameworkName"]
        arn = f"arn:aws:backup:{self.region}:{self.current_account}:framework:{name}"
        row = dict(params, FrameworkArn=arn, CreationTime=clock.now(), DeploymentStatus="COMPLETED", FrameworkStatus="ACTIVE",
                   NumberOfControls=len(params["FrameworkControls"]))
        self._store()["frameworks"][name] = row
        return ActionResult(row)

    def list_frameworks(self):
        return self._paged(self._in(), "Frameworks", list(self._store()["frameworks"].values()))

    def describe_framework(self):
        return ActionResult(self._get("frameworks", self._in()["FrameworkName"], "Framework"))

    def create_legal_hold(self):
        row = dict(self._in(), LegalHoldId=str(mock_random.uuid4()), Status="ACTIVE", CreationDate=clock.now())
        self._store()["legal_holds"][row["LegalHoldId"]] = row
        return ActionResult(row)

    def list_legal_holds(self):
        return self._paged(self._in(), "LegalHolds", list(self._store()["legal_holds"].values()))

    def update_region_settings(self):
        params = self._in()
        self._store()["opt_in"].update(params.get("ResourceTypeOptInPreference") or {})
        self._store()["management"].update(params.get("ResourceTypeManagementPreference") or {})
        return ActionResult({})

    def describe_region_settings(self):
        return ActionResult({
            "ResourceTypeOptInPreference": dict.fromkeys(OPTED_IN, True) | self._store()["opt_in"],
            "ResourceTypeManagementPreference": dict.fromkeys(FULLY_MANAGED, True) | self._store()["management"]})

    def _global(self) -> dict:
        return store(backend_of(self.current_account, "us-east-1"))["global"]

    def _in_organization(self) -> None:
        """AWS answers an error outside an organization (DescribeGlobalSettings)."""
        joined = (account.id for backends in organizations_backends.values() for backend in backends.values()
                  if backend.org for account in backend.accounts)
        if self.current_account not in joined:
            raise InvalidRequestException(msg="The account is not a member of an organization")

    def update_global_settings(self):
        self._in_organization()
        self._global().update(self._in().get("GlobalSettings") or {})
        return ActionResult({})

    def describe_global_settings(self):
        self._in_organization()
        return ActionResult({"GlobalSettings": {"isCrossAccountBackupEnabled": "false", **self._global()},
                             "LastUpdateTime": clock.now()})

    def get_supported_resource_types(self):
        return ActionResult({"ResourceTypes": sorted({kind for _, _, kind in TYPES})})
