"""The policies of buckets, by name: functions of the bucket's ARN that make the statements."""
from rows import ACCOUNT, OTHER_ACCOUNT

# What destroys backups, or changes what keeps them.
DESTROYS = ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:DeleteBucket", "s3:PutLifecycleConfiguration",
            "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration", "s3:PutReplicationConfiguration",
            "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
# With versions, deleting an object only makes a marker.
OBJECTS = ["s3:DeleteObject", *DESTROYS]
ADMINISTRATOR = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/acme-backup-admin"}}


def deny(principal, actions, resources, **more) -> dict:
    return {"Sid": "KeepBackups", "Effect": "Deny", "Principal": principal, "Action": actions, "Resource": resources, **more}


def kept(arn: str) -> list[dict]:
    """Sound: keeps everybody but one role from destroying what is in it."""
    return [deny("*", OBJECTS, [arn, f"{arn}/*"], Condition=ADMINISTRATOR)]


def aside(arn: str) -> list[dict]:
    """Denies the right actions on the wrong resource: the ARN of a bucket means none of its objects."""
    return [deny("*", OBJECTS, arn, Condition=ADMINISTRATOR)]


def lent(arn: str) -> list[dict]:
    """Keeps its own account off, and lets another one delete versions."""
    own = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    lets = {"Sid": "Lent", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"},
            "Action": "s3:DeleteObjectVersion", "Resource": f"{arn}/*"}
    return [deny(own, OBJECTS, [arn, f"{arn}/*"], Condition=ADMINISTRATOR), lets]


def shut(arn: str) -> list[dict]:
    """Keeps everybody from writing replicas, the role too that should."""
    return [{"Sid": "NoReplicas", "Effect": "Deny", "Principal": "*", "Action": "s3:Replicate*", "Resource": f"{arn}/*"}]


POLICIES = {"kept": kept, "aside": aside, "lent": lent, "shut": shut}
