"""AWS Config: DescribeDeliveryChannelStatus, which moto has not, and failures of recording and delivery.
"DescribeDeliveryChannelStatus", "DescribeConfigurationRecorderStatus" in the AWS Config API Reference.

POST /moto-api/static/config/status  {"account_id": "…", "region": "…", "recording": "FAILURE", "delivery": "FAILURE"}

A status that is left out is what it was: of a running recorder SUCCESS, of a channel SUCCESS once it records.
"""
import json

from moto.config.models import ConfigBackend, config_backends
from moto.config.responses import ConfigResponse

KEYS = ("recording", "delivery")


def set_status(body: dict) -> None:
    backend = config_backends[body.pop("account_id")][body.pop("region")]
    unknown = sorted(set(body) - set(KEYS))
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    backend.statuses = {**_statuses(backend), **body}


def _statuses(backend) -> dict:
    return getattr(backend, "statuses", {})


def _recorder_status(method):
    def described(self, recorder_names) -> list[dict]:
        rows = method(self, recorder_names)
        return [row | ({"lastStatus": _statuses(self).get("recording", "SUCCESS")} if row["recording"] else {}) for row in rows]

    return described


def describe_delivery_channel_status(self) -> str:
    backend = self.config_backend
    runs = any(recorder.status.recording for recorder in backend.recorders.values())
    names = [channel["name"] for channel in backend.describe_delivery_channels(self._get_param("DeliveryChannelNames"))]
    history = {"lastStatus": _statuses(backend).get("delivery", "SUCCESS")} if runs else {}
    return json.dumps({"DeliveryChannelsStatus": [{
        "name": name, "configHistoryDeliveryInfo": history, "configSnapshotDeliveryInfo": {},
        "configStreamDeliveryInfo": {"lastStatus": "NOT_APPLICABLE"}} for name in names]})


def install() -> None:
    ConfigBackend.describe_configuration_recorder_status = _recorder_status(ConfigBackend.describe_configuration_recorder_status)
    ConfigResponse.describe_delivery_channel_status = describe_delivery_channel_status
