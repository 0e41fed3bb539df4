//! What goes out beside the evaluations, and what the guide says of it.

use std::collections::BTreeMap;

use super::super::parameters::NAMES;
use super::super::publish::{self, Subject};
use super::{OWN, RULES, bucket, denied, report, versioning};
use crate::finding::verdict::Verdict;
use crate::report::Input;

const SUBJECT: fn(&str) -> Subject<'_> =
    |rule| Subject { account: OWN, region: "eu-west-1", rule, now: "2026-11-01T09:05:07Z".parse().unwrap_or_default() };

#[test]
fn reports_lie_where_athena_finds_them() {
    let orders = bucket("orders");
    let report = report(versioning(Verdict::Unknown).into_iter().chain(versioning(Verdict::Fail)).collect());
    assert_eq!(report.findings.first().unwrap().resource, orders);
    let texts = BTreeMap::new();
    let metas = RULES.metas();
    let input = Input { report: &report, rules: &metas, frameworks: &[], texts: &texts, version: "0" };
    let objects = publish::objects(&input, "dr", SUBJECT("back/stop=é"), 1).unwrap();
    let keys: Vec<&str> = objects.iter().map(|object| object.key.as_str()).collect();
    let place = "account=111122223333/region=eu-west-1/rule=back%2Fstop%3D%C3%A9/date=2026-11-01/090507Z";
    assert_eq!(
        keys,
        [
            format!("dr/json/{place}.json"),
            format!("dr/sarif/{place}.sarif"),
            format!("dr/checklist/{place}.md"),
            format!("dr/findings/{place}.ndjson"),
        ]
    );
    let bare = publish::objects(&input, "", SUBJECT("r"), 1).unwrap();
    assert!(bare.first().unwrap().key.starts_with("json/account="));
    let rows: Vec<serde_json::Value> =
        objects.last().unwrap().text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    let fail = rows.first().unwrap();
    assert_eq!((&fail["verdict"], &fail["severity"]), (&"fail".into(), &"high".into()));
    assert_eq!(fail["judged_at"], "2026-11-01 09:05:07");
    assert_eq!(rows.last().unwrap()["missing"][0], "versioning: `s3:GetBucketVersioning` was denied");
}

#[test]
fn the_event_tells_the_counts_and_where_the_reports_are() {
    let mut whole = report(versioning(Verdict::Fail));
    let reports = [("json", "s3://acme/json/x.json".to_owned())];
    let detail = publish::detail(&whole, SUBJECT("backstop"), &reports);
    assert_eq!(detail["counts"], serde_json::json!({"fail": 1, "unknown": 0, "waived": 0, "pass": 2}));
    assert_eq!(detail["failuresBySeverity"]["high"], 1);
    assert_eq!(detail["reports"]["json"], "s3://acme/json/x.json");
    assert_eq!(detail["complete"], true);
    whole.gaps.push(denied("s3:ListBuckets"));
    assert_eq!(publish::detail(&whole, SUBJECT("backstop"), &[])["complete"], false);
}

#[test]
fn the_message_tells_people_and_programs_the_same_counts() {
    let mut whole = report(versioning(Verdict::Fail));
    let reports = [("json", "s3://acme/json/x.json".to_owned()), ("sarif", "s3://acme/sarif/x.sarif".to_owned())];
    let message = publish::message(&whole, SUBJECT("back\nstop"), &reports);
    assert_eq!(message.subject, "Backstop: 1 failure in account 111122223333");
    assert!(message.subject.is_ascii() && message.subject.len() < 100);
    assert_eq!(message.worst, "high");
    let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
    let detail: serde_json::Value = serde_json::from_str(body["default"].as_str().unwrap()).unwrap();
    assert_eq!(detail, publish::detail(&whole, SUBJECT("back\nstop"), &reports));
    assert_eq!(
        body["email"],
        "Backstop judged account 111122223333 at 2026-11-01T09:05:07Z (AWS Config rule back\\nstop, eu-west-1).\n\n\
         Failures: 0 critical, 1 high, 0 medium, 0 low.\nUnknown: 0, waived: 0, passed: 2.\n\n\
         Reports:\ns3://acme/json/x.json\ns3://acme/sarif/x.sarif\n"
    );
    whole.findings.clear();
    whole.gaps.push(denied("s3:ListBuckets"));
    let message = publish::message(&whole, SUBJECT("backstop"), &[]);
    assert_eq!(message.worst, "none");
    assert!(message.body.contains("Not all could be read") && !message.body.contains("Reports:"));
}

fn guide() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config-rule.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_guides_table_for_athena_has_the_members_of_the_lines() {
    let guide = guide();
    let (_, table) = guide.split_once("CREATE EXTERNAL TABLE backstop_findings (").unwrap();
    let (columns, _) = table.split_once("\n)\n").unwrap();
    let names = |list: &str| -> Vec<String> {
        list.split(',').map(|column| column.split_whitespace().next().unwrap().trim_matches('`').to_owned()).collect()
    };
    let whole = report(versioning(Verdict::Fail));
    let (metas, texts) = (RULES.metas(), BTreeMap::new());
    let input = Input { report: &whole, rules: &metas, frameworks: &[], texts: &texts, version: "0" };
    let objects = publish::objects(&input, "backstop", SUBJECT("r"), 1).unwrap();
    let findings = objects.last().unwrap();
    let row: serde_json::Value = serde_json::from_str(findings.text.lines().next().unwrap()).unwrap();
    assert_eq!(names(columns), row.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    // The partitions are those of the keys, but for `rule`, which is a column, too.
    let (_, partitions) = table.split_once("PARTITIONED BY (").unwrap();
    let (partitions, _) = partitions.split_once(')').unwrap();
    let parts = findings.key.split('/').filter_map(|part| part.split_once('=')).map(|(name, _)| name);
    let parts: Vec<&str> = parts.map(|name| if name == "rule" { "rule_name" } else { name }).collect();
    assert_eq!(names(partitions), parts);
}

#[test]
fn the_guide_tells_of_every_parameter() {
    let guide = guide();
    let (_, section) = guide.split_once("\n## Parameters\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for name in NAMES {
        assert!(section.contains(&format!("`{name}`")), "{name}");
    }
}
