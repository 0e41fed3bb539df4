"""Failures that a test plants, so that each comes at the same call on every run.

A plant is a JSON object:

    service      botocore's name of it: backup, s3, s3control, kms, sts, account, events, resourcegroupstaggingapi
    operation    AWS's name of it: ListBackupSelections
    kind         "error" (default), "reset" (the connection is cut before a byte is answered),
                 "page" (an HTML page, as from a server that does not know the operation),
                 "cut" (the headers of an answer and half a body, then the connection is cut),
                 "slow" (the answer comes after so many `seconds`)
    code         error: AccessDeniedException, ThrottlingException, SlowDown …
    message      error: what AWS would say; optional
    status       the HTTP status; optional (error: what AWS sends with the code; page: 500)
    times        how many calls fail before the next succeeds; for ever where it is left out
    after_pages  how many pages of a list succeed first; 0 where it is left out
    region, account, where
                 only calls of this Region, of this account, with these parameters by name (any case)
"""
import threading
from dataclasses import dataclass

from .calls import Call

KEYS = {"service", "operation", "kind", "code", "message", "status", "times", "after_pages", "region", "account", "where",
        "seconds"}
KINDS = ("error", "reset", "page", "cut", "slow")


@dataclass
class Plant:
    spec: dict
    hits: int = 0


class Plants:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plants: list[Plant] = []
        # Continuation tokens seen, by list, so that a retried page counts once.
        self._tokens: dict[tuple, list[str]] = {}

    def add(self, spec: dict) -> None:
        """Refuses what it does not understand: a misspelt plant would make a test pass that tests nothing."""
        unknown = sorted(set(spec) - KEYS)
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(unknown)}")
        if not spec.get("service") or not spec.get("operation"):
            raise ValueError("service and operation must be named")
        kind = spec.get("kind", "error")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if kind == "error" and not spec.get("code"):
            raise ValueError("an error needs a code")
        with self._lock:
            self._plants.append(Plant(dict(spec, kind=kind)))

    def clear(self) -> None:
        with self._lock:
            self._plants.clear()
            self._tokens.clear()

    def report(self) -> list[dict]:
        """The plants and how many calls each has answered."""
        with self._lock:
            return [dict(plant.spec, hits=plant.hits) for plant in self._plants]

    def answer(self, call: Call) -> dict | None:
        """The plant that answers this call, if one does."""
        with self._lock:
            page = self._page(call)
            for plant in self._plants:
                if self._meets(plant, call, page):
                    plant.hits += 1
                    return plant.spec
        return None

    def _page(self, call: Call) -> int:
        """Which page of its list a call asks for, from 0."""
        if call.token is None:
            self._tokens[call.listing] = []
            return 0
        seen = self._tokens.setdefault(call.listing, [])
        if call.token not in seen:
            seen.append(call.token)
        return seen.index(call.token) + 1

    @staticmethod
    def _meets(plant: Plant, call: Call, page: int) -> bool:
        spec = plant.spec
        if (spec["service"], spec["operation"]) != (call.service, call.operation):
            return False
        if spec.get("times") is not None and plant.hits >= spec["times"]:
            return False
        if page < spec.get("after_pages", 0):
            return False
        if spec.get("region", call.region) != call.region or spec.get("account", call.account) != call.account:
            return False
        return all(call.params.get(k.lower()) == str(v) for k, v in spec.get("where", {}).items())


PLANTS = Plants()
