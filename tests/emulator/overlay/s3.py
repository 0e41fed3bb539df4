"""Amazon S3: what moto drops or answers otherwise than AWS. Operations: Amazon S3 API Reference.

Replication and lifecycle documents are kept as they were put: moto parses them into less than they say.
New buckets have what AWS gives them since 2023: SSE-S3, all four public access blocks, no ACLs.
"""
import uuid
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.s3.models import S3Backend, s3_backends
from moto.s3.responses import S3Response

from . import paging
from .calls import Call

SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
BLOCKED = {"BlockPublicAcls": "true", "IgnorePublicAcls": "true", "BlockPublicPolicy": "true", "RestrictPublicBuckets": "true"}
# Answered by any Region's endpoint.
ANYWHERE = {"CreateBucket", "GetBucketLocation", "ListBuckets"}
ElementTree.register_namespace("", SPACE)


def moved(call: Call):
    """The redirect that a bucket's request gets at another Region's endpoint; None where it is at the right one."""
    name = call.params.get("bucket")
    if call.service != "s3" or not name or call.operation in ANYWHERE:
        return None
    partition, account = s3_backends.bucket_accounts.get(name, (None, None))
    if account is None:
        return None
    bucket = s3_backends[account][partition].buckets.get(name)
    if bucket is None or bucket.region_name == call.region:
        return None
    body = ('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to '
            "access must be addressed using the specified endpoint. Please send all future requests to this endpoint.</Message>"
            f"<Endpoint>s3.{bucket.region_name}.amazonaws.com</Endpoint><Bucket>{escape(name)}</Bucket></Error>").encode()
    headers = [("Content-Type", "application/xml"), ("x-amz-bucket-region", bucket.region_name)]
    return 301, headers, b"" if call.operation == "HeadBucket" else body


def all_buckets(self):
    """ListBuckets: BucketRegion and pages, as AWS gives them where the request has a parameter."""
    asked, token = self._get_param("max-buckets"), self._get_param("continuation-token")
    prefix, region = self._get_param("prefix") or "", self._get_param("bucket-region")
    rows = sorted(self.backend.buckets.values(), key=lambda bucket: bucket.name)
    rows = [b for b in rows if b.name.startswith(prefix) and region in (None, b.region_name)]
    page, following = paging.cut(rows, token, asked, 10_000)
    said = any((asked, token, prefix, region))
    buckets = [{"Name": b.name, "CreationDate": b.creation_date_ISO8601, **({"BucketRegion": b.region_name} if said else {})}
               for b in page]
    self.data["Action"] = "ListBuckets"
    result = {"Owner": {"ID": "0" * 64}, "Buckets": buckets, **({"ContinuationToken": following} if following else {})}
    return self.serialized(ActionResult(result))


def get_bucket_versioning(self):
    bucket = self.backend.get_bucket(self.bucket_name)
    status = f"<Status>{bucket.versioning_status}</Status>" if bucket.versioning_status else ""
    mfa = getattr(bucket, "mfa_delete", None)
    mfa = f"<MfaDelete>{mfa}</MfaDelete>" if mfa else ""
    return _document(f'<VersioningConfiguration xmlns="{SPACE}">{status}{mfa}</VersioningConfiguration>')


def _as_put(kind: str, method):
    """Answers the document that was put. moto's own method says when there is none."""

    def get(self):
        method(self)
        return _document(self.backend.get_bucket(self.bucket_name).documents[kind])

    return get


def _get_bucket_encryption(method):
    def get(self):
        if not self.backend.get_bucket_encryption(self.bucket_name):
            return _document(
                f'<ServerSideEncryptionConfiguration xmlns="{SPACE}"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256'
                "</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"
                "</ServerSideEncryptionConfiguration>")
        return method(self)

    return get


def _put(method):
    """Keeps what moto drops of a document, once moto has taken it."""

    def put(self, request, bucket_name, querystring):
        answer = method(self, request, bucket_name, querystring)
        if isinstance(answer, tuple) and answer[0] >= 300:
            return answer
        bucket = self.backend.get_bucket(bucket_name)
        for kind in ("replication", "lifecycle"):
            if kind in querystring:
                bucket.documents[kind] = _with_ids(self.body)
        if "versioning" in querystring:
            mfa = ElementTree.fromstring(self.body).find("{*}MfaDelete")
            if mfa is not None:
                bucket.mfa_delete = mfa.text
        return answer

    return put


def _with_ids(body) -> str:
    """AWS gives an id to a rule that was put without one; always the same here."""
    document = ElementTree.fromstring(body)
    space = document.tag.partition("}")[0] + "}" if document.tag.startswith("{") else ""
    for number, rule in enumerate(document.findall("{*}Rule")):
        if rule.find("{*}ID") is None:
            ElementTree.SubElement(rule, f"{space}ID").text = str(uuid.uuid5(uuid.NAMESPACE_OID, f"rule {number}"))
    return ElementTree.tostring(document, encoding="unicode")


def _document(text: str):
    return 200, {"Content-Type": "application/xml"}, '<?xml version="1.0" encoding="UTF-8"?>\n' + text


def _create_bucket(method):
    def create(self, *args, **kwargs):
        bucket = method(self, *args, **kwargs)
        bucket.documents = {}
        if bucket.public_access_block is None:
            self.put_public_access_block(bucket.name, dict(BLOCKED))
        bucket.ownership_rule = bucket.ownership_rule or "BucketOwnerEnforced"
        return bucket

    return create


def _renamed(method, wrong: str, right: str):
    """The root element that AWS sends; the Rust SDK refuses moto's."""

    def renamed(self):
        status, headers, body = method(self)
        if isinstance(body, bytes):
            return status, headers, body.replace(wrong.encode(), right.encode())
        return status, headers, body.replace(wrong, right)

    return renamed


def install() -> None:
    S3Backend.create_bucket = _create_bucket(S3Backend.create_bucket)
    S3Response.all_buckets = all_buckets
    S3Response.get_bucket_versioning = get_bucket_versioning
    S3Response.get_bucket_encryption = _get_bucket_encryption(S3Response.get_bucket_encryption)
    S3Response.get_bucket_replication = _as_put("replication", S3Response.get_bucket_replication)
    S3Response.get_bucket_lifecycle = _as_put("lifecycle", S3Response.get_bucket_lifecycle)
    S3Response.get_bucket_notification = _renamed(
        S3Response.get_bucket_notification, "GetBucketNotificationResponse", "NotificationConfiguration")
    S3Response._bucket_response_put = _put(S3Response._bucket_response_put)
