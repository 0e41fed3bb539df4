#!/usr/bin/env python3
"""Changes the evaluator of IAM policies in one place at a time, and tells which changes no test notices.

    tests/mutate-iam.py [WORD]      # all changes, or those whose file or text has the word

The changed copy is a crate of its own below target/, so the sources stay as they are and a round takes seconds.
The exit code is 1 if a change survives that is not named in EQUIVALENT.
"""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "mutate-iam"
NEEDED = ["jiff", "serde", "serde_json", "sha2", "thiserror", "zstd", "proptest"]

# File, text, what stands in its place.
MUTANTS = [
    ("truth.rs", "self.min(other)", "self.max(other)"),
    ("truth.rs", "Self::Maybe => Self::Maybe,", "Self::Maybe => Self::Yes,"),
    ("truth.rs", "if self == other { self } else { Self::Maybe }", "self"),
    ("condition.rs", "_ if operator.if_exists => true,", "_ if operator.if_exists => operator.negated,"),
    ("condition.rs", "Quantity::ForAllValues => true,", "Quantity::ForAllValues => false,"),
    ("condition.rs", "Quantity::ForAnyValue => false,", "Quantity::ForAnyValue => operator.negated,"),
    ("condition.rs", "Quantity::One => operator.negated,", "Quantity::One => false,"),
    ("condition.rs", "if self.operator.negated { !alike } else { alike }", "alike"),
    ("condition.rs", "Quantity::One => all().agreed(any()),", "Quantity::One => any(),"),
    ("condition.rs", "Quantity::ForAllValues => all(),", "Quantity::ForAllValues => any(),"),
    ("condition.rs", "Quantity::ForAnyValue => any(),", "Quantity::ForAnyValue => all(),"),
    ("condition.rs", "Seen::Unknown | Seen::Some => Truth::Maybe,", "Seen::Unknown | Seen::Some => self.without_key(),"),
    ("condition.rs", "None => Truth::No,\n            }));\n            if", "None => Truth::Yes,\n            }));\n            if"),
    ("condition.rs", "Truth::from(wanted == null)", "Truth::from(wanted != null)"),
    ("condition.rs", "reading.variables &= variables;", ""),
    ("operator.rs", "Self::LessOrEqual => found.is_le(),", "Self::LessOrEqual => found.is_lt(),"),
    ("operator.rs", '"NotIpAddress" => (Test::IpAddress, true),', '"NotIpAddress" => (Test::IpAddress, false),'),
    ("operator.rs", "Test::StringLike | Test::Arn => (true, true),", "Test::StringLike | Test::Arn => (true, false),"),
    ("compare.rs", "Test::Arn => arn::alike(wanted, found),", "Test::Arn => matches(wanted, found),"),
    ("compare.rs", "found.cmp(&wanted)", "wanted.cmp(&found)"),
    ("pattern.rs", "Seen::One(value) => literal(value),", "Seen::One(_) => Part::Many,"),
    ("pattern.rs", "Seen::Values([value]) => literal(value),", "Seen::Values([value]) => if value.contains('*') { Part::Many } else { literal(value) },"),
    ("pattern.rs", "Some(text) => literal(text),\n                None => return None,", "Some(_) => return None,\n                None => return None,"),
    ("pattern.rs", "Seen::Values([_, ..]) | Seen::Some | Seen::Unknown => Part::Hole,", "Seen::Values([_, ..]) | Seen::Some | Seen::Unknown => return None,"),
    ("pattern.rs", 'to_ascii_lowercase();\n                let quoted', 'to_owned();\n                let quoted'),
    ("arn.rs", "if !WITHOUT_TYPE.contains(&arn.service()) {", "if true {"),
    ("arn.rs", "Type::Wild => return Truth::No,", "Type::Wild => {}"),
    ("arn.rs", "Type::Any => truth = truth.and(Truth::Maybe),", "Type::Any => return Truth::No,"),
    ("arn.rs", "Truth::No if reaches_further(head) => (text, false),", "Truth::No if reaches_further(head) => (text, true),"),
    ("arn.rs", "matches!(text.parts().last(), Some(Part::Many))", "true"),
    ("arn.rs", 'Part::One | Part::Many => Some("x".to_owned()),', "Part::One | Part::Many => None,"),
    ("arn.rs", "Part::Hole | Part::Variable(_) => None,", 'Part::Hole | Part::Variable(_) => Some("x".to_owned()),'),
    ("document.rs", "let speaks_of_mfa = open || ", "let speaks_of_mfa = "),
    ("document.rs", "|| text.contains(HOLE);", ";"),
    ("library.rs", "layers.identity.iter().any(speaks)", "false"),
    ("arn.rs", "if sure { flat } else { flat.and(Truth::Maybe) }", "flat"),
    ("action.rs", "(sure, possible) = (!possible, !sure);", ""),
    ("action.rs", "if self.negated { !named } else { named }", "named"),
    ("principal.rs", '"aws:username" if identity => Some(Seen::Absent),', '"aws:username" if identity => Some(Seen::One(&self.name)),'),
    ("principal.rs", 'rest.starts_with("aws-service-role/")', 'rest.contains("service-role/")'),
    ("principals.rs", "(Self::Everyone, _) => Meant::itself(Truth::Yes),", "(Self::Everyone, _) => Meant::role(Truth::Yes),"),
    ("principals.rs", "Meant::account(of(account))", "Meant::role(of(account))"),
    ("principals.rs", "Meant::role(of(account).and(named(name)))", "Meant::itself(of(account).and(named(name)))"),
    ("principals.rs", ".and(!bounded))", ")"),
    ("principals.rs", "whole.or(Truth::Maybe)", "whole"),
    ("principals.rs", "whole.or(Truth::Maybe)", "Truth::Yes"),
    ("principals.rs", "(Self::Unsure, _) => Meant::itself(Truth::Maybe),", "(Self::Unsure, _) => Meant::NOBODY,"),
    ("statement.rs", "Resources::AllBut(patterns) => {\n            let spared = any(patterns);", "Resources::AllBut(patterns) => {\n            let spared = !any(patterns);"),
    ("statement.rs", "if void { Truth::Maybe } else { !spared }", "!spared"),
    ("statement.rs", "meant.and(conditions(statement, scene))", "meant"),
    ("statement.rs", "_ => Meant::MYSELF.and(Truth::Maybe),", "_ => Meant::MYSELF,"),
    ("statement.rs", 'Layer::Resource if scene.request.action.service() == "sts" => Truth::Yes,', ""),
    ("judge.rs", "let mut deny = guard.deny.or(resource.deny);", "let mut deny = resource.deny;"),
    ("judge.rs", "deny = deny.or(boundary.deny);", ""),
    ("judge.rs", "deny = deny.or(session.deny);", ""),
    ("judge.rs", "limits = limits.and(boundary.allows());", ""),
    ("judge.rs", "limits = limits.and(session.allows());", ""),
    ("judge.rs", "resource.role.and(limits)", "resource.role"),
    ("judge.rs", "let delegated = if needed { own.and(resource.any()) } else { own };", "let delegated = own;"),
    ("judge.rs", "let across = own.and(resource.any());", "let across = own.or(resource.any());"),
    ("judge.rs", "Truth::Maybe => within.agreed(across),", "Truth::Maybe => within,"),
    ("judge.rs", "allow = allow.and(allowed);", "allow = allowed;"),
    ("judge.rs", "let allowed = said.allows().or(exempt);", "let allowed = said.allows();"),
    ("judge.rs", "said.deny.and(!exempt)", "said.deny"),
    ("judge.rs", ".or(request.resource.granted)", ""),
    ("judge.rs", "allow.and(!refused)", "allow"),
    ("judge.rs", "(Truth::Yes, _) => Answer::No(Denial::Explicit),", "(Truth::Yes, Truth::No) => Answer::No(Denial::Implicit),\n            (Truth::Yes, _) => Answer::No(Denial::Explicit),"),
    ("judge.rs", "allow: said.allow.or(Meant::MAYBE), deny: said.deny.or(Truth::Maybe)", "allow: said.allow, deny: said.deny"),
    ("judge.rs", "Some(Effect::Allow) => self.allow.itself == Truth::Yes,", "Some(Effect::Allow) => self.allow.any() != Truth::No,"),
    ("judge.rs", "Some(Effect::Deny) => self.deny == Truth::Yes,", "Some(Effect::Deny) => self.deny != Truth::No,"),
    ("service.rs", '&& action.lower() != "kms:retiregrant"', ""),
    ("service.rs", "listed && !principal.is_service_linked()", "listed"),
    ("service.rs", 'principal.is_identity() && !principal.is_service_linked()', "principal.is_identity()"),
    ("service.rs", 'arn.resource.starts_with("key/")', "true"),
    ("service.rs", '&& lower != "backup:copyintobackupvault"', ""),
    ("service.rs", "principal.kind() != Kind::Service", "true"),
    ("public.rs", "if operator.negated || operator.test == Test::Null {", "if false {"),
    ("public.rs", "length >= if network.is_ipv4() { 8 } else { 32 }", "length > 0"),
    ("parse.rs", 'if text == "2012-10-17" => self.variables = true,', 'if text == "2012-10-17" => {}'),
    ("parse.rs", "if !seen.insert(name) {\n                self.refuse(&place", "if seen.len() > 99 && !seen.insert(name) {\n                self.refuse(&place"),
    ("document.rs", "self.allows.contains(number) || self.denies.contains(number)", "self.allows.contains(number)"),
    ("library.rs", "set = set.intersection(self.allowed(level));", ""),
    ("choice.rs", "Answer::Yes => return Ability { decision, choices },", "Answer::Yes => {}"),
    ("choice.rs", ".filter(|number| (from..=to).contains(&number))", ""),
]

# Changes that change nothing, and why.
EQUIVALENT = {}


def prepare():
    """A crate of the room alone, with the versions that the package has."""
    manifest = (ROOT / "Cargo.toml").read_text()
    lines = [re.search(rf"^{name} = .*$", manifest, re.M).group(0).replace(", optional = true", "") for name in NEEDED]
    (WORK / "src").mkdir(parents=True, exist_ok=True)
    package = '[package]\nname = "mutate-iam"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n'
    (WORK / "Cargo.toml").write_text(package + "\n".join(lines) + "\n")
    (WORK / "src" / "lib.rs").write_text("pub mod iam;\n")
    shutil.copy(ROOT / "Cargo.lock", WORK / "Cargo.lock")


def copy():
    shutil.rmtree(WORK / "src" / "iam", ignore_errors=True)
    shutil.copytree(ROOT / "src" / "iam", WORK / "src" / "iam")
    shutil.copy(ROOT / "src" / "iam.rs", WORK / "src" / "iam.rs")


def test(*arguments):
    """Whether the tests pass; None if it does not compile."""
    command = ["cargo", "test", "--quiet", "--lib", *arguments]
    built = subprocess.run(["cargo", "test", "--quiet", "--lib", "--no-run"], cwd=WORK, capture_output=True, text=True)
    if built.returncode != 0:
        return None
    return subprocess.run(command, cwd=WORK, capture_output=True, text=True).returncode == 0


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    prepare()
    copy()
    if not test("--", "--skip", "sound::"):
        sys.exit("the tests do not pass as they are")
    survived, broken, tried = [], [], 0
    for file, old, new in MUTANTS:
        if word not in file + old + new:
            continue
        path = WORK / "src" / "iam" / file
        text = path.read_text()
        if text.count(old) != 1:
            sys.exit(f"{file}: `{old}` stands there {text.count(old)} times, not once")
        path.write_text(text.replace(old, new))
        tried += 1
        # The properties take longest, so they are asked last.
        passed = test("--", "--skip", "sound::", "--skip", "hostile::")
        if passed:
            passed = test("sound::")
        path.write_text(text)
        name = f"{file}: {old} -> {new or 'nothing'}"
        if passed is None:
            broken.append(name)
        elif passed and name not in EQUIVALENT:
            survived.append(name)
        print({None: "broken  ", True: "SURVIVED", False: "noticed "}[passed], " ".join(name.split()), flush=True)
    print(f"{tried} tried, {len(survived)} survived, {len(broken)} did not compile")
    sys.exit(1 if survived or broken else 0)


if __name__ == "__main__":
    main()
