//! The same workload, written as a CloudFormation template, as Terraform source and as a plan, and seen live: each rule
//! comes to the same verdict, once for a sound estate and once for one with a fault in every part.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use backstop::collect::files::{FileOptions, scan};
use backstop::derive::derive;
use backstop::evaluate::evaluate;
use backstop::finding::verdict::Verdict;
use backstop::model::settings::Settings;
use backstop::model::snapshot::{Listing, Snapshot, Source};
use backstop::rule::load::load;
use jiff::Timestamp;

/// What each rule says of each resource, by the resource's type and name. Keys have no name of their own in files: they
/// are counted.
type Verdicts = BTreeMap<String, BTreeMap<String, usize>>;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Rules of which a live account can be asked more than files, each with the reason. Files agree with each other on all.
const INHERENT: [(&str, &str); 1] = [(
    "s3-public-access-blocked",
    "complete files say that the account has no block of its own; an audit must have read that, and this one did not",
)];

fn read(variant: &str, file: &str) -> Snapshot {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/parity").join(variant).join(file);
    let options = FileOptions {
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        partition: Some("aws".to_owned()),
        ..FileOptions::default()
    };
    let scanned = scan(&[PathBuf::from(&path)], &options).expect("it is read");
    assert_eq!(scanned.snapshot.gaps, [], "{variant}/{file}");
    scanned.snapshot
}

fn verdicts(snapshot: &Snapshot, now: Option<Timestamp>) -> Verdicts {
    let settings = Settings { complete: true, ..Settings::default() };
    let rules = load(&[], &BTreeMap::new()).expect("the rules load");
    let subjects = derive(snapshot, &settings, now);
    let report =
        evaluate(snapshot, &subjects, &rules, &settings, now.unwrap_or(Timestamp::UNIX_EPOCH)).expect("a report");
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let files: BTreeSet<&str> =
        rules.rules.iter().filter(|rule| !rule.meta.action.needs_evidence()).map(|rule| &*rule.meta.id).collect();
    let mut all = Verdicts::new();
    for (rule, counts) in &report.rules {
        if files.contains(&**rule) {
            let of_rule = all.entry(rule.to_string()).or_default();
            for (verdict, count) in [("pass", counts.pass), ("fail", counts.fail), ("unknown", counts.unknown)] {
                if count > 0 {
                    of_rule.insert(verdict.to_owned(), usize::try_from(count).expect("few"));
                }
            }
        }
    }
    for finding in report.findings.iter().filter(|finding| files.contains(&*finding.rule)) {
        assert!(matches!(finding.verdict, Verdict::Fail | Verdict::Unknown));
        let kind = &finding.resource.kind;
        let name = if &**kind == "AWS::KMS::Key" { "a key" } else { &*finding.name };
        let what = format!("{} {kind} {name}", finding.verdict.name());
        *all.entry(finding.rule.to_string()).or_default().entry(what).or_default() += 1;
    }
    all
}

/// The estate of the template as an audit would have it: every list was read to its end.
fn live(mut snapshot: Snapshot) -> Snapshot {
    snapshot.source = Source::Live;
    snapshot.taken_at = Some(NOW);
    let mut kinds: BTreeSet<_> = snapshot.resources.iter().map(|resource| resource.id.kind.clone()).collect();
    kinds.extend(["AWS::Backup::RecoveryPoint".into(), "Backstop::ProtectedResource".into()]);
    kinds.extend(["AWS::IAM::Role".into(), "AWS::IAM::User".into()]);
    let parents: Vec<_> = snapshot.resources.iter().map(|resource| Some(resource.id.id.clone())).collect();
    for kind in kinds {
        for region in ["eu-west-1", "global"] {
            for parent in parents.iter().cloned().chain([None]) {
                let account = "111122223333".into();
                snapshot.listed.insert(Listing { kind: kind.clone(), account, region: region.into(), parent });
            }
        }
    }
    snapshot.sort();
    snapshot
}

fn differences(left: &Verdicts, right: &Verdicts, inherent: &[(&str, &str)]) -> Vec<String> {
    let known = |rule: &str| inherent.iter().any(|(known, _)| *known == rule);
    let rules: BTreeSet<&String> = left.keys().chain(right.keys()).filter(|rule| !known(rule)).collect();
    let different = rules.into_iter().filter(|rule| left.get(*rule) != right.get(*rule));
    different.map(|rule| format!("{rule}:\n  {:?}\n  {:?}", left.get(rule), right.get(rule))).collect()
}

fn fails(verdicts: &Verdicts) -> Vec<&str> {
    let fails = verdicts.iter().filter(|(_, of)| of.contains_key("fail"));
    fails.map(|(rule, _)| rule.as_str()).collect()
}

fn agree(variant: &str) -> Verdicts {
    let template = verdicts(&read(variant, "stack.yaml"), None);
    for file in ["main.tf", "plan.json"] {
        let other = verdicts(&read(variant, file), None);
        let differences = differences(&template, &other, &[]);
        assert!(differences.is_empty(), "{variant}: stack.yaml and {file}:\n{}", differences.join("\n"));
    }
    template
}

#[test]
fn what_is_declared_is_judged_alike_once_it_is_there() {
    for variant in ["sound", "faulty"] {
        let snapshot = read(variant, "stack.yaml");
        let template = verdicts(&snapshot, None);
        let differences = differences(&template, &verdicts(&live(snapshot), Some(NOW)), &INHERENT);
        assert!(differences.is_empty(), "{variant}: declared and live:\n{}", differences.join("\n"));
    }
}

#[test]
fn a_sound_workload_passes_alike_as_template_source_and_plan() {
    let sound = agree("sound");
    // The roles that back up, restore and replicate are named by their ARNs, and in none of the files; the buckets have
    // no policies.
    let expected = [
        "backup-role-covers-selection",
        "restore-role-sufficient",
        "s3-policy-protects-backups",
        "s3-replication-role-sufficient",
    ];
    assert_eq!(fails(&sound), expected);
}

#[test]
fn a_faulty_workload_fails_alike_as_template_source_and_plan() {
    let faulty = agree("faulty");
    assert_eq!(
        fails(&faulty),
        [
            "backup-plan-lifecycle-valid",
            "backup-role-covers-selection",
            "kms-rotation-enabled",
            "restore-role-sufficient",
            "restore-testing-cadence",
            "s3-access-logged",
            "s3-lifecycle-expires-noncurrent",
            "s3-policy-protects-backups",
            "s3-public-access-blocked",
            "s3-replication-covers-bucket",
            "s3-replication-crosses-account",
            "s3-replication-crosses-region",
            "s3-replication-role-sufficient",
            "s3-versioning-enabled",
            "vault-denies-recovery-point-deletion",
            "vault-lock-bounds-set",
            "vault-notifies-failures",
            "workload-protected",
        ]
    );
}
