"""Which AWS operation a request is: by its signature's scope and botocore's own service models."""
import io
import json
import re
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.session import get_session

# Signing name -> botocore's service names; S3 and S3 Control sign alike and are told apart by the path.
SERVICES = {
    "account": "account", "backup": "backup", "cloudtrail": "cloudtrail", "config": "config", "events": "events", "iam": "iam", "kms": "kms",
    "organizations": "organizations", "s3": "s3", "securityhub": "securityhub", "sns": "sns",
    "sts": "sts", "tagging": "resourcegroupstaggingapi", "dynamodb": "dynamodb",
}
TOKENS = {"nexttoken", "continuation-token", "continuationtoken", "marker", "nextmarker", "paginationtoken"}
SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<signing>[^/]+)/aws4_request")
_SESSION = get_session()


@dataclass
class Call:
    """One request, as its service's model reads it."""

    service: str
    operation: str
    protocol: str
    account: str | None
    region: str
    # Parameters by lower-cased name, wherever the protocol carries them.
    params: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str | None:
        """The continuation token; None on a first page."""
        return next((v for k, v in sorted(self.params.items()) if k in TOKENS and v), None)

    @property
    def listing(self) -> tuple:
        """The list that this is a page of."""
        kept = tuple(sorted((k, v) for k, v in self.params.items() if k not in TOKENS))
        return (self.service, self.operation, self.account, self.region, kept)


@cache
def model(service: str):
    return _SESSION.get_service_model(service)


@cache
def _routes(service: str) -> list:
    """(method, path pattern, label names, fixed query, operation), the most specific first."""
    routes = []
    for name in model(service).operation_names:
        if model(service).operation_model(name).deprecated:
            # S3 has two operations at some addresses, of which SDKs send the newer.
            continue
        http = model(service).operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        labels = re.findall(r"{([^}]+)}", path)
        pattern = re.escape(path.rstrip("/")).replace(r"\{", "{").replace(r"\}", "}").replace(r"\+", "+")
        pattern = re.sub(r"{[^}]+\+}", "(.+)", pattern)
        pattern = re.sub(r"{[^}]+}", "([^/]+)", pattern)
        wanted = tuple(parse_qsl(query, keep_blank_values=True))
        routes.append((http["method"], re.compile(pattern + "/?"), [label.rstrip("+") for label in labels], wanted, name))
    return sorted(routes, key=lambda r: (-len(r[3]), len(r[2]), -len(r[1].pattern), r[4]))


def _body(environ: dict) -> bytes:
    """Reads the body and puts it back for moto."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _flat(text: bytes) -> dict[str, str]:
    try:
        document = json.loads(text or b"{}")
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {k.lower(): str(v) for k, v in document.items() if isinstance(v, (str, int, float, bool))}


def identify(environ: dict) -> Call | None:
    """The call, or None where the request is unsigned or of a service that is not listed above."""
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not scope or scope["signing"] not in SERVICES:
        return None
    target = urlsplit(environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ.get("PATH_INFO", "/"))
    service = SERVICES[scope["signing"]]
    if service == "s3" and target.path.startswith("/v20180820/"):
        service = "s3control"
    protocol = model(service).protocol
    account = scope["key"] if re.fullmatch(r"\d{12}", scope["key"]) else None
    call = Call(service, "", protocol, account, scope["region"])
    query = {k: v for k, v in parse_qsl(target.query, keep_blank_values=True)}
    if protocol == "json":
        call.operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        call.params = _flat(_body(environ))
    elif protocol == "query":
        form = dict(parse_qsl(_body(environ).decode("utf-8", "replace")))
        call.operation = form.pop("Action", query.pop("Action", ""))
        call.params = {k.lower(): v for k, v in form.items()}
    else:
        for method, pattern, labels, wanted, name in _routes(service):
            match = pattern.fullmatch(target.path)
            # Only a header tells a copy from an upload.
            if name == "CopyObject" and "HTTP_X_AMZ_COPY_SOURCE" not in environ:
                continue
            if method == environ["REQUEST_METHOD"] and match and all(query.get(k) == v for k, v in wanted):
                call.operation = name
                call.params = {k.lower(): v for k, v in query.items() if (k, "") not in wanted}
                call.params |= {k.lower(): unquote(v) for k, v in zip(labels, match.groups())}
                break
        if protocol == "rest-json":
            call.params |= _flat(_body(environ))
    return call if call.operation else None
