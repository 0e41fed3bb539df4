//! The beginnings of a rule: three files that are valid as they stand, to be edited from there.

use std::fmt::Write as _;

use crate::model::attribute::Kind;
use crate::rule::meta::Action;
use crate::rule::schema::{Contract, Target};

/// The texts of a rule's three files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// `<id>.cedar`
    pub cedar: String,
    /// `<id>.md`
    pub guide: String,
    /// `<id>.tests.json`
    pub tests: String,
}

/// What a new rule asks for until its author asks for something else.
struct Ask {
    /// The fact, as a path from the resource.
    path: String,
    /// The condition that fails a resource.
    wrong: String,
    /// Values of the fact that pass and fail, as JSON.
    good: &'static str,
    bad: &'static str,
    /// Whether the type has an objective, so that exempt resources are let off.
    exempt: bool,
}

/// A new rule on resources of this type; none: on all that the action asks about, workloads or identities. Its condition is an example.
pub fn scaffold(id: &str, action: Action, kind: Option<&str>) -> Scaffold {
    // A rule on all identities is shown by users.
    let identity = (action == Action::Access).then_some("AWS::IAM::User");
    let example = kind.or(identity);
    let ask = ask(example);
    let scope = kind.map_or_else(|| "resource".to_owned(), |kind| format!("resource is {kind}"));
    let guard = if ask.exempt { "!resource.objective.exempt && " } else { "" };
    let wish = if ask.exempt { "; tier {{ resource.objective.tier }} asks for otherwise" } else { "" };
    let (path, wrong, name) = (&ask.path, &ask.wrong, action.name());
    let cedar = format!(
        "// Say why in a line or two: what is lost if this is not so?\n\
        @id(\"{id}\")\n\
        @title(\"State the condition that passes, as a sentence\")\n\
        @severity(\"medium\")\n\
        @practice(\"4\")\n\
        @subject(\"{path}\")\n\
        @message(\"`{{{{ resource.name }}}}` has {path} {{{{ resource.{path} }}}}{wish}\")\n\
        forbid (principal, action == Action::\"{name}\", {scope})\n\
        when {{ {guard}{wrong} }};\n",
    );
    Scaffold { cedar, guide: GUIDE.to_owned(), tests: tests(&ask, example) }
}

fn ask(kind: Option<&str>) -> Ask {
    // Every workload has the facts that all of them share.
    let contract = Contract::default();
    let of = kind.unwrap_or("Backstop::Workload");
    let has = |path: &str| contract.find(of, path) != Target::Nothing;
    let exempt = has("objective.exempt");
    let flag = |path: String| Ask { wrong: format!("!resource.{path}"), path, good: "true", bad: "false", exempt };
    if kind.is_none_or(|_| has("protection.covered")) {
        return flag("protection.covered".to_owned());
    }
    let attributes = contract.attributes(of).unwrap_or_default();
    let first = attributes.iter().find(|attribute| attribute.kind == Kind::Bool && !attribute.optional);
    first.map_or_else(
        || Ask {
            path: "name".to_owned(),
            wrong: "resource.name like \"*-old\"".to_owned(),
            good: "\"orders\"",
            bad: "\"orders-old\"",
            exempt,
        },
        |attribute| flag(attribute.name.to_owned()),
    )
}

fn tests(ask: &Ask, kind: Option<&str>) -> String {
    let own = kind.unwrap_or("AWS::DynamoDB::Table");
    let other = if own == "AWS::KMS::Key" { "AWS::Backup::BackupPlan" } else { "AWS::KMS::Key" };
    let attributes = |value: &str, exempt: bool| {
        let mut members = Vec::new();
        if ask.exempt {
            members.push(format!("\"objective\": {{\"exempt\": {exempt}}}"));
        }
        members.push(match ask.path.split_once('.') {
            Some((section, name)) => format!("\"{section}\": {{\"{name}\": {value}}}"),
            None => format!("\"{}\": {value}", ask.path),
        });
        members.join(", ")
    };
    let unknown = "{\"unknown\": \"say what could not be read\"}";
    let mut cases = vec![
        ("the fact is as the rule asks", "pass", own, attributes(ask.good, false)),
        ("the fact is not as the rule asks", "fail", own, attributes(ask.bad, false)),
        ("the fact is not known", "unknown", own, attributes(unknown, false)),
        ("the rule asks nothing of another type", "not-applicable", other, String::new()),
    ];
    if ask.exempt {
        cases.insert(3, ("an exempt resource is not asked", "pass", own, attributes(ask.bad, true)));
    }
    let mut text = String::from("[\n");
    for (index, (name, expect, kind, attributes)) in cases.iter().enumerate() {
        let comma = if index + 1 < cases.len() { "," } else { "" };
        let attributes = if attributes.is_empty() { "{}".to_owned() } else { format!("{{ {attributes} }}") };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  {{\n    \"name\": \"{name}\",\n    \"expect\": \"{expect}\",\n    \
            \"resource\": {{ \"type\": \"{kind}\", \"attributes\": {attributes} }}\n  }}{comma}\n"
        );
    }
    text + "]\n"
}

const GUIDE: &str = "## Why it matters

Say what is lost, and in which disaster, if `{{ resource.name }}` stays as it is.

## How to fix it

Say in a sentence what to change. The blocks below are printed with their places filled in.

### AWS CLI

```sh
# The commands that fix it, such as:
# aws … --region {{ resource.region }}
```

### CloudFormation

```yaml
# A whole template that passes the rule.
```

### Terraform

```hcl
# The resource that passes the rule.
```

## How to verify

Say how one sees that it is fixed now.

## What it costs or risks

Say what the fix costs, and what it can break.

## References

- Name the page of the AWS documentation that the rule rests on
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{cases, mutants, run};
    use crate::rule::load;
    use crate::rule::schema::types_of;
    use crate::rule::source::RuleFiles;

    /// Whatever is asked for: the rule loads, its cases pass, and they notice every change of the condition.
    #[test]
    fn a_new_rule_is_valid_from_the_start() {
        for action in Action::ALL {
            let any = action.is_about_all().then_some(None);
            for kind in types_of(action).into_iter().map(Some).chain(any) {
                let new = scaffold("new-rule", action, kind);
                let file = RuleFiles {
                    stem: "new-rule".to_owned(),
                    file: "rules/new-rule.cedar".to_owned(),
                    cedar: new.cedar,
                    guide: Some(new.guide),
                    tests: Some(new.tests.clone()),
                    from_user: true,
                };
                let rules = load::check(&[file]).unwrap_or_else(|e| panic!("{kind:?} {:?}", miette::Report::new(e)));
                let outcome = run(&rules).unwrap_or_else(|e| panic!("{kind:?} {:?}", miette::Report::new(e)));
                assert_eq!(outcome.failures, Vec::new(), "{action:?} {kind:?}");
                assert!(outcome.passed >= 4);
                let cases = cases::parse("new-rule.tests.json", &new.tests, &rules.rules[0]).unwrap();
                assert_eq!(mutants::survivors(&rules, &rules.rules[0], &cases), Ok(Vec::new()), "{action:?} {kind:?}");
            }
        }
    }
}
