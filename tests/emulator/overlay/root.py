"""IAM: the root user's credentials in GetAccountSummary. moto knows no password of root, and none of them can be set by
an operation of AWS. "GetAccountSummary" in the IAM API Reference.

POST /moto-api/static/iam/root  {"account_id": "…", "mfa": true, "access_keys": false, "password": true}
"""
from moto.iam.models import AccountSummary, iam_backends

# A new account's root has a password and nothing else.
NEW = {"mfa": False, "access_keys": False, "password": True}
KEYS = {"mfa": "AccountMFAEnabled", "access_keys": "AccountAccessKeysPresent", "password": "AccountPasswordPresent"}


def set_root(body: dict) -> None:
    backend = iam_backends[body.pop("account_id")]["aws"]
    unknown = sorted(set(body) - set(NEW))
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    backend.root = {**getattr(backend, "root", NEW), **body}


def _summary(method):
    def whole(self) -> dict:
        root = getattr(self._iam_backend, "root", NEW)
        return method.fget(self) | {key: int(root[name]) for name, key in KEYS.items()}

    return property(whole)


def install() -> None:
    AccountSummary.summary_map = _summary(AccountSummary.summary_map)
