"""AWS Config: what custom rules say. moto keeps no evaluations, so they are kept here, and refused as AWS refuses them.
"PutEvaluations", "GetComplianceDetailsByConfigRule", "GetComplianceDetailsByResource" in the AWS Config API Reference.

POST   /moto-api/static/config/standing  {"account_id", "region", "rule", "type", "id", "compliance", "annotation"}
GET    /moto-api/static/config/standing  all that stands: [{"rule", "type", "id", "compliance", "annotation"}]
POST   /moto-api/static/config/unkept    {"id": "…", "times": 2, "as": "…"}: PutEvaluations answers it among
                                         FailedEvaluations, by another id where `as` gives one
POST   /moto-api/static/config/pages     {"tokens": ["a", "b"]}: the list of what stands under a rule goes on with these
                                         tokens, one after the other, and has members that no model knows
POST   /moto-api/static/config/refused   {"type": "…"}: a type that AWS Config no longer takes

The token of a rule is `token-` and its name, since AWS's own tokens say nothing; `TESTMODE` is any rule's.
"""
import json

from botocore.session import get_session
from moto.config.models import config_backends
from moto.config.responses import ConfigResponse
from moto.core.exceptions import JsonRESTError

TYPES = set(get_session().get_service_model("config").shape_for("ResourceType").enum) | {"AWS::::Account"}
SENT = {"COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"}
_unkept: dict[str, int] = {}
_called: dict[str, str] = {}
_tokens: list[str] = []
_refused: set[str] = set()
_backends: dict[tuple, dict] = {}


def stand(body: dict) -> None:
    kept = _kept(body["account_id"], body["region"])
    kept[(body["rule"], body["type"], body["id"])] = (body["compliance"], body.get("annotation"))


def standing(_body: dict) -> list[dict]:
    rows = []
    for _, kept in sorted(_backends.items()):
        for (rule, kind, ident), (compliance, annotation) in sorted(kept.items()):
            rows.append({"rule": rule, "type": kind, "id": ident, "compliance": compliance, "annotation": annotation})
    return rows


def leave_unkept(body: dict) -> None:
    _unkept[body["id"]] = body["times"]
    _called[body["id"]] = body.get("as", body["id"])


def page(body: dict) -> None:
    _tokens[:] = body["tokens"]


def refuse(body: dict) -> None:
    _refused.add(body["type"])


def _kept(account: str, region: str) -> dict:
    config_backends[account][region]  # an account or Region that does not exist is a mistake of the test
    return _backends.setdefault((account, region), {})


def _error(code: str, message: str) -> JsonRESTError:
    return JsonRESTError(code, message)


def _check(evaluation: dict) -> None:
    kind, annotation = evaluation["ComplianceResourceType"], evaluation.get("Annotation")
    if kind not in TYPES - _refused:
        permitted = ", ".join(sorted(TYPES - _refused))
        raise _error("InvalidParameterValueException",
                     f"The resource type {kind} is invalid. Only the following values are permitted: [{permitted}].")
    if evaluation["ComplianceType"] not in SENT:
        raise _error("InvalidParameterValueException", f"{evaluation['ComplianceType']} is not valid here.")
    if not 1 <= len(evaluation["ComplianceResourceId"]) <= 768 or (annotation is not None and not 1 <= len(annotation) <= 256):
        raise _error("ValidationException", f"1 validation error detected: {evaluation}")
    float(evaluation["OrderingTimestamp"])


def put_evaluations(self) -> str:
    request = json.loads(self.body)
    evaluations, token = request["Evaluations"], request["ResultToken"]
    if len(evaluations) > 100:
        raise _error("ValidationException", "Member must have length less than or equal to 100")
    for evaluation in evaluations:
        _check(evaluation)
    if token != "TESTMODE" and not token.startswith("token-"):
        raise _error("InvalidResultTokenException", "The specified ResultToken is not valid.")
    failed = []
    kept = _kept(self.current_account, self.region)
    for evaluation in evaluations:
        ident = evaluation["ComplianceResourceId"]
        if _unkept.get(ident, 0) > 0:
            _unkept[ident] -= 1
            failed.append(evaluation | {"ComplianceResourceId": _called[ident]})
        elif not request.get("TestMode"):
            key = (token.removeprefix("token-"), evaluation["ComplianceResourceType"], ident)
            if evaluation["ComplianceType"] == "NOT_APPLICABLE":
                kept.pop(key, None)
            else:
                kept[key] = (evaluation["ComplianceType"], evaluation.get("Annotation"))
    return json.dumps({"FailedEvaluations": failed})


def _result(key: tuple, said: tuple) -> dict:
    rule, kind, ident = key
    qualifier = {"ConfigRuleName": rule, "ResourceType": kind, "ResourceId": ident}
    row = {"EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier, "OrderingTimestamp": 0},
           "ComplianceType": said[0], "ResultRecordedTime": 0, "ConfigRuleInvokedTime": 0}
    return row | ({"Annotation": said[1]} if said[1] else {})


def _answer(self, meets, limit: int) -> str:
    request = json.loads(self.body)
    types = request.get("ComplianceTypes") or SENT
    rows = [_result(key, said) for key, said in sorted(_kept(self.current_account, self.region).items())
            if meets(key, request) and said[0] in types]
    token = request.get("NextToken") or "0"
    start = int(token) if token.isdigit() else len(rows)
    end = start + limit
    return json.dumps({"EvaluationResults": rows[start:end]} | ({"NextToken": str(end)} if end < len(rows) else {}))


def get_compliance_details_by_config_rule(self) -> str:
    request = json.loads(self.body)
    if _tokens:
        rows = [_result(key, said) | {"Surprise": {"of": [1]}}
                for key, said in sorted(_kept(self.current_account, self.region).items()) if key[0] == request["ConfigRuleName"]]
        return json.dumps({"EvaluationResults": rows, "NextToken": _tokens.pop(0), "Surprise": True})
    return _answer(self, lambda key, request: key[0] == request["ConfigRuleName"], request.get("Limit") or 10)


def get_compliance_details_by_resource(self) -> str:
    return _answer(self, lambda key, request: key[1:] == (request["ResourceType"], request["ResourceId"]), 10)


def install() -> None:
    for method in (put_evaluations, get_compliance_details_by_config_rule, get_compliance_details_by_resource):
        setattr(ConfigResponse, method.__name__, method)
