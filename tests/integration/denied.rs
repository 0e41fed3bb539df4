//! Denials as IAM policies bring them about, from ministack: a second, independent server with each service's own
//! error for it; and throttling from microburst, a proxy that fails calls.

use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::emulator::{Emulator, NOW};
use crate::harness::http;
use crate::harness::program::{Audit, audit, audit_command, backstop};
use crate::harness::server::{Server, root, tool};

#[derive(Deserialize)]
struct AccessKey {
    id: String,
    secret: String,
}

/// ministack with IAM enforced. It listens on all addresses unless told otherwise.
fn ministack() -> (Server, u16) {
    let command = |port: u16| {
        let mut command = Command::new(tool("ministack"));
        command.env("AUTH", "true").env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
        command
    };
    let ready =
        |port| http::send(port, "GET", "/_ministack/health", &[], "").is_some_and(|answer| answer.status == 200);
    Server::on_free_port("ministack", command, ready)
}

#[test]
fn what_a_policy_denies_is_a_denied_gap_with_the_permission_that_cures_it() {
    let (_server, port) = ministack();
    let url = format!("http://127.0.0.1:{port}");
    // One operation of each protocol; the permission's name differs from the operation's where AWS has it so.
    let denied = [
        ("s3:GetBucketVersioning", "s3:GetBucketVersioning", "AccessDenied"),
        ("s3:GetLifecycleConfiguration", "s3:GetBucketLifecycleConfiguration", "AccessDenied"),
        ("backup:ListBackupPlans", "backup:ListBackupPlans", "AccessDeniedException"),
        ("kms:ListKeys", "kms:ListKeys", "AccessDeniedException"),
        ("events:ListRules", "events:ListRules", "AccessDeniedException"),
    ];
    let out = Command::new(tool("python"))
        .arg(root().join("tests/emulator/denying.py"))
        .arg(&url)
        .args(denied.map(|(permission, ..)| permission))
        .output()
        .expect("it runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let key: AccessKey = serde_json::from_slice(&out.stdout).expect("an access key");

    let mut command = backstop(&url);
    command.env("AWS_ACCESS_KEY_ID", key.id).env("AWS_SECRET_ACCESS_KEY", key.secret);
    command.args(["audit", "--regions", "eu-west-1", "--now", NOW, "--output", "json"]);
    let audit = Audit::of(command.output().expect("the program runs"));
    for (permission, operation, code) in denied {
        let gap = audit.gaps.iter().find(|gap| gap.operation == operation);
        let gap = gap.unwrap_or_else(|| panic!("no gap for {operation}:\n{}", audit.text));
        assert_eq!((gap.kind.as_str(), gap.code.as_str()), ("denied", code), "{operation}");
        assert_eq!(gap.permission.as_deref(), Some(permission), "{operation}");
    }
    let open =
        |rule: &str| audit.unknowns.iter().any(|place| place.rule == rule && place.resource.ends_with("acme-orders"));
    assert!(
        open("s3-versioning-enabled") && open("s3-lifecycle-configured") && open("workload-protected"),
        "{}",
        audit.text
    );
    assert!(audit.fails.iter().all(|place| place.rule != "workload-protected"), "{}", audit.text);
}

/// microburst in front of an emulator, with its rules.
fn microburst(upstream: &str, rules: &Value) -> (Server, String) {
    let command = |port: u16| {
        let mut command = Command::new(tool("microburst"));
        command.args(["--upstream", upstream, "--port", &port.to_string(), "--no-resign"]);
        command
    };
    let ready =
        |port| http::send(port, "GET", "/_microburst/health", &[], "").is_some_and(|answer| answer.status == 200);
    let (server, port) = Server::on_free_port("microburst", command, ready);
    let json = [("Content-Type", "application/json")];
    let answer = http::send(port, "POST", "/_microburst/rules", &json, &rules.to_string()).expect("the proxy answers");
    assert!(answer.status < 300, "{}", answer.body);
    (server, format!("http://127.0.0.1:{port}"))
}

#[test]
fn a_service_that_throttles_every_call_leaves_all_others_judged() {
    let emulator = Emulator::seeded("small");
    let rules = json!([{"service": "kms", "error": {"code": "ThrottlingException"}}]);
    let (_proxy, url) = microburst(&emulator.url(), &rules);
    let audit = Audit::of(audit_command(&url, "json").output().expect("the program runs"));
    assert!(audit.fails.is_empty(), "{}", audit.text);
    assert!(audit.gaps.iter().all(|gap| gap.operation.starts_with("kms:") && gap.kind == "failed"), "{}", audit.text);
    assert!(audit.unseen().contains("kms:ListKeys"), "{}", audit.text);
}

#[test]
fn a_service_that_fails_now_and_then_is_read_to_the_end() {
    let emulator = Emulator::seeded("small");
    let quiet = audit(&emulator);
    // One call in four fails; none is unlucky five times in a row.
    let rules = json!([{"service": "s3", "sequence": {"fail": 1, "pass": 3}, "error": {"code": "InternalError", "status": 500}}]);
    let (_proxy, url) = microburst(&emulator.url(), &rules);
    let shaken = Audit::of(audit_command(&url, "json").output().expect("the program runs"));
    assert_eq!(shaken.text, quiet.text);
}
