//! The commands of docs/config-rule.md, copied from it and run in its order against a loopback endpoint
//! (`tests/emulator/guide.py`): a command that the AWS CLI or a service would refuse fails here.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::http;
use crate::harness::server::{Server, root, tool};

const ACCOUNT: &str = "123456789012";

/// Commands that are not run here, by what a block begins with, and why.
const ELSEWHERE: [(&str, &str); 1] = [("backstop audit --output asff=", "import_findings.rs runs them")];

/// Makes what `cargo build` would, where it would.
const CARGO: &str = "#!/bin/sh\nset -eu\nfolder=debug\nwhile [ $# -gt 0 ]; do\n  case $1 in\n  --release) folder=release ;;\n  \
    --profile) folder=$2; shift ;;\n  --target) target=$2; shift ;;\n  --bin) program=$2; shift ;;\n  esac\n  shift\ndone\n\
    mkdir -p \"target/$target/$folder\"\nprintf program >\"target/$target/$folder/$program\"\n";

/// `zip -j ARCHIVE FILE…`, which not every machine has.
const ZIP: &str = "import os,sys,zipfile\nassert sys.argv[1]=='-j'\nwith zipfile.ZipFile(sys.argv[2],'w') as z:\n  \
    for f in sys.argv[3:]: z.write(f,os.path.basename(f))\n";

fn guide() -> String {
    std::fs::read_to_string(root().join("docs/config-rule.md")).expect("the guide")
}

/// The blocks of a language, in their order.
fn blocks(guide: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let inner = guide.split(&fence).skip(1);
    inner.map(|rest| rest.split_once("\n```").expect("its end").0.to_owned()).collect()
}

fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a program");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
}

#[test]
fn the_commands_of_the_guide_lead_from_nothing_to_a_working_rule() {
    let mut endpoint = Command::new(tool("python"));
    endpoint.arg(root().join("tests/emulator/guide.py"));
    let (_server, url) = Server::announcing(endpoint, "guide");
    let port: u16 = url.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");

    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let at = folder.path();
    let tools = at.join("tools");
    for made in ["tools", "policies", "waivers"] {
        std::fs::create_dir(at.join(made)).expect("a folder");
    }
    program(&tools, "rustup", "#!/bin/sh\n");
    program(&tools, "cargo", CARGO);
    program(&tools, "zip", &format!("#!{}\n{ZIP}", tool("python").display()));
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_backstop"), tools.join("backstop")).expect("a link");
    std::os::unix::fs::symlink(root().join("deploy"), at.join("deploy")).expect("a link");
    // What a reader has who has rules of their own.
    std::fs::write(at.join("backstop.toml"), "").expect("settings");
    let rule = "@id(\"house-rule\")\n@title(\"There are no photos\")\n@severity(\"low\")\n@practice(\"4\")\n\
        @message(\"`{{ resource.name }}` holds photos\")\nforbid (principal, action == Action::\"configure\", resource is \
        AWS::S3::Bucket)\nwhen { resource.name like \"*photos\" };\n";
    std::fs::write(at.join("policies/house-rule.cedar"), rule).expect("a rule");

    let guide = guide();
    let mut outputs = BTreeMap::new();
    for block in blocks(&guide, "sh") {
        if ELSEWHERE.iter().any(|(start, _)| block.starts_with(start)) {
            continue;
        }
        // Only the account is another one.
        let script = block.replace("111122223333", ACCOUNT);
        let path = format!("{}:{}:/usr/bin:/bin", tools.display(), tool("aws").parent().expect("a folder").display());
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &script]).env_clear().current_dir(at).env("PATH", path).env("HOME", at);
        shell
            .env("AWS_ENDPOINT_URL", &url)
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        shell.env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_SECRET_ACCESS_KEY", "test").env("AWS_MAX_ATTEMPTS", "1");
        let out = shell.output().expect("sh runs");
        let (said, error) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{}\n{block}\n{said}{error}", out.status);
        outputs.insert(block, said.into_owned());
    }

    let requests = http::send(port, "GET", "/requests", &[], "").expect("the endpoint answers").body;
    let requests: Vec<Value> = serde_json::from_str(&requests).expect("JSON");
    let operations: Vec<&str> = requests.iter().map(|one| one["operation"].as_str().expect("a text")).collect();
    let of = |operation: &str| {
        let mut found = requests.iter().filter(|one| one["operation"] == operation);
        found.next().unwrap_or_else(|| panic!("no {operation} in {operations:?}"))
    };
    let mut order = operations.clone();
    order.retain(|one| !one.starts_with("Describe") || *one == "DescribeConfigRuleEvaluationStatus");
    assert_eq!(
        order,
        [
            "PutObject",
            "CreateChangeSet",
            "ExecuteChangeSet",
            "PutConformancePack",
            "StartConfigRulesEvaluation",
            "DescribeConfigRuleEvaluationStatus",
            "GetComplianceDetailsByConfigRule",
            "Invoke",
            "PutObject",
        ]
    );
    assert_eq!(of("PutConformancePack")["request"]["ConformancePackName"], "backstop");
    assert_eq!(
        of("GetComplianceDetailsByConfigRule")["request"]["ComplianceTypes"],
        serde_json::json!(["NON_COMPLIANT"])
    );
    // The payload is the event as it stands in the guide, and neither base64 nor a name of a file.
    assert_eq!(of("Invoke")["request"]["resultToken"], "TESTMODE");
    assert_eq!(std::fs::read_to_string(at.join("answer.json")).expect("the answer"), "{\"complete\":true}");
    // What `sha256sum` says, and `BundleSha256` names, is the digest of what lies in the bucket.
    let digest = outputs.values().find_map(|said| said.split_once("  bundle.tar.gz")).expect("a digest").0;
    let digest = digest.lines().last().expect("a line");
    let puts: Vec<_> = requests.iter().filter(|one| one["operation"] == "PutObject").map(|one| &one["at"]).collect();
    assert_eq!(puts, ["acme-deploy/backstop/backstop-lambda-arm64.zip", "acme-policies/backstop/bundle.tar.gz"]);
    assert_eq!(requests.last().expect("the last")["sha256"], digest);
}

#[test]
fn what_the_guide_names_of_the_templates_is_in_them() {
    let guide = guide();
    let stack = std::fs::read_to_string(root().join("deploy/backstop-rule.yaml")).expect("the template");
    let (parameters, rest) = stack.split_once("\nRules:\n").expect("rules");
    let (resources, outputs) = rest.split_once("\nOutputs:\n").expect("outputs");
    let has = |section: &str, name: &str| section.contains(&format!("\n  {name}:\n"));
    let named: Vec<&str> =
        guide.split("output `").skip(1).filter_map(|rest| rest.split_once('`')).map(|(name, _)| name).collect();
    assert!(named.len() > 2, "{named:?}");
    for name in named {
        assert!(has(&format!("\n{outputs}"), name), "no output {name}");
    }
    for name in ["BundleBucket", "BundleKey", "BundleSha256", "AlarmTopicArn", "Timeout", "MemorySize", "OnChange"] {
        assert!(guide.contains(&format!("`{name}")) && has(parameters, name), "no parameter {name}");
    }
    for name in ["RunFailed", "EventLost"] {
        assert!(guide.contains(&format!("`{name}`")) && has(resources, name), "no resource {name}");
    }
    let variables = std::fs::read_to_string(root().join("deploy/terraform/variables.tf")).expect("the variables");
    for block in blocks(&guide, "hcl") {
        for line in block.lines().filter(|line| line.starts_with("  ") && !line.contains("source")) {
            let name = line.split('=').next().expect("a name").trim();
            assert!(variables.contains(&format!("variable \"{name}\" {{")), "no variable {name}");
        }
    }
    assert!(variables.contains("variable \"on_change\" {") && guide.contains("`on_change = true`"));
}
