"""AWS Backup. moto makes vaults, locks, plans and report plans; the rest is here. Operations: AWS Backup API Reference."""
from moto.backup import urls
from moto.backup.responses import BackupResponse

from .audit import Audit
from .jobs import Jobs
from .operations import Operations
from .plans import Plans
from .points import Points
from .settings import Settings
from .testing import Testing
from .vaults import Vaults

PATHS = ("account-settings", "audit", "backup", "backup-jobs", "backup-vaults", "copy-jobs", "global-settings", "legal-holds",
         "logically-air-gapped-backup-vaults", "resources", "restore-jobs", "restore-testing", "supported-resource-types")


def install() -> None:
    for part in (Operations, Vaults, Plans, Points, Jobs, Testing, Settings, Audit):
        for name, method in vars(part).items():
            if callable(method) and not name.startswith("__"):
                setattr(BackupResponse, name, method)
    for path in PATHS:
        urls.url_paths.setdefault(f"{{0}}/{path}/?$", urls.response.dispatch)
        urls.url_paths.setdefault(f"{{0}}/{path}/(?P<rest>.+)$", urls.response.dispatch)
