"""What happened: recovery points, backup and copy jobs, runs of plans, restores."""
from collections import defaultdict
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from rows import ACCOUNT, KINDS, LONG_AGO

from .base import ROLE, vault_arn
from .plans import Plans

# How long an ordinary restore takes.
HOUR = timedelta(hours=1)


class Evidence(Plans):
    def evidence(self, parts: dict) -> None:
        self.records: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
        plans = {row["name"]: row for row in parts["plans"]}
        for row in parts["plans"]:
            self.run(row)
        for row in parts["workloads"]:
            self.backups(row, plans.get(row["plan"]))
            self.restores(row)
        for row in parts["tests"]:
            self.test_run(row, parts["workloads"])
        for region, records in self.records.items():
            self.control("backup/records", {"account_id": ACCOUNT, "region": region, **records})
        for place in self.arns["AWS::Backup::BackupVault"]:
            self.name_points(*place.split("/"), parts["workloads"])

    def name_points(self, region: str, vault: str, workloads: list[dict]) -> None:
        """The newest recovery point goes by the name of what it restores."""
        names = {self.arn_of(row["kind"], row["name"], row["region"]): row["name"] for row in workloads}
        points = self.client("backup", region).list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
        for point in reversed(points):
            self.keep("AWS::Backup::RecoveryPoint", region, names[point["ResourceArn"]], point["RecoveryPointArn"])

    def run(self, row: dict) -> None:
        plan_id = self.plan_id(row)
        self.records[row["region"]]["plan_runs"].append(
            {"BackupPlanId": plan_id, "CreationDate": LONG_AGO, "LastExecutionDate": row["ran"]})

    def plan_id(self, row: dict) -> str:
        return self.arns["AWS::Backup::BackupPlan"][f"{row['region']}/{row['name']}"].rpartition(":")[2]

    def backups(self, row: dict, plan: dict | None) -> None:
        """The newest recovery point of a workload, its copies, and the jobs that made them."""
        if not row["point"]:
            return
        home, vault = row["region"], plan["target"] if plan else row["vault"]
        arn = self.arn_of(row["kind"], row["name"], home)
        kept = {"DeleteAfterDays": row["keep"] or (plan["keep"] if plan else 35)}
        if plan and plan["cold"]:
            kept["MoveToColdStorageAfterDays"] = plan["cold"]
        by = {"CreatedBy": self.creator(plan)} if plan else {}
        tags = {"Tags": {}} if row["bare"] else {}
        common = {"ResourceArn": arn, "IamRoleArn": ROLE, **by}
        point = {**common, "BackupVaultName": vault, "CreationDate": row["point"], "Lifecycle": kept, **tags}
        self.records[home]["recovery_points"].append({**point, "Status": row["status"]})
        if row["earlier"]:
            self.records[home]["recovery_points"].append({**point, "CreationDate": row["earlier"]})
        self.records[home]["backup_jobs"].append({**common, "BackupVaultName": vault, "CreationDate": row["point"]})
        copies = [self.copy_target(copy) for copy in plan["copies"]] if plan and row["copy"] else []
        for region, name, account in copies:
            if account != ACCOUNT or f"{region}/{name}" not in self.arns["AWS::Backup::BackupVault"]:
                continue
            self.records[region]["recovery_points"].append({
                **common, "BackupVaultName": name, "CreationDate": row["copy"], "SourceBackupVaultArn": vault_arn(home, vault),
                "Lifecycle": {"DeleteAfterDays": plan["copy_keep"] or plan["keep"]}})
            self.records[home]["copy_jobs"].append({
                **common, "CreationDate": row["copy"], "SourceBackupVaultArn": vault_arn(home, vault),
                "DestinationBackupVaultArn": vault_arn(region, name)})

    def creator(self, plan: dict) -> dict:
        plan_id = self.plan_id(plan)
        made = self.client("backup", plan["region"]).get_backup_plan(BackupPlanId=plan_id)
        rule = next(rule for rule in made["BackupPlan"]["Rules"] if rule["RuleName"] == plan["rule"])
        return {"BackupPlanId": plan_id, "BackupPlanArn": made["BackupPlanArn"], "BackupPlanVersion": made["VersionId"],
                "BackupRuleId": rule["RuleId"]}

    def restores(self, row: dict) -> None:
        """Those that people made by hand."""
        for begun, hours in row["restores"]:
            self.restore(row["region"], row, begun, timedelta(hours=hours))

    def test_run(self, row: dict, workloads: list[dict]) -> None:
        """The last run of a restore-testing plan: one restore of each workload that it selects and that has a point there."""
        if not row["ran"]:
            return
        self.records[row["region"]]["restore_testing_runs"].append(
            {"RestoreTestingPlanName": row["name"], "LastExecutionTime": row["ran"]})
        begun = (datetime.fromisoformat(row["ran"]) + HOUR / 2).isoformat()
        by = {"RestoreTestingPlanArn": self.arns["AWS::Backup::RestoreTestingPlan"][f"{row['region']}/{row['name']}"]}
        for workload in workloads:
            names = row["selects"].get(workload["kind"], [])
            at_home = workload["region"] == row["region"]
            there = workload["point"] and (at_home or workload["copy"] and workload["copy_tested"])
            if there and (names == ["*"] or workload["name"] in names):
                self.restore(row["region"], workload, begun, HOUR, {
                    "CreatedBy": by, "ValidationStatus": "SUCCESSFUL", **row["outcome"]})

    def restore(self, region: str, row: dict, begun: str, took: timedelta, more: dict = {}) -> None:
        arn = self.arn_of(row["kind"], row["name"], row["region"])
        jobs = self.records[region]["restore_jobs"]
        jobs.append({
            "RestoreJobId": str(uuid5(NAMESPACE_OID, f"{region} {len(jobs)}")), "AccountId": ACCOUNT, "SourceResourceArn": arn,
            "ResourceType": KINDS[row["kind"]][0], "Status": "COMPLETED", "CreationDate": begun,
            "CompletionDate": (datetime.fromisoformat(begun) + took).isoformat(), "IamRoleArn": ROLE,
            **{key: value for key, value in more.items() if value is not None}})
