"""Amazon CloudWatch over Smithy RPC v2 CBOR, which its newer SDKs speak and moto does not.

A request is turned into one of moto's JSON ones, the answer into CBOR.
"""
import json

import cbor2
from moto.cloudwatch import urls
from moto.cloudwatch.responses import CloudWatchResponse
from werkzeug.test import EnvironBuilder

from .calls import model

DROPPED = ("content-type", "content-length", "smithy-protocol", "accept")


def _packed(value, shape):
    """By the service model: doubles stay doubles, times get CBOR's tag 1."""
    if value is None:
        return None
    if shape.type_name == "structure":
        return {k: _packed(v, shape.members[k]) for k, v in value.items() if k in shape.members and v is not None}
    if shape.type_name == "list":
        return [_packed(v, shape.member) for v in value]
    if shape.type_name == "map":
        return {k: _packed(v, shape.value) for k, v in value.items()}
    if shape.type_name == "timestamp":
        return cbor2.CBORTag(1, float(value))
    return float(value) if shape.type_name in ("double", "float") else value


def _over_cbor(request, full_url, headers):
    operation = request.path.rstrip("/").rsplit("/", 1)[-1]
    body = cbor2.loads(request.data) if request.data else {}
    kept = {k: v for k, v in headers.items() if k.lower() not in DROPPED}
    inner = type(request)(EnvironBuilder(
        method="POST", path="/", data=json.dumps(body, default=lambda moment: moment.timestamp()),
        headers={**kept, "Content-Type": "application/x-amz-json-1.0",
                 "X-Amz-Target": f"GraniteServiceVersion20100801.{operation}"}).get_environ())
    status, _, answer = CloudWatchResponse.dispatch(inner, full_url, inner.headers)
    answer = json.loads(answer) if answer else {}
    shape = model("cloudwatch").operation_model(operation).output_shape
    packed = cbor2.dumps(answer if status >= 300 else _packed(answer, shape) if shape else {})
    return status, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, packed


def install() -> None:
    urls.url_paths["{0}/service/GraniteServiceVersion20100801/operation/(?P<operation>[^/]+)/?$"] = _over_cbor
