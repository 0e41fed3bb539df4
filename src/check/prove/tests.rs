//! These need cvc5, which `tests/setup.sh` installs.

use std::path::Path;

use super::*;
use crate::rule::load;
use crate::rule::source::RuleFiles;

fn options() -> Options {
    Options { solver: std::env::var_os("CVC5").unwrap_or_else(|| "cvc5".into()), limit: Duration::from_secs(60) }
}

fn ids(rules: &RuleSet) -> BTreeSet<Arc<str>> {
    rules.rules.iter().map(|rule| Arc::clone(&rule.meta.id)).collect()
}

/// A rule on buckets with this condition, which comes after the rules named.
fn rule(id: &str, condition: &str, after: &str) -> RuleFiles {
    let after = if after.is_empty() { String::new() } else { format!("@after(\"{after}\")") };
    RuleFiles {
        stem: id.to_owned(),
        file: format!("rules/{id}.cedar"),
        cedar: format!(
            "@id(\"{id}\")@title(\"t\")@severity(\"low\")@practice(\"4\")@message(\"m\"){after}
            forbid (principal, action == Action::\"configure\", resource is AWS::S3::Bucket) when {{ {condition} }};"
        ),
        guide: None,
        tests: None,
        from_user: true,
    }
}

fn rules(files: &[RuleFiles]) -> RuleSet {
    load::check(files).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

fn proved(files: &[RuleFiles]) -> Proof {
    let rules = rules(files);
    prove(&rules, &ids(&rules), &options()).unwrap()
}

fn said(proof: &Proof) -> Vec<String> {
    proof
        .faults
        .iter()
        .map(|fault| {
            let facts: Vec<String> = fault.facts.iter().map(|fact| format!("{}={}", fact.path, fact.value)).collect();
            let other = fault.problem.other().map(|other| format!(" {other}")).unwrap_or_default();
            format!("{} {}{other} [{}]", fault.rule, fault.problem.name(), facts.join(" "))
        })
        .collect()
}

#[test]
fn every_shipped_rule_is_proved() {
    let rules = load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let proof = prove(&rules, &ids(&rules), &options()).unwrap();
    assert_eq!(proof.faults, Vec::new());
    // Three statements for each rule and type at the least.
    let asked: usize = rules.rules.iter().map(|rule| rule.meta.types.len()).sum();
    assert!(proof.proved >= 3 * asked, "{} statements", proof.proved);
}

#[test]
fn what_does_not_hold_is_shown_as_facts() {
    let proof = proved(&[
        rule("both", "resource.mfaDelete && !resource.mfaDelete", ""),
        rule("either", "resource.replica || !resource.replica", ""),
        rule("overflows", "resource.protection.recoveryPoints + 1 > 3", ""),
        rule("sound", "resource.accessLogTarget", ""),
    ]);
    assert_eq!(
        said(&proof),
        [
            "both never-fails []",
            "either never-passes []",
            "overflows errors [protection.recoveryPoints=9223372036854775807]",
        ]
    );
}

#[test]
fn a_rule_that_another_one_implies_must_say_so() {
    let wide = rule("wide", "!resource.objective.exempt && !resource.mfaDelete", "");
    let narrow = "!resource.objective.exempt && !resource.mfaDelete && resource.replica";
    let proof = proved(&[wide.clone(), rule("narrow", narrow, "")]);
    let implied = "narrow implied wide [mfaDelete=false replica=true objective.exempt=false]";
    assert_eq!(said(&proof), [implied]);
    assert_eq!(proof.faults[0].types, ["AWS::S3::Bucket"]);
    let between = rule("between", "resource.backupBucket && resource.accessLogTarget", "wide");
    for after in ["wide", "between"] {
        let proof = proved(&[wide.clone(), between.clone(), rule("narrow", narrow, after)]);
        assert_eq!(said(&proof), Vec::<String>::new(), "after {after}");
    }
    let again = rule("again", "!(resource.objective.exempt || resource.mfaDelete)", "");
    let proof = proved(&[wide, again]);
    assert_eq!(said(&proof), ["again same wide [mfaDelete=false objective.exempt=false]"]);
}

#[test]
fn only_the_rules_asked_for_are_proved() {
    let rules = rules(&[
        rule("wide", "!resource.mfaDelete", ""),
        rule("narrow", "!resource.mfaDelete && resource.replica", ""),
        rule("both", "resource.mfaDelete && !resource.mfaDelete", ""),
    ]);
    let asked = |id: &str| said(&prove(&rules, &BTreeSet::from([Arc::from(id)]), &options()).unwrap());
    assert_eq!(asked("wide"), Vec::<String>::new());
    assert_eq!(asked("narrow"), ["narrow implied wide [mfaDelete=false replica=true]"]);
    assert_eq!(asked("both"), ["both never-fails []"]);
}

#[test]
fn a_rule_that_is_the_same_as_one_not_asked_for_is_seen_to_be() {
    let rules = rules(&[rule("one", "!resource.mfaDelete", ""), rule("other", "!(resource.mfaDelete || false)", "")]);
    for (id, expected) in [("one", "one same other [mfaDelete=false]"), ("other", "other same one [mfaDelete=false]")] {
        let proof = prove(&rules, &BTreeSet::from([Arc::from(id)]), &options()).unwrap();
        assert_eq!(said(&proof), [expected]);
    }
}

#[test]
fn tags_durations_and_absent_facts_are_shown() {
    let theirs = rules(&[rule(
        "theirs",
        "resource.hasTag(\"team\") && !(resource has versioning) && resource.objective.rpo > duration(\"1h\")",
        "",
    )]);
    let ours = rules(&[rule("ours", "resource.hasTag(\"team\") && resource.objective.rpo > duration(\"2h\")", "")]);
    let proof = prove_stricter(&ours, &theirs, &options()).unwrap();
    let [fault] = proof.faults.as_slice() else { panic!("{:?}", said(&proof)) };
    assert_eq!((&*fault.rule, fault.problem.name()), ("theirs", "slips-through"));
    let value = |path: &str| fault.facts.iter().find(|fact| fact.path == path).map(|fact| fact.value.as_str());
    assert_eq!(value("versioning"), Some("absent"));
    assert!(value("tags[\"team\"]").is_some_and(|text| text != "absent"));
    let rpo = value("objective.rpo").unwrap();
    // Over an hour, which theirs fails, and two at the most, which ours passes.
    assert!(rpo.starts_with("1h ") || rpo == "2h", "{rpo}");
    // What is shown is the same each time.
    assert_eq!(prove_stricter(&ours, &theirs, &options()).unwrap(), proof);
}

#[test]
fn several_rules_together_can_be_stricter_than_one() {
    let theirs = rules(&[rule("theirs", "!resource.mfaDelete", "")]);
    let half = rule("half", "!resource.mfaDelete && resource.replica", "");
    let rest = rule("rest", "!resource.mfaDelete && !resource.replica", "");
    let proof = prove_stricter(&rules(&[half.clone(), rest]), &theirs, &options()).unwrap();
    assert_eq!((said(&proof), proof.proved), (Vec::new(), 1));
    let proof = prove_stricter(&rules(&[half]), &theirs, &options()).unwrap();
    assert_eq!(said(&proof), ["theirs slips-through [mfaDelete=false replica=false]"]);
}

#[test]
fn types_that_rules_cannot_tell_apart_are_proved_together() {
    let rules = load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let all = environments(&rules, &[]);
    let kinds: usize = all.iter().map(|environment| environment.kinds.len()).sum();
    let asked: BTreeSet<_> =
        rules.rules.iter().flat_map(|rule| rule.meta.types.iter().map(|kind| (rule.meta.action, kind))).collect();
    assert_eq!(kinds, asked.len(), "no question is lost");
    assert!(all.len() < kinds);
    // A rule that asks for the type keeps all types apart.
    let mut file = rule("typed", "resource is AWS::S3::Bucket && !resource.protection.covered", "");
    file.cedar = file.cedar.replace("\"configure\", resource is AWS::S3::Bucket", "\"protect\", resource");
    let all = environments(&self::rules(&[file]), &[]);
    assert!(all.len() > 5 && all.iter().all(|environment| environment.kinds.len() == 1));
}

#[test]
fn a_missing_solver_is_said_with_what_to_do() {
    let rules = rules(&[rule("sound", "resource.accessLogTarget", "")]);
    let options = Options { solver: Path::new("no-such-solver").into(), limit: Duration::from_secs(1) };
    let error = prove(&rules, &ids(&rules), &options).unwrap_err();
    assert!(error.to_string().starts_with("the solver `no-such-solver` cannot be started"), "{error}");
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("apt-get install cvc5") && help.contains("CVC5"), "{help}");
}

#[test]
fn what_takes_too_long_is_undecided_and_the_next_query_goes_on() {
    let rules = load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let hasty = Options { limit: Duration::from_millis(1), ..options() };
    let wanted = BTreeSet::from([Arc::from("workload-schedule-meets-rpo"), Arc::from("vault-notifies-failures")]);
    let proof = prove(&rules, &wanted, &hasty).unwrap();
    assert!(proof.faults.iter().all(|fault| fault.problem.name() == "undecided"), "{:?}", said(&proof));
    assert_eq!(proof.is_merely_undecided(), !proof.faults.is_empty());
}

/// Such as a program that only waits: the run ends with an error, not with every query undecided after hours.
#[cfg(unix)]
#[test]
fn a_solver_that_never_answers_is_given_up() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent");
    std::fs::write(&silent, "#!/bin/sh\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&silent, std::fs::Permissions::from_mode(0o755)).unwrap();
    let rules = rules(&[rule("one", "resource.accessLogTarget", ""), rule("two", "!resource.accessLogTarget", "")]);
    let options = Options { solver: silent.into(), limit: Duration::from_millis(1) };
    let error = prove(&rules, &ids(&rules), &options).unwrap_err();
    assert!(error.to_string().contains("answered none of 3 queries within 5 s each"), "{error}");
}
