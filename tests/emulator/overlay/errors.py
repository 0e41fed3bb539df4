"""Errors in the shape of each service's protocol, as the SDKs read them."""
import json
from xml.sax.saxutils import escape

from .calls import Call, model

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded")


def status_of(call: Call, code: str) -> int:
    """The HTTP status that AWS sends with a code, by protocol."""
    if code in ("SlowDown", "ServiceUnavailable", "ServiceUnavailableException"):
        return 503
    if code in ("InternalError", "InternalFailure", "InternalServerException", "KMSInternalException"):
        return 500
    if call.protocol == "json":
        return 400
    if code.startswith("AccessDenied"):
        return 403
    if code in THROTTLED:
        return 429 if call.protocol == "rest-json" else 400
    if code in ("NoSuchBucket", "NotFound"):
        return 404
    return 400


def shaped(call: Call, code: str, message: str, status: int | None) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of an error."""
    status = status or status_of(call, code)
    headers = [("x-amzn-RequestId", REQUEST_ID)]
    if call.protocol == "rest-json":
        headers += [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
        body = json.dumps({"message": message})
    elif call.protocol == "json":
        version = model(call.service).metadata.get("jsonVersion", "1.1")
        headers += [("Content-Type", f"application/x-amz-json-{version}")]
        body = json.dumps({"__type": code, "message": message})
    elif call.protocol == "rest-xml" and call.service == "s3":
        headers = [("Content-Type", "application/xml"), ("x-amz-request-id", REQUEST_ID)]
        body = ('<?xml version="1.0" encoding="UTF-8"?>\n'
                f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
                f"<RequestId>{REQUEST_ID}</RequestId><HostId>host</HostId></Error>")
    else:
        headers += [("Content-Type", "text/xml")]
        space = model(call.service).metadata.get("xmlNamespace", "")
        space = f' xmlns="{space}"' if isinstance(space, str) and space else ""
        kind = "Receiver" if status >= 500 else "Sender"
        body = (f"<ErrorResponse{space}><Error><Type>{kind}</Type><Code>{escape(code)}</Code>"
                f"<Message>{escape(message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>")
    return status, headers, body.encode()


def page(status: int) -> tuple[int, list[tuple[str, str]], bytes]:
    """What a server that does not know the operation answers: a page for people."""
    body = b"<!doctype html>\n<html lang=en>\n<title>Not here</title>\n<h1>Not here</h1>\n<p>No such operation.</p>\n"
    return status, [("Content-Type", "text/html; charset=utf-8")], body
