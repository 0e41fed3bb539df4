//! The GitHub Action: `action/run.sh` on a runner that is made up, action.yml against its guide, and the validators of
//! actions, workflows and hooks. Runs without the AWS SDK and without GitHub; `tests/setup.sh` installs the validators.

#![cfg(unix)]
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail")]

#[path = "action/download.rs"]
mod download;
#[path = "action/files.rs"]
mod files;
#[path = "action/runner.rs"]
mod runner;

use runner::{Runner, root};

/// Blanks, quotes, substitutions, globs, a dash in front, and what looks like another argument.
const HOSTILE: [&str; 8] = [
    "a b  c",
    "it's \"quoted\"",
    "$(touch pwned) `touch pwned` ${HOME}",
    "--output=json=/etc/passwd",
    "-rf",
    "* ? [a-z] ~",
    "größe/注文 😀",
    "a;b&c|d>e\\n%0A::error::",
];

#[test]
fn no_input_is_split_expanded_or_taken_for_another() {
    let mut runner = Runner::new("hostile");
    let lines = HOSTILE.join("\n");
    runner.fake(0).set("BACKSTOP_PATHS", format!("{lines}\r\n\n")).set("BACKSTOP_POLICIES", &*lines);
    runner.set("BACKSTOP_PARAMETERS", &*lines).set("BACKSTOP_EXTRA_ARGS", "--unknown=fail\n\n--region=a b\n");
    for variable in ["CONFIG", "BASELINE", "FAIL_ON", "SARIF_CATEGORY", "CHANGED_SINCE"] {
        runner.set(&format!("BACKSTOP_{variable}"), format!("{variable} $(touch pwned)' \"*\n-x"));
    }
    let step = runner.judge();
    step.expect(0, &[]);
    let arguments = runner.arguments();
    let end = arguments.iter().position(|argument| argument == "--").expect("the end of options");
    assert_eq!(arguments[0], "scan");
    assert_eq!(arguments[end + 1..], HOSTILE);
    let of = |prefix: &str| -> Vec<String> {
        arguments[..end].iter().filter_map(|a| a.strip_prefix(prefix)).map(str::to_owned).collect()
    };
    assert_eq!(of("--policies="), HOSTILE);
    assert_eq!(of("--parameter="), HOSTILE);
    assert_eq!(of("--config="), ["CONFIG $(touch pwned)' \"*\n-x"]);
    assert_eq!(of("--fail-on="), ["FAIL_ON $(touch pwned)' \"*\n-x"]);
    assert_eq!(of("--changed-since=").len() + of("--baseline=").len() + of("--sarif-category=").len(), 3);
    assert_eq!(arguments[end - 2..end], ["--unknown=fail", "--region=a b"]);
    assert!(!runner.folder.join("work/pwned").exists(), "something was run");
}

#[test]
fn an_audit_has_its_own_arguments_and_no_paths() {
    let mut runner = Runner::new("audit");
    runner.fake(0).set("BACKSTOP_MODE", "live").set("BACKSTOP_REGIONS", "eu-west-1,eu-central-1");
    runner.set("BACKSTOP_ROLE", "arn:aws:iam::111122223333:role/backstop");
    runner.judge().expect(0, &[]);
    let arguments = runner.arguments();
    assert_eq!(arguments[0], "audit");
    assert!(arguments.contains(&"--regions=eu-west-1,eu-central-1".to_owned()));
    assert!(arguments.contains(&"--role=arn:aws:iam::111122223333:role/backstop".to_owned()));
    assert!(!arguments.iter().any(|argument| argument == "--" || argument == "."), "{arguments:?}");
}

#[test]
fn inputs_that_cannot_be_meant_are_refused_before_anything_runs() {
    let cases = [
        ("MODE", "both", "input `mode` is `both`; it may be: iac live"),
        ("UPLOAD_SARIF", "yes", "input `upload-sarif` is `yes`; it may be: true false"),
        ("FAIL_ON_INCOMPLETE", "", "input `fail-on-incomplete` is ``"),
        ("ANNOTATIONS", "True", "input `annotations` is `True`; it may be: auto true false"),
        ("STEP_SUMMARY", "no\n::error::x", "input `step-summary` is `no%0A::error::x`"),
        ("PATHS", "\n\r\n", "input `paths` names nothing"),
        ("ROLE", "arn:aws:iam::111122223333:role/r", "input `role` does nothing in mode `iac`"),
        ("SARIF_FILE", "a\nexit-code=0", "the value of `sarif-file` has a line break"),
        ("CHECKLIST_FILE", "a\rb", "the value of `checklist-file` has a line break"),
        ("BINARY_PATH", "no/such", "there is no program at `no/such`; build it first"),
        ("BINARY_PATH", "backstop.toml", "there is no program at `backstop.toml`"),
    ];
    for (variable, value, wanted) in cases {
        let mut runner = Runner::new("refused");
        runner.fake(0).set(&format!("BACKSTOP_{variable}"), value);
        let step = runner.judge();
        step.expect(2, &[&format!("::error title=Backstop::{wanted}")]);
        assert_eq!(step.output("exit-code"), "2");
        assert!(!runner.folder.join("work/arguments").exists(), "{wanted}: it was run");
        assert_eq!(step.commands().len(), 1, "{}", step.log);
    }
    let mut runner = Runner::new("refused-live");
    runner.fake(0).set("BACKSTOP_MODE", "live").set("BACKSTOP_CHANGED_SINCE", "main");
    runner.judge().expect(2, &["input `changed-since` does nothing in mode `live`; take it out, or set `mode: iac`"]);
}

#[test]
fn findings_fail_the_last_step_and_everything_is_written_before() {
    let mut runner = Runner::new("findings");
    let step = runner.fake(1).judge();
    step.expect(0, &["fake report"]);
    let outputs = ["exit-code", "findings", "critical", "high", "medium", "low", "unknown", "waived", "new", "upload"];
    let values = outputs.map(|name| step.output(name));
    assert_eq!(values, ["1", "12", "3", "4", "5", "0", "6", "1", "2", "true"]);
    for name in ["sarif-file", "checklist-file", "json-file"] {
        let file = step.output(name);
        assert!(file.starts_with(&runner.folder.join("temp").display().to_string()), "{file}");
        assert_eq!(std::fs::read_to_string(file).expect("it is there"), "{}\n");
    }
    assert_eq!(step.summary, "# Summary\n");
    runner.verdict("1", "true").expect(1, &["::error title=Backstop::there are findings at or over `fail-on`"]);
    runner.verdict("1", "false").expect(1, &[]);
}

#[test]
fn the_exit_code_decides_which_step_fails() {
    for (code, judged) in [(0, 0), (1, 0), (3, 0), (2, 2), (101, 2)] {
        let mut runner = Runner::new(&format!("code-{code}"));
        let step = runner.fake(code).judge();
        step.expect(judged, &[]);
        let expected = if judged == 0 { code.to_string() } else { "2".to_owned() };
        assert_eq!(step.output("exit-code"), expected);
    }
    let runner = Runner::new("verdicts");
    runner.verdict("0", "true").expect(0, &[]);
    runner.verdict("3", "true").expect(3, &["::error title=Backstop::the picture is incomplete"]);
    runner.verdict("3", "false").expect(0, &["::warning title=Backstop::the picture is incomplete"]);
    for code in ["", "2", "0 "] {
        runner.verdict(code, "true").expect(2, &["there is no exit code to judge by"]);
    }
}

#[test]
fn a_runner_does_not_obey_what_the_report_says() {
    let mut runner = Runner::new("obey");
    let step = runner.fake(1).set("BACKSTOP_ANNOTATIONS", "true").judge();
    step.expect(0, &["::add-path::/evil", "##[add-matcher]x"]);
    assert_eq!(step.commands(), ["::error file=a.yaml,line=3::annotated"]);
    let words = |step: &runner::Step| step.log.lines().find(|line| line.contains("stop-commands")).map(str::to_owned);
    let (first, second) = (words(&step), words(&runner.judge()));
    assert!(first.is_some() && first != second, "the word can be guessed: {first:?}");
    let environment = std::fs::read_to_string(runner.folder.join("work/environment")).expect("it was run");
    assert!(!environment.contains("secret-of-the-job"), "the program sees the token");
}

#[test]
fn a_pull_request_from_a_fork_uploads_nothing_and_annotates_instead() {
    let annotated = "::error file=a.yaml,line=3::annotated";
    for (event, head, fork) in [
        ("pull_request", "stranger/estate", true),
        // The fork was deleted meanwhile.
        ("pull_request", "", true),
        ("pull_request", "somebody/estate", false),
        ("push", "", false),
    ] {
        let mut runner = Runner::new("fork");
        runner.fake(1).set("GITHUB_EVENT_NAME", event).set("BACKSTOP_HEAD_REPOSITORY", head);
        let step = runner.judge();
        assert_eq!(step.output("upload"), (!fork).to_string(), "{event} {head}");
        assert_eq!(step.log.contains("::notice title=Backstop::nothing is uploaded"), fork);
        assert_eq!(step.log.contains(annotated), fork);
        assert_eq!(step.summary, "# Summary\n");
    }
    let mut runner = Runner::new("no-upload");
    let step = runner.fake(1).set("BACKSTOP_UPLOAD_SARIF", "false").judge();
    assert_eq!((step.output("upload"), step.log.contains(annotated)), ("false", true));
    let step = runner.set("BACKSTOP_ANNOTATIONS", "false").judge();
    assert!(!step.log.contains(annotated));
}

#[test]
fn the_summary_is_left_out_where_nobody_wants_it_or_it_does_not_fit() {
    let mut runner = Runner::new("summary");
    assert_eq!(runner.fake(0).set("BACKSTOP_STEP_SUMMARY", "false").judge().summary, "");
    runner.set("BACKSTOP_STEP_SUMMARY", "true");
    let there = "x".repeat((1 << 20) - "# Summary\n".len() + 1);
    std::fs::write(runner.folder.join("summary.md"), &there).expect("it is written");
    let step = runner.judge();
    step.expect(0, &["::warning title=Backstop::the summary of the job is full"]);
    assert_eq!(step.summary, there);
    std::fs::write(runner.folder.join("summary.md"), "before\n").expect("it is written");
    assert_eq!(runner.judge().summary, "before\n# Summary\n");
    runner.unset("GITHUB_STEP_SUMMARY").judge().expect(0, &[]);
}

#[test]
fn a_program_that_writes_no_reports_is_told() {
    let mut runner = Runner::new("silent");
    let path = runner.program("silent", "#!/bin/sh\nexit 0\n");
    runner.set("BACKSTOP_BINARY_PATH", path);
    runner.judge().expect(2, &["Backstop ended with exit code 0, but wrote no `"]);
    runner.unset("GITHUB_OUTPUT").judge().expect(2, &["GITHUB_OUTPUT or RUNNER_TEMP is not set"]);
}

#[test]
fn the_real_program_takes_what_the_action_gives_it() {
    for (example, code) in [("self-deception", "1"), ("sound", "0")] {
        let mut runner = Runner::new(&format!("real-{example}"));
        let path = root().join("fixtures").join(example).display().to_string();
        runner.real().set("BACKSTOP_CONFIG", format!("{path}/backstop.toml")).set("BACKSTOP_PATHS", path);
        runner.set("BACKSTOP_ANNOTATIONS", "true").set("BACKSTOP_SARIF_CATEGORY", "iac");
        runner.set("BACKSTOP_SARIF_FILE", "größe of it.sarif").set("BACKSTOP_FAIL_ON_INCOMPLETE", "false");
        let step = runner.judge();
        step.expect(0, &["Summary\n"]);
        assert_eq!(step.output("exit-code"), code, "{}", step.log);
        let report = std::fs::read(step.output("json-file")).expect("the report");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        assert_eq!(step.output("findings"), report["totals"]["fail"].to_string());
        assert_eq!(step.output("critical"), report["failuresBySeverity"]["critical"].to_string());
        let sarif = std::fs::read_to_string(runner.folder.join("work/größe of it.sarif")).expect("the SARIF file");
        assert!(sarif.contains("\"id\": \"iac/\""), "the category");
        assert!(step.summary.starts_with("# Disaster recovery checklist\n\n| critical |"), "{}", step.summary);
        let errors = step.commands().iter().filter(|line| line.starts_with("::error ")).count();
        assert_eq!(errors, if code == "1" { 10 } else { 0 });
    }
    let mut runner = Runner::new("real-nothing");
    let step = runner.real().judge();
    step.expect(2, &["in `.`", "::error title=Backstop::Backstop could not do its work"]);
}
