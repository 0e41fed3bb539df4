//! Scans of the examples: the same bytes each time, files that validators take, exit codes, and faults of usage.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::sarif;
use crate::harness::server::root;

/// `backstop` in the repository's root, without an account.
fn backstop(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.env_clear().env("NO_COLOR", "1").current_dir(root()).args(args);
    command.output().expect("the program runs")
}

fn scan(example: &str, more: &[&str]) -> Output {
    let folder = format!("fixtures/{example}");
    let config = format!("{folder}/backstop.toml");
    let place = ["--region", "us-east-1", "--account", "111122223333"];
    let mut args = vec!["scan", folder.as_str(), "--config", config.as_str()];
    args.extend(place.iter().chain(more));
    backstop(&args)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scan-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

const FORMATS: [&[&str]; 8] = [
    &["--output", "terminal"],
    &["--output", "json"],
    &["--output", "checklist"],
    &["--output", "summary"],
    &["--output", "github"],
    &["--output", "counts"],
    &["--output", "sarif"],
    &["--output", "sarif", "--sarif-profile", "github"],
];

#[test]
fn the_same_files_give_the_same_bytes_in_every_format() {
    for format in FORMATS {
        let (first, second) = (scan("self-deception", format), scan("self-deception", format));
        assert!(!first.stdout.is_empty(), "{format:?}: {}", text(&first.stderr));
        assert_eq!(text(&first.stdout), text(&second.stdout), "{format:?}");
    }
}

#[test]
fn no_place_is_left_unfilled_in_what_people_read() {
    for format in FORMATS {
        let out = text(&scan("self-deception", format).stdout);
        assert!(!out.contains("{{"), "{format:?} has a place that is not filled");
    }
}

#[test]
fn files_are_judged_without_a_clock() {
    for format in FORMATS {
        let at = |now: &str| text(&scan("self-deception", &[format, &["--now", now]].concat()).stdout);
        assert_eq!(at("2020-01-01T00:00:00Z"), at("2040-01-01T00:00:00Z"), "{format:?}");
    }
}

#[test]
fn json_reports_are_what_their_schema_says() {
    let schema = std::fs::read_to_string(root().join("docs/schema/report-v1.schema.json")).expect("the schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    for example in ["self-deception", "sound"] {
        let report: Value = serde_json::from_slice(&scan(example, &["--output", "json"]).stdout).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{example}: {errors:#?}");
    }
}

#[test]
fn sarif_passes_the_standards_schema_and_the_multitool_with_githubs_rules() {
    let folder = scratch("sarif");
    for example in ["self-deception", "sound"] {
        for profile in ["full", "github"] {
            let file = folder.join(format!("{example}-{profile}.sarif"));
            let sarif = scan(example, &["--output", "sarif", "--sarif-profile", profile, "--sarif-category", "iac"]);
            std::fs::write(&file, &sarif.stdout).expect("it is written");
            sarif::assert_valid(&file);
        }
    }
}

/// Every planted self-deception, at its line.
#[test]
fn the_example_shows_its_faults_at_their_lines() {
    let report: Value = serde_json::from_slice(&scan("self-deception", &["--output", "json"]).stdout).expect("JSON");
    let template = std::fs::read_to_string(root().join("fixtures/self-deception/template.yaml")).expect("it is there");
    let lines: Vec<&str> = template.lines().collect();
    let line_of = |rule: &str, name: &str| {
        let findings = report["findings"].as_array().expect("findings");
        let finding = findings.iter().find(|finding| finding["rule"] == rule && finding["name"] == name);
        let finding = finding.unwrap_or_else(|| panic!("no finding of {rule} at {name}"));
        assert_eq!(finding["verdict"], "fail");
        let line = finding["location"]["start"]["line"].as_u64().unwrap_or_else(|| panic!("no line: {finding}"));
        lines[usize::try_from(line).expect("small") - 1].trim().to_owned()
    };
    for (rule, name, line) in [
        ("s3-replication-enabled", "example-orders-backup", "OrdersBackup:"),
        (
            "workload-copied-to-recovery-region",
            "example-customers",
            "- DestinationBackupVaultArn: !GetAtt ArchiveVault.BackupVaultArn",
        ),
        ("backup-plan-lifecycle-valid", "orders-daily", "DeleteAfterDays: !Ref ArchiveRetentionDays"),
        ("backup-plan-target-vault-exists", "orders-monthly", "TargetBackupVault: orders-longterm"),
        ("vault-notifies-failures", "orders-prod", "BackupVault:"),
        ("s3-versioning-enabled", "example-orders", "Status: Suspended"),
        ("s3-replication-destination-ready", "example-invoices", "Bucket: !GetAtt InvoicesReplica.Arn"),
        ("s3-replication-covers-bucket", "example-invoices", "- Id: all"),
        ("s3-lifecycle-expires-noncurrent", "example-orders", "- Id: expire-old-versions"),
    ] {
        assert_eq!(line_of(rule, name), line, "{rule} at {name}");
    }
}

#[test]
fn exit_codes_say_how_a_scan_ended() {
    let code = |output: Output| output.status.code();
    assert_eq!(code(scan("self-deception", &[])), Some(1));
    assert_eq!(code(scan("self-deception", &["--fail-on", "none"])), Some(0));
    assert_eq!(code(scan("sound", &[])), Some(0));
    assert_eq!(code(scan("sound", &["--unknown", "fail"])), Some(1));
    assert_eq!(code(scan("sound", &["--unknown", "fail", "--fail-on", "none"])), Some(0));

    let folder = scratch("broken");
    std::fs::copy(root().join("fixtures/sound/template.yaml"), folder.join("sound.yaml")).expect("a copy");
    std::fs::write(folder.join("broken.yaml"), "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: [\n")
        .expect("it is written");
    let out = backstop(&["scan", folder.to_str().expect("UTF-8"), "--fail-on", "none"]);
    assert_eq!(out.status.code(), Some(3), "{}", text(&out.stdout));
    assert!(text(&out.stdout).contains("broken.yaml"));
}

#[test]
fn wrong_usage_is_said_with_help_and_leaves_nothing_behind() {
    let folder = scratch("usage");
    std::fs::write(folder.join("notes.txt"), "no template").expect("it is written");
    let here = folder.to_str().expect("UTF-8");
    for (args, wanted) in [
        (&["scan", "no/such/path"][..], "no/such/path"),
        (&["scan", here], "no CloudFormation template"),
        (&["scan", "fixtures", "--output", "pdf"], "`pdf` is no format"),
        (&["scan", "fixtures", "--config", "no-such.toml"], "cannot read `no-such.toml`"),
        (&["scan", "fixtures", "--policies", "no-such-folder"], "cannot read `no-such-folder`"),
        (&["scan", "fixtures/sound", "--output", "json", "--output", "terminal"], "two outputs cannot share stdout"),
        (
            &["scan", "fixtures/sound", "--output", "json=no/such/x", "--output", "sarif=no/such/x"],
            "two outputs cannot share `no/such/x`",
        ),
        (&["scan", "fixtures/sound", "--policies", "docs"], "no rule in `docs`"),
        (&["scan", "fixtures/sound", "--account", "prod"], "account ids have twelve digits"),
        (&["scan", "fixtures/sound", "--region", "mars"], "Regions are written as"),
        (&["rules", "show", "s3-versioning-enable"], "did you mean `s3-versioning-enabled`?"),
        (&["scan", "fixtures/sound", "--output", "json=no/such/folder/x.json"], "no folder `no/such/folder`"),
        (&["scan", "fixtures/sound", "--output", "json=docs"], "cannot write `docs`: it is a folder"),
        (&["audit", "--output", "json=docs"], "cannot write `docs`: it is a folder"),
        (&["collect", "-o", "."], "names no file"),
        (&["collect", "-o", "docs"], "cannot write `docs`: it is a folder"),
        (&["collect", "-o", "snapshot/"], "cannot write `snapshot/`: it is a folder"),
        (&["collect", "-o", "no/such/folder/x.zst"], "no folder `no/such/folder`"),
    ] {
        let out = backstop(args);
        // Where lines are wrapped for reading, words are compared.
        let said = text(&out.stderr).replace(['\n', '│'], " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(out.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(wanted), "{args:?}: {said}");
        assert!(out.stdout.is_empty(), "{args:?} printed a result");
    }
}

#[test]
fn users_rules_are_judged_beside_the_shipped_ones() {
    let folder = scratch("policies");
    let rule = r#"// Buckets are named after their team.
@id("bucket-named-after-team")
@title("The bucket's name starts with its team")
@severity("low")
@practice("9")
@subject("versioning")
@message("bucket {{ resource.name }} does not start with a team")
forbid (principal, action == Action::"configure", resource is AWS::S3::Bucket)
unless { resource.name like "team-*" };
"#;
    std::fs::write(folder.join("bucket-named-after-team.cedar"), rule).expect("it is written");
    let here = folder.to_str().expect("UTF-8");
    let out = scan("sound", &["--policies", here, "--fail-on", "low"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stdout).contains("bucket-named-after-team"));

    std::fs::write(
        folder.join("bucket-named-after-team.cedar"),
        rule.replace("resource.name like", "resource.nmae like"),
    )
    .expect("it is written");
    let out = scan("sound", &["--policies", here]);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("bucket-named-after-team.cedar:9") && said.contains("nmae"), "{said}");
}

#[test]
fn shipped_rules_are_listed_shown_and_tested() {
    let list = backstop(&["rules", "list", "--output", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    assert_eq!(list["rules"].as_array().map(Vec::len), Some(96));
    let show = text(&backstop(&["rules", "show", "vault-locked"]).stdout);
    assert!(show.contains("forbid (") && show.contains("## Why it matters"), "{show}");
    let test = backstop(&["rules", "test"]);
    assert_eq!(test.status.code(), Some(0));
    assert!(text(&test.stdout).contains(" passed, 0 failed, 0 rules without cases"));
}

/// What the front page shows is what the program prints, and the number of rules that it names is theirs.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let (_, shown) = readme.split_once("<!-- example output -->\n```text\n").expect("the example");
    let (shown, _) = shown.split_once("```").expect("its end");
    let folder = "fixtures/self-deception";
    let printed = text(&backstop(&["scan", folder, "--config", &format!("{folder}/backstop.toml")]).stdout);
    let parts: Vec<&str> =
        shown.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| *part != "…").collect();
    assert!(parts.len() >= 4, "{shown}");
    for part in parts {
        assert!(printed.contains(part), "{part}\nis not in\n{printed}");
    }
    let listed = backstop(&["rules", "list", "--output", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let count = listed.as_array().or_else(|| listed["rules"].as_array()).expect("rules").len();
    assert!(readme.contains(&format!("- {count} rules on ")), "there are {count} rules");
}
