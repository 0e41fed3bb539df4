"""Backup plans and restore-testing plans."""
from rows import ACCOUNT, HOME, KINDS

from .base import Base, role_arn, vault_arn


class Plans(Base):
    def plan(self, row: dict) -> None:
        backup = self.client("backup", row["region"])
        rules = [self.rule(row | more) for more in ({}, *row["more_rules"])]
        made = backup.create_backup_plan(BackupPlan={"BackupPlanName": row["name"], "Rules": rules})
        chosen = {"tags": {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup-plan",
                                           "ConditionValue": row["name"]}]},
                  "conditions": {"Resources": ["*"], "Conditions": {"StringEquals": [
                      {"ConditionKey": "aws:ResourceTag/backup-plan", "ConditionValue": row["name"]}]}}}
        if selection := row["selection"]:
            own = backup.create_backup_selection(BackupPlanId=made["BackupPlanId"], BackupSelection={
                "SelectionName": "own", "IamRoleArn": role_arn(row["role"]), **chosen.get(selection, {"Resources": [selection]})})
            self.keep("AWS::Backup::BackupSelection", row["region"], row["name"], own["SelectionId"])
        self.keep("AWS::Backup::BackupPlan", row["region"], row["name"], made["BackupPlanArn"])

    def rule(self, row: dict) -> dict:
        cold = {"MoveToColdStorageAfterDays": row["cold"]} if row["cold"] else {}
        copies = [self.copy_target(copy) for copy in row["copies"]]
        return {
            "RuleName": row["rule"], "TargetBackupVaultName": row["target"], "ScheduleExpression": row["schedule"],
            "StartWindowMinutes": row["window"], "CompletionWindowMinutes": row["window"] * 2 + 360,
            "Lifecycle": {"DeleteAfterDays": row["keep"], **cold},
            "CopyActions": [{"DestinationBackupVaultArn": vault_arn(region, name, account),
                             "Lifecycle": {"DeleteAfterDays": row["copy_keep"] or row["keep"]}}
                            for region, name, account in copies]}

    @staticmethod
    def copy_target(text: str) -> tuple[str, str, str]:
        """`Region/vault`, or `Region/vault/account`."""
        region, name, account = [*text.split("/"), ACCOUNT][:3]
        return region, name, account

    def test(self, row: dict) -> None:
        """A restore-testing plan and its selections."""
        backup = self.client("backup", row["region"])
        made = backup.create_restore_testing_plan(RestoreTestingPlan={
            "RestoreTestingPlanName": row["name"], "ScheduleExpression": row["schedule"], "StartWindowHours": 1,
            "RecoveryPointSelection": {"Algorithm": "RANDOM_WITHIN_WINDOW", "IncludeVaults": ["*"], "SelectionWindowDays": 30,
                                       "RecoveryPointTypes": ["SNAPSHOT", "CONTINUOUS"]}})
        arn = made["RestoreTestingPlanArn"]
        self.keep("AWS::Backup::RestoreTestingPlan", row["region"], row["name"], arn)
        for kind, names in row["selects"].items():
            name = f"{row['name']}_{kind}"
            backup.create_restore_testing_selection(RestoreTestingPlanName=row["name"], RestoreTestingSelection={
                "RestoreTestingSelectionName": name, "ProtectedResourceType": KINDS[kind][0],
                "IamRoleArn": role_arn(row["role"]),
                "ProtectedResourceArns": names if names == ["*"] else [self.arn_of(kind, name) for name in names],
                "ValidationWindowHours": 4})
            self.keep("AWS::Backup::RestoreTestingSelection", row["region"], name, f"{arn}/selection/{name}")

    def arn_of(self, kind: str, name: str, region: str = HOME) -> str:
        return self.arns[KINDS[kind][1]][f"{region}/{name}"]
