//! The same principals and policies, written as a CloudFormation template, as Terraform source and as a plan: the facts
//! are those that an audit of the account finds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backstop::collect::files::{FileOptions, scan};
use backstop::model::resource::Facts;
use serde_json::{Value as Json, json};

/// The facts of IAM that a file declares, by type and name.
fn declared(file: &str) -> BTreeMap<String, Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/parity/iam").join(file);
    let options = FileOptions {
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        partition: Some("aws".to_owned()),
        ..FileOptions::default()
    };
    let scanned = scan(&[PathBuf::from(&path)], &options).expect("it is read");
    assert_eq!(scanned.snapshot.gaps, [], "{file}");
    let of_iam = scanned.snapshot.resources.iter().filter(|resource| resource.id.kind.starts_with("AWS::IAM::"));
    let mut all = BTreeMap::new();
    for resource in of_iam {
        if let (Facts::ManagedPolicy(policy), false) = (&resource.facts, file == "plan.json") {
            assert_eq!(policy.statements.len(), 1, "{file}: the statement knows its place");
        }
        assert_eq!(resource.id.region.as_deref(), Some("global"), "{file}");
        let mut facts = serde_json::to_value(&resource.facts).expect("JSON");
        without_places(&mut facts);
        let before = all.insert(format!("{} {}", resource.id.kind, resource.name), facts);
        assert!(before.is_none(), "{file}: {} twice", resource.name);
    }
    all
}

/// Takes out where things stand, and which resource of the file a link means; reads policies, whose blanks and order of
/// elements mean nothing.
fn without_places(json: &mut Json) {
    match json {
        Json::Array(all) => all.iter_mut().for_each(without_places),
        Json::Object(entries) => {
            for place in ["at", "statements", "target"] {
                entries.remove(place);
            }
            // No file says what else there is.
            entries.remove("attachments");
            entries.values_mut().for_each(without_places);
            entries.sort_keys();
        }
        Json::String(text) => {
            if let Ok(mut policy @ Json::Object(_)) = serde_json::from_str::<Json>(text) {
                policy.sort_all_objects();
                *json = policy;
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn policy(statement: Json) -> Json {
    json!({ "known": { "Version": "2012-10-17", "Statement": [statement] } })
}

fn links(texts: &[&str]) -> Json {
    let links: Vec<Json> = texts.iter().map(|text| json!({ "text": { "known": text } })).collect();
    json!({ "known": links })
}

/// What `GetAccountAuthorizationDetails` tells of the same account, as the live collector keeps it.
fn live() -> BTreeMap<String, Json> {
    let limits = "arn:aws:iam::111122223333:policy/limits";
    let restores = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores";
    let vault = "arn:aws:backup:eu-west-1:111122223333:backup-vault:orders";
    let inline = |name: &str, statement: Json| json!({ "known": [{ "name": name, "document": policy(statement) }] });
    let allow = |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let absent = json!({ "absent": true });
    let trust = json!({
        "Effect": "Allow", "Principal": { "Service": "backup.amazonaws.com" }, "Action": "sts:AssumeRole",
    });
    let deletions = ["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint"];
    let all = [
        (
            "AWS::IAM::Role",
            "restore",
            json!({
                "name": { "known": "restore" }, "path": { "known": "/ops/" },
                "inline": inline("start", allow("backup:StartRestoreJob", vault)),
                "attached": links(&[limits, restores]), "groups": absent,
                "boundary": { "known": { "text": { "known": limits } } }, "trust": policy(trust),
            }),
        ),
        (
            "AWS::IAM::User",
            "ann",
            json!({
                "name": { "known": "ann" }, "path": { "known": "/" }, "inline": { "known": [] }, "attached": links(&[]),
                "groups": links(&["operators"]), "boundary": absent, "trust": absent,
            }),
        ),
        (
            "AWS::IAM::Group",
            "operators",
            json!({
                "name": { "known": "operators" }, "path": { "known": "/" },
                "inline": inline("look", allow("backup:List*", "*")),
                "attached": links(&[]), "groups": absent, "boundary": absent, "trust": absent,
            }),
        ),
        (
            "AWS::IAM::ManagedPolicy",
            "limits",
            json!({
                "name": { "known": "limits" }, "path": { "known": "/" },
                "document": policy(json!({ "Effect": "Deny", "Action": deletions, "Resource": "*" })),
            }),
        ),
    ];
    let named = all.map(|(kind, name, facts)| {
        let mut facts = json!({ "type": kind, "facts": facts });
        facts.sort_all_objects();
        (format!("{kind} {name}"), facts)
    });
    BTreeMap::from(named)
}

#[test]
fn principals_and_policies_have_the_same_facts_wherever_they_are_declared() {
    let live = live();
    for file in ["stack.yaml", "main.tf", "plan.json"] {
        let declared = declared(file);
        assert_eq!(declared.keys().collect::<Vec<_>>(), live.keys().collect::<Vec<_>>(), "{file}");
        for (name, facts) in &live {
            assert_eq!(declared[name], *facts, "{file}: {name}");
        }
    }
}
