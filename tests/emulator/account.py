"""The test account as data: a sound estate, and beside it one faulty thing after another (`faults.py`). `seed.py` builds it.

Two Regions: HOME, where the workloads run, and AWAY, where copies go. Each faulty thing is sound but for what
`manifest.json` says of it, so that a finding that is not in the manifest is a wrong one. Workloads choose their plan by
the tag `backup-plan`.

`small()` is an account with one of each, for tests that plant failures: it seeds in a second.
"""
from faults import FAULTY
from rows import (
    AWAY, BRIEF, COOLING, EVERY_WEEK, GOVERNANCE, LASTING, LOCK, TRAIL_BUCKET, WEEKLY, bucket, compliance, files, key, plan,
    table, test, vault, volume,
)

SOUND = {
    "keys": [key("alias/acme-vault"), key("alias/acme-vault", AWAY), key("alias/acme-data")],
    "vaults": [
        vault("acme-main", lock=GOVERNANCE), vault("acme-main-copy", AWAY),
        vault("acme-vital", lock=compliance()), vault("acme-vital-copy", AWAY, lock=compliance()),
        vault("acme-gapped", AWAY, air_gapped=True), vault("acme-away", AWAY),
    ],
    "plans": [
        plan("acme-daily", "acme-main", [f"{AWAY}/acme-main-copy"]),
        plan("acme-vital", "acme-vital", [f"{AWAY}/acme-vital-copy"], selection="conditions"),
        plan("acme-weekly", "acme-main", schedule=EVERY_WEEK),
        plan("acme-gapped", "acme-main", [f"{AWAY}/acme-gapped"]),
        # For what lives there: replicas.
        plan("acme-away", "acme-away", schedule=EVERY_WEEK, region=AWAY),
    ],
    "tests": [
        test("monthly", selects={"bucket": ["*"], "table": ["*"], "volume": ["*"], "files": ["acme-home"]}),
        test("monthly", AWAY, selects={"bucket": ["*"], "table": ["*"], "volume": ["*"]}),
    ],
    "workloads": [
        bucket("acme-orders"),
        bucket("acme-ledger", "vital", "acme-vital", encryption="alias/acme-data"),
        bucket("acme-wiki", "relaxed", "acme-weekly", WEEKLY, None),
        # A backup bucket: locked, replicated to another Region; its replica is one too.
        bucket("acme-exports-backup", lock=LOCK, lifecycle=[BRIEF | COOLING], replicates_to="acme-exports-replica"),
        bucket("acme-exports-replica", "relaxed", "acme-away", WEEKLY, None, region=AWAY, lock=LOCK),
        # Versioning with lasting noncurrent versions is all the protection that this tier asks for.
        bucket("acme-handbook", "relaxed", None, lifecycle=[LASTING]),
        # Nothing is asked of these but that they are not public.
        bucket("acme-scratch", "none", None, versioning=None, lifecycle=[]),
        bucket(TRAIL_BUCKET, "none", None),
        table("acme-carts"),
        # A copy in a logically air-gapped vault outlives the loss of the account.
        table("acme-payments", "apart", "acme-gapped"),
        volume("acme-disk"),
        files("acme-home"),
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
        "tests": [test("monthly", selects={"bucket": ["*"], "table": ["*"]}),
                  test("monthly", AWAY, selects={"bucket": ["*"], "table": ["*"]})],
        "workloads": [bucket("acme-orders"), bucket("acme-photos"), table("acme-carts"), bucket(TRAIL_BUCKET, "none", None)],
    }


ACCOUNTS = {"whole": whole, "sound": sound, "small": small}
