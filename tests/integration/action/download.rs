//! Where the program comes from: `curl` and `gh` are stand-ins in PATH, so that nothing is downloaded.

use std::process::Command;

use crate::runner::{Runner, fake};

const VERSION: &str = "1.2.3";

fn sha256(runner: &Runner, file: &str) -> String {
    let output = Command::new("sha256sum").arg(runner.folder.join(file)).output().expect("sha256sum runs");
    String::from_utf8(output.stdout).expect("UTF-8").split(' ').next().expect("a checksum").to_owned()
}

fn asset(target: &str) -> String {
    format!("backstop-{VERSION}-{target}")
}

/// A runner on which `curl` brings a fake program, and whose action lists its checksum behind an older release.
fn released(name: &str) -> Runner {
    let mut runner = Runner::new(name);
    runner.program("served", &fake(0));
    // It keeps what it was asked for, and answers with what is served.
    let served = runner.folder.join("served").display().to_string();
    let asked = runner.folder.join("asked").display().to_string();
    runner.program(
        "bin/curl",
        &format!(
            "#!/bin/sh\nfor last; do :; done\nprintf '%s\\n' \"$last\" >>'{asked}'\nprintf '%s ' \"$@\" >'{asked}-how'\n\
             while [ \"$1\" != --output ]; do shift; done\ncp '{served}' \"$2\"\n"
        ),
    );
    let good = sha256(&runner, "served");
    let other = "0".repeat(64);
    let lines = [
        format!("{other}  {}", asset("x86_64-pc-windows-msvc.exe")),
        format!("{good}  {}", asset("x86_64-unknown-linux-musl")),
        format!("{other}  backstop-1.2.2-x86_64-unknown-linux-musl"),
    ];
    runner.checksums(&format!("# a comment\n\n{}\n", lines.join("\n")));
    runner
}

fn asked(runner: &Runner) -> Vec<String> {
    let text = std::fs::read_to_string(runner.folder.join("asked")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_newest_release_is_downloaded_once_checked_and_run() {
    let runner = released("download");
    runner.judge().expect(0, &["fake report", "::notice title=Backstop::`gh` is not installed"]);
    let address =
        "https://github.com/somebody/backstop/releases/download/v1.2.3/backstop-1.2.3-x86_64-unknown-linux-musl";
    assert_eq!(asked(&runner), [address]);
    let how = std::fs::read_to_string(runner.folder.join("asked-how")).expect("curl was called");
    for option in ["--fail ", "--proto =https ", "--tlsv1.2 ", " -- https://"] {
        assert!(how.contains(option), "curl was called without `{option}`: {how}");
    }
    runner.judge().expect(0, &["fake report"]);
    assert_eq!(asked(&runner).len(), 1, "the second time it is in the tool cache");
}

#[test]
fn a_cached_program_that_somebody_changed_is_not_run() {
    let runner = released("tampered");
    runner.judge().expect(0, &[]);
    let folder = runner.folder.join(format!("tools/backstop/{VERSION}-{}", sha256(&runner, "served")));
    let evil = "#!/bin/sh\ntouch pwned\n";
    std::fs::write(folder.join(asset("x86_64-unknown-linux-musl")), evil).expect("it is written");
    runner.judge().expect(0, &["fake report"]);
    assert_eq!(asked(&runner).len(), 2);
    assert!(!runner.folder.join("work/pwned").exists());
}

#[test]
fn a_program_with_another_checksum_is_never_run() {
    let runner = released("replaced");
    runner.program("served", "#!/bin/sh\ntouch pwned\n");
    let step = runner.judge();
    step.expect(2, &["the program that was downloaded has the checksum `", "it was not run"]);
    assert_eq!(step.output("exit-code"), "2");
    assert!(!runner.folder.join("work/pwned").exists() && !runner.folder.join("tools/backstop").exists());
}

#[test]
fn what_is_not_listed_is_not_downloaded() {
    let cases = [
        ("BACKSTOP_VERSION", "1.2.4", "has no checksum of Backstop `1.2.4` for `x86_64-unknown-linux-musl`"),
        ("BACKSTOP_VERSION", "1.2", "has no checksum of Backstop `1.2` for"),
        ("BACKSTOP_VERSION", "../../x", "has no checksum of Backstop `../../x` for"),
        ("RUNNER_ARCH", "ARM64", "has no checksum of Backstop `1.2.3` for `aarch64-unknown-linux-musl`"),
        ("RUNNER_OS", "macOS", "for `x86_64-apple-darwin`"),
        ("RUNNER_ARCH", "ARM", "there is no program for runners of Linux on ARM; build one there"),
        ("RUNNER_OS", "", "there is no program for runners of an unknown system on X64"),
        ("BACKSTOP_ACTION_REPOSITORY", "", "the repository of the action is not known"),
        ("BACKSTOP_ACTION_REPOSITORY", "a/b/../c", "the repository of the action is not known"),
    ];
    for (variable, value, wanted) in cases {
        let mut runner = released("unlisted");
        let step = runner.set(variable, value).judge();
        step.expect(2, &["::error title=Backstop::", wanted]);
        assert_eq!(asked(&runner), Vec::<String>::new(), "{wanted}");
    }
}

#[test]
fn an_older_release_is_held_to_its_own_checksum() {
    let mut runner = released("older");
    runner.set("BACKSTOP_VERSION", "1.2.2").judge().expect(2, &["has the checksum `"]);
    assert!(asked(&runner)[0].ends_with("/v1.2.2/backstop-1.2.2-x86_64-unknown-linux-musl"));
}

#[test]
fn lines_that_are_no_checksums_are_passed_over() {
    let sum = "a".repeat(64);
    for line in [
        format!("{}  {}", "a".repeat(63), asset("x86_64-unknown-linux-musl")),
        format!("{}  {}", "A".repeat(64), asset("x86_64-unknown-linux-musl")),
        format!("{sum} {}", asset("x86_64-unknown-linux-musl")),
        format!("# {sum}  {}", asset("x86_64-unknown-linux-musl")),
        format!("{sum}  backstop-1.2-x86_64-unknown-linux-musl"),
        format!("{sum}  backstop-1.2.3-x86_64/../../evil"),
    ] {
        let mut runner = released("lines");
        runner.checksums(&line).judge().expect(2, &["there is no release of Backstop yet"]);
    }
}

#[test]
fn the_provenance_is_verified_where_it_can_be() {
    let mut runner = released("provenance");
    let called = runner.folder.join("gh-called").display().to_string();
    let gh =
        |code: u8| format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{called}'\necho 'no attestation' >&2\nexit {code}\n");
    runner.program("bin/gh", &gh(1));
    runner.judge().expect(2, &["no attestation", "the build provenance of the program could not be verified"]);
    runner.program("bin/gh", &gh(0));
    runner.judge().expect(0, &["fake report"]);
    let calls = std::fs::read_to_string(&called).expect("it was called");
    let program = runner.folder.join("tools/backstop").display().to_string();
    assert!(calls.lines().all(|call| call.starts_with(&format!("attestation verify {program}/"))), "{calls}");
    assert!(calls.lines().all(|call| call.ends_with(" --repo somebody/backstop")), "{calls}");
    runner.program("bin/gh", &gh(1));
    runner.set("BACKSTOP_VERIFY_ATTESTATION", "false").judge().expect(0, &["fake report"]);
    assert_eq!(calls.lines().count(), 2);
}

#[test]
fn a_download_that_fails_is_told_with_what_to_do() {
    let runner = released("offline");
    runner.program("bin/curl", "#!/bin/sh\necho 'curl: (22) 404' >&2\nexit 22\n");
    runner.judge().expect(2, &["curl: (22) 404", "Backstop 1.2.3 could not be downloaded", "give `binary-path`"]);
}

#[test]
fn the_list_of_the_repository_has_what_its_comments_say() {
    let list = crate::runner::text("action/checksums.txt");
    let lines: Vec<&str> = list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    if lines.is_empty() {
        assert!(list.contains("There is no release yet."));
        let runner = Runner::new("no-release");
        runner.judge().expect(2, &["there is no release of Backstop yet", "give `binary-path`"]);
    } else {
        assert!(lines[0].contains(&format!("  backstop-{}-", env!("CARGO_PKG_VERSION"))), "the newest stands first");
        assert_eq!(lines.len() % 7, 0, "a release has five programs, and two packages for AWS Lambda");
    }
}
