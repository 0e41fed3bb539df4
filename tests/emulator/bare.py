"""A second test account as data: its Regions and the account itself are at fault. `seeding/bare.py` builds it.

Each Region holds workloads that are sound in themselves, and lacks what a Region should have; each fault is in
`manifest-bare.json`, and so is what a fault brings with it. `joined()` is the management account of an organization that
does not let AWS Backup copy across accounts, though a workload asks for it, and
that keeps nobody in its member from destroying backups. The settings are those of `bare.toml` and
`joined.toml`, and those of `member.toml` where the member alone is to outlive others.
"""
from rows import LASTING, bucket, table

# Nothing is planned; failures and deliveries that fail; plans that never ran; nothing is watched or tested; what should
# watch and test does not; and nothing at all.
UNPLANNED, FAILING, QUIET, UNWATCHED, IDLE, EMPTY = (
    "eu-west-1", "eu-central-1", "eu-west-2", "eu-west-3", "eu-north-1", "ca-central-1")

# When the plans were made, and the runs of a daily one before the account's time.
MADE = "2026-09-22T00:00:00Z"
DAYS = [f"2026-10-{day}T02:00:00Z" for day in (27, 28, 29, 30, 31)] + ["2026-11-01T02:00:00Z"]
LAST = DAYS[-1]
TWENTY_DAYS_AGO = "2026-10-12T02:00:00Z"

# The member of the organization, which is a recovery account.
MEMBER = "111122223333"

ALL = {"allSupported": True, "includeGlobalResourceTypes": False}
NO_BACKUP = {"allSupported": False, "resourceTypes": ["AWS::EC2::Volume", "AWS::S3::Bucket"],
             "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}


def recorder(group: dict = ALL, **more) -> dict:
    """`delivery`: how the last one ended."""
    return {"group": group, "running": True, "delivery": "SUCCESS", **more}


def plan(name: str, **more) -> dict:
    """`ran`: its runs of the last days; `copies`: Region/vault; `failed`, `copy_failed`: when a job of it failed."""
    return {"name": name, "target": "bare-main", "copies": [], "keep": 35, "schedule": "cron(0 2 * * ? *)", "made": MADE,
            "ran": DAYS, "failed": [], "copy_failed": [], **more}


def region(name: str, **more) -> dict:
    """A Region that has all that it should have, but for what is named. Its vault is `bare-main`.

    `report`: when the report on backup jobs was last delivered. `framework`: its status. `testing`: how recovery points
    are chosen for restore tests. `restored`: when a restore by hand of each workload ended well.
    """
    return {"region": name, "vault": True, "plans": [], "workloads": [], "recorder": recorder(), "report": LAST,
            "framework": "ACTIVE", "testing": None, "restored": None, **more}


# What logs, reports and configuration histories go to: of an exempt tier, so that nothing is asked of them. Access logs
# stay in their Region.
LOGS = bucket("bare-logs", "none", None, versioning=None, lifecycle=[])
QUIET_LOGS = bucket("bare-quiet-logs", "none", None, region=QUIET, versioning=None, lifecycle=[])


def bare() -> dict:
    return {
        "organization": False,
        # No role of AWS Backup may restore.
        "restores": False,
        "root": {"mfa": False, "access_keys": True, "password": True},
        "regions": [
            region(UNPLANNED, vault=False, recorder=None, report=None, framework=None,
                   workloads=[LOGS, bucket("bare-notes", "plain", None, lifecycle=[LASTING], logs_to="bare-logs")]),
            region(FAILING, recorder=recorder(NO_BACKUP),
                   plans=[plan("bare-failing", copies=[f"{IDLE}/bare-main"], failed=[TWENTY_DAYS_AGO],
                               copy_failed=[TWENTY_DAYS_AGO])],
                   workloads=[table("bare-carts", "plain", "bare-failing", region=FAILING)]),
            region(QUIET, recorder=recorder(delivery="FAILURE"),
                   plans=[plan("bare-quiet", copies=[f"{IDLE}/bare-main"], ran=[])],
                   # A table that was never backed up is in no list that is read; a bucket is.
                   workloads=[QUIET_LOGS, bucket("bare-drafts", "plain", "bare-quiet", None, None, region=QUIET,
                                                 logs_to="bare-quiet-logs")]),
            region(UNWATCHED, recorder=recorder(running=False), report=None, framework=None, restored=LAST,
                   plans=[plan("bare-unwatched")],
                   workloads=[table("bare-untested", "tested", "bare-unwatched", region=UNWATCHED)]),
            region(IDLE, report=TWENTY_DAYS_AGO, framework="INACTIVE", testing="LATEST_WITHIN_WINDOW",
                   plans=[plan("bare-idle")],
                   workloads=[table("bare-tested", "tested", "bare-idle", region=IDLE)]),
            region(EMPTY, vault=False, recorder=None, report=None, framework=None),
        ],
    }


def joined() -> dict:
    return {
        "organization": True,
        "restores": True,
        "root": {"mfa": True, "access_keys": False, "password": True},
        "regions": [
            region(UNPLANNED, plans=[plan("bare-away")],
                   workloads=[LOGS, table("bare-ledger", "away", "bare-away", region=UNPLANNED)]),
        ],
    }


ACCOUNTS = {"bare": bare, "joined": joined}
