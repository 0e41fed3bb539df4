//! Rules and settings from a bundle, and reports into a bucket.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::lambda::{Function, RULE, scheduled};

/// A bundle with these files, and its SHA-256.
fn bundle(files: &[(&str, &str)]) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    // Not within the folder, which would then change while it is read.
    let packed = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let tar = packed.path().join("bundle.tar.gz");
    let made = std::process::Command::new("tar").arg("-czf").arg(&tar).arg("-C").arg(folder.path()).arg(".").status();
    assert!(made.expect("tar runs").success());
    (std::fs::read(&tar).expect("a bundle"), digest(&tar))
}

/// The fields of a form.
fn form(body: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().expect("UTF-8").into_owned()
    };
    body.split('&').filter_map(|field| field.split_once('=')).map(|(name, value)| (plain(name), plain(value))).collect()
}

fn digest(file: &Path) -> String {
    let out = std::process::Command::new("sha256sum").arg(file).output().expect("sha256sum runs");
    String::from_utf8_lossy(&out.stdout).split_whitespace().next().expect("a digest").to_owned()
}

#[test]
fn rules_and_settings_come_from_a_bundle_whose_digest_was_approved() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let rule = "@id(\"house-no-photos\")\n@title(\"There are no photos\")\n@severity(\"critical\")\n@practice(\"4\")\n\
        @message(\"`{{ resource.name }}` holds photos\")\nforbid (principal, action == Action::\"configure\", resource is \
        AWS::S3::Bucket)\nwhen { resource.name like \"*photos\" };\n";
    let (bytes, sha256) = bundle(&[("backstop.toml", ""), ("policies/house-no-photos.cedar", rule)]);
    emulator.put_object("acme-policies", "v1.tar.gz", &bytes);
    emulator.put_object("acme-policies", "torn.tar.gz", &bytes[..bytes.len() / 2]);
    let with = |key: &str, sha256: &str| {
        scheduled(&json!({"BundleUri": format!("s3://acme-policies/{key}"), "BundleSha256": sha256}))
    };
    function.invoke(with("v1.tar.gz", &sha256)).response();
    let photos = emulator.evaluations().into_iter().find(|one| one.id == "acme-photos").expect("its evaluation");
    assert_eq!(photos.compliance, "NON_COMPLIANT");
    assert!(photos.annotation.as_deref().is_some_and(|said| said.contains("critical house-no-photos")), "{photos:?}");

    emulator.forget_calls();
    let answer = function.invoke(with("v1.tar.gz", &"0".repeat(64)));
    assert_eq!(answer.error().0, "BundleError");
    assert!(answer.error().1.contains(&format!("its SHA-256 is {sha256}")), "{:?}", answer.error());
    let torn = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a file");
    std::fs::write(torn.path(), &bytes[..bytes.len() / 2]).expect("a file");
    let answer = function.invoke(with("torn.tar.gz", &digest(torn.path())));
    assert_eq!(answer.error().0, "BundleError");
    assert!(answer.error().1.contains("cannot be unpacked"), "{:?}", answer.error());
    let answer = function.invoke(with("none.tar.gz", &"1".repeat(64)));
    assert_eq!(answer.error().0, "CallError");
    assert!(answer.error().1.contains("s3://acme-policies/none.tar.gz"), "{:?}", answer.error());
    assert_eq!(emulator.evaluations(), [], "nothing is judged by rules that were not approved");
    assert!(emulator.calls().keys().all(|(service, _)| service == "s3"), "{:?}", emulator.calls());
}

#[test]
fn reports_go_to_the_bucket_and_the_counts_to_the_event_bus_and_the_topic() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    emulator.put_object("acme-reports", "", b"");
    let topic = emulator.topic("eu-central-1", "dr-counts");
    let parameters = json!({
        "Regions": "eu-west-1,eu-central-1,us-east-1", "ReportBucket": "acme-reports", "ReportPrefix": "dr",
        "ReportKmsKey": "alias/acme-reports", "EventBus": "default",
        "TopicArn": topic,
    });
    let answer = function.invoke(scheduled(&parameters));
    let response = answer.response();
    let place = "account=123456789012/region=eu-west-1/rule=backstop/date=2026-11-01/120000Z";
    let uris = ["json", "sarif", "checklist", "findings"].into_iter().zip(["json", "sarif", "md", "ndjson"]);
    let uris: Vec<String> = uris.map(|(kind, end)| format!("s3://acme-reports/dr/{kind}/{place}.{end}")).collect();
    assert_eq!(response["reports"], json!(uris));
    let puts = emulator.requests("PutObject");
    assert_eq!(puts.len(), 4);
    for put in &puts {
        assert_eq!(put["headers"]["x-amz-server-side-encryption"], "aws:kms");
        assert_eq!(put["headers"]["x-amz-server-side-encryption-aws-kms-key-id"], "alias/acme-reports");
    }
    let report: Value =
        serde_json::from_str(&emulator.object("acme-reports", &format!("dr/json/{place}.json"))).expect("JSON");
    assert_eq!(report["schemaVersion"], 1);
    assert_eq!(report["judgedAt"], "2026-11-01T12:00:00Z");

    let events = emulator.requests("PutEvents");
    assert_eq!(events.len(), 1);
    let body: Value = serde_json::from_str(events[0]["body"].as_str().expect("a text")).expect("JSON");
    let entry = &body["Entries"][0];
    assert_eq!((&entry["Source"], &entry["EventBusName"]), (&json!("backstop"), &json!("default")));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("a text")).expect("JSON");
    assert_eq!(detail["counts"]["fail"], report["totals"]["fail"]);
    assert_eq!((&detail["account"], &detail["rule"]), (&json!(ACCOUNT), &json!(RULE)));
    assert_eq!(detail["reports"]["findings"], uris[3].as_str());

    let messages = emulator.requests("Publish");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["region"], "eu-central-1", "a topic is told in its own Region");
    let form = form(messages[0]["body"].as_str().expect("a form"));
    assert_eq!(form["TopicArn"], topic);
    let fails = report["totals"]["fail"].as_u64().expect("a number");
    assert!(form["Subject"].starts_with(&format!("Backstop: {fails} failure")), "{}", form["Subject"]);
    assert!(form["Subject"].ends_with(ACCOUNT), "{}", form["Subject"]);
    assert_eq!(form["MessageAttributes.entry.1.Name"], "worst");
    let body: Value = serde_json::from_str(&form["Message"]).expect("JSON");
    let told: Value = serde_json::from_str(body["default"].as_str().expect("a text")).expect("JSON");
    assert_eq!(told, detail, "the message and the event tell the same");
    assert!(body["email"].as_str().is_some_and(|text| text.contains(&uris[2])), "{body}");

    emulator.plant(&json!({"service": "sns", "operation": "Publish", "code": "AuthorizationError", "status": 403}));
    let answer = function.invoke(scheduled(&parameters));
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("`sns:Publish` failed") && message.contains("AuthorizationError"), "{message}");
    emulator.dig_up();

    emulator.plant(&json!({"service": "s3", "operation": "PutObject", "code": "AccessDenied", "status": 403}));
    emulator.forget_calls();
    let answer = function.invoke(scheduled(&parameters));
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("`s3:PutObject` failed: s3://acme-reports/dr/json/"), "{message}");
    assert!(emulator.evaluations().len() > 2, "the evaluations went out all the same");
}
