"""A third test account as data: one vault, one bucket of versions, and more than forty users and roles. `seeding/people.py`
builds it.

Who can destroy the backups, who can without MFA, who can come to it, and who looks as if and cannot: each row says in its
comment why. What an audit must find is in `manifest-people.json`; the settings are those of `people.toml`.
"""
from rows import ACCOUNT


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def statement(effect: str, actions, resource="*", **more) -> dict:
    return {"Effect": effect, "Action": actions, "Resource": resource, **more}


def allow(actions, resource="*", **condition) -> dict:
    return statement("Allow", actions, resource, **({"Condition": condition} if condition else {}))


def deny(actions, **condition) -> dict:
    return statement("Deny", actions, **({"Condition": condition} if condition else {}))


DELETE = allow("backup:DeleteRecoveryPoint")
BUCKET = "acme-people"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

POLICIES = {
    "delete-points": [DELETE],
    "reads": [allow(["backup:List*", "s3:List*"])],
    "reads-of-abe": [allow("backup:List*")],
    "all-but-backups": [allow("*"), deny(["backup:*", "s3:*"])],
}
GROUPS = {
    "ops": {"attached": ["delete-points"], "inline": []},
    "devs": {"attached": [], "inline": [allow("backup:List*")]},
}


def user(name: str, *statements: dict, groups=(), attached=(), boundary=None, tags=None) -> dict:
    return {"name": name, "inline": list(statements), "groups": groups, "attached": attached, "boundary": boundary,
            "tags": tags or {}}


def role(name: str, trusts: dict, *statements: dict, condition=None) -> dict:
    return {"name": name, "inline": list(statements), "trust": {
        "Effect": "Allow", "Principal": trusts, "Action": "sts:AssumeRole", **({"Condition": condition} if condition else {})}}


def service(name: str) -> dict:
    return {"Service": f"{name}.amazonaws.com"}


USERS = [
    user("ann", DELETE),
    user("bob", groups=["ops"]),
    # The boundary keeps the group's right from counting.
    user("eve", groups=["ops"], boundary="reads"),
    # With MFA: bound by the Allow, bound by the Deny, and not bound by a Deny that long-term keys never meet.
    user("fay", allow("backup:DeleteRecoveryPoint", **MFA)),
    user("gil", DELETE, deny("backup:*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})),
    user("hal", DELETE, deny("backup:*", Bool={"aws:MultiFactorAuthPresent": "false"})),
    user("ida", allow("*")),
    user("joe", groups=["devs"]),
    user("kay", allow("iam:CreateAccessKey", arn("user", "ann"))),
    user("lou", allow("iam:PutUserPolicy", arn("user", "lou"))),
    # What they may give themselves: the right to take the boundary away, or nothing of use.
    user("max", allow("iam:PutUserPolicy", arn("user", "max")), boundary="all-but-backups"),
    user("mia", allow("iam:PutUserPolicy", arn("user", "mia")), boundary="reads"),
    # The role does not let him in.
    user("ned", allow("sts:AssumeRole", arn("role", "admin"))),
    # A restore operator, and one who destroys, too.
    user("pat", allow("backup:StartRestoreJob"), allow("iam:PassRole", arn("role", "restore"))),
    user("quy", allow("backup:StartRestoreJob"), allow("iam:PassRole", arn("role", "restore")), DELETE),
    # No recovery point has such an ARN here.
    user("rob", allow("backup:DeleteRecoveryPoint", "arn:aws:ec2:*::snapshot/*")),
    user("sue", allow("backup:UpdateRecoveryPointLifecycle")),
    user("tom", allow("s3:DeleteObjectVersion", f"arn:aws:s3:::{BUCKET}/*")),
    user("uli", allow("s3:DeleteObjectVersion", "arn:aws:s3:::other/*")),
    user("vic", statement("Allow", None, NotAction="backup:*")),
    user("wil", allow("backup:List*")),
    user("xia", allow("iam:UpdateAssumeRolePolicy", arn("role", "federated"))),
    user("yan", allow("iam:PassRole", arn("role", "deploy")), allow("cloudformation:CreateStack")),
    user("zoe", allow("iam:AttachGroupPolicy", arn("group", "devs")), groups=["devs"]),
    user("abe", allow("iam:CreatePolicyVersion", arn("policy", "reads-of-abe")), attached=["reads-of-abe"]),
    # He writes the policies of a role that he may not assume.
    user("ben", allow("iam:AttachRolePolicy", arn("role", "guarded"))),
    user("cat", allow("sts:AssumeRole")),
    # The role that he may pass to EC2 does not trust EC2.
    user("deb", allow("iam:PassRole", arn("role", "deploy"), StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}),
         allow("ec2:RunInstances")),
    # Whoever may pass every role to every service passes those of AWS Backup; a condition keeps them with it.
    user("pam", allow("iam:PassRole")),
    user("pip", allow("iam:PassRole", StringEquals={"iam:PassedToService": "backup.amazonaws.com"})),
    user("chief", allow("backup:*", **MFA)),
    user("tagged", allow("backup:*", **MFA), tags={"duty": "backup"}),
]

ROLES = [
    # wil -> builder -> runner -> admin: three hops.
    role("builder", {"AWS": arn("user", "wil")}, allow("iam:PassRole", arn("role", "runner")),
         allow(["lambda:CreateFunction", "lambda:InvokeFunction"])),
    role("runner", service("lambda"), allow("sts:AssumeRole", arn("role", "admin"))),
    role("admin", {"AWS": arn("role", "runner")}, DELETE),
    role("guarded", {"AWS": ACCOUNT}, DELETE, condition=MFA),
    role("open", {"AWS": ACCOUNT}, DELETE),
    role("federated", {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}, DELETE),
    # Nobody but AWS Backup is these.
    role("service", service("backup"), DELETE),
    role("restore", service("backup")),
    # One that Lambda is let into as well, and who may hand it to Lambda.
    role("twofold", {"Service": ["backup.amazonaws.com", "lambda.amazonaws.com"]}),
    role("passer", {"AWS": ACCOUNT}, allow("iam:PassRole", arn("role", "twofold"),
                                           StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})),
    # Data Lifecycle Manager, for whoever asks it, and for this account alone.
    role("snapshots", service("dlm"), allow("ec2:DeleteSnapshot")),
    role("own-snapshots", service("dlm"), allow("ec2:DeleteSnapshot"), condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    role("function", service("lambda"), allow("s3:*", [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"])),
    role("deploy", service("cloudformation"), allow("*")),
    role("idle", service("ec2"), allow("ec2:Describe*")),
]


def people() -> dict:
    return {"policies": POLICIES, "groups": GROUPS, "users": USERS, "roles": ROLES}


ACCOUNTS = {"people": people}
