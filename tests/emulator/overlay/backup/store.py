"""What is kept beside moto's own vaults and plans, per account and Region."""
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from moto.backup.models import BackupBackend, Vault, backup_backends
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.resourcegroupstaggingapi.models import resourcegroupstaggingapi_backends

from .. import clock, kms

RECORDS = ("recovery_points", "backup_jobs", "copy_jobs", "restore_jobs")
TABLES = ("policies", "notifications", "selections", "versions", "rt_plans", "rt_selections", "frameworks", "legal_holds",
          "opt_in", "management", "global", "tags", "reports", "plan_dates")
# What an ARN's service and the start of its resource part make of it, in AWS Backup's own words.
TYPES = (
    ("ec2", "volume/", "EBS"), ("ec2", "instance/", "EC2"), ("rds", "db:", "RDS"), ("rds", "cluster:", "Aurora"),
    ("dynamodb", "table/", "DynamoDB"), ("elasticfilesystem", "file-system/", "EFS"), ("s3", "", "S3"),
    ("fsx", "file-system/", "FSx"), ("redshift", "cluster:", "Redshift"),
)
# The types whose snapshots their own service keeps; all others' recovery points have AWS Backup's ARNs.
_SNAPSHOTS = {
    "EBS": "ec2:{region}::snapshot/snap-{tail:.17}", "EC2": "ec2:{region}::image/ami-{tail:.17}",
    "RDS": "rds:{region}:{account}:snapshot:awsbackup:job-{tail}",
    "Aurora": "rds:{region}:{account}:cluster-snapshot:awsbackup:job-{tail}",
}


def store(backend: BackupBackend) -> dict:
    """Lies on moto's backend itself, so /moto-api/reset drops it too."""
    if "overlay" not in backend.__dict__:
        backend.overlay = {name: {} for name in TABLES} | {name: [] for name in RECORDS}
    return backend.overlay


def backend_of(account: str, region: str) -> BackupBackend:
    return backup_backends[account][region]


def resource_type(arn: str) -> str:
    service, rest = arn.split(":")[2], arn.split(":", 5)[-1]
    return next((kind for wanted, start, kind in TYPES if service == wanted and rest.startswith(start)), service)


def new_point_arn(resource: str, backend: BackupBackend, seed: str | None = None) -> str:
    """The ARN of a recovery point; the same for the same seed."""
    own = uuid5(NAMESPACE_OID, seed) if seed else mock_random.uuid4()
    shape = _SNAPSHOTS.get(resource_type(resource), "backup:{region}:{account}:recovery-point:{id}")
    return "arn:aws:" + shape.format(region=backend.region_name, account=backend.account_id, tail=own.hex, id=own)


def key_of(vault: Vault, backend: BackupBackend) -> str:
    """A vault that names no key has AWS's own."""
    if not vault.encryption_key_arn:
        vault.encryption_key_arn = kms.managed_key(backend.account_id, backend.region_name, kms.BACKUP_ALIAS)
    return vault.encryption_key_arn


def encryption(vault: Vault, backend: BackupBackend, resource: str, copied: bool) -> dict:
    """How a recovery point is encrypted: with its vault's key, but snapshots of volumes as the volumes are ("Encryption for
    backups in AWS Backup" in the AWS Backup Developer Guide)."""
    volume = None if copied else _volume(resource)
    if volume is None or volume.encrypted:
        return {"IsEncrypted": True, "EncryptionKeyArn": volume.kms_key_id if volume else key_of(vault, backend)}
    return {"IsEncrypted": False}


def _volume(resource: str):
    """The volume that a resource is, or that an instance starts from."""
    _, _, _, region, account, rest = resource.split(":", 5)
    name = rest.partition("/")[2]
    if resource_type(resource) == "EC2":
        disks = ec2_backends[account][region].get_instance(name).block_device_mapping
        name = next(disk.volume_id for disk in disks.values())
    elif resource_type(resource) != "EBS":
        return None
    return ec2_backends[account][region].volumes.get(name)


def source_tags(backend: BackupBackend, resource: str) -> dict[str, str]:
    """What a recovery point takes from its source: "Tagging recovery points" in the AWS Backup Developer Guide."""
    region = resource.split(":")[3] or backend.region_name
    _, found = resourcegroupstaggingapi_backends[backend.account_id][region].get_resources(resource_arn_list=[resource])
    return next((one.tags for one in found), {})


def type_of(vault: Vault) -> str:
    return getattr(vault, "kind", "BACKUP_VAULT")


def calculated(lifecycle: dict | None, created: datetime) -> dict | None:
    """When a recovery point moves and goes; None where it stays."""
    made = {}
    if (lifecycle or {}).get("MoveToColdStorageAfterDays", -1) > 0:
        made["MoveToColdStorageAt"] = created + timedelta(days=lifecycle["MoveToColdStorageAfterDays"])
    if (lifecycle or {}).get("DeleteAfterDays", -1) > 0:
        made["DeleteAt"] = created + timedelta(days=lifecycle["DeleteAfterDays"])
    return made or None


def new_point(vault: Vault, backend: BackupBackend, resource: str, role: str, lifecycle: dict | None, **more) -> dict:
    created = clock.now()
    point = {
        "RecoveryPointArn": new_point_arn(resource, backend), "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn, "ResourceArn": resource, "ResourceType": resource_type(resource),
        "IamRoleArn": role, "Status": "COMPLETED", "CreationDate": created, "CompletionDate": created,
        "BackupSizeInBytes": 1024**3, "Lifecycle": lifecycle, "CalculatedLifecycle": calculated(lifecycle, created),
        "VaultType": type_of(vault),
        **encryption(vault, backend, resource, "SourceBackupVaultArn" in more), **more,
    }
    store(backend)["recovery_points"].append(point)
    backend.tag_resource(point["RecoveryPointArn"], source_tags(backend, resource))
    return point
