use std::sync::LazyLock;

use super::*;
use crate::model::settings::{RuleSetting, Written as Place};
use crate::rule::load;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::load(&[], &BTreeMap::new()).unwrap());

const GOOD: &str = r#"@reason("goes away in March")
@owner("storage-team")
@expires("2027-03-31")
permit (principal == AWS::Account::"111122223333", action == Action::"waive", resource is AWS::S3::Bucket)
when { context.rule == "s3-versioning-enabled" && resource.name like "legacy-*" };
"#;

fn checked(text: &str) -> Result<Vec<Waiver>, SourceErrors> {
    check(&BTreeMap::from([("waivers/legacy.cedar".to_owned(), text.to_owned())]), &RULES)
}

fn rendered(error: impl miette::Diagnostic + Send + Sync + 'static) -> String {
    let text = format!("{:?}", miette::Report::new(error)).replace(['\n', '│'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rules_of(condition: &str) -> Vec<String> {
    let text = GOOD.replace("context.rule == \"s3-versioning-enabled\" && resource.name like \"legacy-*\"", condition);
    let waivers = checked(&text).unwrap_or_else(|error| panic!("{}", rendered(error)));
    waivers[0].rules.keys().map(|rule| rule.to_string()).collect()
}

#[test]
fn a_waiver_is_read_whole_with_its_place() {
    let text = format!("// Why.\n{GOOD}");
    let waivers = checked(&text).unwrap();
    let waiver = &waivers[0];
    assert_eq!((&*waiver.id, &*waiver.owner), ("legacy", "storage-team"));
    assert_eq!((waiver.at.start.line, waiver.at.end.line, waiver.expires_at.start.line), (2, 6, 4));
    assert_eq!(waiver.rules.keys().map(|rule| &**rule).collect::<Vec<_>>(), ["s3-versioning-enabled"]);
    let at = |time: &str| waiver.has_expired(time.parse().unwrap());
    assert!(!at("2027-03-31T23:59:59Z") && at("2027-04-01T00:00:00Z"), "the last day counts whole, in UTC");
    assert!(!at("2027-04-01T05:00:00+06:00"), "the clock's own zone does not matter");
}

#[test]
fn a_file_of_several_names_each() {
    let named = |id: &str| format!("@id(\"{id}\") {GOOD}");
    let waivers = checked(&format!("{}\n// another\n{}", named("b"), named("a"))).unwrap();
    let ids: Vec<(&str, u32)> = waivers.iter().map(|waiver| (&*waiver.id, waiver.at.start.line)).collect();
    assert_eq!(ids, [("a", 8), ("b", 1)]);
    let error = rendered(checked(&format!("{}{GOOD}", named("a"))).unwrap_err());
    assert!(error.contains("needs `@id` in a file of several") && error.contains("legacy.cedar:9"), "{error}");
    let error = rendered(checked(&format!("{}{}", named("a"), named("a"))).unwrap_err());
    assert!(error.contains("waiver `a` is there twice"), "{error}");
    assert!(checked("// nothing is waived any more\n").unwrap().is_empty());
}

#[test]
fn which_rules_it_speaks_of_is_known_beforehand() {
    let all_of_buckets = rules_of("context.rule like \"*\"");
    assert!(all_of_buckets.len() > 10 && all_of_buckets.iter().all(|rule| !rule.starts_with("vault-")));
    assert_eq!(
        rules_of("[\"workload-protected\", \"s3-versioning-enabled\"].contains(context.rule)"),
        ["s3-versioning-enabled", "workload-protected"]
    );
    let either = "(context.rule == \"s3-versioning-enabled\" && resource.name == \"a\") || \
                  (resource.name == \"b\" && context.rule == \"workload-protected\")";
    assert_eq!(rules_of(either), ["s3-versioning-enabled", "workload-protected"]);
    assert_eq!(
        rules_of("context.rule like \"*ersion*enabled\" && context.rule != \"workload-protected\""),
        ["s3-versioning-enabled"]
    );
    let but = rules_of("context.rule like \"*\" && !(context.rule == \"s3-versioning-enabled\")");
    assert_eq!(but.len() + 1, all_of_buckets.len());
    let choice = "if context.rule == \"workload-protected\" then resource.name == \"a\" else false";
    assert_eq!(rules_of(choice), ["workload-protected"]);
}

/// A slip of brackets must not accept what nobody thought of.
#[test]
fn rules_are_accepted_by_name_or_by_a_star_and_never_by_the_way() {
    for condition in [
        "context.rule == \"s3-versioning-enabled\" || resource.name like \"legacy-*\"",
        "context.rule like \"s3-*\" || (context.rule == \"workload-protected\" || resource.name == \"a\")",
        "context.rule != \"workload-protected\"",
        "!(context.rule like \"workload-*\")",
        "if resource.name == \"a\" then context.rule == \"workload-protected\" else true",
        "[\"s3-versioning-enabled\"].containsAny([context.rule])",
    ] {
        let text =
            GOOD.replace("context.rule == \"s3-versioning-enabled\" && resource.name like \"legacy-*\"", condition);
        let said = rendered(checked(&text).unwrap_err());
        assert!(said.contains("rules that it does not name") && said.contains("legacy.cedar:5"), "{said}");
    }
    let unless = GOOD.replace("when {", "unless {");
    assert!(rendered(checked(&unless).unwrap_err()).contains("rules that it does not name"));
    let all_but = rules_of("context.rule like \"*\" && context.rule != \"workload-protected\"");
    assert!(all_but.len() > 10 && !all_but.contains(&"workload-protected".to_owned()));
}

#[test]
fn every_mistake_is_named_with_its_place_and_help() {
    for (from, to, wanted) in [
        ("@reason(\"goes away in March\")\n", "", &["needs `@reason`", "write `@reason("][..]),
        ("goes away in March", "  ", &["needs `@reason`"]),
        ("@owner(\"storage-team\")", "", &["needs `@owner`"]),
        ("@expires(\"2027-03-31\")", "", &["needs `@expires`"]),
        ("2027-03-31", "31.03.2027", &["`31.03.2027` is no day", "legacy.cedar:3:11"]),
        ("2027-03-31", "2027-02-30", &["`2027-02-30` is no day"]),
        ("2027-03-31", "never", &["`never` is no day"]),
        ("2027-03-31", "+02027-03-31", &["is no day"]),
        ("@owner", "@onwer", &["unknown annotation `@onwer`", "did you mean `@owner`?", "legacy.cedar:2:1"]),
        ("@owner", "@severity(\"low\") @owner", &["unknown annotation `@severity`"]),
        ("permit", "forbid", &["a waiver is a `permit`"]),
        ("== Action::\"waive\"", "== Action::\"configure\"", &["does not answer `configure`", "legacy.cedar:4"]),
        ("action == Action::\"waive\"", "action", &["names its action", "write `action == Action::\"waive\"`"]),
        (
            "AWS::S3::Bucket",
            "AWS::S3::Buckett",
            &["no rule judges `AWS::S3::Buckett`", "did you mean `AWS::S3::Bucket`?"],
        ),
        ("AWS::S3::Bucket", "AWS::KMS::Key", &["rule `s3-versioning-enabled` never judges AWS::KMS::Key"]),
        ("resource is AWS::S3::Bucket", "resource == AWS::S3::Bucket::\"b\"", &["names a type, not a resource"]),
        (
            "resource.name like \"legacy-*\"",
            "resource == AWS::S3::Bucket::\"b\"",
            &["by their facts", "legacy.cedar:5"],
        ),
        ("111122223333", "prod", &["`prod` is no account id", "twelve digits", "legacy.cedar:4:37"]),
        ("== AWS::Account::\"111122223333\"", "in AWS::OrganizationalUnit::\"prod\"", &["no id of an organizational"]),
        ("s3-versioning-enabled", "s3-versioning-enable", &["no rule is named `s3-versioning-enable`", "did you mean"]),
        ("s3-versioning-enabled", "waiver-expired", &["`waiver-expired` is a notice, which cannot be waived"]),
        ("context.rule == \"s3-versioning-enabled\" && ", "", &["a waiver names the rules", "legacy.cedar:4:1"]),
        ("== \"s3-versioning-enabled\"", "like \"s4-*\"", &["it can never accept anything"]),
        ("resource.name like", "resource.tags.team like", &["reads `tags.team`", "`resource.hasTag(\"team\")"]),
        ("resource.name like", "resource.nmae like", &["nmae", "legacy.cedar:5"]),
        ("resource.name like", "resource.rotation like", &["rotation", "legacy.cedar:5"]),
        ("&& resource.name", "&& resource has versoning && resource.name", &["reads `versoning`", "`versioning`"]),
        ("resource.name like \"legacy-*\"", "resource.name == 3", &["legacy.cedar:5"]),
        ("when {", "when { false &&", &["legacy.cedar:"]),
        ("};", "}", &["legacy.cedar:"]),
        ("resource is AWS::S3::Bucket)", "resource is AWS::S3::Bucket in ?resource)", &["has no slots"]),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let said = rendered(checked(&GOOD.replacen(from, to, 1)).unwrap_err());
        for wanted in wanted {
            assert!(said.contains(wanted), "{to}: {wanted}\n{said}");
        }
    }
    // A fact that not all types have is named once, with what to do.
    let any = GOOD.replace(" is AWS::S3::Bucket", "").replace("resource.name like \"legacy-*\"", "resource.mfaDelete");
    let said = rendered(checked(&any).unwrap_err());
    assert!(said.contains("name the type that is meant"), "{said}");
}

#[test]
fn rules_that_are_off_and_older_ids_may_be_named() {
    let off = RuleSetting { disabled: true, ..RuleSetting::default() };
    let rules = load::load(&[], &BTreeMap::from([("s3-versioning-enabled".to_owned(), off)])).unwrap();
    assert!(rules.get("s3-versioning-enabled").is_none());
    let files = BTreeMap::from([("a.cedar".to_owned(), GOOD.to_owned())]);
    assert_eq!(check(&files, &rules).unwrap()[0].rules.len(), 1);

    let mut rules = RULES.clone();
    let renamed = rules.rules.iter_mut().find(|rule| &*rule.meta.id == "s3-versioning-enabled").unwrap();
    Arc::make_mut(&mut renamed.meta).aliases.push("older".to_owned());
    let files = BTreeMap::from([("a.cedar".to_owned(), GOOD.replace("s3-versioning-enabled", "older"))]);
    let known: Vec<_> = check(&files, &rules).unwrap()[0].rules.clone().into_iter().collect();
    assert_eq!(known, [("s3-versioning-enabled".into(), "older".into())]);
}

#[test]
fn folders_are_read_whole_and_one_that_is_missing_is_shown_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("team")).unwrap();
    std::fs::write(folder.path().join("team/legacy.cedar"), format!("\u{FEFF}{}", GOOD.replace('\n', "\r\n"))).unwrap();
    std::fs::write(folder.path().join("README.md"), "not Cedar").unwrap();
    let named = |path: std::path::PathBuf| {
        let at = Place { file: "backstop.toml".into(), text: "a = 1\nwaivers = \"w\"\n".into(), span: 16..19 };
        load(&WaiverFolder { path, at: Some(at) }, &RULES)
    };
    let waivers = named(folder.path().to_owned()).unwrap();
    assert!(waivers[0].at.file.ends_with("team/legacy.cedar") && waivers[0].expires_at.start.line == 3);
    let said = rendered(named(folder.path().join("none")).unwrap_err());
    assert!(said.contains("there is no folder") && said.contains("backstop.toml:2:11"), "{said}");
    std::fs::write(folder.path().join("latin.cedar"), b"// caf\xe9\n").unwrap();
    let said = rendered(named(folder.path().to_owned()).unwrap_err());
    assert!(said.contains("latin.cedar") && said.contains("line 1 is not UTF-8"), "{said}");
    std::fs::write(folder.path().join("latin.cedar"), vec![b'/'; 1024 * 1024 + 1]).unwrap();
    assert!(rendered(named(folder.path().to_owned()).unwrap_err()).contains("larger than 1 MiB"));
    #[cfg(unix)]
    {
        std::fs::remove_file(folder.path().join("latin.cedar")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless.cedar")).unwrap();
        assert!(rendered(named(folder.path().to_owned()).unwrap_err()).contains("no regular file"));
    }
}

#[test]
fn the_documentation_shows_waivers_that_load() {
    let page = include_str!("../../../docs/waivers.md");
    let example = page.split("```cedar\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let waivers = checked(example).unwrap_or_else(|error| panic!("{}", rendered(error)));
    assert_eq!(
        waivers.iter().map(|waiver| &*waiver.id).collect::<Vec<_>>(),
        ["legacy-logs", "sandbox", "scratch-keys"]
    );
    assert!(waivers.iter().all(|waiver| !waiver.rules.is_empty()));
}
