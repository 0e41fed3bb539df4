"""AWS Organizations: who may ask what, the delegation of AWS Backup, and accounts whose number is known beforehand.

moto answers ListParents with a missing account where AWS says that there is no organization, or that a member may not
ask. "ListParents", "ListDelegatedAdministrators" in the AWS Organizations API Reference.
"""
from moto.organizations.exceptions import AWSOrganizationsNotInUseException, OrganizationsClientError
from moto.organizations.models import FakeAccount, FakeDelegatedAdministrator, OrganizationsBackend, organizations_backends

BACKUP = "backup.amazonaws.com"


def _of_administrators(method):
    """Answered to the management account, and to the members that it delegated something to."""

    def answered(self, **kwargs) -> dict:
        if self.org:
            return method(self, **kwargs)
        if self.account_id not in organizations_backends.master_accounts:
            raise AWSOrganizationsNotInUseException
        manager, partition = organizations_backends.master_accounts[self.account_id]
        backend = organizations_backends[manager][partition]
        if self.account_id not in {admin.account.id for admin in backend.admins}:
            raise OrganizationsClientError("AccessDeniedException", "You don't have permissions to access this resource.")
        return method(backend, **kwargs)

    return answered


def _numbered(method):
    """An account that is named by a number has this number."""

    def made(self, organization, **kwargs) -> None:
        method(self, organization, **kwargs)
        if kwargs["AccountName"].isdigit():
            self.id = kwargs["AccountName"]

    return made


def install() -> None:
    FakeAccount.__init__ = _numbered(FakeAccount.__init__)
    FakeDelegatedAdministrator.SUPPORTED_SERVICES.append(BACKUP)
    for name in ("list_parents", "list_delegated_administrators"):
        setattr(OrganizationsBackend, name, _of_administrators(getattr(OrganizationsBackend, name)))
