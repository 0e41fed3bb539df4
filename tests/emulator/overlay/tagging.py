"""Resource Groups Tagging API: recovery points, which moto has not, and pages. "GetResources", "TagResources" in the
Resource Groups Tagging API Reference.

The tags of recovery points lie in moto's own tagger of AWS Backup, so that ListTags answers them too.
"""
from moto.backup.models import BackupBackend, backup_backends
from moto.core.resource_tagging import TaggedResource
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from . import paging
from .backup.store import store


def _points_too(method):
    def iter_tagged_resources(self):
        yield from method(self)
        for point in store(self)["recovery_points"]:
            arn = point["RecoveryPointArn"]
            yield TaggedResource(arn=arn, tags=self.tagger.get_tag_dict_for_resource(arn), resource_type="backup:recovery-point")

    return iter_tagged_resources


def _backend_of_points(method):
    """Snapshots that AWS Backup made have ARNs of Amazon EC2 and RDS; moto would look for them there."""

    def _get_backend_for_resource(self, resource_arn: str):
        backend = backup_backends[self.account_id][self.region_name]
        if any(point["RecoveryPointArn"] == resource_arn for point in store(backend)["recovery_points"]):
            return backend
        return method(self, resource_arn)

    return _get_backend_for_resource


def _paged(method):
    def get_resources(self, *args, **kwargs):
        if kwargs.get("resource_arn_list"):
            # These come all at once: AWS refuses paging there (GetResources, ResourceARNList).
            kwargs |= {"resources_per_page": 100, "tags_per_page": 100 * 50 + 1}
        else:
            kwargs["resources_per_page"] = paging.size(kwargs.get("resources_per_page"), 100)
        return method(self, *args, **kwargs)

    return get_resources


def install() -> None:
    tagging = ResourceGroupsTaggingAPIBackend
    BackupBackend.iter_tagged_resources = _points_too(BackupBackend.iter_tagged_resources)
    tagging._get_backend_for_resource = _backend_of_points(tagging._get_backend_for_resource)
    tagging.get_resources = _paged(tagging.get_resources)
