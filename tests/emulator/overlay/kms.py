"""AWS KMS: pages, AWS-managed keys, and what GetKeyRotationStatus says. Pages: AWS KMS API Reference."""
import json

from moto.core.exceptions import JsonRESTError
from moto.kms import models, utils
from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

from . import clock, paging

# moto knows no AWS-managed key of AWS Backup. The id stands for "not made yet"; moto makes one when it is described.
BACKUP_ALIAS = "alias/aws/backup"


def managed_key(account: str, region: str, alias: str) -> str:
    """The ARN of an AWS-managed key, made when it is first asked for, as AWS does."""
    backend = models.kms_backends[account][region]
    for key in backend.keys.values():
        if alias in key.aliases:
            return key.arn
    return backend.keys[backend._generate_default_keys(alias)].arn


def _paged(key: str, token: str, limit: str, most: int, method):
    """Cuts moto's whole list into pages."""

    def paged(self) -> str:
        whole = json.loads(method(self))
        try:
            page, following = paging.cut(whole[key], self._get_param(token), self._get_param(limit), most)
        except ValueError:
            raise JsonRESTError("InvalidMarkerException", "Invalid marker")
        more = {"Truncated": True, "NextMarker": following} if following else {"Truncated": False}
        return json.dumps({key: page, **more})

    return paged


def _generate_default_keys(self, alias_name: str) -> str | None:
    """moto's own makes a customer-managed key of it."""
    if alias_name not in utils.RESERVED_ALIASES:
        return None
    key = self.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "Default key of " + alias_name.rpartition("/")[2], None)
    key.key_manager, key.key_rotation_status = "AWS", True
    self.create_alias(key.id, alias_name)
    return key.id


def get_key_rotation_status(self) -> str:
    key_id = self._get_param("KeyId")
    self._validate_cmk_id(key_id)
    key = self.kms_backend.describe_key(self.kms_backend.get_key_id(key_id))
    if key.key_spec != "SYMMETRIC_DEFAULT" or key.origin != "AWS_KMS":
        raise JsonRESTError("UnsupportedOperationException", "You cannot perform this operation on this type of KMS key")
    on = key.key_rotation_status and key.key_state != "PendingDeletion"
    status = {"KeyId": key.arn, "KeyRotationEnabled": on}
    if on:
        period = getattr(key, "rotation_period", 365)
        status |= {"RotationPeriodInDays": period, "NextRotationDate": clock.now().timestamp() + period * 86_400}
    return json.dumps(status)


def _enable_key_rotation(method):
    def enable(self) -> str:
        answer = method(self)
        key = self.kms_backend.describe_key(self.kms_backend.get_key_id(self._get_param("KeyId")))
        key.rotation_period = self._get_param("RotationPeriodInDays") or 365
        return answer

    return enable


def _by_arn_too(method):
    """AWS takes a key's id or its ARN; moto's own takes the id alone."""

    def called(self, key_id: str, *args, **kwargs):
        return method(self, self.get_key_id(key_id), *args, **kwargs)

    return called


def _list_aliases(method):
    """An AWS-managed key that was not made yet has an alias without a target."""

    def listed(self) -> str:
        whole = json.loads(method(self))
        for row in whole["Aliases"]:
            if row.get("TargetKeyId") not in self.kms_backend.keys:
                row.pop("TargetKeyId", None)
        return json.dumps(whole)

    return listed


def _to_dict(method):
    def described(self) -> dict:
        whole = method(self)
        # moto says null where the request left it out; AWS says the default.
        metadata = whole["KeyMetadata"]
        metadata["MultiRegion"] = bool(metadata["MultiRegion"])
        metadata["KeyUsage"] = metadata["KeyUsage"] or "ENCRYPT_DECRYPT"
        return whole

    return described


def install() -> None:
    models.Key.to_dict = _to_dict(models.Key.to_dict)
    utils.RESERVED_ALIASE_TARGET_KEY_IDS[BACKUP_ALIAS] = "00000000-0000-4000-8000-00000000ba00"
    utils.RESERVED_ALIASES.append(BACKUP_ALIAS)
    KmsBackend._generate_default_keys = _generate_default_keys
    for name in ("enable_key", "disable_key", "cancel_key_deletion", "schedule_key_deletion"):
        setattr(KmsBackend, name, _by_arn_too(getattr(KmsBackend, name)))
    KmsResponse.get_key_rotation_status = get_key_rotation_status
    KmsResponse.enable_key_rotation = _enable_key_rotation(KmsResponse.enable_key_rotation)
    KmsResponse.list_aliases = _list_aliases(KmsResponse.list_aliases)
    for name, key, most in (("list_keys", "Keys", 1000), ("list_aliases", "Aliases", 100), ("list_resource_tags", "Tags", 50)):
        setattr(KmsResponse, name, _paged(key, "Marker", "Limit", most, getattr(KmsResponse, name)))
