"""The test account as data: a sound estate, and beside it one faulty thing after another. `seed.py` builds it.

Two Regions: HOME, where the workloads run, and AWAY, where copies go. The time is NOW, a Sunday at noon.
Each faulty thing is sound but for what `manifest.json` says of it, so that a finding that is not in the manifest is a
wrong one. Workloads choose their plan by the tag `backup-plan`.

`small()` is an account with one of each, for tests that plant failures: it seeds in a second.
"""
HOME, AWAY = "eu-west-1", "eu-central-1"
ACCOUNT = "123456789012"
NOW = "2026-11-01T12:00:00Z"

# The newest run of each schedule before NOW, and how old a faulty one is.
DAILY = "2026-11-01T02:00:00Z"
WEEKLY = "2026-11-01T03:00:00Z"
FOUR_DAYS_AGO = "2026-10-28T02:00:00Z"
NINE_DAYS_AGO = "2026-10-23T02:00:00Z"

EVENTS = ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED"]
# AWS Backup stopped sending these.
SILENT_EVENTS = ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED", "RESTORE_JOB_FAILED"]

ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
# Shorter than any tier's retention: versioning alone keeps no history that counts.
BRIEF = {"ID": "brief", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}, **ABORT}
# Longer than the tier's retention: here versioning is a path that keeps history.
LASTING = {"ID": "lasting", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 60}, **ABORT}
LOCK = {"Mode": "GOVERNANCE", "Days": 30}
COMPLIANCE = {"Mode": "COMPLIANCE", "Days": 30}


def key(alias: str, region: str = HOME, **more) -> dict:
    return {"alias": alias, "region": region, "rotation": True, "state": "Enabled", **more}


def vault(name: str, region: str = HOME, **more) -> dict:
    """`locked`: days of grace before the lock is final, None in governance mode; `locked_on`: when it was put."""
    return {"name": name, "region": region, "key": "alias/acme-vault", "lock": None, "events": EVENTS, **more}


def compliance(on: str = "2026-09-01T00:00:00Z", **bounds) -> dict:
    return {"MinRetentionDays": 7, "MaxRetentionDays": 400, "ChangeableForDays": 3, "on": on} | bounds


GOVERNANCE = {"MinRetentionDays": 7, "MaxRetentionDays": 400, "on": "2026-09-01T00:00:00Z"}


def plan(name: str, target: str, copies: list[str] = (), keep: int = 35, schedule: str = "cron(0 2 * * ? *)", **more) -> dict:
    """`copies`: Region/vault. `selection`: "tags" (ListOfTags), "conditions", or None for no selection at all."""
    return {"name": name, "target": target, "copies": list(copies), "keep": keep, "schedule": schedule, "cold": None,
            "selection": "tags", **more}


def workload(name: str, tier: str | None, plan: str | None, point: str | None = DAILY, copy: str | None = DAILY, **more) -> dict:
    """`point`, `copy`: when its newest recovery point, and the newest copy of one, were made; None where there is none."""
    return {"name": name, "tier": tier, "plan": plan, "point": point, "copy": copy, "status": "COMPLETED", "vault": None, **more}


def bucket(name: str, tier: str | None = "standard", plan: str | None = "acme-daily", region: str = HOME, **more) -> dict:
    base = {"kind": "bucket", "region": region, "versioning": "Enabled", "mfa": None, "lock": None, "lifecycle": [BRIEF],
            "blocked": True, "encryption": None, "replicates_to": None}
    if plan is None:
        more = {"point": None, "copy": None} | more
    return workload(name, tier, plan, **base | more)


def table(name: str, tier: str | None = "standard", plan: str | None = "acme-daily", **more) -> dict:
    return workload(name, tier, plan, **{"kind": "table", "region": HOME} | more)


def volume(name: str, tier: str | None = "standard", plan: str | None = "acme-daily", **more) -> dict:
    return workload(name, tier, plan, **{"kind": "volume", "region": HOME} | more)


SOUND = {
    "keys": [key("alias/acme-vault"), key("alias/acme-vault", AWAY), key("alias/acme-data")],
    "vaults": [
        vault("acme-main", lock=GOVERNANCE), vault("acme-main-copy", AWAY),
        vault("acme-vital", lock=compliance()), vault("acme-vital-copy", AWAY, lock=compliance()),
    ],
    "plans": [
        plan("acme-daily", "acme-main", [f"{AWAY}/acme-main-copy"]),
        plan("acme-vital", "acme-vital", [f"{AWAY}/acme-vital-copy"], selection="conditions"),
        plan("acme-weekly", "acme-main", schedule="cron(0 3 ? * SUN *)"),
    ],
    "workloads": [
        bucket("acme-orders"),
        bucket("acme-ledger", "vital", "acme-vital", encryption="alias/acme-data"),
        bucket("acme-wiki", "relaxed", "acme-weekly", point=WEEKLY, copy=None),
        # A backup bucket: locked, replicated to another Region; its replica is one too.
        bucket("acme-exports-backup", lock=LOCK, replicates_to="acme-exports-replica"),
        bucket("acme-exports-replica", "relaxed", None, AWAY, lock=LOCK, lifecycle=[LASTING]),
        # Versioning with lasting noncurrent versions is all the protection that this tier asks for.
        bucket("acme-handbook", "relaxed", None, lifecycle=[LASTING]),
        # Nothing is asked of it but that it is not public.
        bucket("acme-scratch", "none", None, versioning=None, lifecycle=[]),
        table("acme-carts"),
        volume("acme-disk"),
    ],
}

FAULTY = {
    "keys": [
        key("alias/acme-still", rotation=False), key("alias/acme-doomed", state="PendingDeletion"),
        key("alias/acme-off", state="Disabled"),
    ],
    "vaults": [
        vault("acme-aws-key", key=None), vault("acme-silent", events=None),
        vault("acme-deprecated-events", events=SILENT_EVENTS), vault("acme-unlocked"),
        vault("acme-governance", lock=GOVERNANCE),
        vault("acme-cooling-off", lock=compliance("2026-10-31T00:00:00Z", ChangeableForDays=7)),
        vault("acme-no-maximum", lock={"MinRetentionDays": 7, "on": "2026-09-01T00:00:00Z"}),
        vault("acme-bounded", lock=GOVERNANCE),
    ],
    "plans": [
        plan("acme-to-aws-key", "acme-aws-key", [f"{AWAY}/acme-main-copy"]),
        plan("acme-to-silent", "acme-silent", [f"{AWAY}/acme-main-copy"]),
        plan("acme-to-deprecated-events", "acme-deprecated-events", [f"{AWAY}/acme-main-copy"]),
        plan("acme-to-unlocked", "acme-unlocked", [f"{AWAY}/acme-vital-copy"]),
        plan("acme-to-governance", "acme-governance", [f"{AWAY}/acme-vital-copy"]),
        plan("acme-to-cooling-off", "acme-cooling-off", [f"{AWAY}/acme-vital-copy"]),
        plan("acme-to-no-maximum", "acme-no-maximum", [f"{AWAY}/acme-main-copy"]),
        plan("acme-no-selection", "acme-main", selection=None),
        plan("acme-too-long", "acme-bounded", [f"{AWAY}/acme-main-copy"], keep=500, copy_keep=35),
        plan("acme-cold-too-short", "acme-main", [f"{AWAY}/acme-main-copy"], keep=100, cold=30, copy_keep=35),
        plan("acme-lost-copy", "acme-main", [f"{AWAY}/acme-gone"], schedule="cron(0 3 ? * SUN *)"),
        plan("acme-weekly-copied", "acme-main", [f"{AWAY}/acme-main-copy"], schedule="cron(0 3 ? * SUN *)"),
        plan("acme-brief", "acme-main", [f"{AWAY}/acme-main-copy"], keep=14),
        plan("acme-stays-home", "acme-main", [f"{HOME}/acme-bounded"]),
    ],
    "workloads": [
        # S3
        # AWS Backup cannot back up a bucket without versions, so the plan protects neither.
        bucket("acme-no-versions", "relaxed", "acme-weekly", point=None, copy=None, versioning=None),
        bucket("acme-suspended", "relaxed", "acme-weekly", point=WEEKLY, copy=None, versioning="Suspended"),
        bucket("acme-invoices-backup", "relaxed", "acme-weekly", point=WEEKLY, copy=None, lock=LOCK),
        bucket("acme-minutes-backup", "relaxed", "acme-weekly", point=WEEKLY, copy=None, lock=LOCK,
               replicates_to="acme-minutes-twin"),
        bucket("acme-minutes-twin", "relaxed", None, lock=LOCK, lifecycle=[LASTING]),
        bucket("acme-to-nowhere", replicates_to="acme-gone"),
        bucket("acme-to-unversioned", replicates_to="acme-unversioned"),
        bucket("acme-unversioned", "none", None, AWAY, versioning="Suspended"),
        bucket("acme-unlocked-backup", mfa="Enabled", lifecycle=[]),
        bucket("acme-unset-backup", lock={}),
        bucket("acme-lenient-backup", "vital", "acme-vital", encryption="alias/acme-data", lock=LOCK),
        bucket("acme-no-lifecycle", lifecycle=[]),
        bucket("acme-lifecycle-off", lifecycle=[BRIEF | {"Status": "Disabled"}]),
        bucket("acme-parts", lifecycle=[{k: v for k, v in BRIEF.items() if k not in ABORT}]),
        bucket("acme-parts-elsewhere", lifecycle=[{k: v for k, v in BRIEF.items() if k not in ABORT},
                                                 {"ID": "tmp", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, **ABORT}]),
        bucket("acme-open", blocked=False),
        bucket("acme-half-open", blocked={"RestrictPublicBuckets": False}),
        bucket("acme-sse-s3", "vital", "acme-vital"),
        bucket("acme-aws-s3-key", "vital", "acme-vital", encryption="aws/s3"),
        # What makes the faults of keys, vaults and plans matter.
        bucket("acme-under-key-off", encryption="alias/acme-off"),
        bucket("acme-in-aws-key", plan="acme-to-aws-key"),
        bucket("acme-in-silent", plan="acme-to-silent"),
        bucket("acme-in-deprecated-events", plan="acme-to-deprecated-events"),
        bucket("acme-in-unlocked", "vital", "acme-to-unlocked", encryption="alias/acme-data"),
        bucket("acme-in-governance", "vital", "acme-to-governance", encryption="alias/acme-data"),
        bucket("acme-in-cooling-off", "vital", "acme-to-cooling-off", encryption="alias/acme-data"),
        bucket("acme-in-no-maximum", plan="acme-to-no-maximum"),
        bucket("acme-kept-too-long", plan="acme-too-long"),
        table("acme-thawed", plan="acme-cold-too-short"),
        bucket("acme-copied-to-nowhere", "relaxed", "acme-lost-copy", point=WEEKLY, copy=None),
        # Workloads
        bucket("acme-nameless", None),
        table("acme-nameless-table", None),
        bucket("acme-forgotten", "relaxed", None),
        volume("acme-dropped", "relaxed", None, vault="acme-main", copy=None),
        bucket("acme-seldom", plan="acme-weekly-copied", point=WEEKLY, copy=WEEKLY),
        bucket("acme-forgetful", plan="acme-brief"),
        table("acme-sessions", plan="acme-stays-home", copy=None),
        bucket("acme-never-ran", point=None, copy=None),
        table("acme-expired", "relaxed", "acme-weekly", point=WEEKLY, copy=None, status="EXPIRED"),
        bucket("acme-stalled", "relaxed", "acme-weekly", point=NINE_DAYS_AGO, copy=None),
        table("acme-stalled-table", "relaxed", "acme-weekly", point=NINE_DAYS_AGO, copy=None),
        bucket("acme-lagging", copy=FOUR_DAYS_AGO),
        table("acme-never-copied", copy=None),
    ],
}


def whole() -> dict:
    """The sound estate and all faults."""
    return {part: SOUND[part] + FAULTY[part] for part in SOUND}


def sound() -> dict:
    """The sound estate alone."""
    return SOUND


def small() -> dict:
    """One of each, all sound."""
    return {
        "keys": SOUND["keys"][:2], "vaults": SOUND["vaults"][:2], "plans": SOUND["plans"][:1],
        "workloads": [bucket("acme-orders"), bucket("acme-photos"), table("acme-carts")],
    }


ACCOUNTS = {"whole": whole, "sound": sound, "small": small}
