"""What moto lacks for an audit of AWS Backup & Restore, laid over it.

calls.py    which AWS operation a request is, by botocore's own service models
plants.py   failures that a test plants
errors.py   errors in the shape of each service's protocol
paging.py   page sizes
clock.py    the account's clock
front.py    the server's front: logs calls, answers planted failures, hands the rest to moto
control.py  what tests may ask for under /moto-api/static/
backup/     AWS Backup: everything beyond creating vaults and plans
s3.py, kms.py, iam.py, account.py, cloudwatch.py, cloudtrail.py, config.py, evaluations.py, organizations.py, root.py,
tagging.py  corrections and additions to moto's own answers
"""
from . import account, backup, clock, cloudtrail, cloudwatch, config, evaluations, iam, kms, organizations, root, s3, tagging


def install() -> None:
    """Lays everything over moto. Call once, before the server is made."""
    for part in (clock, account, backup, cloudtrail, cloudwatch, config, evaluations, iam, kms, organizations, root,
                 s3, tagging):
        part.install()
