//! Wrong rules: each mistake is named, with its place and what to do about it.

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::*;

const GOOD: &str = r#"@id("own")
@title("Bucket versioning is Enabled")
@severity("high")
@practice("4")
@subject("versioning")
@message("versioning of bucket {{ resource.name }} is {{ resource.versioning }}")
forbid (principal, action == Action::"configure", resource is AWS::S3::Bucket)
when { !resource.objective.exempt }
unless { resource has versioning && resource.versioning == "Enabled" };
"#;

fn file(stem: &str, cedar: &str) -> RuleFiles {
    RuleFiles {
        stem: stem.to_owned(),
        file: format!("rules/{stem}.cedar"),
        cedar: cedar.to_owned(),
        guide: None,
        tests: None,
        from_user: true,
    }
}

fn rendered(error: &dyn miette::Diagnostic) -> String {
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(1000);
    handler.render_report(&mut text, error).unwrap();
    text
}

/// What is said of these files, which must be wrong.
fn said_of(files: &[RuleFiles]) -> String {
    rendered(&check(files).err().unwrap_or_else(|| panic!("nothing is wrong with {files:?}")))
}

/// What is said of the good rule with one part of it replaced.
fn said(part: &str, by: &str) -> String {
    assert_eq!(GOOD.matches(part).count(), 1, "{part}");
    said_of(&[file("own", &GOOD.replace(part, by))])
}

fn assert_says(said: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(said.contains(wanted), "`{wanted}` is not in:\n{said}");
    }
}

#[test]
fn the_rule_that_the_others_are_made_of_is_sound() {
    let set = check(&[file("own", GOOD)]).unwrap_or_else(|error| panic!("{}", rendered(&error)));
    assert_eq!(set.rules.len(), 1);
    assert!(set.rules[0].meta.from_user);
}

#[test]
fn a_syntax_error_is_shown_as_cedar_shows_it() {
    assert_says(
        &said("forbid (principal,", "forbid (principal;"),
        &["unexpected token `;`", "rules/own.cedar:7:18", "expected"],
    );
    assert_says(&said("};\n", "}\n"), &["unexpected end of input", "rules/own.cedar:"]);
}

#[test]
fn annotations_are_held_to_their_closed_set() {
    assert_says(
        &said("@subject(", "@subjekt("),
        &["unknown annotation `@subjekt`", "did you mean `@subject`?", "rules/own.cedar:5:1"],
    );
    assert_says(&said("@subject(", "@quux("), &["unknown annotation `@quux`", "the keys are `after`, `aliases`"]);
    assert_says(
        &said("@title(\"Bucket versioning is Enabled\")\n", ""),
        &["a rule needs `@title`", "write `@title(\"…\")` above `forbid`", "rules/own.cedar:6:1"],
    );
    assert_says(&said("\"Bucket versioning is Enabled\"", "\" \""), &["a rule needs `@title`"]);
    assert_says(&said("is Enabled\")", "is Enabled.\")"), &["titles and messages have no full stop"]);
    assert_says(
        &said("@id(\"own\")", "@id(\"other\")"),
        &["`@id` is `other`, the file's stem is `own`", "name the file after the rule", "rules/own.cedar:1:6"],
    );
    assert_says(
        &said("@practice(\"4\")", "@practice(\"4\")\n@precision(\"exact\")"),
        &["`exact` is no precision", "very-high"],
    );
}

#[test]
fn severities_are_words_and_rise_by_a_bool() {
    let said = |by: &str| said("@severity(\"high\")", &format!("@severity(\"{by}\")"));
    assert_says(&said("urgent"), &["urgent", "write one of critical, high, medium, low", "rules/own.cedar:3:12"]);
    assert_says(&said("high, critical"), &["`critical` does not say when"]);
    assert_says(&said("high, low if mfaDelete"), &["`low` is not worse than `high`"]);
    assert_says(
        &said("high, critical if objective.tier"),
        &["condition `objective.tier` is no Bool", "only a Bool can raise a severity", "rules/own.cedar:3:30"],
    );
    assert_says(
        &said("high, critical if protection.byBackupPlans"),
        &[
            "condition `protection.byBackupPlans` is no fact of AWS::S3::Bucket",
            "did you mean `protection.byBackupPlan`?",
        ],
    );
}

#[test]
fn a_file_holds_one_forbid_without_slots() {
    assert_says(
        &said("forbid (", "permit ("),
        &["a rule is a `forbid`", "`permit` is for waivers", "rules/own.cedar:7:1"],
    );
    let twice = format!("{GOOD}{GOOD}");
    assert_says(
        &said_of(&[file("own", &twice)]),
        &["a rule file holds exactly one policy", "one rule, one file", "rules/own.cedar:1:1"],
    );
    assert_says(&said_of(&[file("own", "// nothing\n")]), &["a rule file holds exactly one policy"]);
    assert_says(&said_of(&[file("own", "")]), &["a rule file holds exactly one policy, and `rules/own.cedar` holds 0"]);
    let slotted = format!("{GOOD}forbid (principal == ?principal, action, resource);\n");
    assert_says(&said_of(&[file("own", &slotted)]), &["a rule has no slots", "take `?principal` and `?resource` away"]);
    // A file with nothing but a template has slots, too, and not too few policies.
    assert_says(&said("(principal,", "(principal == ?principal,"), &["a rule has no slots"]);
}

#[test]
fn a_scope_asks_one_question_about_types_that_it_is_asked_about() {
    let questions =
        "write `action == Action::\"configure\"`, `\"protect\"`, `\"recover\"`, `\"operate\"` or `\"access\"`";
    assert_says(&said("action == Action::\"configure\"", "action"), &["a rule asks exactly one question", questions]);
    assert_says(&said("\"configure\"", "\"configurate\""), &["rules do not answer `configurate`", questions]);
    assert_says(&said("\"configure\"", "\"waive\""), &["rules do not answer `waive`", questions]);
    assert_says(
        &said("resource is AWS::S3::Bucket", "resource"),
        &["a `configure` rule names one type", "write `resource is AWS::S3::Bucket`"],
    );
    assert_says(
        &said("AWS::S3::Bucket", "AWS::S3::Buckets"),
        &["`configure` is not asked about `AWS::S3::Buckets`", "did you mean `AWS::S3::Bucket`?"],
    );
    assert_says(
        &said("AWS::S3::Bucket", "AWS::DynamoDB::Table"),
        &["`configure` is not asked about `AWS::DynamoDB::Table`", "`configure` asks about AWS::Account,"],
    );
    assert_says(
        &said("resource is AWS::S3::Bucket", "resource == AWS::S3::Bucket::\"b\""),
        &["a rule's scope names a type, not a resource", "write `resource is TYPE`"],
    );
}

#[test]
fn conditions_are_validated_strictly() {
    assert_says(
        &said("!resource.objective.exempt", "!resource.objective.exemt"),
        &["attribute `exemt`", "not found", "exempt", "rules/own.cedar:8:"],
    );
    assert_says(
        &said("resource has versioning && ", ""),
        &["optional attribute", "versioning", "has versioning", "rules/own.cedar:9:"],
    );
    assert_says(&said("== \"Enabled\"", "== true"), &["rules/own.cedar:9:"]);
    assert_says(
        &said("!resource.objective.exempt", "resource.objective.rpo"),
        &["unexpected type", "rules/own.cedar:8:"],
    );
}

#[test]
fn subjects_and_places_name_facts_of_every_type() {
    assert_says(
        &said("@subject(\"versioning\")", "@subject(\"versionning\")"),
        &["subject `versionning` is no fact of AWS::S3::Bucket", "did you mean `versioning`?", "rules/own.cedar:5:11"],
    );
    assert_says(
        &said("@subject(\"versioning\")", "@subject(\"x\")"),
        &["subject `x` is no fact", "`backstop rules schema` lists the facts of AWS::S3::Bucket"],
    );
    assert_says(
        &said("{{ resource.name }}", "{{ resource.nmae }}"),
        &["`resource.nmae` is no fact", "did you mean `resource.name`?", "rules/own.cedar:6:"],
    );
    assert_says(&said("{{ resource.name }}", "{{ bucket }}"), &["`bucket` is no fact", "places name a fact"]);
    assert_says(
        &said("{{ resource.name }}", "{{ resource.name"),
        &["the template is broken", "places are written `{{ resource.name }}`"],
    );
    // `versioning` is a bucket's: a rule about all workloads cannot name it. It is said once, not for each type.
    let of_all = GOOD.replace("\"configure\"", "\"protect\"").replace("resource is AWS::S3::Bucket", "resource");
    let of_all = of_all.replace("\nunless { resource has versioning && resource.versioning == \"Enabled\" };", ";");
    let said = said_of(&[file("own", &of_all)]);
    assert_says(&said, &["subject `versioning` is no fact of", "`resource.versioning` is no fact"]);
    assert_eq!(said.matches("`resource.versioning` is no fact").count(), 1, "{said}");
}

#[test]
fn guides_are_held_to_the_same_places_and_to_their_headings() {
    let guide = "## Why it matters\n\nIt does.\n\n## How to fix it\n\nRun it.\n\n### AWS CLI\n\n```sh\naws {{ resource.nmae }}\n```\n\n\
        ## How to verify\n\nLook.\n\n## What it costs or risks\n\nNothing.\n\n## References\n\n- https://docs.aws.amazon.com/\n";
    let with = |guide: &str| said_of(&[RuleFiles { guide: Some(guide.to_owned()), ..file("own", GOOD) }]);
    assert_says(&with(guide), &["`resource.nmae` is no fact", "did you mean `resource.name`?", "rules/own.md:12:"]);
    assert_says(
        &with(&guide.replace("## How to verify", "## How to check")),
        &["unknown heading `## How to check`", "the headings are Why it matters, ", "rules/own.md:15:"],
    );
    assert_says(&with(&guide.replace("Nothing.\n", "")), &["nothing stands under `## What it costs or risks`"]);
    assert_says(
        &with("## Why it matters\n\nIt does.\n"),
        &["the headings are Why it matters", "a guide has these, in this order"],
    );
}

#[test]
fn rules_name_each_other_by_ids_that_exist() {
    let after = GOOD.replace("@practice", "@after(\"frist\")\n@practice");
    let first = GOOD.replace("@id(\"own\")", "@id(\"first\")");
    assert_says(
        &said_of(&[file("first", &first), file("own", &after)]),
        &["`@after` names no rule: `frist`", "did you mean `first`?", "rules/own.cedar:4:9"],
    );
    let alias = GOOD.replace("@practice", "@aliases(\"first\")\n@practice");
    assert_says(
        &said_of(&[file("first", &first), file("own", &alias)]),
        &["alias `first` is a rule of its own", "ids are never used again"],
    );
    let elsewhere = RuleFiles { file: "more/own.cedar".to_owned(), ..file("own", GOOD) };
    assert_says(
        &said_of(&[file("own", GOOD), elsewhere]),
        &["rule `own` is there twice", "rules/own.cedar", "more/own.cedar", "give one of them another name"],
    );
}

#[test]
fn one_alias_leads_to_one_rule() {
    let with = |id: &str| GOOD.replace("@id(\"own\")", &format!("@id(\"{id}\")\n@aliases(\"old\")"));
    assert_says(
        &said_of(&[file("a", &with("a")), file("b", &with("b"))]),
        &["alias `old` is also one of `a`", "rules/b.cedar:2:"],
    );
}

#[test]
fn all_mistakes_of_all_files_are_told_together() {
    let one = file(
        "own",
        &GOOD.replace("@severity(\"high\")", "@severity(\"urgent\")").replace("@id(\"own\")", "@id(\"x\")"),
    );
    let said = said_of(&[one, file("two", "forbid (")]);
    assert_says(&said, &["3 mistakes in the rules", "urgent", "`@id` is `x`", "rules/two.cedar:1:"]);
}

#[test]
fn folders_of_the_users_are_read_beside_the_shipped_rules() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = source::embedded();
    let taken = &shipped[0];
    std::fs::create_dir(folder.path().join("below")).unwrap();
    std::fs::write(folder.path().join("below/own.cedar"), GOOD).unwrap();
    let set = load(&[folder.path()], &BTreeMap::new()).unwrap();
    assert_eq!(set.rules.len(), shipped.len() + 1);
    assert!(set.get("own").is_some_and(|rule| rule.meta.file.ends_with("below/own.cedar")));

    std::fs::write(folder.path().join(format!("{}.cedar", taken.stem)), &taken.cedar).unwrap();
    let error = load(&[folder.path()], &BTreeMap::new()).unwrap_err();
    assert_says(&rendered(&error), &[&format!("rule `{}` is there twice: also in `policies/", taken.stem)]);

    let error = load(&[&folder.path().join("none")], &BTreeMap::new()).unwrap_err();
    assert_says(&rendered(&error), &["cannot read `", "`--policies` takes a folder"]);
}

#[test]
fn settings_change_rules_that_exist() {
    let set = || check(&[file("own", &GOOD.replace("@practice", "@aliases(\"older\")\n@practice"))]).unwrap();
    let change = |id: &str, disabled: bool, severity: Option<&str>| {
        let change = RuleSetting { disabled, severity: severity.map(str::to_owned), at: None };
        apply(set(), &BTreeMap::from([(id.to_owned(), change)]))
    };
    let error = change("owm", true, None).unwrap_err();
    assert_says(&rendered(&error), &["`[rules]` names no rule: `owm`", "did you mean `own`?"]);
    let error = change("zzzzzz", true, None).unwrap_err();
    assert_says(&rendered(&error), &["`backstop rules list` shows them"]);
    assert!(change("own", true, Some("low")).unwrap().rules.is_empty());
    assert!(change("older", true, None).unwrap().rules.is_empty(), "an older id still means the rule");
    assert_eq!(change("own", false, Some("low")).unwrap().rules[0].meta.severity.name(), "low");
}

#[test]
fn a_slip_after_has_is_a_mistake_though_cedar_takes_it() {
    let unless = "unless { resource has versioning && resource.versioning == \"Enabled\" };";
    assert_says(
        &said(unless, "unless { resource has versionning };"),
        &["the condition reads `versionning`, which is no fact", "did you mean `versioning`?", "rules/own.cedar:9"],
    );
}

#[test]
fn the_principal_has_no_facts_of_its_own() {
    let of = |condition: &str| {
        let rule = r#"@id("own") @title("t") @severity("high") @practice("4") @message("m")
forbid (principal, action == Action::"configure", resource is AWS::Account) when { CONDITION };"#;
        rule.replace("CONDITION", condition)
    };
    for (condition, named) in [
        ("principal.root.mfa", "root"),
        ("principal has organization", "organization"),
        ("principal.hasTag(\"team\") && resource.root.mfa", "team"),
        ("(if resource.root.mfa then principal else principal).root.password", "root"),
    ] {
        let said = said_of(&[file("own", &of(condition))]);
        assert_says(&said, &[&format!("reads `{named}` of the principal"), "resource is AWS::Account"]);
    }
    assert_says(
        &said_of(&[file("own", &of("resource in AWS::OrganizationalUnit::\"ou-1\""))]),
        &["only the principal"],
    );
    for condition in
        ["resource.root.mfa", "principal in AWS::OrganizationalUnit::\"ou-1\" && resource has organization"]
    {
        check(&[file("own", &of(condition))]).unwrap_or_else(|error| panic!("{condition}: {}", rendered(&error)));
    }
}
