"""What tests may ask of the emulator itself. All bodies are JSON.

POST   /moto-api/static/backup/records   recovery points and jobs of any date (backup/records.py)
POST   /moto-api/static/backup/estate    tens of thousands of them from a small description (backup/estate.py)
POST   /moto-api/static/backup/audit     dates of report plans, states of frameworks (backup/audit.py)
POST   /moto-api/static/clock            {"now": "2026-11-01T12:00:00Z"}; null lets the machine's clock run
POST   /moto-api/static/fail             a failure (plants.py)
GET    /moto-api/static/fail             the planted failures, each with the number of calls that it answered
DELETE /moto-api/static/fail             no more planted failures
POST   /moto-api/static/page-size        {"size": 2}: no list answers more at once; null: as AWS has it
POST   /moto-api/static/account/regions  {"account_id": "…", "enabled": ["eu-west-1", …]}
POST   /moto-api/static/iam/root         the root user's credentials (root.py)
POST   /moto-api/static/config/status    how AWS Config last recorded and delivered (config.py)
POST   /moto-api/static/config/standing  what stands of a custom rule, and how AWS Config misbehaves
                                         (evaluations.py)
POST   /moto-api/static/cloudtrail/delivery
                                         the error of a trail's last delivery (cloudtrail.py)
GET    /moto-api/static/calls            the calls so far: [{"service", "operation", "region", "count"}]
GET    /moto-api/static/requests         the calls so far that write or assume, in their order:
                                         [{"service", "operation", "region", "account", "path", "headers", "body"}]
DELETE /moto-api/static/calls            forgets both
"""
import json

from . import account, clock, cloudtrail, config, evaluations, paging, root
from .backup import audit, estate, records
from .plants import PLANTS

PREFIX = "/moto-api/static"


def _clock(body: dict) -> None:
    clock.set_to(clock.parse(body["now"]) if body["now"] else None)


ACTIONS = {
    ("POST", "/backup/records"): records.put,
    ("POST", "/backup/estate"): estate.put,
    ("POST", "/backup/audit"): audit.put,
    ("POST", "/clock"): _clock,
    ("POST", "/fail"): PLANTS.add,
    ("GET", "/fail"): lambda _: PLANTS.report(),
    ("DELETE", "/fail"): lambda _: PLANTS.clear(),
    ("POST", "/page-size"): lambda body: paging.limit_to(body["size"]),
    ("POST", "/iam/root"): root.set_root,
    ("POST", "/config/status"): config.set_status,
    ("POST", "/config/standing"): evaluations.stand,
    ("GET", "/config/standing"): evaluations.standing,
    ("POST", "/config/unkept"): evaluations.leave_unkept,
    ("POST", "/config/pages"): evaluations.page,
    ("POST", "/config/refused"): evaluations.refuse,
    ("POST", "/cloudtrail/delivery"): cloudtrail.set_delivery,
    ("POST", "/account/regions"): lambda body: account.enable(body["account_id"], body["enabled"]),
}


def answer(front, environ: dict):
    """Status, headers and body; None where the path is one of moto's own."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PREFIX)
    if path == "/calls":
        if method == "DELETE":
            front.calls.clear()
            front.requests.clear()
        rows = [dict(zip(("service", "operation", "region"), key), count=n) for key, n in sorted(front.calls.items())]
        return _json(200, rows)
    if path == "/requests":
        return _json(200, front.requests)
    action = ACTIONS.get((method, path))
    if action is None:
        return None
    length = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        result = action(json.loads(environ["wsgi.input"].read(length) or b"{}"))
    except (KeyError, TypeError, ValueError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})
    return _json(200, {"status": "ok"} if result is None else result)


def _json(status: int, value):
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()
