#!/usr/bin/env python3
"""Builds an account of `account.py`, `bare.py` or `people.py` in a running emulator, over AWS's own operations wherever there is one.

    tests/.venv/bin/python tests/emulator/seed.py http://127.0.0.1:PORT [whole|sound|small|bare|joined|people]

Prints a JSON object to stdout: for each type, the ARN of every resource by `Region/name` (of a key: `Region/alias/…`).
"""
import json
import sys

import account
import bare
import people
from seeding.bare import Bare
from seeding.evidence import Evidence
from seeding.people import People
from seeding.resources import Resources
from seeding.settings import Settings


class Seed(Settings, Resources, Evidence):
    def build(self, parts: dict) -> None:
        self.settings()
        for row in parts["keys"]:
            self.key(row)
        self.keeper()
        for row in parts["vaults"]:
            self.vault(row)
        for row in parts["plans"]:
            self.plan(row)
        # A bucket must exist before another replicates to it, or logs are written to it.
        for row in parts["workloads"]:
            getattr(self, row["kind"])(row)
        for row in parts["workloads"]:
            if row.get("replicates_to"):
                self.replicate(row)
        for row in parts["workloads"]:
            # Versioning of a destination can be suspended after the rule was made.
            if row.get("versioning") == "Suspended":
                self.versioning(row, "Suspended")
        self.logs()
        for row in parts["tests"]:
            self.test(row)
        self.evidence(parts)
        for row in parts["keys"]:
            self.retire(row)


def main() -> None:
    url, name = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "whole"
    if name in bare.ACCOUNTS:
        seed, parts = Bare(url), bare.ACCOUNTS[name]()
    elif name in people.ACCOUNTS:
        seed, parts = People(url), people.ACCOUNTS[name]()
    else:
        seed, parts = Seed(url), account.ACCOUNTS[name]()
    seed.build(parts)
    json.dump(seed.arns, sys.stdout, indent=2, sort_keys=True)


if __name__ == "__main__":
    main()
