"""What all parts of the seeding share."""
import json
import urllib.request
from functools import cache

import boto3
from botocore.config import Config

from rows import ACCOUNT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/acme-backup"


class Base:
    def __init__(self, url: str) -> None:
        self.url = url
        # By type, then by `Region/name`.
        self.arns: dict[str, dict[str, str]] = {}
        self.client = cache(self._client)

    def _client(self, service: str, region: str):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1, "mode": "standard"}))

    def control(self, path: str, body: dict) -> None:
        request = urllib.request.Request(
            f"{self.url}/moto-api/static/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()

    def keep(self, kind: str, region: str, name: str, arn: str) -> None:
        self.arns.setdefault(kind, {})[f"{region}/{name}"] = arn


def vault_arn(region: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"
