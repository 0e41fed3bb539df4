#!/usr/bin/env python3
"""Holds the templates of deploy/ to what AWS CloudFormation, AWS Config and the rule's program take.

    tests/.venv/bin/python tests/deploy.py PARAMETER…

PARAMETER are the names of the rule's parameters as the program knows them. Prints one line per check and ends with a
status other than 0 at the first that does not hold.
"""
import re
import subprocess
import sys
from pathlib import Path

import botocore.session
from cfnlint.decode.decode import decode

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
# TemplateBody of CreateStack, and of PutConformancePack.
LARGEST = 51_200
PARAMETERS = set(sys.argv[1:])
SESSION = botocore.session.get_session()


def check(what: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"does not hold: {what}")
    print("ok:", what)


def enum(service: str, shape: str) -> set[str]:
    return set(SESSION.get_service_model(service).shape_for(shape).enum)


def read(name: str) -> dict:
    template, faults = decode(str(DEPLOY / name))
    check(f"{name} is YAML", not faults)
    return template


def both(value) -> list:
    """What an Fn::If may be, without what is left out."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        return [found for branch in value["Fn::If"][1:] for found in both(branch)]
    return [] if value == {"Ref": "AWS::NoValue"} else [value]


def check_rule(name: str, template: dict, rule: dict) -> None:
    check(f"{name}: the rule has no scope, since it runs on a schedule", "Scope" not in rule)
    check(f"{name}: the rule's parameters are those of the program", set(rule["InputParameters"]) <= PARAMETERS)
    source = rule["Source"]
    check(f"{name}: the owner is known", source["Owner"] in enum("config", "Owner"))
    details = [found for detail in source["SourceDetails"] for found in both(detail)]
    for detail in details:
        check(f"{name}: {detail['MessageType']} is a message type", detail["MessageType"] in enum("config", "MessageType"))
        check(f"{name}: its source is known", detail["EventSource"] in enum("config", "EventSource"))
    scheduled = [detail for detail in details if "MaximumExecutionFrequency" in detail]
    check(f"{name}: one message comes on a schedule", [one["MessageType"] for one in scheduled] == ["ScheduledNotification"])
    frequency = template["Parameters"][scheduled[0]["MaximumExecutionFrequency"]["Ref"]]
    known = enum("config", "MaximumExecutionFrequency")
    check(f"{name}: the frequency is known", frequency["Default"] in known)
    if "AllowedValues" in frequency:
        check(f"{name}: all frequencies can be chosen", set(frequency["AllowedValues"]) == known)


def check_stack() -> None:
    name = "backstop-rule.yaml"
    template = read(name)
    resources = template["Resources"]
    check(f"{name}: may be handed over as text", len((DEPLOY / name).read_bytes()) <= LARGEST)
    rule = resources["Rule"]
    check_rule(name, template, rule["Properties"])
    check(f"{name}: the permission comes before the rule", rule["DependsOn"] == "Permission")
    check(f"{name}: only this account's AWS Config may call", resources["Permission"]["Properties"]["SourceAccount"] == {"Ref": "AWS::AccountId"})
    function = resources["Function"]
    check(f"{name}: the log group comes before the function", function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": "LogGroup"})
    check(f"{name}: the function is known to Lambda", function["Properties"]["Runtime"] in enum("lambda", "Runtime"))
    architectures = set(template["Parameters"]["Architecture"]["AllowedValues"])
    check(f"{name}: the architectures are Lambda's", architectures == enum("lambda", "Architecture"))
    # The permission is on what lies below the prefix and a slash, and the program writes no two slashes.
    prefix = template["Parameters"]["ReportPrefix"]["AllowedPattern"]
    fits = [text for text in ("dr", "dr/eu", "d.r-1_2", "", "dr/", "/dr", "dr//eu") if re.fullmatch(prefix, text)]
    check(f"{name}: prefixes are those that the permission and the program mean alike", fits == ["dr", "dr/eu", "d.r-1_2"])
    variables = (DEPLOY / "terraform/variables.tf").read_text()
    check("terraform: the same", f'"^{prefix}$"' in variables)
    topic = template["Parameters"]["TopicArn"]["AllowedPattern"].removeprefix("|")
    check("terraform: topics are those that the template takes", f'"^{topic}$"' in variables)
    severities = template["Parameters"]["MinSeverity"]["AllowedValues"]
    check(f"{name}: the severities are the program's", severities == ["critical", "high", "medium", "low"])
    wildcards = [statement for policy in ("ReadPolicy", "Role") for statement in statements(resources[policy]["Properties"])
                 if any("*" in action for action in listed(statement["Action"]))]
    check(f"{name}: no permission has a wildcard for its action", not wildcards)
    # What is optional is allowed where it is asked for, and nowhere else.
    for optional, condition, actions in (
        ("BundlePolicy", "HasBundle", {"s3:GetObject"}),
        ("ReportPolicy", "HasReports", {"s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}),
        ("EventPolicy", "HasBus", {"events:PutEvents"}),
        ("TopicPolicy", "HasTopic", {"sns:Publish"}),
    ):
        policy = resources[optional]
        allowed = [one for statement in statements(policy["Properties"]) for one in both(statement)]
        check(f"{name}: {optional} is there if {condition}", policy["Condition"] == condition)
        check(f"{name}: {optional} allows no more than its purpose needs",
              {action for one in allowed for action in listed(one["Action"])} == actions
              and all(one["Resource"] != "*" for one in allowed))
    given = {key for key, value in rule["Properties"]["InputParameters"].items() if isinstance(value, dict) and "Fn::If" in value}
    check(f"{name}: what is optional is left out where it is not asked for",
          given == {"BundleUri", "BundleSha256", "ReportBucket", "ReportPrefix", "ReportKmsKey", "EventBus", "TopicArn"})
    passed = {value for one in rule["Properties"]["InputParameters"].values() for value in both(one) if isinstance(value, str)}
    check(f"{name}: no parameter is fixed", not passed)


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def statements(properties: dict) -> list:
    documents = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    return [statement for document in documents for statement in document["Statement"]]


def check_pack() -> None:
    name = "conformance-pack.yaml"
    template = read(name)
    check(f"{name}: may be handed over as text", len((DEPLOY / name).read_bytes()) <= LARGEST)
    check(f"{name}: has no sections that packs do not take", set(template) <= {"Parameters", "Resources", "Conditions"})
    for resource in template["Resources"].values():
        check(f"{name}: holds rules alone", resource["Type"] == "AWS::Config::ConfigRule")
        check_rule(name, template, resource["Properties"])


def check_module() -> None:
    variables = (DEPLOY / "terraform/variables.tf").read_text()
    main = (DEPLOY / "terraform/main.tf").read_text()
    for frequency in enum("config", "MaximumExecutionFrequency"):
        check(f"terraform: {frequency} can be chosen", f'"{frequency}"' in variables)
    begin = main.index("parameters = {") + len("parameters = {")
    names = {line.split("=")[0].strip() for line in main[begin:main.index("}\n", main.index("TopicArn "))].splitlines() if "=" in line}
    check("terraform: the rule's parameters are those of the program", names and names <= PARAMETERS)
    rule = main[main.index('resource "aws_config_config_rule"'):]
    rule = rule[:rule.index("\n}\n")]
    check("terraform: the permission comes before the rule", "depends_on = [aws_lambda_permission.config]" in rule)
    check("terraform: the rule has no scope", "scope {" not in rule)


def main() -> None:
    if not PARAMETERS:
        sys.exit("name the rule's parameters")
    check_stack()
    check_pack()
    check_module()
    for name in ("backstop-rule.yaml", "conformance-pack.yaml"):
        lint = Path(sys.executable).parent / "cfn-lint"
        found = subprocess.run([lint, "--regions", "eu-west-1", "--", DEPLOY / name], capture_output=True, text=True)
        check(f"{name}: cfn-lint finds nothing\n{found.stdout}{found.stderr}".rstrip(), found.returncode == 0)


if __name__ == "__main__":
    main()
