"""Restore testing plans and their selections."""
from moto.backup.exceptions import AlreadyExistsException, InvalidRequestException
from moto.core.responses import ActionResult

from .. import clock
from .operations import Operations


class Testing(Operations):
    def create_restore_testing_plan(self):
        params = self._in()["RestoreTestingPlan"]
        name = params["RestoreTestingPlanName"]
        if name in self._store()["rt_plans"]:
            raise AlreadyExistsException(msg=f"{name} already exists")
        arn = f"arn:aws:backup:{self.region}:{self.current_account}:restore-testing-plan:{name}"
        self._store()["rt_plans"][name] = {"StartWindowHours": 24, **params, "CreationTime": clock.now(), "RestoreTestingPlanArn": arn}
        return ActionResult(self._store()["rt_plans"][name])

    def list_restore_testing_plans(self):
        return self._paged(self._in(), "RestoreTestingPlans", list(self._store()["rt_plans"].values()))

    def get_restore_testing_plan(self):
        plan = self._get("rt_plans", self._in()["RestoreTestingPlanName"], "Restore testing plan")
        return ActionResult({"RestoreTestingPlan": plan})

    def update_restore_testing_plan(self):
        params = self._in()
        plan = self._get("rt_plans", params["RestoreTestingPlanName"], "Restore testing plan")
        plan.update(params["RestoreTestingPlan"], LastUpdateTime=clock.now())
        return ActionResult(plan)

    def delete_restore_testing_plan(self):
        name = self._in()["RestoreTestingPlanName"]
        self._get("rt_plans", name, "Restore testing plan")
        if any(plan == name for plan, _ in self._store()["rt_selections"]):
            raise InvalidRequestException(msg=f"{name} has selections: delete them first")
        del self._store()["rt_plans"][name]
        return ActionResult({})

    def create_restore_testing_selection(self):
        params = self._in()
        plan = self._get("rt_plans", params["RestoreTestingPlanName"], "Restore testing plan")
        row = dict({"ValidationWindowHours": 0}, **params["RestoreTestingSelection"], RestoreTestingPlanName=plan["RestoreTestingPlanName"],
                   RestoreTestingPlanArn=plan["RestoreTestingPlanArn"], CreationTime=clock.now())
        self._store()["rt_selections"][(plan["RestoreTestingPlanName"], row["RestoreTestingSelectionName"])] = row
        return ActionResult(row)

    def update_restore_testing_selection(self):
        params = self._in()
        key = (params["RestoreTestingPlanName"], params["RestoreTestingSelectionName"])
        row = self._get("rt_selections", key, "Selection")
        row.update(params["RestoreTestingSelection"])
        return ActionResult(dict(row, UpdateTime=clock.now()))

    def delete_restore_testing_selection(self):
        params = self._in()
        key = (params["RestoreTestingPlanName"], params["RestoreTestingSelectionName"])
        self._get("rt_selections", key, "Selection")
        del self._store()["rt_selections"][key]
        return ActionResult({})

    def list_restore_testing_selections(self):
        params = self._in()
        self._get("rt_plans", params["RestoreTestingPlanName"], "Restore testing plan")
        rows = [r for (plan, _), r in self._store()["rt_selections"].items() if plan == params["RestoreTestingPlanName"]]
        return self._paged(params, "RestoreTestingSelections", rows)

    def get_restore_testing_selection(self):
        params = self._in()
        key = (params["RestoreTestingPlanName"], params["RestoreTestingSelectionName"])
        return ActionResult({"RestoreTestingSelection": self._get("rt_selections", key, "Selection")})
