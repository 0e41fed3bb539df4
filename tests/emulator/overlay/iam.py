"""IAM: what moto leaves out of GetAccountAuthorizationDetails: the boundaries and tags of users, the names of policies.
"GetAccountAuthorizationDetails" in the IAM API Reference.
"""
from moto.iam.models import ManagedPolicy, User, iam_backends
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


def install() -> None:
    User.permissions_boundary = property(_boundary)
    User.tags = property(_tags)
    ManagedPolicy.policy_name = property(lambda policy: policy.name)
    IamResponse.create_user = _create_user(IamResponse.create_user)
