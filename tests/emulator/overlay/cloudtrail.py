"""AWS CloudTrail: event selectors as AWS keeps them, errors of delivery, and an event history without events.
"PutEventSelectors", "GetTrailStatus", "LookupEvents" in the AWS CloudTrail API Reference.

POST /moto-api/static/cloudtrail/delivery  {"account_id": "…", "region": "…", "trail": "name", "error": "NoSuchBucket"}
"""
import json

from moto.cloudtrail.models import Trail, TrailStatus, cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse

# What a trail logs that nobody gave selectors.
MANAGEMENT = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}


def set_delivery(body: dict) -> None:
    backend = cloudtrail_backends[body["account_id"]][body["region"]]
    backend.trails[body["trail"]].status.delivery_error = body["error"]


def put_event_selectors(self, event_selectors, advanced_event_selectors) -> None:
    """A trail has basic selectors or advanced ones: moto keeps the advanced beside the basic."""
    self.event_selectors, self.advanced_event_selectors = event_selectors or [], advanced_event_selectors or []


def get_event_selectors(self) -> tuple:
    if self.advanced_event_selectors:
        return [], self.advanced_event_selectors
    return self.event_selectors or [MANAGEMENT], []


def _description(method):
    def described(self) -> dict:
        error = getattr(self, "delivery_error", None)
        return method(self) | ({"LatestDeliveryError": error} if error else {})

    return described


def lookup_events(self) -> str:
    return json.dumps({"Events": []})


def install() -> None:
    CloudTrailResponse.lookup_events = lookup_events
    Trail.put_event_selectors, Trail.get_event_selectors = put_event_selectors, get_event_selectors
    TrailStatus.description = _description(TrailStatus.description)
