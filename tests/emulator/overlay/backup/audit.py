"""Backup Audit Manager's reports, and legal holds.

POST /moto-api/static/backup/audit
{"account_id": "123456789012", "region": "eu-west-1",
 "report_plans": [{"ReportPlanName": "r", "CreationTime": "2026-10-01T00:00:00Z", "LastSuccessfulExecutionTime": "…"}],
 "frameworks": [{"FrameworkName": "f", "DeploymentStatus": "FAILED", "FrameworkStatus": "INACTIVE"}]}

Changes what AWS has no operation to change: the dates of report plans and the states of frameworks that exist.
"""
from moto.backup.exceptions import ResourceNotFoundException
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from .. import clock
from .operations import Operations
from .store import backend_of, store

# A report plan's state, which moto does not keep; None where it was never planted.
DATES = ("CreationTime", "LastAttemptedExecutionTime", "LastSuccessfulExecutionTime")
STATES = ("DeploymentStatus", "FrameworkStatus")


def put(body: dict) -> None:
    backend = backend_of(body["account_id"], body["region"])
    unknown = sorted(set(body) - {"account_id", "region", "report_plans", "frameworks"})
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    for row in body.get("report_plans", []):
        plan = backend.report_plans[row.pop("ReportPlanName")]
        for key, value in row.items():
            if key not in DATES:
                raise ValueError(f"unknown key: {key}")
            store(backend)["reports"].setdefault(plan.report_plan_name, {})[key] = clock.parse(value)
    for row in body.get("frameworks", []):
        framework = store(backend)["frameworks"][row.pop("FrameworkName")]
        for key, value in row.items():
            if key not in STATES:
                raise ValueError(f"unknown key: {key}")
            framework[key] = value


class Audit(Operations):
    def _report_plan(self, name: str) -> dict:
        plan = self.backup_backend.report_plans.get(name)
        if plan is None:
            raise ResourceNotFoundException(msg=f"Report plan {name} not found")
        state = self._store()["reports"].setdefault(name, {})
        state.setdefault("CreationTime", clock.now())
        return {"ReportPlanArn": plan.report_plan_arn, "ReportPlanName": name, "ReportSetting": plan.report_setting,
                "ReportPlanDescription": plan.report_plan_description,
                "ReportDeliveryChannel": plan.report_delivery_channel, "DeploymentStatus": plan.deployment_status, **state}

    def list_report_plans(self):
        rows = [self._report_plan(name) for name in sorted(self.backup_backend.report_plans)]
        return self._paged(self._in(), "ReportPlans", rows)

    def describe_report_plan(self):
        return ActionResult({"ReportPlan": self._report_plan(self._in()["ReportPlanName"])})

    def start_report_job(self):
        """A report that is started has been delivered at once."""
        plan = self._report_plan(self._in()["ReportPlanName"])
        now = clock.now()
        self._store()["reports"][plan["ReportPlanName"]] |= {
            "LastAttemptedExecutionTime": now, "LastSuccessfulExecutionTime": now}
        return ActionResult({"ReportJobId": str(mock_random.uuid4())})

    def get_legal_hold(self):
        return ActionResult(self._get("legal_holds", self._in()["LegalHoldId"], "Legal hold"))
