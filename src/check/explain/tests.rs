use std::collections::BTreeMap;
use std::path::Path;

use super::lookup::lookup;
use super::*;
use crate::collect::files::{FileOptions, scan};
use crate::derive::derive;
use crate::finding::explanation::{Joint, Operand};
use crate::model::fact::Cure;
use crate::report::explanation::{json, text};
use crate::rule::load;
use crate::{check, config};

fn shipped() -> RuleSet {
    load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

fn written(template: &str) -> (tempfile::TempDir, Snapshot) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, template).unwrap();
    let snapshot = scan(&[path], &FileOptions::default()).unwrap().snapshot;
    (folder, snapshot)
}

fn explained(snapshot: &Snapshot, rules: &RuleSet, id: &str, name: &str, settings: &Settings) -> Explanation {
    let rule = rules.get(id).unwrap();
    let resource = lookup(snapshot, name, &rule.meta.types).unwrap();
    let subjects = derive(snapshot, settings, None);
    let subject = subjects.iter().find(|subject| subject.resource.id == resource.id).unwrap();
    explain(snapshot, subject, rules, rule, settings, Timestamp::UNIX_EPOCH).unwrap()
}

/// What the truth of the clauses makes of a verdict in one version: Kleene's conjunction.
fn clauses_say(clauses: &[Clause], truth: impl Fn(&Operand) -> Truth) -> Truth {
    let wanted = |clause: &Clause| if clause.when { Truth::True } else { Truth::False };
    let all: Vec<(Truth, Truth)> = clauses.iter().map(|clause| (truth(&clause.condition), wanted(clause))).collect();
    if all.iter().any(|(is, wanted)| is != wanted && *is != Truth::Unknown && *is != Truth::Unasked) {
        Truth::False
    } else if all.iter().all(|(is, wanted)| is == wanted) {
        Truth::True
    } else {
        Truth::Unknown
    }
}

/// The tree's truth follows from its parts, where all of them are asked. Cedar reads from left to right: behind a part
/// that cannot be asked (of a section that is not there) another may be true, and the whole is not asked all the same.
fn hangs_together(operand: &Operand, version: usize) {
    let of = |operand: &Operand| operand.in_versions[version];
    let parts: Vec<Truth> = operand.parts.iter().map(of).collect();
    if of(operand) == Truth::Unasked && !parts.is_empty() {
        assert!(parts.contains(&Truth::Unasked), "{operand:#?}");
        operand.parts.iter().for_each(|part| hangs_together(part, version));
        return;
    }
    let expected = match operand.joint {
        Joint::None => return,
        Joint::All if parts.contains(&Truth::False) => Truth::False,
        Joint::Any if parts.contains(&Truth::True) => Truth::True,
        Joint::All if parts.iter().all(|truth| *truth == Truth::True) => Truth::True,
        Joint::Any if parts.iter().all(|truth| *truth == Truth::False) => Truth::False,
        Joint::Not if parts == [Truth::True] => Truth::False,
        Joint::Not if parts == [Truth::False] => Truth::True,
        _ => Truth::Unknown,
    };
    // Cedar decides `a || !a` as it stands, and Kleene's values do not: what is unknown by parts may be known whole.
    assert!(of(operand) == expected || expected == Truth::Unknown, "{operand:#?}");
    operand.parts.iter().for_each(|part| hangs_together(part, version));
}

fn holds(explanation: &Explanation, verdict: Verdict) {
    assert_eq!(explanation.verdict, Some(verdict));
    // What is waived is explained as what it is without its waiver.
    let verdict = explanation.waiver.as_ref().map_or(verdict, |waiver| waiver.accepts);
    let mut said = Vec::new();
    for version in 0..explanation.versions.len() {
        said.push(clauses_say(&explanation.clauses, |operand| operand.in_versions[version]));
        explanation.clauses.iter().for_each(|clause| hangs_together(&clause.condition, version));
    }
    let what = format!("{} on {}: {said:?}", explanation.rule, explanation.resource);
    match verdict {
        Verdict::Fail => assert!(said.iter().all(|truth| *truth == Truth::True), "{what}"),
        Verdict::Pass => assert!(said.iter().all(|truth| *truth == Truth::False), "{what}"),
        Verdict::Waived => panic!("{what}: by no waiver"),
        Verdict::Unknown => {
            let exists = explanation.missing.iter().any(|missing| missing.fact == "exists");
            let decided = !said.is_empty() && said.iter().all(|truth| *truth == said[0] && *truth != Truth::Unknown);
            assert!(exists || !decided, "{what}");
            assert!(!explanation.missing.is_empty(), "{what}");
        }
    }
}

/// Every rule on every resource of both example stacks, with and without the settings that close the world.
#[test]
fn explanations_agree_with_the_report_on_all_fixtures() {
    let rules = shipped();
    let mut seen = BTreeMap::new();
    for name in ["self-deception", "sound"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        let snapshot = scan(std::slice::from_ref(&folder), &FileOptions::default()).unwrap().snapshot;
        let own = std::fs::read_to_string(folder.join("backstop.toml")).unwrap();
        for settings in [config::parse("backstop.toml", &own).unwrap(), Settings::default()] {
            let subjects = derive(&snapshot, &settings, None);
            let report = evaluate(&snapshot, &subjects, &rules, &settings, Timestamp::UNIX_EPOCH).unwrap();
            for subject in &subjects {
                for rule in
                    rules.rules.iter().filter(|rule| rule.meta.types.contains(&subject.resource.id.kind.to_string()))
                {
                    let finding =
                        report.findings.iter().find(|f| f.rule == rule.meta.id && f.resource == subject.resource.id);
                    let explained = explain(&snapshot, subject, &rules, rule, &settings, Timestamp::UNIX_EPOCH);
                    if rule.meta.action.needs_evidence() {
                        assert!(explained.is_err_and(|error| error.contains("files have none")));
                        continue;
                    }
                    let explained = explained.unwrap();
                    let verdict = finding.map_or(Verdict::Pass, |finding| finding.verdict);
                    holds(&explained, verdict);
                    *seen.entry(verdict).or_insert(0) += 1;
                    if let Some(finding) = finding {
                        assert_eq!(explained.message.as_ref(), Some(&finding.message));
                        assert_eq!((&explained.at, &explained.missing), (&finding.at, &finding.missing));
                    }
                    assert!(text(&explained, &rule.meta).contains("\nCondition"));
                    assert_eq!(json(&explained)["verdict"], verdict.name());
                }
            }
        }
    }
    assert!(seen.len() == 3 && seen.values().all(|count| *count > 10), "{seen:?}");
}

/// The cases of all rules hold what no template says: forks within forks, unknown tags, absent sections.
#[test]
fn the_truth_of_conditions_agrees_with_the_cases_of_all_rules() {
    let rules = shipped();
    let mut forks = 0;
    for rule in &rules.rules {
        let cases = check::cases::parse(&check::tests_file(rule), rule.tests.as_deref().unwrap(), rule).unwrap();
        for case in cases.iter().filter(|case| rule.meta.types.contains(&case.view.kind.to_string())) {
            let optional = Contract::default().optional(&case.view.kind);
            let Some(worlds) = worlds(&case.view, &rule.reads, &optional) else { continue };
            let whole = worlds.len();
            let (worlds, names) = versions::distinct(worlds, &rule.reads);
            forks += usize::from(whole > 1);
            let mut asked = operands::Asked::of(rule).unwrap();
            let set = RuleSet::new(Arc::clone(&rules.schema), asked.rules());
            let circumstances = crate::evaluate::judge::Circumstances {
                now: case.now,
                source: case.source,
                recovery_regions: case.recovery_regions.clone(),
                recovery_accounts: case.recovery_accounts.clone(),
                units: case.units.clone(),
            };
            let judge = Judge::new(&set, &circumstances).unwrap();
            let clauses = asked.clauses(|index| {
                let each: Vec<Truth> = worlds.iter().map(|world| truth(&judge.in_world(world, index))).collect();
                (together(&each), each)
            });
            let said: Vec<Truth> = (0..worlds.len())
                .map(|version| clauses_say(&clauses, |operand| operand.in_versions[version]))
                .collect();
            let what = format!("{}: {}: {said:?}", rule.meta.id, case.name);
            match case.expect.name() {
                "fail" => assert!(said.iter().all(|truth| *truth == Truth::True), "{what}"),
                "pass" => assert!(said.iter().all(|truth| *truth == Truth::False), "{what}"),
                _ => assert!(!said.iter().all(|t| *t == said[0] && *t != Truth::Unknown), "{what}"),
            }
            let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
            assert_eq!(distinct.len(), worlds.len(), "{what}: {names:?}");
        }
    }
    assert!(forks > 20, "only {forks} cases fork");
}

const OPEN: &str = "
Parameters:
  Versioning:
    Type: String
Resources:
  Orders:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: orders
      VersioningConfiguration:
        Status: !Ref Versioning
";

#[test]
fn what_is_unknown_is_shown_with_its_ways_and_its_cure() {
    let (_folder, snapshot) = written(OPEN);
    let explained = explained(&snapshot, &shipped(), "s3-versioning-enabled", "orders", &Settings::default());
    assert_eq!(explained.verdict, Some(Verdict::Unknown));
    assert_eq!(explained.versions, ["versioning none", "versioning there"]);
    let fact = explained.facts.iter().find(|fact| fact.path == "versioning").unwrap();
    assert_eq!(
        (fact.value.as_str(), fact.values.as_slice()),
        ("unknown", &["none".to_owned(), "unknown".to_owned()][..])
    );
    let Told::At(at) = &fact.told else { panic!("{:?}", fact.told) };
    assert_eq!(at.start.line, 11);
    let cures: Vec<_> = explained.missing.iter().flat_map(|missing| &missing.reasons).map(|r| r.cure.clone()).collect();
    assert_eq!(cures, [Some(Cure::Parameter("Versioning".to_owned()))]);
    let unless = &explained.clauses[1];
    assert!(!unless.when);
    let [has, equals] = unless.condition.parts.as_slice() else { panic!("{unless:#?}") };
    assert_eq!(has.in_versions, [Truth::False, Truth::True]);
    assert_eq!(equals.in_versions, [Truth::Unasked, Truth::Unknown]);
    assert_eq!((has.truth, equals.truth), (Truth::Unknown, Truth::Unknown));
}

#[test]
fn what_is_waived_is_explained_whole_with_its_waiver() {
    let waiver = "@reason(\"gone in March\")\n@owner(\"shop\")\n@expires(\"2027-03-31\")\n\
        permit (principal, action == Action::\"waive\", resource)\n\
        when { context.rule == \"s3-versioning-enabled\" };\n";
    let mut rules = shipped();
    let files = BTreeMap::from([("waivers/old.cedar".to_owned(), waiver.to_owned())]);
    rules.waivers = crate::rule::waiver::check(&files, &rules).unwrap();
    for (status, without) in [("Suspended", Verdict::Fail), ("!Ref Versioning", Verdict::Unknown)] {
        let (_folder, snapshot) = written(&OPEN.replace("!Ref Versioning", status));
        let explained = explained(&snapshot, &rules, "s3-versioning-enabled", "orders", &Settings::default());
        assert_eq!(explained.waiver.as_ref().map(|waiver| waiver.accepts), Some(without));
        holds(&explained, Verdict::Waived);
        let printed = text(&explained, &rules.get("s3-versioning-enabled").unwrap().meta.clone());
        assert!(printed.contains("waiver `old` of shop accepts it until 2027-03-31: gone in March"), "{printed}");
        assert!(printed.contains(&format!("without the waiver: {}\n", without.name())), "{printed}");
        assert_eq!(json(&explained)["waiver"]["expires"], "2027-03-31");
    }
    let (_folder, snapshot) = written(&OPEN.replace("!Ref Versioning", "Enabled"));
    let passed = explained(&snapshot, &rules, "s3-versioning-enabled", "orders", &Settings::default());
    assert_eq!((passed.verdict, passed.waiver), (Some(Verdict::Pass), None));
}

#[test]
fn derived_facts_show_their_versions() {
    let (_folder, snapshot) = written(&OPEN.replace("!Ref Versioning", "Suspended"));
    let explained = explained(&snapshot, &shipped(), "workload-protected", "Orders", &Settings::default());
    assert_eq!(explained.verdict, Some(Verdict::Unknown));
    assert_eq!(explained.versions, ["protection.covered false", "protection.covered true"]);
    let printed = text(&explained, &shipped().get("workload-protected").unwrap().meta.clone());
    assert!(printed.contains("!resource.protection.covered  (1 true, 2 false)"), "{printed}");
    let fact = explained.facts.iter().find(|fact| fact.path == "protection.covered").unwrap();
    assert_eq!((fact.values.as_slice(), &fact.told), (&["false".to_owned(), "true".to_owned()][..], &Told::Derived));
    assert!(fact.reasons.is_some());
    // Settings that close the world decide it.
    let closed = Settings { complete: true, ..Settings::default() };
    let explained = self::explained(&snapshot, &shipped(), "workload-protected", "Orders", &closed);
    assert_eq!((explained.verdict, explained.versions.as_slice()), (Some(Verdict::Fail), &[String::new()][..]));
    let meta = &shipped().get("workload-protected").unwrap().meta.clone();
    assert!(text(&explained, meta).starts_with("workload-protected on AWS::S3::Bucket `orders`: fail\n"));
}

#[test]
fn resources_are_found_by_all_that_people_call_them() {
    let (_folder, snapshot) = written(
        "
Resources:
  Orders:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: orders-data
  Twin:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: orders-data
  Vault:
    Type: AWS::Backup::BackupVault
    Properties:
      BackupVaultName: safe
",
    );
    let types = ["AWS::S3::Bucket".to_owned()];
    let found = |text: &str| lookup(&snapshot, text, &types);
    assert_eq!(&*found("Orders").unwrap().id.id, "Orders");
    let several = found("orders-data").unwrap_err();
    let super::lookup::LookupError::Several { candidates, .. } = &several else { panic!("{several}") };
    assert_eq!(candidates.len(), 2);
    for candidate in candidates {
        assert_eq!(found(candidate).unwrap().id.canonical(), *candidate);
    }
    let help = |text: &str| miette::Diagnostic::help(&found(text).unwrap_err()).unwrap().to_string();
    assert_eq!(help("Order"), "did you mean `Orders`?");
    assert_eq!(help("safe"), "`safe` is of type AWS::Backup::BackupVault, which this rule does not judge");
    assert_eq!(help("zzz"), "there are `orders-data`, `orders-data`");
}
