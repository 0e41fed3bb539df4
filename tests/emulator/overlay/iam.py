"""IAM: what moto leaves out of GetAccountAuthorizationDetails: the boundaries and tags of users, the names of policies;
and of AWS's own policies, those for roles of AWS Backup, told where they are attached.
"GetAccountAuthorizationDetails" in the IAM API Reference.
"""
import json

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy, User, iam_backends
from moto.iam.responses import IamResponse


def _boundary(user: User) -> dict | None:
    arn = getattr(user, "boundary_arn", None)
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None


def _tags(user: User) -> list:
    return iam_backends[user.account_id]["aws"].tagger.list_tags_for_resource(user.arn)["Tags"]


def _create_user(method):
    def create(self):
        made = method(self)
        name = self._get_param("UserName")
        self.backend.users[name].boundary_arn = self._get_param("PermissionsBoundary")
        return made

    return create


def _aws_policies(backend: IAMBackend) -> list:
    """moto would load all 1,500."""
    return [AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            for name, data in json.loads(aws_managed_policies_data).items() if name.startswith("AWSBackupServiceRole")]


def _in_use(method):
    def details(self, policy_filter):
        told = method(self, policy_filter)
        told["managed_policies"] = [policy for policy in told["managed_policies"]
                                    if policy.attachment_count or not isinstance(policy, AWSManagedPolicy)]
        return told

    return details


def install() -> None:
    IAMBackend._init_aws_policies = _aws_policies
    IAMBackend.get_account_authorization_details = _in_use(IAMBackend.get_account_authorization_details)
    User.permissions_boundary = property(_boundary)
    User.tags = property(_tags)
    ManagedPolicy.policy_name = property(lambda policy: policy.name)
    IamResponse.create_user = _create_user(IamResponse.create_user)
