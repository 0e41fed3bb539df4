#!/usr/bin/env python3
"""What the commands of docs/config-rule.md call, on a free port of loopback: Amazon S3, AWS CloudFormation, AWS Config and
AWS Lambda, as far as those commands go. It keeps what was uploaded and deployed, so that a command fails whose bucket,
stack, rule or function the commands before it did not make, and it refuses what the services would: names and values
that botocore's models do not have, and parameters that the templates do not take.

    tests/.venv/bin/python tests/emulator/guide.py

Prints its address in a line, ends when stdin closes, and hands out all requests as JSON at `GET /requests`.
"""
import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from botocore.session import get_session
from cfnlint.decode.decode import decode_str

ACCOUNT, REGION = "123456789012", "eu-west-1"
MODEL = get_session().get_service_model("config")
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
QUERY = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

requests: list[dict] = []
objects: dict[str, bytes] = {}
# Names of functions and rules that stand.
functions: set[str] = set()
rules: set[str] = set()
changes: dict[str, dict] = {}
stacks: set[str] = set()


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def known(shape, value, at: str) -> None:
    """Holds a value to its model: members and enumerations, which the AWS CLI itself does not hold it to."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name not in shape.members:
                raise Refused("ValidationException", f"{at} has no {name}")
            known(shape.members[name], inner, f"{at}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            known(shape.member, inner, at)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        raise Refused("ValidationException", f"{at} is {value}, and must be one of {shape.enum}")


def parameters(text: str, given: dict[str, str]) -> dict[str, str]:
    """The parameters of a template as they come out, or as AWS CloudFormation refuses them."""
    template, faults = decode_str(text)
    if faults:
        raise Refused("ValidationError", f"Template format error: {faults}")
    wanted = template["Parameters"]
    if strange := sorted(set(given) - set(wanted)):
        raise Refused("ValidationError", f"Parameters: {strange} do not exist in the template")
    values = {name: given.get(name, one.get("Default")) for name, one in wanted.items()}
    if missing := sorted(name for name, value in values.items() if value is None):
        raise Refused("ValidationError", f"Parameters: {missing} must have values")
    for name, value in values.items():
        allowed, pattern = wanted[name].get("AllowedValues"), wanted[name].get("AllowedPattern")
        if allowed and value not in allowed or pattern and not re.fullmatch(pattern, str(value)):
            raise Refused("ValidationError", f"Parameter {name} must be another than {value}")
    return values


def cloudformation(form: dict[str, str]) -> str:
    action, stack = form["Action"], form.get("StackName", "")
    if action == "DescribeStacks":
        if stack not in stacks:
            raise Refused("ValidationError", f"Stack with id {stack} does not exist")
        inner = (f"<Stacks><member><StackName>{escape(stack)}</StackName><CreationTime>2026-11-01T12:00:00Z</CreationTime>"
                 "<StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>")
    elif action == "CreateChangeSet":
        pairs = {value: form[key.removesuffix("Key") + "Value"]
                 for key, value in form.items() if key.startswith("Parameters.") and key.endswith(".ParameterKey")}
        values = parameters(form["TemplateBody"], pairs)
        if "CAPABILITY_IAM" not in {value for key, value in form.items() if key.startswith("Capabilities.")}:
            raise Refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")
        if f"{values['CodeBucket']}/{values['CodeKey']}" not in objects:
            raise Refused("ValidationError", "Error occurred while GetObject. S3 Error Code: NoSuchKey")
        changes[form["ChangeSetName"]] = values
        inner = f"<Id>arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{form['ChangeSetName']}/1</Id><StackId>{escape(stack)}</StackId>"
    elif action == "DescribeChangeSet":
        inner = "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>"
    elif action == "ExecuteChangeSet":
        name = next(name for name in changes if name in form["ChangeSetName"])
        functions.add(changes[name]["RuleName"])
        rules.add(changes[name]["RuleName"])
        stacks.add(stack)
        inner = ""
    else:
        raise Refused("InvalidAction", f"Could not find operation {action}")
    return f'<{action}Response xmlns="{QUERY}"><{action}Result>{inner}</{action}Result></{action}Response>'


def rule(name: str) -> str:
    if name not in rules:
        raise Refused("NoSuchConfigRuleException", f"The ConfigRule '{name}' provided in the request is invalid.")
    return name


def config(operation: str, request: dict) -> dict:
    known(MODEL.operation_model(operation).input_shape, request, operation)
    if operation == "PutConformancePack":
        if len(request["TemplateBody"].encode()) > 51_200:
            raise Refused("ConformancePackTemplateValidationException", "too large")
        given = {one["ParameterName"]: one["ParameterValue"] for one in request.get("ConformancePackInputParameters", [])}
        values = parameters(request["TemplateBody"], given)
        if values["FunctionArn"].removeprefix(FUNCTION) not in functions:
            raise Refused("InvalidParameterValueException", "The AWS Lambda function provided in the request is invalid.")
        return {"ConformancePackArn": f"arn:aws:config:{REGION}:{ACCOUNT}:conformance-pack/{request['ConformancePackName']}/1"}
    if operation == "StartConfigRulesEvaluation":
        for name in request["ConfigRuleNames"]:
            rule(name)
        return {}
    if operation == "DescribeConfigRuleEvaluationStatus":
        status = [{"ConfigRuleName": rule(name), "FirstEvaluationStarted": True} for name in request["ConfigRuleNames"]]
        return {"ConfigRulesEvaluationStatus": status}
    if operation == "GetComplianceDetailsByConfigRule":
        rule(request["ConfigRuleName"])
        return {"EvaluationResults": []}
    raise Refused("UnknownOperationException", operation)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args) -> None:
        pass

    def reply(self, status: int, kind: str, text: str, **headers: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.reply(200, "application/json", json.dumps(requests)) if self.path == "/requests" else self.reply(404, "text/plain", "")

    def do_PUT(self) -> None:
        place = unquote(self.path.split("?")[0]).lstrip("/")
        body = self.body()
        objects[place] = body
        requests.append({"operation": "PutObject", "at": place, "sha256": hashlib.sha256(body).hexdigest()})
        self.reply(200, "application/xml", "", ETag='"1"')

    def do_POST(self) -> None:
        body = self.body()
        target = self.headers.get("X-Amz-Target", "")
        try:
            if target:
                operation, request = target.split(".")[1], json.loads(body)
                requests.append({"operation": operation, "request": request})
                self.reply(200, "application/x-amz-json-1.1", json.dumps(config(operation, request)))
            elif found := re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", self.path):
                requests.append({"operation": "Invoke", "function": found[1], "request": json.loads(body)})
                if found[1] not in functions:
                    raise Refused("ResourceNotFoundException", f"Function not found: {FUNCTION}{found[1]}", 404)
                self.reply(200, "application/json", '{"complete":true}')
            else:
                form = dict(parse_qsl(body.decode(), keep_blank_values=True))
                requests.append({"operation": form["Action"], "request": form})
                self.reply(200, "text/xml", cloudformation(form))
        except Refused as refused:
            if target or "/functions/" in self.path:
                body = json.dumps({"__type": refused.code, "message": refused.message})
                self.reply(refused.status, "application/x-amz-json-1.1", body, x_amzn_errortype=refused.code)
            else:
                error = f"<Error><Type>Sender</Type><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
                self.reply(refused.status, "text/xml", f'<ErrorResponse xmlns="{QUERY}">{error}</ErrorResponse>')

    def body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
