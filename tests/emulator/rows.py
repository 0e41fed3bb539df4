"""The words of `account.py`: places, dates, and makers of rows, each of which is sound as it comes.

The time is NOW, a Sunday at noon.
"""
HOME, AWAY = "eu-west-1", "eu-central-1"
# Enabled, and nothing is in it.
EMPTY = "us-east-1"
ACCOUNT, OTHER_ACCOUNT = "123456789012", "111122223333"
NOW = "2026-11-01T12:00:00Z"
# Since when plans and reports stand.
LONG_AGO = "2026-06-01T00:00:00Z"

# The newest run of each schedule before NOW, and how old a faulty one is.
DAILY = "2026-11-01T02:00:00Z"
WEEKLY = "2026-11-01T03:00:00Z"
HOURLY = "2026-11-01T11:00:00Z"
MONTHLY = "2026-11-01T05:00:00Z"
FOUR_DAYS_AGO = "2026-10-28T02:00:00Z"
NINE_DAYS_AGO = "2026-10-23T02:00:00Z"
EVERY_DAY, EVERY_WEEK, EVERY_HOUR = "cron(0 2 * * ? *)", "cron(0 3 ? * SUN *)", "cron(0 * * * ? *)"
RAN = {EVERY_DAY: DAILY, EVERY_WEEK: WEEKLY, EVERY_HOUR: HOURLY}

# What the makers below make, as AWS Backup and CloudFormation call it.
KINDS = {
    "bucket": ("S3", "AWS::S3::Bucket"), "table": ("DynamoDB", "AWS::DynamoDB::Table"), "volume": ("EBS", "AWS::EC2::Volume"),
    "files": ("EFS", "AWS::EFS::FileSystem"), "instance": ("EC2", "AWS::EC2::Instance"),
}
# The type that AWS Backup is not opted in to.
OPTED_OUT = ["EC2"]
# Where logs and reports go.
TRAIL_BUCKET = "acme-audit"
# The one bucket whose objects the trail leaves out.
UNLOGGED = "acme-unlogged"

EVENTS = ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED"]
# AWS Backup stopped sending these.
SILENT_EVENTS = ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED", "RESTORE_JOB_FAILED"]

ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
# Shorter than any tier's retention: versioning alone keeps no history that counts.
BRIEF = {"ID": "brief", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}, **ABORT}
# Longer than the tier's retention: here versioning is a path that keeps history.
LASTING = {"ID": "lasting", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 60}, **ABORT}
# What lies in a backup bucket is seldom read.
COOLING = {"Transitions": [{"Days": 30, "StorageClass": "GLACIER_IR"}]}
LOCK = {"Mode": "GOVERNANCE", "Days": 30}
COMPLIANCE = {"Mode": "COMPLIANCE", "Days": 30}


def key(alias: str, region: str = HOME, **more) -> dict:
    """`public`: whether its policy lets anybody in."""
    return {"alias": alias, "region": region, "rotation": True, "state": "Enabled", "public": False, **more}


def vault(name: str, region: str = HOME, **more) -> dict:
    """`lock`: its bounds, days of grace before it is final (none in governance mode), and `on` which day it was put.
    `denies`: whether its policy keeps recovery points from being deleted; `copies_in`: whether anybody may copy in."""
    return {"name": name, "region": region, "key": "alias/acme-vault", "lock": None, "events": EVENTS, "denies": True,
            "copies_in": False, **more}


def compliance(on: str = "2026-09-01T00:00:00Z", **bounds) -> dict:
    return {"MinRetentionDays": 7, "MaxRetentionDays": 400, "ChangeableForDays": 3, "on": on} | bounds


GOVERNANCE = {"MinRetentionDays": 7, "MaxRetentionDays": 400, "on": "2026-09-01T00:00:00Z"}


def plan(name: str, target: str, copies: list[str] = (), keep: int = 35, schedule: str = EVERY_DAY, **more) -> dict:
    """`copies`: Region/vault, or Region/vault/account. `selection`: "tags" (ListOfTags), "conditions", an ARN, or None for
    no selection at all; `role`: the role of it. `more_rules`: rules beside its own, each by what differs. `ran`: when it
    last did."""
    return {"name": name, "region": HOME, "target": target, "copies": list(copies), "keep": keep, "copy_keep": None,
            "schedule": schedule, "cold": None, "window": 60, "rule": "only", "more_rules": [], "selection": "tags",
            "role": "acme-backup", "ran": RAN[schedule], **more}


def test(name: str, region: str = HOME, schedule: str = "cron(0 5 1 * ? *)", **more) -> dict:
    """A restore-testing plan. `selects`: names by kind, or ["*"]; `role`: the role of all of them. `outcome`: what is told of
    its restores beyond success."""
    return {"name": name, "region": region, "schedule": schedule, "selects": {}, "role": "acme-backup", "ran": MONTHLY,
            "outcome": {}} | more


def workload(kind: str, name: str, tier: str | None, plan: str | None, point: str | None, copy: str | None, **more) -> dict:
    """`point`, `copy`: when its newest recovery point, and the newest copy of one, were made; None where there is none.
    `earlier`: when one before that was. `keep`: for how many days, where its plan does not say. `bare`: whether its point
    lacks its tags. `copy_tested`: whether its copy is restored too. `restores`: those by hand, each by its begin and its
    hours."""
    return {"kind": kind, "name": name, "region": HOME, "tier": tier, "plan": plan, "point": point, "copy": copy,
            "status": "COMPLETED", "earlier": None, "vault": None, "keep": None, "bare": False, "copy_tested": True,
            "restores": [], **more}


def bucket(name: str, tier: str | None = "standard", plan: str | None = "acme-daily", point: str | None = DAILY,
           copy: str | None = DAILY, **more) -> dict:
    """`policy`: which of `seeding/policies.py` it has; None for none. `role`: the role that it replicates
    with, other than a sound one of its own."""
    base = {"versioning": "Enabled", "mfa": None, "lock": None, "lifecycle": [BRIEF], "blocked": True, "encryption": None,
            "replicates_to": None, "role": None, "policy": "kept"}
    if plan is None:
        point = copy = None
    return workload("bucket", name, tier, plan, point, copy, **base | more)


def table(name: str, tier: str | None = "standard", plan: str | None = "acme-daily", point: str | None = DAILY,
          copy: str | None = DAILY, **more) -> dict:
    return workload("table", name, tier, plan, point, copy, **more)


def volume(name: str, tier: str | None = "standard", plan: str | None = "acme-daily", point: str | None = DAILY,
           copy: str | None = DAILY, **more) -> dict:
    return workload("volume", name, tier, plan, point, copy, **{"encryption": "alias/acme-data"} | more)


def files(name: str, tier: str | None = "relaxed", plan: str | None = "acme-weekly", point: str | None = WEEKLY,
          copy: str | None = None, **more) -> dict:
    return workload("files", name, tier, plan, point, copy, **more)


def instance(name: str, tier: str | None = "relaxed", plan: str | None = "acme-weekly", point: str | None = WEEKLY,
             copy: str | None = None, **more) -> dict:
    return workload("instance", name, tier, plan, point, copy, **more)
