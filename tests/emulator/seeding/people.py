"""Builds the account of `people.py`."""
import json

from people import BUCKET
from rows import ACCOUNT, HOME, NOW, key, vault

from .resources import Resources


def document(*statements: dict) -> str:
    # A statement with NotAction has no Action.
    kept = [{name: value for name, value in one.items() if value is not None} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": kept})


class People(Resources):
    def build(self, parts: dict) -> None:
        self.control("clock", {"now": NOW})
        self.control("account/regions", {"account_id": ACCOUNT, "enabled": [HOME]})
        self.control("iam/root", {"account_id": ACCOUNT, "mfa": True})
        self.key(key("alias/people-vault"))
        self.vault(vault("people-main", key="alias/people-vault", denies=False))
        s3 = self.client("s3", HOME)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HOME})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        iam = self.client("iam", HOME)
        arns = {}
        for name, statements in parts["policies"].items():
            arns[name] = iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))["Policy"]["Arn"]
        for name, group in parts["groups"].items():
            iam.create_group(GroupName=name)
            for policy in group["attached"]:
                iam.attach_group_policy(GroupName=name, PolicyArn=arns[policy])
            if group["inline"]:
                iam.put_group_policy(GroupName=name, PolicyName="own", PolicyDocument=document(*group["inline"]))
        for row in parts["users"]:
            self.user(iam, arns, row)
        for row in parts["roles"]:
            made = iam.create_role(RoleName=row["name"], AssumeRolePolicyDocument=document(row["trust"]))["Role"]
            self.keep("AWS::IAM::Role", "global", row["name"], made["Arn"])
            if row["inline"]:
                iam.put_role_policy(RoleName=row["name"], PolicyName="own", PolicyDocument=document(*row["inline"]))

    def user(self, iam, arns: dict, row: dict) -> None:
        name = row["name"]
        boundary = {"PermissionsBoundary": arns[row["boundary"]]} if row["boundary"] else {}
        tags = [{"Key": key, "Value": value} for key, value in row["tags"].items()]
        made = iam.create_user(UserName=name, Tags=tags, **boundary)["User"]
        self.keep("AWS::IAM::User", "global", name, made["Arn"])
        if row["inline"]:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*row["inline"]))
        for policy in row["attached"]:
            iam.attach_user_policy(UserName=name, PolicyArn=arns[policy])
        for group in row["groups"]:
            iam.add_user_to_group(UserName=name, GroupName=group)
