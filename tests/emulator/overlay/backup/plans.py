"""Plans and their selections."""
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from .. import clock
from .operations import Operations


class Plans(Operations):
    def list_backup_plans(self):
        params = self._in()
        plans = self.backup_backend.list_backup_plans(params.get("IncludeDeleted"))
        return self._paged(params, "BackupPlansList", [self._dated(p, p.to_list_dict()) for p in plans])

    def _dated(self, plan, answer: dict) -> dict:
        """With the dates that a test set for its runs, over moto's own."""
        return answer | self._store()["plan_dates"].get(plan.backup_plan_id, {})

    def get_backup_plan(self):
        params = self._in()
        plan = self.backup_backend.get_backup_plan(params["BackupPlanId"], params.get("VersionId"))
        return ActionResult(self._dated(plan, plan.to_get_dict()))

    def update_backup_plan(self):
        params = self._in()
        plan = self._plan(params["BackupPlanId"])
        self._store()["versions"].setdefault(plan.backup_plan_id, []).append(plan.to_list_dict())
        plan.version_id, plan.backup_plan = mock_random.uuid4().hex, params["BackupPlan"]
        for rule in plan.backup_plan["Rules"]:
            rule.setdefault("RuleId", str(mock_random.uuid4()))
        return ActionResult(plan.to_dict())

    def list_backup_plan_versions(self):
        params = self._in()
        plan = self._plan(params["BackupPlanId"])
        earlier = self._store()["versions"].get(plan.backup_plan_id, [])
        return self._paged(params, "BackupPlanVersionsList", [*earlier, plan.to_list_dict()])

    def create_backup_selection(self):
        params = self._in()
        self._plan(params["BackupPlanId"])
        row = {"SelectionId": str(mock_random.uuid4()), "BackupPlanId": params["BackupPlanId"], "CreationDate": clock.now(),
               "BackupSelection": params["BackupSelection"]}
        self._store()["selections"][row["SelectionId"]] = row
        return ActionResult(row)

    def get_backup_selection(self):
        return ActionResult(self._get("selections", self._in()["SelectionId"], "Selection"))

    def delete_backup_selection(self):
        self._store()["selections"].pop(self._in()["SelectionId"], None)
        return ActionResult({})

    def list_backup_selections(self):
        params = self._in()
        self._plan(params["BackupPlanId"])
        # A plan that a test made older had its selections all the while.
        made = self._store()["plan_dates"].get(params["BackupPlanId"], {}).get("CreationDate")
        rows = [dict(r, CreationDate=min(r["CreationDate"], made or r["CreationDate"]), SelectionName=r["BackupSelection"]["SelectionName"], IamRoleArn=r["BackupSelection"]["IamRoleArn"])
                for r in self._store()["selections"].values() if r["BackupPlanId"] == params["BackupPlanId"]]
        return self._paged(params, "BackupSelectionsList", rows)
