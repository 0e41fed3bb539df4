"""The policies of buckets, by name: functions of the bucket's ARN that make the statements."""


def shut(arn: str) -> list[dict]:
    """Keeps everybody from writing replicas, the role too that should."""
    return [{"Sid": "NoReplicas", "Effect": "Deny", "Principal": "*", "Action": "s3:Replicate*", "Resource": f"{arn}/*"}]


POLICIES = {"shut": shut}
