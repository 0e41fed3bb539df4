"""The planted faults: each thing here is sound but for what `manifest.json` says of it."""
from rows import (
    ABORT, AWAY, BRIEF, COOLING, DAILY, EVERY_HOUR, EVERY_WEEK, FOUR_DAYS_AGO, GOVERNANCE, HOME, HOURLY, LASTING, LOCK,
    NINE_DAYS_AGO, OTHER_ACCOUNT, SILENT_EVENTS, UNLOGGED, WEEKLY, bucket, compliance, files, instance, key, plan, table,
    test, vault, volume,
)

KEYS = [
    key("alias/acme-still", rotation=False), key("alias/acme-doomed", state="PendingDeletion"),
    key("alias/acme-off", state="Disabled"), key("alias/acme-off", AWAY, state="Disabled"),
    # Encrypts a vault and a bucket of production data.
    key("alias/acme-shared"),
    key("alias/acme-condemned", state="PendingDeletion"),
    key("alias/acme-public", public=True),
]

VAULTS = [
    vault("acme-aws-key", key=None), vault("acme-silent", events=None),
    vault("acme-deprecated-events", events=SILENT_EVENTS), vault("acme-unlocked", denies=False),
    vault("acme-unlocked-copy", AWAY),
    vault("acme-governance", lock=GOVERNANCE, copies_in=True),
    vault("acme-cooling-off", lock=compliance("2026-10-31T00:00:00Z", ChangeableForDays=7)),
    vault("acme-no-maximum", lock={"MinRetentionDays": 7, "on": "2026-09-01T00:00:00Z"}),
    vault("acme-bounded", lock=GOVERNANCE),
    vault("acme-under-shared-key", key="alias/acme-shared"),
    vault("acme-off-copy", AWAY, key="alias/acme-off"),
]

PLANS = [
    # What makes the faults of vaults matter.
    plan("acme-to-aws-key", "acme-aws-key", [f"{AWAY}/acme-main-copy"]),
    plan("acme-to-silent", "acme-silent", [f"{AWAY}/acme-main-copy"]),
    plan("acme-to-deprecated-events", "acme-deprecated-events", [f"{AWAY}/acme-main-copy"]),
    plan("acme-to-unlocked", "acme-unlocked", [f"{AWAY}/acme-unlocked-copy"]),
    plan("acme-to-governance", "acme-governance", [f"{AWAY}/acme-vital-copy"]),
    plan("acme-to-cooling-off", "acme-cooling-off", [f"{AWAY}/acme-vital-copy"]),
    plan("acme-to-no-maximum", "acme-no-maximum", [f"{AWAY}/acme-main-copy"]),
    plan("acme-to-shared-key", "acme-under-shared-key", schedule=EVERY_WEEK),
    plan("acme-copies-to-off", "acme-main", [f"{AWAY}/acme-off-copy"]),
    plan("acme-to-other-account", "acme-main", [f"{AWAY}/theirs/{OTHER_ACCOUNT}"], schedule=EVERY_WEEK),
    # Faulty themselves.
    plan("acme-no-selection", "acme-main", selection=None),
    plan("acme-too-long", "acme-bounded", [f"{AWAY}/acme-main-copy"], keep=500, copy_keep=35),
    plan("acme-cold-too-short", "acme-main", [f"{AWAY}/acme-main-copy"], keep=100, cold=30, copy_keep=35),
    plan("acme-lost-copy", "acme-main", [f"{AWAY}/acme-gone"], schedule=EVERY_WEEK),
    plan("acme-weekly-copied", "acme-main", [f"{AWAY}/acme-main-copy"], schedule=EVERY_WEEK),
    plan("acme-brief", "acme-main", [f"{AWAY}/acme-main-copy"], keep=14),
    plan("acme-stays-home", "acme-main", [f"{HOME}/acme-bounded"]),
    plan("acme-again", "acme-main", [f"{AWAY}/acme-main-copy"], selection="arn:aws:s3:::acme-twice"),
    plan("acme-stopped", "acme-main", [f"{AWAY}/acme-main-copy"], ran=FOUR_DAYS_AGO),
    plan("acme-all-warm", "acme-main", schedule=EVERY_WEEK, keep=200),
    plan("acme-by-thin-role", "acme-main", schedule=EVERY_WEEK, role="acme-disks"),
    plan("acme-hourly", "acme-main", schedule=EVERY_HOUR, window=480),
    # The second rule starts within the window of the first, which is kept longer.
    plan("acme-shadowed", "acme-main", window=480,
         more_rules=[{"rule": "brief", "schedule": "cron(0 6 * * ? *)", "keep": 7, "window": 60}]),
]

TESTS = [
    test("yearly", schedule="cron(0 5 1 11 ? *)", selects={"files": ["acme-yearly-tested"]}),
    test("failing", selects={"table": ["acme-jammed"]}, outcome={"Status": "FAILED", "ValidationStatus": None}),
    test("unvalidated", selects={"table": ["acme-unlooked-at"]}, outcome={"ValidationStatus": None}),
    # Has yet to run.
    test("new", selects={"files": ["acme-untested"]}, ran=None),
    test("others", selects={"files": ["acme-archive"]}),
    test("powerless", selects={"files": ["acme-untested"]}, role="acme-disks", ran=None),
]

BUCKETS = [
    # AWS Backup cannot back up a bucket without versions, so the plan protects neither.
    bucket("acme-no-versions", "relaxed", "acme-weekly", None, None, versioning=None),
    bucket("acme-suspended", "relaxed", "acme-weekly", WEEKLY, None, versioning="Suspended", lifecycle=[LASTING]),
    bucket("acme-invoices-backup", "relaxed", "acme-weekly", WEEKLY, None, lock=LOCK, lifecycle=[BRIEF | COOLING]),
    bucket("acme-minutes-backup", "relaxed", "acme-weekly", WEEKLY, None, lock=LOCK, lifecycle=[BRIEF | COOLING],
           replicates_to="acme-minutes-twin"),
    bucket("acme-minutes-twin", "relaxed", None, lock=LOCK, lifecycle=[LASTING]),
    bucket("acme-to-nowhere", replicates_to="acme-gone"),
    bucket("acme-to-unversioned", replicates_to="acme-unversioned"),
    bucket("acme-unversioned", "none", None, region=AWAY, versioning="Suspended"),
    bucket("acme-to-shut", replicates_to="acme-shut"),
    bucket("acme-shut", "none", None, region=AWAY, policy="shut"),
    # A prefix leaves out a part; a rule without SseKmsEncryptedObjects leaves out what is under a key.
    bucket("acme-part-backup", "relaxed", "acme-weekly", WEEKLY, None, lock=LOCK, lifecycle=[BRIEF | COOLING],
           replicates_to="acme-part-replica", replicated={"Prefix": "2026/"}),
    bucket("acme-part-replica", "relaxed", None, region=AWAY, lock=LOCK, lifecycle=[LASTING]),
    bucket("acme-sealed-backup", "relaxed", "acme-weekly", WEEKLY, None, lock=LOCK, lifecycle=[BRIEF | COOLING],
           encryption="alias/acme-vault", replicates_to="acme-sealed-replica"),
    bucket("acme-sealed-replica", "relaxed", None, region=AWAY, lock=LOCK, lifecycle=[LASTING]),
    bucket("acme-thin-backup", "relaxed", "acme-weekly", WEEKLY, None, lock=LOCK, lifecycle=[BRIEF | COOLING],
           replicates_to="acme-thin-replica", role="acme-thin"),
    bucket("acme-thin-replica", "relaxed", None, region=AWAY, lock=LOCK, lifecycle=[LASTING]),
    bucket("acme-wide-backup", "relaxed", "acme-weekly", WEEKLY, None, lock=LOCK, lifecycle=[BRIEF | COOLING],
           replicates_to="acme-wide-replica", role="acme-wide"),
    bucket("acme-wide-replica", "relaxed", None, region=AWAY, lock=LOCK, lifecycle=[LASTING]),
    bucket("acme-within-account", "apart", replicates_to="acme-within-account-replica"),
    bucket("acme-within-account-replica", "relaxed", None, region=AWAY, lock=LOCK, lifecycle=[LASTING]),
    bucket("acme-unlocked-backup", mfa="Enabled", lifecycle=[]),
    bucket("acme-unset-backup", lock={}, lifecycle=[BRIEF | COOLING], policy=None),
    bucket("acme-aside-backup", lock=LOCK, lifecycle=[BRIEF | COOLING], policy="aside"),
    bucket("acme-lent-backup", lock=LOCK, lifecycle=[BRIEF | COOLING], policy="lent"),
    bucket("acme-lenient-backup", "vital", "acme-vital", encryption="alias/acme-vault", lock=LOCK, lifecycle=[BRIEF | COOLING]),
    bucket("acme-no-lifecycle", lifecycle=[]),
    bucket("acme-lifecycle-off", lifecycle=[BRIEF | {"Status": "Disabled"}]),
    bucket("acme-parts", lifecycle=[{k: v for k, v in BRIEF.items() if k not in ABORT}]),
    bucket("acme-parts-elsewhere", lifecycle=[{k: v for k, v in BRIEF.items() if k not in ABORT},
                                             {"ID": "tmp", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, **ABORT}]),
    bucket("acme-hoarder", lifecycle=[{"ID": "uploads", "Status": "Enabled", "Filter": {}, **ABORT}]),
    bucket("acme-warm-backup", lock=LOCK),
    bucket(UNLOGGED),
    bucket("acme-open", blocked=False),
    bucket("acme-half-open", blocked={"RestrictPublicBuckets": False}),
    bucket("acme-sse-s3", "vital", "acme-vital"),
    bucket("acme-aws-s3-key", "vital", "acme-vital", encryption="aws/s3"),
]

# What makes the faults of keys, vaults and plans matter.
DEPENDENTS = [
    bucket("acme-under-key-off", encryption="alias/acme-off"),
    bucket("acme-under-shared-key", "relaxed", "acme-to-shared-key", WEEKLY, None, encryption="alias/acme-shared"),
    bucket("acme-in-aws-key", plan="acme-to-aws-key"),
    bucket("acme-in-silent", plan="acme-to-silent"),
    bucket("acme-in-deprecated-events", plan="acme-to-deprecated-events"),
    bucket("acme-in-unlocked", "vital", "acme-to-unlocked", encryption="alias/acme-data"),
    bucket("acme-in-governance", "vital", "acme-to-governance", encryption="alias/acme-data"),
    bucket("acme-in-cooling-off", "vital", "acme-to-cooling-off", encryption="alias/acme-data"),
    bucket("acme-in-no-maximum", plan="acme-to-no-maximum"),
    bucket("acme-kept-too-long", plan="acme-too-long"),
    table("acme-thawed", plan="acme-cold-too-short"),
    bucket("acme-copied-to-nowhere", "relaxed", "acme-lost-copy", WEEKLY, None),
    bucket("acme-in-stopped", plan="acme-stopped"),
    files("acme-archive", plan="acme-all-warm"),
    bucket("acme-in-by-thin-role", "relaxed", "acme-by-thin-role", WEEKLY, None),
    bucket("acme-each-hour", "relaxed", "acme-hourly", HOURLY, None),
    bucket("acme-in-shadowed", "relaxed", "acme-shadowed", copy=None),
]

WORKLOADS = [
    bucket("acme-nameless", None),
    table("acme-nameless-table", None),
    bucket("acme-forgotten", "relaxed", None),
    volume("acme-dropped", "relaxed", None, copy=None, vault="acme-main"),
    instance("acme-not-opted-in", vault="acme-main"),
    bucket("acme-seldom", plan="acme-weekly-copied", point=WEEKLY, copy=WEEKLY),
    table("acme-forgetful", plan="acme-brief"),
    table("acme-sessions", plan="acme-stays-home"),
    bucket("acme-never-ran", point=None, copy=None),
    table("acme-expired", "relaxed", "acme-weekly", WEEKLY, None, status="EXPIRED"),
    bucket("acme-stalled", "relaxed", "acme-weekly", NINE_DAYS_AGO, None),
    table("acme-stalled-table", "relaxed", "acme-weekly", NINE_DAYS_AGO, None),
    bucket("acme-lagging", copy=FOUR_DAYS_AGO),
    table("acme-never-copied", copy=None),
    bucket("acme-twice"),
    table("acme-in-one-account", "apart"),
    table("acme-lagging-apart", "apart", "acme-gapped", copy=FOUR_DAYS_AGO),
    table("acme-not-gapped", "gapped"),
    table("acme-no-yearly", "lasting"),
    bucket("acme-plain-copies", "continuous"),
    volume("acme-unshareable", "relaxed", "acme-to-other-account", WEEKLY, None),
    table("acme-unreadable", plan="acme-copies-to-off"),
]

POINTS = [
    volume("acme-plain", encryption=None),
    volume("acme-on-condemned-key", encryption="alias/acme-condemned"),
    table("acme-short-kept", "relaxed", "acme-weekly", WEEKLY, None, keep=7),
    bucket("acme-partial", "relaxed", "acme-weekly", WEEKLY, None, status="PARTIAL", earlier=FOUR_DAYS_AGO),
    bucket("acme-bare", bare=True),
    volume("acme-bare-disk", bare=True),
]

RESTORES = [
    # No selection means it; it was restored by hand.
    files("acme-unselected", restores=[("2026-10-20T08:00:00Z", 1)]),
    files("acme-yearly-tested"),
    table("acme-jammed"),
    table("acme-unlooked-at"),
    files("acme-untested", "drilled", "acme-daily", DAILY, DAILY),
    bucket("acme-slow", restores=[("2026-10-20T08:00:00Z", 30)]),
    table("acme-tested-at-home", "drilled-away", copy_tested=False),
]

FAULTY = {"keys": KEYS, "vaults": VAULTS, "plans": PLANS, "tests": TESTS,
          "workloads": BUCKETS + DEPENDENTS + WORKLOADS + POINTS + RESTORES}
