"""Account Management: ListRegions, which moto has not. "ListRegions" in the AWS Account Management API Reference."""
from collections import defaultdict

from botocore.session import get_session
from moto.account import urls
from moto.account.responses import AccountResponse
from moto.core.responses import ActionResult

from . import paging

# The Regions that every account has; all others must be enabled. "Enable or disable AWS Regions in your account".
BY_DEFAULT = {
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}
_enabled: dict[str, set[str]] = defaultdict(lambda: set(BY_DEFAULT))


def enable(account_id: str, regions: list[str]) -> None:
    """Exactly these Regions are enabled."""
    _enabled[account_id] = set(regions)


def _status(account_id: str, region: str) -> str:
    if region not in _enabled[account_id]:
        return "DISABLED"
    return "ENABLED_BY_DEFAULT" if region in BY_DEFAULT else "ENABLED"


def list_regions(self) -> ActionResult:
    account_id = self._get_param("AccountId") or self.current_account
    wanted = self._get_param("RegionOptStatusContains")
    names = sorted(set(get_session().get_available_regions("ec2")) | BY_DEFAULT)
    rows = [{"RegionName": name, "RegionOptStatus": _status(account_id, name)} for name in names]
    rows = [row for row in rows if not wanted or row["RegionOptStatus"] in wanted]
    page, token = paging.cut(rows, self._get_param("NextToken"), self._get_param("MaxResults"), 50)
    return ActionResult({"Regions": page, **({"NextToken": token} if token else {})})


def install() -> None:
    AccountResponse.list_regions = list_regions
    urls.url_paths["{0}/listRegions$"] = AccountResponse.dispatch
