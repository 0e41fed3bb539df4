//! Files that are broken, enormous or made to trap a reader: the program says what is wrong and where, judges all the
//! rest, and neither panics nor grows without bound. Runs without the AWS SDK.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long one run may take: far more than it needs, on a busy machine and without optimization.
const PATIENCE: Duration = Duration::from_secs(180);

const BUCKET: &str = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";
const HEAD: &str = "AWSTemplateFormatVersion: '2010-09-09'\n";

/// A folder of its own for each test, with no settings above it that count.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("in")).expect("a folder");
        std::fs::write(folder.join("backstop.toml"), "").expect("it is written");
        Self(folder)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("it is written");
        self
    }

    /// Runs the program here with at most 4 GiB of memory.
    fn run(&self, args: &[&str]) -> Said {
        let quoted: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
        let script = format!("ulimit -v 4194304; exec '{}' {}", env!("CARGO_BIN_EXE_backstop"), quoted.join(" "));
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &script])
            .env_clear()
            .env("NO_COLOR", "1")
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(&self.0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begun = Instant::now();
        let child = command.spawn().expect("the program runs");
        let id = child.id();
        let watch = std::thread::spawn(move || child.wait_with_output());
        while !watch.is_finished() {
            if begun.elapsed() > PATIENCE {
                let _ = Command::new("kill").arg("-9").arg(id.to_string()).status();
                panic!("{args:?} does not end");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Said::of(watch.join().expect("it was watched").expect("it ended"), args)
    }

    fn scan(&self) -> Said {
        self.run(&["scan", "in", "--fail-on", "none"])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Said {
    code: i32,
    out: String,
    /// Words alone: lines are wrapped for reading.
    err: String,
}

impl Said {
    fn of(output: Output, args: &[&str]) -> Self {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!err.contains("panicked"), "{args:?}: {err}");
        let code = output.status.code().unwrap_or_else(|| panic!("{args:?} was ended by a signal: {err}"));
        let err = err.replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        Self { code, out: String::from_utf8(output.stdout).expect("UTF-8"), err }
    }

    fn expect(&self, code: i32, wanted: &[&str]) {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        for wanted in wanted {
            assert!(self.out.contains(wanted) || self.err.contains(wanted), "{wanted}\n{}\n{}", self.out, self.err);
        }
    }
}

/// Each broken file is told with its place, and the sound one beside them is judged all the same.
#[test]
fn broken_templates_are_told_by_file_and_line_and_the_rest_is_judged() {
    let folder = Folder::new("templates");
    let deep =
        |open: &str, close: &str| format!("{HEAD}Resources:\n  A: {}x{}\n", open.repeat(10_000), close.repeat(10_000));
    let bomb: String = ('b'..='k')
        .map(|name| {
            let above = char::from(name as u8 - 1);
            format!("{name}: &{name} [{}]\n", vec![format!("*{above}"); 9].join(","))
        })
        .collect();
    let utf16 = |unit: fn(u16) -> [u8; 2]| BUCKET.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let block = |depth: usize| (1..depth).map(|at| format!("{}a:\n", " ".repeat(at))).collect::<String>();
    let mut large = format!("{HEAD}{BUCKET}# ").into_bytes();
    large.resize(50 << 20, b'x');
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("syntax.yaml", format!("{HEAD}Resources:\n  A: [\n").into(), "syntax.yaml:3:6 could not be read"),
        ("cr.yaml", format!("{HEAD}Resources:\n  A: [\n").replace('\n', "\r").into(), "cr.yaml:3:6 could not be read"),
        ("flow.yaml", deep("[", "]").into(), "flow.yaml:3:"),
        ("maps.yaml", deep("{a: ", "}").into(), "maps.yaml:3:"),
        ("block.yaml", format!("{HEAD}Resources:\n{}", block(4_000)).into(), "block.yaml:"),
        ("dashes.yaml", format!("{HEAD}Resources:\n  A:\n    {}x\n", "- ".repeat(10_000)).into(), "dashes.yaml:4:"),
        (
            "lists.json",
            format!("{{\"AWSTemplateFormatVersion\":\n\"\",\"Resources\":{}", "[".repeat(10_000)).into(),
            "lists.json:2:",
        ),
        (
            "objects.json",
            format!("{{\"AWSTemplateFormatVersion\":\n{}", "{\"a\":".repeat(10_000)).into(),
            "objects.json:2:",
        ),
        ("cut.json", "{\"AWSTemplateFormatVersion\": \"\",\n\"Resources\": {\"A\":".into(), "cut.json:2:"),
        ("bomb.yaml", format!("{HEAD}a: &a [x,x,x,x,x,x,x,x,x]\n{bomb}{BUCKET}").into(), "aliases written out"),
        ("itself.yaml", format!("{HEAD}Resources: &a\n  B: *a\n").into(), "inside its own anchor"),
        (
            "twice.yaml",
            format!("{HEAD}{BUCKET}  B: {{Type: AWS::S3::Bucket}}\n").into(),
            "key `B` stands twice, on lines 3 and 5",
        ),
        ("le.yaml", utf16(u16::to_le_bytes), "le.yaml:1:1 could not be read (read, NotUtf8): the file is UTF-16"),
        ("be.yaml", utf16(u16::to_be_bytes), "be.yaml:1:1 could not be read (read, NotUtf8): the file is UTF-16"),
        ("mark.yaml", [vec![0xFF, 0xFE], utf16(u16::to_le_bytes)].concat(), "mark.yaml:1:1 could not be read"),
        ("nul.yaml", format!("{BUCKET}\0\0").into(), "nul.yaml:4:1 could not be read"),
        ("latin.yaml", [BUCKET.as_bytes(), b"# caf\xe9\n"].concat(), "latin.yaml:4:1 could not be read"),
        ("tabs.yaml", BUCKET.replace("  ", "\t").into(), "tabs.yaml:2:"),
        ("large.yaml", large, "large.yaml could not be read (read, TooLarge): it is larger than 16 MiB"),
    ];
    for (name, bytes, _) in &cases {
        folder.put(&format!("in/{name}"), bytes);
    }
    folder.put("in/sound.yaml", BUCKET).put("in/empty.yaml", "").put("in/blank.json", " \n");
    std::fs::create_dir(folder.0.join("in/folder.yaml")).expect("a folder");
    let said = folder.scan();
    let wanted: Vec<&str> = cases.iter().map(|(.., wanted)| *wanted).collect();
    said.expect(3, &wanted);
    let files = cases.len() + 1;
    said.expect(3, &["AWS::S3::Bucket B", &format!("judged   1 resource against 96 rules in {files} files")]);
    assert!(!said.out.contains("folder.yaml") && !said.out.contains("empty.yaml"), "{}", said.out);
}

/// What is merely unusual is read like anything else, with the right lines.
#[test]
fn unusual_templates_are_read() {
    let folder = Folder::new("unusual");
    let suspended = format!("{BUCKET}    Properties: {{VersioningConfiguration: {{Status: Suspended}}}}\n");
    for (name, text) in [
        ("lf", suspended.clone()),
        ("crlf", suspended.replace('\n', "\r\n")),
        ("cr", suspended.replace('\n', "\r")),
        ("bom", format!("\u{FEFF}{suspended}")),
    ] {
        folder.put(&format!("in/{name}.yaml"), text);
    }
    folder.put("in/merge.yaml", "x: &x {Type: AWS::S3::Bucket}\nResources:\n  C: {<<: *x}\n  D: {<<: [*x, *x]}\n");
    let said = folder.scan();
    said.expect(0, &["judged   6 resources"]);
    for name in ["lf", "crlf", "cr", "bom"] {
        said.expect(0, &[&format!("in/{name}.yaml:4:52")]);
    }
}

/// Kilobytes that would be worked out to gigabytes.
#[test]
fn templates_that_grow_when_they_are_worked_out_stay_small() {
    let folder = Folder::new("grow");
    let parameter = |value: &str| {
        format!("{HEAD}Parameters:\n  P: {{Type: CommaDelimitedList, Default: \"{value}\"}}\n  Q: {{Type: String}}\n")
    };
    let sub = format!(
        "{}{BUCKET}    Properties: {{BucketName: !Sub \"{}\"}}\n",
        parameter(&"x".repeat(4_000)),
        "${P}".repeat(200_000)
    );
    let join = format!(
        "{}{BUCKET}    Properties: {{BucketName: !Join [\"{}\", !Ref P]}}\n",
        parameter(&"x,".repeat(50_000)),
        "y".repeat(50_000)
    );
    let tags = format!("{}{BUCKET}    Properties:\n      Tags:\n{}", parameter(&"x".repeat(1_000_000)), {
        (0..10_000).map(|at| format!("        - {{Key: k{at}, Value: !Select [0, !Ref P]}}\n")).collect::<String>()
    });
    let conditions =
        format!("{}Conditions:\n  C0: !Equals [!Ref Q, a]\n{}{BUCKET}    Condition: C99\n", parameter(""), {
            (1..100).map(|at| format!("  C{at}: !And [!Condition C{0}, !Condition C{0}]\n", at - 1)).collect::<String>()
        });
    folder.put("in/sub.yaml", sub).put("in/join.yaml", join).put("in/tags.yaml", tags).put("in/if.yaml", conditions);
    folder.scan().expect(0, &["judged   4 resources against 96 rules in 4 files"]);
}

#[cfg(unix)]
#[test]
fn pipes_links_that_lead_nowhere_and_files_that_cannot_be_read_hold_nothing_up() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::new("odd");
    folder.put("in/sound.yaml", BUCKET).put("in/closed.yaml", BUCKET).put("x.json", "{}");
    let pipe = folder.0.join("in/pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    symlink("nowhere", folder.0.join("in/link.yaml")).expect("a link");
    symlink("/dev/zero", folder.0.join("in/zero.yaml")).expect("a link");
    symlink(".", folder.0.join("in/round")).expect("a link");
    let closed = std::fs::Permissions::from_mode(0o0);
    std::fs::set_permissions(folder.0.join("in/closed.yaml"), closed).expect("it is closed");
    let said = folder.scan();
    // Whoever is root reads it all the same.
    if std::fs::File::open(folder.0.join("in/closed.yaml")).is_ok() {
        said.expect(0, &["judged   2 resources"]);
    } else {
        said.expect(3, &["judged   1 resource", "in/closed.yaml could not be read", "permission denied"]);
    }
    folder
        .run(&["scan", "in/pipe.yaml"])
        .expect(2, &["cannot read `in/pipe.yaml`: it is no file and no folder", "help:"]);
    folder.run(&["scan", "in/zero.yaml"]).expect(2, &["it is no file and no folder"]);
    folder.run(&["scan", "in/link.yaml"]).expect(2, &["cannot read `in/link.yaml`: it does not exist"]);
    std::fs::rename(&pipe, folder.0.join("pipe.zst")).expect("it is renamed");
    folder.run(&["scan", "pipe.zst"]).expect(2, &["cannot read snapshot `pipe.zst`", "no regular file"]);
}

#[test]
fn broken_snapshots_are_refused_with_what_is_wrong() {
    let folder = Folder::new("snapshots");
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 0).expect("it is packed");
    let head = "{\"head\":{\"backstopSnapshot\":1,\"source\":\"live\"}}\n";
    let end = "{\"end\":{\"resources\":0}}\n";
    let whole = |more: &str| {
        format!("{{\"backstopSnapshot\":1,\"source\":\"live\",\"listed\":[],\"gaps\":[],\n\"resources\":[]{more}")
    };
    let fact = "{\"known\":true}";
    let resource = format!(
        "{{\"id\":{{\"type\":\"AWS::S3::Bucket\",\"id\":\"b\"}},\"name\":\"b\",\"origin\":\"live\",\"exists\":{fact},\
         \"tags\":{{\"entries\":{{}}}},\"facts\":{{\"type\":\"AWS::S3::Basket\",\"facts\":{{}}}}}}"
    );
    let good = packed(&format!("{head}{end}"));
    for (name, bytes, wanted) in [
        ("cut.json", whole("").into_bytes(), &["line 2, column", "Collect anew"][..]),
        ("more.json", whole("} {}").into_bytes(), &["trailing characters", "line 2"]),
        ("field.json", whole(",\"colour\":1}").into_bytes(), &["unknown field `colour`", "line 2"]),
        ("wrong.json", whole("}").replace("\"live\"", "7").into_bytes(), &["line 1"]),
        (
            "future.json",
            whole("}").replace(":1,", ":99,").into_bytes(),
            &["has version 99; this program reads version 1"],
        ),
        ("huge.json", whole("}").replace(":1,", ":1e99,").into_bytes(), &["no `backstopSnapshot` member"]),
        (
            "type.json",
            whole("}").replace("[]}", &format!("[{resource}]}}")).into_bytes(),
            &["AWS::S3::Basket", "line 2"],
        ),
        ("deep.json", whole(&format!(",\"x\":{}", "[".repeat(100_000))).into_bytes(), &["EOF while parsing", "line 2"]),
        ("latin.json", [whole("").as_bytes(), b",\n\"caf\xe9\":1}"].concat(), &["line 3", "not UTF-8"]),
        ("noise.zst", b"no zstd at all".to_vec(), &["line 1", "cannot be unpacked"]),
        ("empty.zst", Vec::new(), &["no readable snapshot"]),
        ("cut.zst", good[..good.len() - 4].to_vec(), &["no readable snapshot"]),
        ("half.zst", packed(head), &["it was cut off"]),
        ("garbage.zst", [good.clone(), b"garbage".to_vec()].concat(), &["no readable snapshot"]),
        ("after.zst", packed(&format!("{head}{end}{end}")), &["line 3", "something follows the end"]),
        ("heads.zst", packed(&format!("{head}{head}{end}")), &["line 2", "a second head"]),
        ("less.zst", packed(&format!("{head}{}", end.replace('0', "7"))), &["resources are missing"]),
        ("future.zst", packed(&format!("{}{end}", head.replace(":1,", ":2,"))), &["has version 2"]),
    ] {
        folder.put(name, bytes);
        folder.run(&["scan", name]).expect(2, &[wanted, &[name, "help:"]].concat());
    }
    folder.put("good.zst", good);
    folder.run(&["scan", "good.zst"]).expect(0, &["judged   0 resources"]);
}

/// Some kilobytes of zstd that unpack to gigabytes, as one line and as many.
#[test]
fn a_compressed_bomb_is_not_unpacked() {
    let folder = Folder::new("bomb");
    let packed = |line: &str, times: usize| {
        let mut out = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
        let head = "{\"head\":{\"backstopSnapshot\":1,\"source\":\"live\"}}\n";
        std::io::Write::write_all(&mut out, head.as_bytes()).expect("it is packed");
        let block = line.repeat((1 << 20) / line.len());
        for _ in 0..times {
            std::io::Write::write_all(&mut out, block.as_bytes()).expect("it is packed");
        }
        out.finish().expect("it is packed")
    };
    folder.put("line.zst", packed(" ", 1024));
    let listing = "{\"listed\":{\"type\":\"AWS::S3::Bucket\",\"account\":\"111122223333\",\"region\":\"global\"}}\n";
    folder.put("lines.zst", packed(listing, 300));
    for name in ["line.zst", "lines.zst"] {
        let bytes = std::fs::metadata(folder.0.join(name)).expect("it is there").len();
        assert!(bytes < 120_000, "{name} is {bytes} bytes");
        folder.run(&["scan", name]).expect(2, &["it unpacks to far more than a snapshot holds"]);
    }
}

#[test]
fn every_slip_in_the_settings_is_shown_where_it_stands() {
    let folder = Folder::new("settings");
    folder.put("in/a.yaml", BUCKET);
    for (text, wanted) in [
        (
            "\n[rules.s3-versioning-enable]\ndisable = true\n",
            &["no rule: `s3-versioning-enable`", "bad.toml:2:8", "did you mean"][..],
        ),
        ("[rules.vault-locked]\nseverity = \"grave\"\n", &["`grave` is no severity", "bad.toml:2:12"]),
        (
            "[rules.vault-locked]\ndisabled = true\n",
            &["unknown key `disabled`", "did you mean `disable`?", "bad.toml:2:1"],
        ),
        ("waivers = \"nowhere\"\n", &["there is no folder `nowhere`", "bad.toml:1:11"]),
        ("waivers = [\"a\"]\n", &["bad.toml:1:11"]),
        ("complete = \"yes\"\n", &["bad.toml:1:12"]),
        ("[tiers.gold]\nrpo = 4\n", &["bad.toml:2:7"]),
        ("default-tier = \"gold\"\n", &["no tier is named `gold`", "bad.toml:1:16"]),
        ("recovery-regions = \"eu-west-1\"\n", &["bad.toml:1:20"]),
        ("[[tier-map]]\ntype = \"AWS::S3::Bucket\"\n", &["missing field `tier`", "bad.toml:1"]),
        ("complete = true\ncomplete = false\n", &["duplicate key", "bad.toml:2"]),
        ("complete = true\n[", &["bad.toml:2"]),
    ] {
        folder.put("bad.toml", text);
        folder.run(&["scan", "in", "--config", "bad.toml"]).expect(2, &[wanted, &["help:"]].concat());
    }
    folder.put("bad.toml", b"# caf\xe9\n");
    folder.run(&["scan", "in", "--config", "bad.toml"]).expect(2, &["cannot read `bad.toml`"]);
    folder.put("bad.toml", format!("a = {}", "[".repeat(100_000)));
    folder.run(&["scan", "in", "--config", "bad.toml"]).expect(2, &["bad.toml:1"]);
    folder.put("bad.toml", "\u{FEFF}complete = true\r\n");
    folder.run(&["scan", "in", "--config", "bad.toml", "--fail-on", "none"]).expect(0, &["judged"]);
}

#[test]
fn waivers_are_listed_applied_and_refused_by_the_program() {
    let folder = Folder::new("waivers");
    folder.put("in/a.yaml", BUCKET).put("backstop.toml", "waivers = \"accepted\"\n");
    let waiver = |condition: &str| {
        format!(
            "@reason(\"a test\")\n@owner(\"me\")\n@expires(\"2027-03-31\")\n\
             permit (principal, action == Action::\"waive\", resource)\nwhen {{ {condition} }};\n"
        )
    };
    folder.put("accepted/all.cedar", waiver("context.rule like \"*\""));
    let at = |day: &str| {
        folder.run(&["scan", "in", "--fail-on", "low", "--unknown", "fail", "--now", &format!("{day}T23:59:59Z")])
    };
    at("2027-03-31").expect(0, &["Waived: ", "until 2027-03-31 by me: a test", "fail     0", "unknown  0"]);
    at("2027-04-01")
        .expect(1, &["medium[waiver-expired]: waiver `all` of me ended on 2027-03-31", "accepted/all.cedar:3:10"]);
    let now = ["--now", "2027-01-01T00:00:00Z"];
    folder.run(&[&["waivers", "list"][..], &now].concat()).expect(0, &["all  until 2027-03-31", "1 waiver, 0 expired"]);
    let listed = folder.run(&[&["waivers", "list", "in", "--output", "json"][..], &now].concat());
    let listed: serde_json::Value = serde_json::from_str(&listed.out).expect("JSON");
    assert!(listed["waivers"][0]["findings"].as_array().is_some_and(|findings| findings.len() > 5), "{listed}");
    folder.run(&["rules", "show", "waiver-expired"]).expect(0, &["a notice of backstop itself"]);

    for (text, wanted) in [
        ("permit (principal, action, resource)".to_owned(), &["accepted/all.cedar:1"][..]),
        (waiver("context.rule == \"no-such-rule-at-all\""), &["no rule is named", "accepted/all.cedar:5:24"]),
        (waiver("context.rule = \"x\""), &["accepted/all.cedar:5"]),
        (waiver(&format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000))), &["accepted/all.cedar"]),
        (waiver(&format!("{}true", "!".repeat(10_000))), &["accepted/all.cedar"]),
        (waiver(&vec!["context.rule == \"vault-locked\""; 20_000].join(" || ")), &["accepted/all.cedar"]),
    ] {
        folder.put("accepted/all.cedar", text);
        folder.run(&["scan", "in"]).expect(2, wanted);
    }
}

/// A report goes into what is there: a device is written to and a link followed, not replaced.
#[cfg(unix)]
#[test]
fn a_report_never_replaces_what_is_no_regular_file() {
    let folder = Folder::new("output");
    folder.put("in/a.yaml", BUCKET);
    let pipe = folder.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("it is read")
    });
    folder.run(&["scan", "in", "--fail-on", "none", "--output", "json=pipe"]).expect(0, &[]);
    assert!(reader.join().expect("it ends").starts_with('{'));
    assert!(!std::fs::metadata(&pipe).expect("it is there").is_file());
}

/// Comments and metadata beside a resource accept findings, and whatever is wrong with them is told with its place.
#[test]
fn suppressions_in_source_are_applied_told_and_listed_by_the_program() {
    let folder = Folder::new("suppressions");
    let bucket = |comment: &str| BUCKET.replace("  B:", &format!("  B: # {comment}"));
    folder.put("in/a.yaml", bucket("backstop:ignore s3-versioning-enabled built anew"));
    folder
        .run(&["scan", "in", "--fail-on", "none"])
        .expect(0, &["B [s3-versioning-enabled] in source at in/a.yaml:2: built anew", "waived   1"]);
    folder.run(&["waivers", "list", "in"]).expect(0, &["in/a.yaml:2  in source", "hides  1 finding", "no waivers"]);
    let listed = folder.run(&["waivers", "list", "in", "--output", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).expect("JSON");
    assert_eq!(listed["suppressions"][0]["rules"][0], "s3-versioning-enabled", "{listed}");
    folder.run(&["explain", "s3-versioning-enabled", "B", "in"]).expect(
        0,
        &["a suppression beside it accepts it: built anew (in/a.yaml:2:6)", "without the suppression: fail"],
    );

    folder.put("in/a.yaml", bucket("backstop:ignore s3-versionin-enabled built anew"));
    folder.scan().expect(
        0,
        &["medium[suppression-invalid]", "did you mean `s3-versioning-enabled`?", "in/a.yaml:2:6", "waived   0"],
    );
    folder.put("in/a.yaml", bucket("backstop:ignore vault-locked built anew"));
    folder.scan().expect(0, &["low[suppression-unused]: nothing is found of `vault-locked` on `B`"]);
    folder.run(&["rules", "show", "suppression-unused"]).expect(0, &["a notice of backstop itself"]);

    // Many names, many comments, many resources on one line behind many blanks.
    let names = vec!["s3-versioning-enabled"; 50_000].join(",");
    let one = "{Type: AWS::S3::Bucket}";
    let many: String = (0..50).map(|n| format!("B{n}: {one}, ")).collect();
    folder.put(
        "in/a.yaml",
        format!("{}{}", bucket(&format!("backstop:ignore {names} why")), "    # x\n".repeat(100_000)),
    );
    folder
        .put("in/b.yaml", format!("Resources: {{\n{}{many}}} # backstop:ignore vault-locked b\n", " ".repeat(4 << 20)));
    let said = folder.run(&["scan", "in", "--fail-on", "none", "--output", "json"]);
    said.expect(0, &["the suppression stands at no resource", "\"waived\": 1"]);
}

/// A baseline of either format tells what is new; `new:` fails on that alone; what is no baseline is refused.
#[test]
fn a_baseline_tells_what_is_new_and_fails_on_that_alone() {
    let folder = Folder::new("baseline");
    folder.put("in/a.yaml", BUCKET);
    folder
        .run(&["scan", "in", "--fail-on", "none", "--output", "json=a.json", "--output", "sarif=a.sarif"])
        .expect(0, &[]);
    for baseline in ["a.json", "a.sarif"] {
        let same = ["scan", "in", "--baseline", baseline, "--fail-on"];
        folder.run(&[&same[..], &["new:low"]].concat()).expect(0, &["0 since the baseline", "0 gone"]);
        folder.run(&[&same[..], &["low"]].concat()).expect(1, &["0 since the baseline"]);
    }
    // Another bucket is new, in whatever file it stands; the first one is gone.
    folder.put("in/a.yaml", BUCKET.replace("  B:", "  C:"));
    let changed = ["scan", "in", "--baseline", "a.sarif", "--fail-on", "new:low"];
    folder.run(&changed).expect(1, &["] new: ", "Gone since the baseline", "  B [s3-versioning-enabled]"]);
    folder.run(&[&changed[..5], &["new:critical"]].concat()).expect(0, &[]);
    // What was accepted and no longer is counts as new.
    folder.put("in/a.yaml", BUCKET.replace("B:", "B: # backstop:ignore s3-versioning-enabled why"));
    folder.run(&["scan", "in", "--fail-on", "none", "--output", "json=b.json"]).expect(0, &[]);
    folder.put("in/a.yaml", BUCKET);
    folder
        .run(&["scan", "in", "--fail-on", "new:low", "--baseline", "b.json"])
        .expect(1, &["[s3-versioning-enabled] new: ", "1 since the baseline, 1 of them fail"]);

    folder.run(&["scan", "in", "--fail-on", "new:high"]).expect(2, &["needs a baseline", "--baseline FILE"]);
    folder.run(&["scan", "in", "--baseline", "gone.json"]).expect(2, &["cannot read the baseline `gone.json`"]);
    folder.run(&["scan", "in", "--baseline", "in/a.yaml"]).expect(2, &["`in/a.yaml` is no baseline: it is no JSON"]);
    folder
        .run(&["scan", "in", "--fail-on", "none", "--output", "sarif=g.sarif", "--sarif-profile", "github"])
        .expect(0, &[]);
    folder.run(&["scan", "in", "--baseline", "g.sarif"]).expect(2, &["made for GitHub", "--output json=FILE"]);
    let deep = "[".repeat(100_000);
    folder.put("deep.json", deep).run(&["scan", "in", "--baseline", "deep.json"]).expect(2, &["no baseline"]);
}

/// Only what lies in changed files is reported, and all is judged; git is asked with care.
#[test]
fn findings_in_files_that_have_not_changed_are_counted_and_left_out() {
    let folder = Folder::new("changed");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main"]).args(args);
        let done = git.current_dir(&folder.0).env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git runs");
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let since = |revision: &str, more: &[&str]| {
        folder.run(&[&["scan", "in", "--changed-since", revision, "--output", "json"][..], more].concat())
    };
    let left_out = |said: &Said| -> (u64, Vec<String>) {
        let report: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        let outside = report["changedSince"]["outside"]["fail"].as_u64().expect("a number");
        let files = report["findings"].as_array().into_iter().flatten();
        let mut files: Vec<String> =
            files.map(|f| f["location"]["file"].as_str().expect("a file").to_owned()).collect();
        files.sort();
        files.dedup();
        (outside, files)
    };
    if !folder.0.ancestors().skip(1).any(|above| above.join(".git").exists()) {
        since("main", &[]).expect(2, &["is in no git repository"]);
    }
    folder.put("in/a.yaml", BUCKET).put("in/b c.yaml", BUCKET).put(".gitignore", "in/built/\n");
    git(&["init", "-q"]);
    since("main", &[]).expect(2, &["git knows no commit `main`"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let said = since("main", &[]);
    said.expect(0, &[]);
    let (outside, files) = left_out(&said);
    assert!(outside > 2 && files.is_empty(), "{outside} {files:?}");

    // Not committed, new, ignored: all of them have changed.
    folder.put("in/b c.yaml", format!("# x\n{BUCKET}")).put("in/new.yaml", BUCKET).put("in/built/d.yaml", BUCKET);
    let said = folder.run(&["scan", "in", "in/built/d.yaml", "--changed-since", "main", "--output", "json"]);
    said.expect(1, &[]);
    assert_eq!(
        left_out(&said),
        (outside / 2, ["in/b c.yaml", "in/built/d.yaml", "in/new.yaml"].map(str::to_owned).into())
    );

    // What another branch has done since is no change of this one.
    git(&["checkout", "-q", "-b", "mine"]);
    git(&["commit", "-qam", "two"]);
    std::fs::remove_file(folder.0.join("in/new.yaml")).expect("it is there");
    git(&["checkout", "-q", "main"]);
    folder.put("in/a.yaml", format!("# y\n{BUCKET}"));
    git(&["commit", "-qam", "three"]);
    git(&["checkout", "-q", "mine"]);
    assert_eq!(left_out(&since("main", &[])).1, ["in/b c.yaml"]);

    for bad in ["--output=x", "-x", "", "nowhere", "main..mine"] {
        let said = folder.run(&["scan", "in", &format!("--changed-since={bad}")]);
        said.expect(
            2,
            &[if bad.is_empty() || bad.starts_with('-') { "is no revision" } else { "git knows no commit" }],
        );
    }
    assert!(!folder.0.join("x").exists());
    git(&["checkout", "-q", "--orphan", "other"]);
    git(&["commit", "-qm", "four"]);
    since("main", &[]).expect(2, &["no common ancestor", "fetch-depth: 0"]);
    // From a folder below the top.
    git(&["checkout", "-qf", "mine"]);
    let inner =
        format!("cd in && exec '{}' scan . --changed-since main --fail-on none", env!("CARGO_BIN_EXE_backstop"));
    let inner = Command::new("/bin/sh").args(["-c", &inner]).current_dir(&folder.0).output().expect("it runs");
    let said = String::from_utf8_lossy(&inner.stdout).into_owned();
    assert!(said.contains("b c.yaml") && !said.contains("--> a.yaml"), "{said}");
}
